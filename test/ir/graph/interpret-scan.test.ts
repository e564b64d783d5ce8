/** Scans against plain loops. */
import { describe, expect, test } from "vitest";
import { GraphBuilder } from "../../../src/ir/graph/builder.js";
import { softmax } from "../../../src/ir/graph/compose.js";
import { interpret, type ArrayValue } from "../../../src/ir/graph/interpret.js";
import { freeLength } from "../../../src/ir/graph/length.js";
import type { Node } from "../../../src/ir/graph/node.js";
import type { Dim } from "../../../src/ir/graph/types.js";
import { array, graphOf, input, param, run, values } from "./helpers.js";

const time = (b: GraphBuilder) => b.dim("time", freeLength("time"));

interface Scan {
  readonly over: Dim;
  readonly sequences: readonly Node[];
  readonly starts: readonly Node[];
  readonly reverse?: boolean;
  readonly body: (items: readonly Node[], states: readonly Node[], step: Node) => { nexts: readonly Node[]; outputs: readonly Node[]; region?: never };
}

function scan(b: GraphBuilder, { over, sequences, starts, reverse = false, body }: Scan) {
  const open = b.openRegion(over, sequences, starts.map((start) => start.type));
  const { nexts, outputs } = body(open.items as readonly Node[], open.states as readonly Node[], open.step as Node);
  const names = (nodes: readonly Node[]) => nodes.map((_, i) => `s${i}`);
  const region = b.closeRegion(open, { reverse, starts, nexts, outputs, stateNames: names(nexts), outputNames: names(outputs) });
  return { output: (slot: number) => b.scanOutput(region, slot), final: (slot: number) => b.scanFinal(region, slot) };
}

const first = <T>(list: readonly T[], i = 0): T => {
  const item = list[i];
  if (item === undefined) throw new Error(`no element ${i}`);
  return item;
};

