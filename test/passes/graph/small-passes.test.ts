/** What the small passes do, and what they must leave alone. */
import { describe, expect, test } from "vitest";
import type { Node } from "../../../src/ir/graph/node.js";
import { graphNodes, graphRegions } from "../../../src/ir/graph/traverse.js";
import { dropDead } from "../../../src/passes/graph/drop-dead.js";
import { foldConstants } from "../../../src/passes/graph/fold-constants.js";
import { share } from "../../../src/passes/graph/share.js";
import { simplify } from "../../../src/passes/graph/simplify.js";
import { interpret } from "../../../src/ir/graph/interpret.js";
import { Model } from "./language.js";
import { kept } from "./meaning.js";

const opsOf = (graph: ReturnType<Model["graph"]>) => graphNodes(graph).map((node) => node.op);

function simplified(make: (m: Model, x: Node) => Node): string[] {
  const m = new Model();
  return opsOf(kept(m.graph({ y: make(m, m.input("x", [], 4)) }), simplify.run, [{}], 0));
}

describe("simplify", () => {
  const apply = (m: Model, op: "divide" | "power" | "negate" | "absolute" | "maximum" | "select" | "subtract", ...args: Node[]) => m.b.apply(op, args);
  test.each<[string, (m: Model, x: Node) => Node]>([
    ["x * 1", (m, x) => m.mul(x, m.number(1))],
    ["x - 0", (m, x) => m.sub(x, m.number(0))],
    ["x + -0", (m, x) => m.add(x, m.number(-0))],
    ["x / 1", (m, x) => apply(m, "divide", x, m.number(1))],
    ["x ** 1", (m, x) => apply(m, "power", x, m.number(1))],
    ["--x", (m, x) => apply(m, "negate", apply(m, "negate", x))],
    ["max(x, x)", (m, x) => apply(m, "maximum", x, x)],
    ["true ? x : 2", (m, x) => apply(m, "select", m.b.constant(1, "condition"), x, m.number(2))],
    ["parts joined as they were cut", (m, x) => m.concat(...m.split(x, 4))],
    ["the middle of three parts", (m, x) => m.b.make("sliceAxis", [m.concat(m.tanh(x), x, m.sigmoid(x))], { axis: 0, start: 4, size: 4 })],
    ["a view and back", (m, x) => {
      const [a, b] = [m.b.dim("a", 3), m.b.dim("b", 3)];
      const along = m.b.make("broadcast", [x], { dims: [a] });
      return m.at(m.view(m.view(along, a, b), b, a), m.int(1), a);
    }],
  ])("%s", (name, make) => {
    const left = simplified(make).filter((op) => op !== "input" && op !== "constant");
    expect(left).toEqual(name === "a view and back" ? ["broadcast", "at"] : []);
  });

  test.each<[string, (m: Model, x: Node) => Node]>([
    ["x * 0, which is NaN of infinity and -0 of what is negative", (m, x) => m.mul(x, m.number(0))],
    ["x + 0, which is 0 of -0", (m, x) => m.add(x, m.number(0))],
    ["x - -0", (m, x) => m.sub(x, m.number(-0))],
    ["x - x", (m, x) => m.sub(x, x)],
    ["x / x", (m, x) => apply(m, "divide", x, x)],
    ["1 * 4 components of 1", (m) => m.mul(m.b.constant(1, "real", [4]), m.b.make("sliceAxis", [m.input("z", [], 2)], { axis: 0, start: 0, size: 1 }))],
  ])("leaves %s", (_, make) => {
    expect(simplified(make).some((op) => ["multiply", "add", "subtract", "divide"].includes(op))).toBe(true);
  });
});

describe.each([["simplify", simplify], ["fold-constants", foldConstants]])("two windows whose bounds %s finds to be the same", (_, pass) => {
  test("become one, and the view from one to the other goes", () => {
    const m = new Model();
    const time = m.seq("time");
    const xs = m.input("xs", [time], 2);
    const [start, end] = [m.int(1), m.int(3)];
    const once = m.b.windowDim(time, start, end);
    const again = m.b.windowDim(time, m.b.apply("maximum", [start, start]), m.b.apply("minimum", [end, end]));
    const twice = m.view(m.view(xs, time, once), once, again);
    const made = kept(m.graph({ y: m.sum(twice, again) }), pass.run, [{ time: 2 }, { time: 5 }], 0);
    expect(opsOf(made).filter((op) => op === "view")).toHaveLength(1);
  });
});

