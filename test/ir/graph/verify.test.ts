/** Each invariant of the verifier has graphs that break it; the last test holds that none was forgotten. */
import { afterAll, describe, expect, test } from "vitest";
import { GraphBuilder } from "../../../src/ir/graph/builder.js";
import { freeLength } from "../../../src/ir/graph/length.js";
import type { Dim, Graph, Node, NodeOf, Region } from "../../../src/ir/graph/node.js";
import { checkGraph, graphInvariants, verifyGraph, type GraphInvariant } from "../../../src/ir/graph/verify.js";
import { InternalError } from "../../../src/support/invariant.js";
import { graphOf, input, param, vector } from "./helpers.js";

const tested = new Set<number>();

/** The graph breaks the invariant, and the report says so with the text. */
function breaks(invariant: GraphInvariant, text: string, graph: Graph): void {
  tested.add(invariant);
  const violations = verifyGraph(graph);
  const found = violations.filter((line) => line.startsWith(`invariant ${invariant} (${graphInvariants[invariant]}), `));
  expect(found.join("\n"), violations.join("\n")).toContain(text);
}

const time = (b: GraphBuilder) => b.dim("time", freeLength("time"));

/** A scan over time with one state, one sequence and one output, as parts that a test may spoil. */
function parts() {
  const b = new GraphBuilder();
  const over = time(b);
  const x = input(b, "x", [over], [2]);
  const start = b.constant(0, "real", [2]);
  const open = b.openRegion(over, [x], [start.type]);
  const [item, state] = [open.items[0] as Node, open.states[0] as Node];
  const next = b.apply("tanh", [b.apply("add", [item, state])]);
  const region: Region = b.closeRegion(open, { reverse: false, starts: [start], nexts: [next], outputs: [next], stateNames: ["h"], outputNames: ["h"] });
  return { b, over, x, start, item, state, next, region, step: open.step as Node, open };
}

type Parts = ReturnType<typeof parts>;

/** The scan with a part of its region changed, and what it gives. */
function scanGraph(change: (parts: Parts) => Partial<Region>): Graph {
  const made = parts();
  const region = { ...made.region, ...change(made) };
  return graphOf({ h: made.b.scanOutput(region, 0), last: made.b.scanFinal(region, 0) });
}

test("a sound graph has no violation", () => {
  const { b, region } = parts();
  const graph = graphOf({ h: b.scanOutput(region, 0), last: b.scanFinal(region, 0) });
  expect(verifyGraph(graph)).toEqual([]);
  expect(() => checkGraph(graph, "nothing")).not.toThrow();
});

test("a broken graph is an internal error that names what ran", () => {
  const b = new GraphBuilder();
  const broken = { ...b.constant(1), type: { kind: "real", dims: [], shape: [2] } } as Node;
  expect(() => checkGraph(graphOf({ y: broken }), "fold-constants")).toThrow(InternalError);
  expect(() => checkGraph(graphOf({ y: broken }), "fold-constants")).toThrow("after fold-constants");
});