describe("scans", () => {
  const sums = (b: GraphBuilder, reverse: boolean) => {
    const x = input(b, "x", [time(b)]);
    return scan(b, { over: time(b), sequences: [x], starts: [b.constant(100)], reverse, body: (items, states, step) => {
      const next = b.apply("add", [first(states), first(items)]);
      return { nexts: [next], outputs: [next, b.apply("multiply", [next, step])] };
    } });
  };
  const inputs = { x: array([1], [2], [4]) };

  test("forward", () => {
    expect(values((b) => sums(b, false).output(0), { inputs })).toEqual([101, 103, 107]);
    expect(values((b) => sums(b, false).output(1), { inputs })).toEqual([0, 103, 214]);
    expect(values((b) => sums(b, false).final(0), { inputs })).toEqual([107]);
  });

  test("reverse: the last position comes first, and the final state is that of position 0", () => {
    expect(values((b) => sums(b, true).output(0), { inputs })).toEqual([107, 106, 104]);
    expect(values((b) => sums(b, true).final(0), { inputs })).toEqual([107]);
  });

  test("without steps it ends in its start", () => {
    const empty = { inputs: { x: { shape: [0, 1], data: [] } } };
    expect(run((b) => sums(b, false).output(0), empty)).toEqual({ shape: [0, 1], data: new Float64Array(0) });
    expect(values((b) => sums(b, true).final(0), empty)).toEqual([100]);
  });

  test("states see each other's old values; the same node may be next twice and put out twice", () => {
    const graph = (() => {
      const b = new GraphBuilder();
      const x = input(b, "x", [time(b)]);
      const fibonacci = scan(b, { over: time(b), sequences: [x], starts: [b.constant(0), b.constant(1), b.constant(5)], body: (_, states) => {
        const [p, q] = [first(states), first(states, 1)];
        const sum = b.apply("add", [p, q]);
        return { nexts: [q, sum, sum], outputs: [p, p] };
      } });
      return graphOf({ a: fibonacci.output(0), b: fibonacci.output(1), c: fibonacci.final(2) });
    })();
    const result = interpret(graph, { inputs: { x: array([0], [0], [0], [0], [0]) } });
    expect([...(result["a"]?.data ?? [])]).toEqual([0, 1, 1, 2, 3]);
    expect(result["b"]).toEqual(result["a"]);
    expect([...(result["c"]?.data ?? [])]).toEqual([8]);
  });

  test("nested: the inner scan begins anew in each step, and reads the outer one's state", () => {
    const made = values((b) => {
      const word = b.dim("word", freeLength("word"));
      const x = input(b, "x", [word, time(b)]);
      return scan(b, { over: word, sequences: [x], starts: [b.constant(0)], body: (items, states) => {
        const inner = scan(b, { over: time(b), sequences: [first(items)], starts: [b.constant(1)], body: ([y], [product]) => {
          if (y === undefined || product === undefined) throw new Error();
          return { nexts: [b.apply("multiply", [product, b.apply("add", [y, first(states)])])], outputs: [] };
        } });
        const next = inner.final(0);
        return { nexts: [next], outputs: [next] };
      } }).output(0);
    }, { inputs: { x: array([[1], [2]], [[3], [4]]) } });
    expect(made).toEqual([2, (3 + 2) * (4 + 2)]);
  });

  test("inside a map, every element has its own states and its own bounds", () => {
    // For each position t, a scan over the positions up to t: sums of prefixes, and how many steps there were.
    const make = (reverse: boolean, slot: number) => (b: GraphBuilder) => {
      const x = input(b, "x", [time(b)]);
      const here = b.indexDim(time(b), 0);
      const t = b.make("index", [], { dim: here });
      const prefix = b.windowDim(time(b), b.constant(0, "int"), b.apply("add", [t, b.constant(1, "int")]));
      const zero = b.make("broadcast", [b.constant(0)], { dims: [here] });
      const sums = scan(b, { over: prefix, sequences: [b.make("view", [x], { from: time(b), to: prefix })], starts: [zero, zero], reverse, body: ([y], [sum, steps]) => {
        if (y === undefined || sum === undefined || steps === undefined) throw new Error();
        return { nexts: [b.apply("add", [b.apply("multiply", [sum, b.constant(10)]), y]), b.apply("add", [steps, b.constant(1)])], outputs: [] };
      } });
      return b.make("view", [sums.final(slot)], { from: here, to: time(b) });
    };
    const options = { inputs: { x: array([1], [2], [3]) } };
    expect(values(make(false, 0), options)).toEqual([1, 12, 123]);
    expect(values(make(true, 0), options)).toEqual([1, 21, 321]);
    expect(values(make(false, 1), options)).toEqual([1, 2, 3]);
  });

  test("over a slice: only its steps run, and positions are kept", () => {
    const made = (slot: "output" | "final") => values((b) => {
      const window = b.windowDim(time(b), b.constant(1, "int"), b.constant(3, "int"));
      const x = b.make("view", [input(b, "x", [time(b)])], { from: time(b), to: window });
      return scan(b, { over: window, sequences: [x], starts: [b.constant(0)], body: ([y], [sum], step) => {
        if (y === undefined || sum === undefined) throw new Error();
        const next = b.apply("add", [sum, y, b.apply("multiply", [step, b.constant(100, "int")])]);
        return { nexts: [next], outputs: [next] };
      } })[slot](0);
    }, { inputs: { x: array([1], [2], [4], [8]) } });
    expect(made("output")).toEqual([0, 102, 306, 0]);
    expect(made("final")).toEqual([306]);
  });

  test("history reads this step and earlier ones, and only those", () => {
    const make = (reach: "two" | "ahead", reverse = false) => (b: GraphBuilder) => {
      const x = input(b, "x", [time(b)]);
      const open = b.openRegion(time(b), [x], []);
      const doubled = b.apply("add", [first(open.items), first(open.items)]);
      const step: Node = open.step;
      const output = reach === "two"
        ? (() => {
            const window = b.windowDim(time(b), b.apply("subtract", [step, b.constant(1, "int")]), b.apply("add", [step, b.constant(reverse ? 2 : 1, "int")]));
            const seen = b.make("history", [doubled], { region: open.id, dim: window });
            return b.make("reduce", [seen], { f: "max", dims: [window], axis: false });
          })()
        : b.make("at", [b.make("history", [doubled], { region: open.id, dim: time(b) }), b.apply("add", [step, b.constant(1, "int")])], { dim: time(b) });
      const region = b.closeRegion(open, { reverse, starts: [], nexts: [], outputs: [output], stateNames: [], outputNames: ["y"] });
      return b.scanOutput(region, 0);
    };
    const inputs = { x: array([1], [7], [2], [3]) };
    expect(values(make("two"), { inputs })).toEqual([2, 14, 14, 6]);
    // One step ahead has not run yet, except that there is nothing after the last.
    expect(values(make("ahead"), { inputs })).toEqual([NaN, NaN, NaN, 0]);
    // From the other end, the position after this one has run.
    expect(values(make("ahead", true), { inputs })).toEqual([14, 4, 6, 0]);
  });
});