describe("fold constants", () => {
  test("arithmetic, comparisons and lengths that are known", () => {
    const m = new Model();
    const fixed = m.b.dim("fixed", 5);
    const length = m.b.make("length", [], { length: fixed.length });
    const condition = m.b.apply("less", [length, m.int(6)]);
    const graph = m.graph({ y: m.b.apply("select", [condition, m.mul(m.number(2), m.number(3)), m.number(1)]) });
    const after = kept(graph, foldConstants.run, [{}], 0);
    expect(opsOf(after)).toEqual(["constant"]);
    expect([...interpret(after)["y"]!.data]).toEqual([6]);
  });
  test("no integer beyond the range of integers", () => {
    const m = new Model();
    const graph = m.graph({ y: m.mul(m.int(2 ** 30), m.int(4)) });
    expect(opsOf(foldConstants.run(graph))).toContain("multiply");
  });
});

describe("drop dead", () => {
  test("a state that feeds only itself, its sequence, and an output that nobody reads", () => {
    const m = new Model();
    const time = m.seq("time");
    const [xs, ys] = [m.input("xs", [time], 2), m.input("ys", [time], 2)];
    const { all } = m.scan(time, [xs, ys], { h: m.zeros(2), count: m.int(0), other: m.zeros(2) }, ([x, y], { h, count, other }) => ({
      h: m.tanh(m.add(x!, h!)),
      count: m.add(count!, m.int(1)),
      other: m.add(other!, y!),
    }));
    const [region] = graphRegions(kept(m.graph({ h: all["h"]! }), dropDead.run, [{ time: 3 }], 0));
    expect([region?.stateNames, region?.outputNames, region?.sequences.length]).toEqual([["h"], ["h"], 1]);
  });
  test("what is read in the last step only stays", () => {
    const m = new Model();
    const time = m.seq("time");
    const { final } = m.scan(time, [m.input("xs", [time], 2)], { h: m.zeros(2), before: m.zeros(2) }, ([x], { h }) => ({ h: m.add(x!, h!), before: h! }));
    const [region] = graphRegions(kept(m.graph({ y: final["before"]! }), dropDead.run, [{ time: 3 }], 0));
    expect(region?.stateNames).toEqual(["h", "before"]);
    expect(region?.outputs).toEqual([]);
  });
});

describe("share", () => {
  const cell = (m: Model, xs: Node, over: ReturnType<Model["seq"]>, scale: number, reverse = false) =>
    m.scan(over, [xs], { h: m.zeros(2) }, ([x], { h }) => ({ h: m.tanh(m.add(m.mul(x!, m.number(scale)), h!)) }), reverse).all["h"]!;

  test.each([["twins", 1, false, 1], ["another number", 2, false, 2], ["the other direction", 1, true, 2]] as const)("two scans: %s", (_, scale, reverse, scans) => {
    const m = new Model();
    const time = m.seq("time");
    const xs = m.input("xs", [time], 2);
    const after = kept(m.graph({ a: cell(m, xs, time, 1), b: cell(m, xs, time, scale, reverse) }), share.run, [{ time: 3 }], 0);
    expect(graphRegions(after).length).toBe(scans);
  });

  test("states that are equal as long as they are equal", () => {
    const m = new Model();
    const time = m.seq("time");
    const { all } = m.scan(time, [m.input("xs", [time], 2)], { a: m.zeros(2), b: m.zeros(2), c: m.b.constant(1, "real", [2]) }, ([x], { a, b, c }) => ({
      a: m.tanh(m.add(x!, a!)),
      b: m.tanh(m.add(x!, b!)),
      c: m.tanh(m.add(x!, c!)),
    }));
    const [region] = graphRegions(kept(m.graph({ a: all["a"]!, b: all["b"]!, c: all["c"]! }), share.run, [{ time: 3 }], 0));
    expect(region?.stateNames).toEqual(["a", "c"]);
    expect(region?.outputs.length).toBe(2);
  });

  test("states that change places are not equal to others that don't", () => {
    const m = new Model();
    const time = m.seq("time");
    const { final } = m.scan(time, [], { a: m.number(1), b: m.number(2), c: m.number(1) }, (_, { a, b, c }) => ({ a: b!, b: a!, c: c! }));
    kept(m.graph({ a: final["a"]!, b: final["b"]!, c: final["c"]! }), share.run, [{ time: 3 }, { time: 4 }], 0);
  });
});