describe("nodes", () => {
  test("order", () => {
    const b = new GraphBuilder();
    const args: Node[] = [b.constant(1)];
    const loop = { ...b.apply("tanh", args), args } as Node;
    args[0] = loop;
    breaks(1, "depends on", graphOf({ y: loop }));

    const { b: c, region } = parts();
    const nexts: Node[] = [];
    const inside = { ...region, nexts };
    nexts.push(c.scanFinal(inside, 0));
    breaks(1, "depends on", graphOf({ y: c.scanFinal(inside, 0) }));
  });

  test("ids", () => {
    const b = new GraphBuilder();
    const one = b.constant(1);
    breaks(2, "no smaller id", graphOf({ y: { ...b.apply("tanh", [one]), id: one.id } as Node }));
    breaks(2, "the same id", graphOf({ y: one, z: { ...b.constant(2), id: one.id } as Node }));
  });

  test("arity", () => {
    const b = new GraphBuilder();
    const one = b.constant(1);
    breaks(3, "1 arguments", graphOf({ y: { ...b.apply("add", [one, one]), args: [one] } as Node }));
    breaks(3, "2 arguments", graphOf({ y: { ...b.apply("tanh", [one]), args: [one, one] } as Node }));
  });

  test("attributes", () => {
    const b = new GraphBuilder();
    const x = vector(b, [1, 2, 3]);
    const spoiled = (node: Node, change: object) => graphOf({ y: { ...node, attributes: { ...node.attributes, ...change } } as Node });
    breaks(4, "the size is 0", spoiled(b.make("iota", [], { size: 1 }), { size: 0 }));
    breaks(4, "the axis is -1", spoiled(b.make("concat", [x, x], { axis: 0 }), { axis: -1 }));
    breaks(4, "the start is 0.5", spoiled(b.make("sliceAxis", [x], { axis: 0, start: 0, size: 1 }), { start: 0.5 }));
    breaks(4, "the site is -1", spoiled(b.make("draw", [], { site: 0 }), { site: -1 }));
    breaks(4, "an integer is 0.5", spoiled(b.constant(1, "int"), { value: 0.5 }));
    breaks(4, "a condition is 2", spoiled(b.constant(1, "condition"), { value: 2 }));
    breaks(4, "the name is empty", spoiled(param(b, "w", [2]), { name: "" }));
    breaks(4, "a size of the parameter is 0", spoiled(param(b, "w", [2]), { shape: [0] }));
    breaks(4, "the constant has no axis", spoiled(b.constant(1), { shape: [] }));
    breaks(4, "only integers have classes", spoiled(input(b, "x", []), { classes: 3 }));
    breaks(4, "the number of classes is 0", spoiled(input(b, "i", [], [1], "int"), { classes: 0 }));
    breaks(4, "named twice", spoiled(b.make("reduce", [input(b, "xs", [time(b)])], { f: "sum", dims: [time(b)], axis: false }), { dims: [time(b), time(b)] }));
  });

  test("types", () => {
    const b = new GraphBuilder();
    const x = vector(b, [1, 2, 3]);
    const sum = b.apply("add", [x, x]);
    breaks(5, "its arguments give [3]", graphOf({ y: { ...sum, type: { ...sum.type, shape: [4] } } as Node }));
    breaks(5, "its arguments give [3]", graphOf({ y: { ...sum, type: { ...sum.type, kind: "int" } } as Node }));
    breaks(5, "its arguments give [3]", graphOf({ y: { ...sum, type: { ...sum.type, dims: [time(b)] } } as Node }));
    breaks(5, "the sizes of", graphOf({ y: { ...sum, args: [x, vector(b, [1, 2])] } as Node }));
    breaks(5, "wants a real", graphOf({ y: { ...sum, args: [x, b.constant(1, "condition")] } as Node }));
    breaks(5, "a size of its type is 0", graphOf({ y: { ...x, type: { ...x.type, shape: [0] } } as Node }));
  });
});

describe("dimensions", () => {
  test("identity", () => {
    const b = new GraphBuilder();
    const own = (change: Partial<Dim>): Graph => graphOf({ x: input(b, "x", [time(b)]), y: input(b, "y", [{ ...time(b), ...change }]) });
    breaks(6, 'two dimensions have the label "time"', own({}));
    const index = b.indexDim(time(b), 0);
    breaks(6, "another name", graphOf({ y: b.make("index", [], { dim: { ...index, name: "other" } }) }));
    breaks(6, "not as long", graphOf({ y: b.make("index", [], { dim: { ...index, label: "t", length: freeLength("other") } }) }));
    breaks(6, "at level -1", graphOf({ y: b.make("index", [], { dim: b.indexDim(time(b), -1) }) }));
  });

  test("bounds", () => {
    const b = new GraphBuilder();
    const zero = b.constant(0, "int");
    const window = (end: Node) => graphOf({ y: b.make("index", [], { dim: b.windowDim(time(b), zero, end) }) });
    expect(verifyGraph(window(b.constant(2, "int")))).toEqual([]);
    breaks(7, "a bound of", window(b.constant(2)));
    breaks(7, "a bound of", window(b.make("iota", [], { size: 2 })));
  });

  test("meeting", () => {
    const b = new GraphBuilder();
    const x = input(b, "x", [time(b)]);
    const typed = (dims: readonly Dim[]) => graphOf({ y: { ...x, type: { ...x.type, dims } } as Node });
    breaks(8, "twice", typed([time(b), time(b)]));
    breaks(8, "two lengths under the name", typed([time(b), b.dim("time", 3)]));
    const here = b.indexDim(time(b), 0);
    const window = b.windowDim(time(b), b.constant(0, "int"), b.make("index", [], { dim: here }));
    breaks(8, "which the bounds of the slice depend on", typed([window]));
    breaks(8, "meets another part", typed([here, window, time(b)]));
  });
});