// ---- Known cells against loops written without the compiler.

const size = { input: 3, hidden: 4, steps: 6 };

function numbers(count: number, seed: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.sin(seed * 12.9898 + i * 78.233) * 0.8);
}

function matrix(rows: number, columns: number, seed: number): ArrayValue {
  return { shape: [rows, columns], data: numbers(rows * columns, seed) };
}

function affine(w: ArrayValue, bias: ArrayValue, x: readonly number[]): number[] {
  return Array.from({ length: w.shape[0] ?? 0 }, (_, row) => x.reduce((sum, value, k) => sum + value * (w.data[row * x.length + k] ?? NaN), bias.data[row] ?? NaN));
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const steps = Array.from({ length: size.steps }, (_, t) => numbers(size.input, 100 + t));
const inputs = { x: { shape: [size.steps, size.input], data: steps.flat() } };

function closeTo(actual: ArrayLike<number> | undefined, expected: readonly number[]): void {
  expect(actual?.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(Math.abs((actual?.[i] ?? NaN) - value)).toBeLessThan(1e-13);
}

describe("cells", () => {
  const linear = (b: GraphBuilder, name: string, x: Node, rows: number) => {
    const w = param(b, `${name}.weight`, [rows, x.type.shape[0] ?? 0]);
    return b.apply("add", [b.make("contract", [w, x], { dims: [], axis: true }), param(b, `${name}.bias`, [rows])]);
  };
  const cell = (width: number, rows: number, names: readonly string[]) =>
    Object.fromEntries(names.flatMap((name, i) => [[`${name}.weight`, matrix(rows, width, i + 1)], [`${name}.bias`, { shape: [rows], data: numbers(rows, 50 + i) }]] as const));

  test("a long short-term memory", () => {
    const parameters = cell(size.hidden + size.input, size.hidden, ["forget", "input", "output", "candidate"]);
    const b = new GraphBuilder();
    const zeros = b.constant(0, "real", [size.hidden]);
    const lstm = scan(b, { over: time(b), sequences: [input(b, "x", [time(b)], [size.input])], starts: [zeros, zeros], body: ([x], [h, c]) => {
      if (x === undefined || h === undefined || c === undefined) throw new Error();
      const hx = b.make("concat", [h, x], { axis: 0 });
      const gate = (name: string) => b.apply("sigmoid", [linear(b, name, hx, size.hidden)]);
      const next = b.apply("add", [b.apply("multiply", [gate("forget"), c]), b.apply("multiply", [gate("input"), b.apply("tanh", [linear(b, "candidate", hx, size.hidden)])])]);
      const hidden = b.apply("multiply", [gate("output"), b.apply("tanh", [next])]);
      return { nexts: [hidden, next], outputs: [hidden] };
    } });
    const result = interpret(graphOf({ h: lstm.output(0), c: lstm.final(1) }), { inputs, parameters });

    const row = (name: string, x: readonly number[]) => affine(parameters[`${name}.weight`] ?? matrix(0, 0, 0), parameters[`${name}.bias`] ?? matrix(0, 0, 0), x);
    let [h, c] = [new Array<number>(size.hidden).fill(0), new Array<number>(size.hidden).fill(0)];
    const all: number[] = [];
    for (const x of steps) {
      const hx = [...h, ...x];
      const [f, i, o, g] = [row("forget", hx), row("input", hx), row("output", hx), row("candidate", hx)];
      c = c.map((old, j) => sigmoid(f[j] ?? NaN) * old + sigmoid(i[j] ?? NaN) * Math.tanh(g[j] ?? NaN));
      h = c.map((value, j) => sigmoid(o[j] ?? NaN) * Math.tanh(value));
      all.push(...h);
    }
    closeTo(result["h"]?.data, all);
    closeTo(result["c"]?.data, c);
  });

  test("a gated recurrent unit, backwards", () => {
    const width = size.hidden + size.input;
    const parameters = cell(width, size.hidden, ["reset", "update", "candidate"]);
    const b = new GraphBuilder();
    const gru = scan(b, { over: time(b), sequences: [input(b, "x", [time(b)], [size.input])], starts: [b.constant(0.5, "real", [size.hidden])], reverse: true, body: ([x], [h]) => {
      if (x === undefined || h === undefined) throw new Error();
      const joined = (hidden: Node) => b.make("concat", [hidden, x], { axis: 0 });
      const [r, z] = ["reset", "update"].map((name) => b.apply("sigmoid", [linear(b, name, joined(h), size.hidden)]));
      if (r === undefined || z === undefined) throw new Error();
      const candidate = b.apply("tanh", [linear(b, "candidate", joined(b.apply("multiply", [r, h])), size.hidden)]);
      const next = b.apply("add", [b.apply("multiply", [b.apply("subtract", [b.constant(1), z]), candidate]), b.apply("multiply", [z, h])]);
      return { nexts: [next], outputs: [next] };
    } });
    const result = interpret(graphOf({ h: gru.output(0), final: gru.final(0) }), { inputs, parameters });

    const row = (name: string, x: readonly number[]) => affine(parameters[`${name}.weight`] ?? matrix(0, 0, 0), parameters[`${name}.bias`] ?? matrix(0, 0, 0), x);
    let h = new Array<number>(size.hidden).fill(0.5);
    const all: number[] = [];
    for (const x of [...steps].reverse()) {
      const [r, z] = [row("reset", [...h, ...x]).map(sigmoid), row("update", [...h, ...x]).map(sigmoid)];
      const g = row("candidate", [...h.map((value, j) => (r[j] ?? NaN) * value), ...x]).map(Math.tanh);
      h = h.map((old, j) => (1 - (z[j] ?? NaN)) * (g[j] ?? NaN) + (z[j] ?? NaN) * old);
      all.unshift(...h);
    }
    closeTo(result["h"]?.data, all);
    closeTo(result["final"]?.data, h);
  });

  test("attention over a memory in each step of a decoder", () => {
    const source = (b: GraphBuilder) => b.dim("source", freeLength("source"));
    const made = values((b) => {
      const memory = input(b, "memory", [source(b)], [2]);
      return scan(b, { over: time(b), sequences: [input(b, "x", [time(b)], [2])], starts: [b.constant(0, "real", [2])], body: ([x], [h]) => {
        if (x === undefined || h === undefined) throw new Error();
        const scores = b.make("contract", [b.apply("add", [x, h]), memory], { dims: [], axis: true });
        const context = b.make("contract", [softmax(b, scores, source(b)), memory], { dims: [source(b)], axis: false });
        return { nexts: [context], outputs: [context] };
      } }).output(0);
    }, { inputs: { memory: array([0.5, -1], [1, 0.25], [-0.5, 0.75]), x: array([1, 2], [0, -1]) } });
    const memory = [[0.5, -1], [1, 0.25], [-0.5, 0.75]];
    let h = [0, 0];
    const all: number[] = [];
    for (const x of [[1, 2], [0, -1]]) {
      const query = h.map((value, j) => value + (x[j] ?? NaN));
      const weights = memory.map((row) => Math.exp(row.reduce((sum, value, j) => sum + value * (query[j] ?? NaN), 0)));
      const total = weights.reduce((a, w) => a + w);
      h = [0, 1].map((j) => memory.reduce((sum, row, s) => sum + ((weights[s] ?? NaN) / total) * (row[j] ?? NaN), 0));
      all.push(...h);
    }
    closeTo(made, all);
  });
});

test("a graph as deep as an unrolled model does not overflow the stack", () => {
  const made = values((b) => {
    let x: Node = b.constant(0);
    for (let i = 0; i < 20_000; i++) x = b.apply("add", [x, b.constant(i % 7)]);
    return x;
  });
  expect(made).toEqual([Array.from({ length: 20_000 }, (_, i) => i % 7).reduce((a, c) => a + c)]);
});