describe("the interface", () => {
  const x = (b: GraphBuilder) => input(b, "x", [time(b)]) as NodeOf<"input"> & Node;

  test("inputs", () => {
    const b = new GraphBuilder();
    const y = b.apply("tanh", [x(b)]);
    const graph = graphOf({ y });
    breaks(9, "does not list it", { ...graph, inputs: [] });
    breaks(9, "listed twice", { ...graph, inputs: [x(b), x(b)] });
    breaks(9, "two inputs are called x", { ...graph, inputs: [x(b), input(b, "x", []) as NodeOf<"input">] });
    breaks(9, "a part of a sequence", graphOf({ y: input(b, "z", [b.indexDim(time(b), 0)]) }));
    const fallback = (value: Node) => graphOf({ y: b.make("input", [value], { name: "s", type: { kind: "real", dims: [], shape: [2] } }) });
    expect(verifyGraph(fallback(b.constant(0)))).toEqual([]);
    breaks(9, "the default", fallback(vector(b, [1, 2, 3])));
    breaks(9, "the default", fallback(b.constant(0, "int")));
    breaks(9, "the default", fallback(x(b)));
  });

  test("parameters", () => {
    const b = new GraphBuilder();
    breaks(10, "two shapes", graphOf({ y: param(b, "w", [2]), z: param(b, "w", [3]) }));
    breaks(10, "two shapes", graphOf({ y: param(b, "w", [2]), z: param(b, "w", [2], [b.dim("head", 2)]) }));
    breaks(10, "no fixed length", graphOf({ y: param(b, "w", [2], [time(b)]) }));
  });

  test("outputs", () => {
    const b = new GraphBuilder();
    const graph = graphOf({ y: x(b) });
    const output = (change: object) => ({ ...graph, outputs: graph.outputs.map((each) => ({ ...each, ...change })) });
    breaks(11, "no name", output({ name: "" }));
    breaks(11, "two outputs are called y", { ...graph, outputs: [...graph.outputs, ...graph.outputs] });
    breaks(11, "the layout", output({ dims: [] }));
    breaks(11, "the layout", output({ dims: [time(b), time(b)] }));
    const { b: c, region, next } = parts();
    breaks(11, "inside a region", graphOf({ last: c.scanFinal(region, 0), y: next }));
  });
});

describe("regions", () => {
  test("slots", () => {
    breaks(12, "1 sequences and 0 items", scanGraph(() => ({ items: [] })));
    breaks(12, "0 names", scanGraph(() => ({ stateNames: [] })));
    breaks(12, "2 next states", scanGraph(({ next }) => ({ nexts: [next, next] })));
    breaks(12, "1 outputs and 2 names", scanGraph(() => ({ outputNames: ["a", "b"] })));
    breaks(12, "at slot 0 stands the parameter", scanGraph(({ state }) => ({ states: [{ ...state, attributes: { region: 0, slot: 1, type: state.type } } as NodeOf<"state">] })));
    breaks(12, "has another item at slot 0", scanGraph(({ b, item, state }) => ({ nexts: [b.apply("multiply", [{ ...item } as Node, state])] })));
    breaks(12, "no scan of the graph", graphOf({ y: parts().step }));
    const { b, region } = parts();
    const twin = { ...b.scanFinal(region, 0), id: 10_000, attributes: { region: { ...region, reverse: true }, slot: 0 } } as Node;
    breaks(12, "two regions have the id", graphOf({ y: b.scanFinal(region, 0), z: twin }));
  });

  test("arguments", () => {
    const { b, region, x, start } = parts();
    const node = b.scanFinal(region, 0);
    breaks(13, "its arguments", graphOf({ y: { ...node, args: [start, x] } as Node }));
    breaks(13, "its arguments", graphOf({ y: { ...node, args: [x] } as Node }));
  });

  test("carried types", () => {
    breaks(14, "continues as [1]", scanGraph(({ b }) => ({ nexts: [b.constant(1)] })));
    breaks(14, "starts as [1]", scanGraph(({ b }) => ({ starts: [b.constant(1)] })));
    breaks(14, "along which it does not run", scanGraph(({ b }) => ({ sequences: [b.constant(1)] })));
    breaks(14, "its item is", scanGraph(({ item, x }) => ({ items: [{ ...item, type: x.type } as NodeOf<"item">] })));
    // In a map, a scan over a slice that is another for each element, with a state that is the same for all.
    const b = new GraphBuilder();
    const here = b.indexDim(time(b), 0);
    const window = b.windowDim(time(b), b.constant(0, "int"), b.make("index", [], { dim: here }));
    const one = b.constant(1);
    const open = b.openRegion(window, [], [one.type]);
    const counting = b.closeRegion(open, { reverse: false, starts: [one], nexts: [b.apply("add", [open.states[0] as Node, one])], outputs: [], stateNames: ["n"], outputNames: [] });
    breaks(14, "does not vary along", graphOf({ y: b.scanFinal(counting, 0) }));
  });

  test("closed", () => {
    breaks(15, "begins with it", scanGraph(({ state }) => ({ starts: [state] })));
    // A slice that ends at the present step is put out, or its history read, or the scan itself runs along it.
    const slice = ({ b, state, step }: Parts) => {
      const dim = b.windowDim(b.dim("key", freeLength("time")), b.constant(0, "int"), step);
      return { dim, value: b.make("broadcast", [state], { dims: [dim] }) };
    };
    breaks(15, "has other bounds in each step", scanGraph((made) => ({ outputs: [slice(made).value] })));
    breaks(15, "has other bounds in each step", scanGraph(({ b, over, step }) => ({ over: b.windowDim(over, b.constant(0, "int"), step) })));
    breaks(15, "has other bounds in each step", scanGraph((made) => {
      const { dim, value } = slice(made);
      const past = made.b.make("history", [value], { region: made.open.id, dim: made.over });
      return { outputs: [made.b.make("reduce", [past], { f: "sum", dims: [dim, made.over], axis: false })] };
    }));
  });

  test("nesting", () => {
    const two = () => {
      const { b, region, item, x, over } = parts();
      const open = b.openRegion(over, [x], []);
      const other = open.items[0] as Node;
      const closed = (output: Node): Region => b.closeRegion(open, { reverse: false, starts: [], nexts: [], outputs: [output], stateNames: [], outputNames: ["o"] });
      return { b, region, other, both: b.apply("add", [item, other]), closed };
    };
    const side = two();
    breaks(16, "which is not around them", graphOf({ o: side.b.scanOutput(side.closed(side.other), 0), h: side.b.scanOutput(side.region, 0), y: side.both }));
    const circle = two();
    breaks(16, "which lies within it", graphOf({ o: circle.b.scanOutput(circle.closed(circle.both), 0), h: circle.b.scanOutput({ ...circle.region, outputs: [circle.both] }, 0) }));
  });

  test("history", () => {
    const sum = ({ b, open }: Parts, dim: Dim, x: Node) => b.make("reduce", [b.make("history", [x], { region: open.id, dim })], { f: "sum", dims: [dim], axis: false });
    expect(verifyGraph(scanGraph((made) => ({ outputs: [sum(made, made.b.windowDim(made.over, made.b.constant(0, "int"), made.step), made.state)] })))).toEqual([]);
    breaks(17, "is no part of", scanGraph((made) => ({ outputs: [sum(made, made.b.dim("other", freeLength("time")), made.state)] })));
    // Of a value inside a scan that the step runs.
    breaks(17, "of a value inside region", scanGraph((made) => {
      const { b, state, item, over } = made;
      const inner = b.openRegion(b.dim("n", 3), [], [state.type]);
      const read = sum(made, over, inner.states[0] as Node);
      const within = b.closeRegion(inner, { reverse: false, starts: [item], nexts: [read], outputs: [], stateNames: ["s"], outputNames: [] });
      return { outputs: [b.scanFinal(within, 0)] };
    }));
  });
});

afterAll(() => {
  expect([...tested].sort((a, b) => a - b).map(String)).toEqual(Object.keys(graphInvariants));
});
