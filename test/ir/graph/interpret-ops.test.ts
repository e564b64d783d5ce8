/** Each op against values computed by hand. */
import { describe, expect, test } from "vitest";
import { GraphBuilder } from "../../../src/ir/graph/builder.js";
import { floorDivideLength, freeLength, scaleLength } from "../../../src/ir/graph/length.js";
import type { BinaryOp, Node, UnaryOp } from "../../../src/ir/graph/node.js";
import { uniformDraw, seedKey } from "../../../src/ir/graph/draw.js";
import { array, input, param, run, values, vector } from "./helpers.js";

const time = (b: GraphBuilder) => b.dim("time", freeLength("time"));

describe("elementwise", () => {
  const unaryCases: { readonly [F in UnaryOp]: readonly (readonly [number, number])[] } = {
    negate: [[2, -2], [0, -0]],
    exp: [[0, 1], [1, Math.E], [-Infinity, 0], [1000, Infinity]],
    log: [[1, 0], [0, -Infinity], [-1, NaN]],
    log1p: [[0, 0], [1e-20, 1e-20], [-1, -Infinity]],
    sqrt: [[9, 3], [-1, NaN]],
    absolute: [[-2, 2], [-Infinity, Infinity]],
    sin: [[0, 0], [Math.PI / 2, 1]],
    cos: [[0, 1], [Math.PI, -1]],
    tanh: [[0, 0], [100, 1], [-100, -1]],
    sigmoid: [[0, 0.5], [-1000, 0]],
    erf: [[0, 0], [10, 1]],
    floor: [[1.5, 1], [-1.5, -2], [-0, 0]],
    toReal: [[3, 3]],
    stopGradient: [[-0, -0]],
    not: [],
  };
  for (const [op, cases] of Object.entries(unaryCases) as [UnaryOp, (typeof unaryCases)[UnaryOp]][]) {
    test.each(cases.map(([x, y]) => ({ x, y })))(`${op}($x) = $y`, ({ x, y }) => expect(values((b) => b.apply(op, [b.constant(x)]))).toEqual([y]));
  }

  const binaryCases: { readonly [F in BinaryOp]: readonly (readonly [number, number, number])[] } = {
    subtract: [[5, 3, 2]],
    divide: [[1, 4, 0.25], [1, 0, Infinity], [0, 0, NaN]],
    modulo: [[7, 3, 1], [-7, 3, -1], [7, -3, 1], [5.5, 2, 1.5], [1, 0, NaN]],
    power: [[2, 10, 1024], [2, -1, 0.5], [-8, 1 / 3, NaN], [0, 0, 1]],
    minimum: [[1, 2, 1], [NaN, 2, NaN], [0, -0, -0]],
    maximum: [[1, 2, 2], [2, NaN, NaN], [-0, 0, 0]],
    less: [[1, 2, 1], [2, 2, 0], [NaN, 1, 0]],
    lessEqual: [[2, 2, 1], [3, 2, 0], [NaN, NaN, 0]],
    equal: [[2, 2, 1], [0, -0, 1], [NaN, NaN, 0]],
    notEqual: [[2, 2, 0], [NaN, NaN, 1]],
    and: [],
    or: [],
  };
  for (const [op, cases] of Object.entries(binaryCases) as [BinaryOp, (typeof binaryCases)[BinaryOp]][]) {
    test.each(cases.map(([a, b, y]) => ({ a, b, y })))(`${op}($a, $b) = $y`, ({ a, b: right, y }) => expect(values((b) => b.apply(op, [b.constant(a), b.constant(right)]))).toEqual([y]));
  }

  test("conditions", () => {
    const both = (b: GraphBuilder) => [vector(b, [0, 0, 1, 1], "condition"), vector(b, [0, 1, 0, 1], "condition")];
    expect(values((b) => b.apply("and", both(b)))).toEqual([0, 0, 0, 1]);
    expect(values((b) => b.apply("or", both(b)))).toEqual([0, 1, 1, 1]);
    expect(values((b) => b.apply("not", [vector(b, [0, 1], "condition")]))).toEqual([1, 0]);
  });

  test("select takes element by element, and a NaN on the other side does no harm", () => {
    expect(values((b) => b.apply("select", [vector(b, [1, 0], "condition"), vector(b, [1, NaN]), vector(b, [NaN, 2])]))).toEqual([1, 2]);
  });

  test("sums and products take many arguments and broadcast sizes of 1", () => {
    expect(values((b) => b.apply("add", [vector(b, [1, 2]), b.constant(10), vector(b, [100, 200])]))).toEqual([111, 212]);
    expect(values((b) => b.apply("multiply", [vector(b, [1, 2]), vector(b, [3, 4]), b.constant(2)]))).toEqual([6, 16]);
  });

  test("a matrix broadcasts with a vector from the right", () => {
    const parameters = { m: array([1, 2, 3], [4, 5, 6]), v: array(10, 20, 30) };
    const result = run((b) => b.apply("add", [param(b, "m", [2, 3]), param(b, "v", [3])]), { parameters });
    expect(result).toEqual({ shape: [2, 3], data: Float64Array.of(11, 22, 33, 14, 25, 36) });
  });

  test("dimensions are matched by name, and repeated where one lacks them", () => {
    const result = run((b) => {
      const [rows, columns] = [b.dim("row", 2), b.dim("column", 3)];
      return b.apply("subtract", [input(b, "x", [rows]), input(b, "y", [columns, rows])]);
    }, { inputs: { x: array([1], [2]), y: array([[10], [20]], [[30], [40]], [[50], [60]]) } });
    expect(result).toEqual({ shape: [3, 2, 1], data: Float64Array.of(-9, -18, -29, -38, -49, -58) });
  });

  test("integers have no negative zero", () => {
    expect(values((b) => b.apply("negate", [b.constant(0, "int")]))).toEqual([0]);
    expect(values((b) => b.apply("multiply", [b.constant(0, "int"), b.constant(-5, "int")]))).toEqual([0]);
    expect(values((b) => b.apply("modulo", [b.constant(-4, "int"), b.constant(2, "int")]))).toEqual([0]);
  });
});

describe("sources", () => {
  test("constants, iota, length and index", () => {
    expect(run((b) => b.constant(7, "real", [2, 2]))).toEqual({ shape: [2, 2], data: Float64Array.of(7, 7, 7, 7) });
    expect(values((b) => b.make("iota", [], { size: 4 }))).toEqual([0, 1, 2, 3]);
    expect(values((b) => b.make("length", [], { length: floorDivideLength(scaleLength(freeLength("time"), 3), 2) }), { lengths: { time: 5 } })).toEqual([7]);
    expect(run((b) => b.make("index", [], { dim: time(b) }), { lengths: { time: 3 } })).toEqual({ shape: [3, 1], data: Float64Array.of(0, 1, 2) });
  });

  test("a parameter with dimensions in front", () => {
    const parameters = { w: array([1, 2], [3, 4], [5, 6]) };
    expect(run((b) => param(b, "w", [2], [b.dim("head", 3)]), { parameters })).toEqual({ shape: [3, 2], data: Float64Array.of(1, 2, 3, 4, 5, 6) });
  });

  test("an input that is left out is its default", () => {
    const make = (b: GraphBuilder) => b.make("input", [b.constant(3)], { name: "x", type: { kind: "real", dims: [], shape: [2] } });
    expect(values(make)).toEqual([3, 3]);
    expect(values(make, { inputs: { x: array(1, 2) } })).toEqual([1, 2]);
  });

  test("what does not fit is refused", () => {
    const make = (b: GraphBuilder) => input(b, "x", [time(b)], [2]);
    expect(() => run(make)).toThrow("input x is missing");
    expect(() => run(make, { inputs: { x: array(1, 2) } })).toThrow("input x has 1 axes");
    expect(() => run(make, { inputs: { x: array([1, 2, 3]) } })).toThrow("[1, 2] is due");
    expect(() => run(make, { inputs: { x: array([1, 2]) }, lengths: { time: 2 } })).toThrow("length 1 where 2 is due");
    expect(() => run((b) => param(b, "w", [2]))).toThrow("parameter w is missing");
    expect(() => run((b) => input(b, "i", [], [1], "int"), { inputs: { i: 0.5 } })).toThrow("integers");
    expect(() => run((b) => b.make("index", [], { dim: time(b) }))).toThrow('the length "time"');
  });

  test("lengths are found from forms of them", () => {
    const frames = (b: GraphBuilder) => b.dim("frame", { constant: 1, terms: [{ coefficient: 2, atom: { kind: "free", name: "time" } }] });
    const make = (b: GraphBuilder) => b.apply("add", [input(b, "x", [frames(b)]), b.make("length", [], { length: freeLength("time") })]);
    expect(values(make, { inputs: { x: array([0], [0], [0], [0], [0]) } })).toEqual([2, 2, 2, 2, 2]);
    expect(() => run(make, { inputs: { x: array([0], [0]) } })).toThrow('the length "time"');
  });
});

describe("products and reductions", () => {
  const parameters = { m: array([1, 2, 3], [4, 5, 6]), v: array(1, 10, 100), w: array(2, 3, 4) };

  test("contract the last axes", () => {
    expect(values((b) => b.make("contract", [param(b, "m", [2, 3]), param(b, "v", [3])], { dims: [], axis: true }), { parameters })).toEqual([321, 654]);
    expect(values((b) => b.make("contract", [param(b, "v", [3]), param(b, "m", [2, 3])], { dims: [], axis: true }), { parameters })).toEqual([321, 654]);
    expect(values((b) => b.make("contract", [param(b, "v", [3]), param(b, "w", [3])], { dims: [], axis: true }), { parameters })).toEqual([432]);
  });

  test("contract dimensions: of both, of one, with and without the axis", () => {
    const inputs = { x: array([1, 2], [3, 4], [5, 6]), s: array([1], [10], [100]) };
    const both = (dims: boolean, axis: boolean) => values((b) => b.make("contract", [input(b, "s", [time(b)]), input(b, "x", [time(b)], [2])], { dims: dims ? [time(b)] : [], axis }), { inputs });
    expect(both(true, false)).toEqual([531, 642]);
    expect(both(false, false)).toEqual([1, 2, 30, 40, 500, 600]);
    expect(values((b) => b.make("contract", [input(b, "x", [time(b)], [2]), vector(b, [1, 10])], { dims: [time(b)], axis: true }), { inputs: { x: inputs.x } })).toEqual([129]);
    expect(values((b) => b.make("contract", [input(b, "x", [time(b)], [2]), input(b, "x", [time(b)], [2])], { dims: [time(b)], axis: true }), { inputs: { x: inputs.x } })).toEqual([91]);
  });

  test("reduce the vector, a matrix, a dimension, both", () => {
    const inputs = { x: array([1, 5], [4, 2], [3, 0]) };
    const reduce = (f: "sum" | "max" | "min", dims: boolean, axis: boolean) => values((b) => b.make("reduce", [input(b, "x", [time(b)], [2])], { f, dims: dims ? [time(b)] : [], axis }), { inputs });
    expect(reduce("sum", false, true)).toEqual([6, 6, 3]);
    expect(reduce("sum", true, false)).toEqual([8, 7]);
    expect(reduce("max", true, true)).toEqual([5]);
    expect(reduce("min", true, false)).toEqual([1, 0]);
    expect(values((b) => b.make("reduce", [param(b, "m", [2, 3])], { f: "max", dims: [], axis: true }), { parameters })).toEqual([3, 6]);
  });

  test("reductions of nothing, and of NaN", () => {
    const none = { inputs: { x: { shape: [0, 1], data: [] } } };
    const reduce = (f: "sum" | "max" | "min", kind: "real" | "int") => values((b) => b.make("reduce", [input(b, "x", [time(b)], [1], kind)], { f, dims: [time(b)], axis: false }), none);
    expect([...reduce("sum", "real"), ...reduce("max", "real"), ...reduce("min", "real")]).toEqual([0, -Infinity, Infinity]);
    expect([...reduce("sum", "int"), ...reduce("max", "int"), ...reduce("min", "int")]).toEqual([0, -2147483648, 2147483647]);
    expect(values((b) => b.make("reduce", [vector(b, [1, NaN, 3])], { f: "max", dims: [], axis: true }))).toEqual([NaN]);
    expect(values((b) => b.make("contract", [input(b, "x", [time(b)]), input(b, "x", [time(b)])], { dims: [time(b)], axis: true }), none)).toEqual([0]);
    expect(values((b) => b.make("argmax", [input(b, "x", [time(b)])], { dim: time(b) }), none)).toEqual([0]);
  });

  test("argmax takes the first of the largest, and NaN for larger than all", () => {
    const of = (...numbers: number[]) => values((b) => b.make("argmax", [vector(b, numbers)], {}));
    expect(of(1, 3, 2, 3)).toEqual([1]);
    expect(of(Infinity, NaN, NaN)).toEqual([1]);
    expect(of(-Infinity, -Infinity)).toEqual([0]);
    expect(of(-0, 0)).toEqual([0]);
    const inputs = { x: array([1, 9], [7, 9], [7, 10]) };
    expect(values((b) => b.make("argmax", [input(b, "x", [time(b)], [2])], { dim: time(b) }), { inputs })).toEqual([1, 2]);
    expect(values((b) => b.make("argmax", [param(b, "m", [2, 3])], {}), { parameters: { m: array([1, 9, 0], [3, 2, 4]) } })).toEqual([1, 2]);
  });

  test("top gives the largest, the first of equals first", () => {
    const top = (part: "values" | "ids") => values((b) => b.make("top", [vector(b, [2, 5, NaN, 5, 1])], { k: 4, part }));
    expect(top("values")).toEqual([NaN, 5, 5, 2]);
    expect(top("ids")).toEqual([2, 1, 3, 0]);
  });
});

describe("moving elements", () => {
  const parameters = { m: array([1, 2, 3], [4, 5, 6]) };
  const m = (b: GraphBuilder) => param(b, "m", [2, 3]);

  test("slices and joins along either axis", () => {
    expect(run((b) => b.make("sliceAxis", [m(b)], { axis: 1, start: 1, size: 2 }), { parameters })).toEqual({ shape: [2, 2], data: Float64Array.of(2, 3, 5, 6) });
    expect(run((b) => b.make("sliceAxis", [m(b)], { axis: 0, start: 1, size: 1 }), { parameters })).toEqual({ shape: [1, 3], data: Float64Array.of(4, 5, 6) });
    const twice = (axis: number) => values((b) => b.make("concat", [m(b), b.apply("negate", [m(b)])], { axis }), { parameters });
    expect(twice(0)).toEqual([1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6]);
    expect(twice(1)).toEqual([1, 2, 3, -1, -2, -3, 4, 5, 6, -4, -5, -6]);
  });

  test("parts that lack a dimension are repeated along it", () => {
    expect(values((b) => b.make("concat", [b.constant(9), input(b, "x", [time(b)])], { axis: 0 }), { inputs: { x: array([1], [2]) } })).toEqual([9, 1, 9, 2]);
  });

  test("an axis becomes a dimension, row-major, and comes back", () => {
    const split = (b: GraphBuilder) => b.make("axisToDim", [m(b)], { axis: 1, dim: b.dim("piece", 3) });
    expect(run(split, { parameters })).toEqual({ shape: [3, 2, 1], data: Float64Array.of(1, 4, 2, 5, 3, 6) });
    expect(run((b) => b.make("dimToAxis", [split(b)], { axis: 1, dim: b.dim("piece", 3) }), { parameters })).toEqual({ shape: [2, 3], data: Float64Array.of(1, 2, 3, 4, 5, 6) });
    const halves = (b: GraphBuilder) => b.make("axisToDim", [vector(b, [1, 2, 3, 4, 5, 6])], { axis: 0, dim: b.dim("half", 2) });
    expect(run(halves)).toEqual({ shape: [2, 3], data: Float64Array.of(1, 2, 3, 4, 5, 6) });
  });

  test("at reads along a dimension, zero outside, and matches the index's other dimensions", () => {
    const inputs = { x: array([1, 2], [3, 4], [5, 6]) };
    const x = (b: GraphBuilder) => input(b, "x", [time(b)], [2]);
    const at = (index: (b: GraphBuilder) => Node) => values((b) => b.make("at", [x(b), index(b)], { dim: time(b) }), { inputs });
    expect(at((b) => b.constant(1, "int"))).toEqual([3, 4]);
    expect(at((b) => b.constant(-1, "int"))).toEqual([0, 0]);
    expect(at((b) => b.constant(3, "int"))).toEqual([0, 0]);
    expect(at((b) => b.apply("floor", [b.constant(NaN)]))).toEqual([0, 0]);
    expect(at((b) => b.apply("floor", [b.constant(Infinity)]))).toEqual([0, 0]);
    expect(at((b) => b.apply("subtract", [b.constant(2, "int"), b.make("index", [], { dim: time(b) })]))).toEqual([5, 6, 3, 4, 1, 2]);
    const shared = values((b) => {
      const beam = b.dim("beam", 2);
      const xs = input(b, "xs", [beam, time(b)]);
      return b.make("at", [xs, input(b, "i", [beam], [1], "int")], { dim: time(b) });
    }, { inputs: { xs: array([[1], [2], [3]], [[4], [5], [6]]), i: array([2], [0]) } });
    expect(shared).toEqual([3, 4]);
  });

  test("pick reads a component or a row, zero outside", () => {
    const pick = (id: number) => values((b) => b.make("pick", [m(b), b.constant(id, "int")], {}), { parameters });
    expect(pick(1)).toEqual([4, 5, 6]);
    expect(pick(2)).toEqual([0, 0, 0]);
    expect(pick(-1)).toEqual([0, 0, 0]);
    expect(values((b) => b.make("pick", [vector(b, [7, 8]), input(b, "i", [time(b)], [1], "int")], {}), { inputs: { i: array([1], [0], [5]) } })).toEqual([8, 7, 0]);
  });

  test("broadcast repeats, view renames", () => {
    expect(run((b) => b.make("broadcast", [vector(b, [1, 2])], { dims: [b.dim("n", 2)] }))).toEqual({ shape: [2, 2], data: Float64Array.of(1, 2, 1, 2) });
    const outer = values((b) => {
      const key = b.dim("key", freeLength("time"));
      const x = input(b, "x", [time(b)]);
      return b.apply("subtract", [x, b.make("view", [x], { from: time(b), to: key })]);
    }, { inputs: { x: array([1], [10]) } });
    expect(outer).toEqual([0, -9, 9, 0]);
  });

  test("draws of a vector are told apart by their counters", () => {
    const drawn = values((b) => b.make("draw", [b.constant(5, "int"), b.make("iota", [], { size: 3 })], { site: 2 }), { seed: 11 });
    expect(drawn).toEqual([0, 1, 2].map((i) => uniformDraw(seedKey(11), 2, [5, i])));
  });
});

describe("windows", () => {
  test("causal sums: the window's end varies along an index", () => {
    const make = (f: "sum" | "max") => (b: GraphBuilder) => {
      const x = input(b, "x", [time(b)]);
      const here = b.indexDim(time(b), 0);
      const position = b.make("index", [], { dim: here });
      const window = b.windowDim(time(b), b.apply("subtract", [position, b.constant(1, "int")]), b.apply("add", [position, b.constant(1, "int")]));
      const seen = b.make("view", [x], { from: time(b), to: window });
      const sum = b.make("reduce", [seen], { f, dims: [window], axis: false });
      return b.make("view", [sum], { from: here, to: time(b) });
    };
    const inputs = { x: array([1], [10], [-100], [1000]) };
    expect(values(make("sum"), { inputs })).toEqual([1, 11, -90, 900]);
    expect(values(make("max"), { inputs })).toEqual([1, 10, 10, 1000]);
    expect(values(make("max"), { inputs: { x: { shape: [0, 1], data: [] } } })).toEqual([]);
  });

  test("bounds are clipped, positions are kept, outside stand zeros", () => {
    const windowed = (start: number, end: number, use: (b: GraphBuilder, xs: Node, window: ReturnType<GraphBuilder["dim"]>) => Node) =>
      values((b) => {
        const window = b.windowDim(time(b), b.constant(start, "int"), b.constant(end, "int"));
        return use(b, b.make("view", [input(b, "x", [time(b)])], { from: time(b), to: window }), window);
      }, { inputs: { x: array([1], [2], [4], [8]) }, lengths: { time: 4 } });
    expect(windowed(1, 3, (_, xs) => xs)).toEqual([0, 2, 4, 0]);
    expect(windowed(-5, 2, (_, xs) => xs)).toEqual([1, 2, 0, 0]);
    expect(windowed(3, 1, (_, xs) => xs)).toEqual([0, 0, 0, 0]);
    expect(windowed(2, 9, (b, xs, dim) => b.make("at", [xs, b.constant(2, "int")], { dim }))).toEqual([4]);
    expect(windowed(2, 9, (b, xs, dim) => b.make("at", [xs, b.constant(1, "int")], { dim }))).toEqual([0]);
    expect(windowed(1, 3, (b, xs, dim) => b.make("argmax", [xs], { dim }))).toEqual([2]);
    expect(windowed(1, 4, (b, xs, dim) => {
      const inner = b.windowDim(dim, b.constant(0, "int"), b.constant(3, "int"));
      return b.make("reduce", [b.make("view", [xs], { from: dim, to: inner })], { f: "sum", dims: [inner], axis: false });
    })).toEqual([6]);
    expect(windowed(2, 9, (b, _, dim) => b.make("index", [], { dim }))).toEqual([0, 0, 2, 3]);
    expect(windowed(1, 3, (b, xs, dim) => b.make("contract", [xs, xs], { dims: [dim], axis: false }))).toEqual([20]);
  });
});

describe("float32", () => {
  const options = { round: "float32" } as const;

  test("inputs, parameters, constants and results are rounded", () => {
    expect(values((b) => b.constant(0.1), options)).toEqual([Math.fround(0.1)]);
    expect(values((b) => input(b, "x", []), { ...options, inputs: { x: 0.1 } })).toEqual([Math.fround(0.1)]);
    expect(values((b) => b.apply("divide", [b.constant(1), b.constant(3)]), options)).toEqual([Math.fround(1 / 3)]);
    expect(values((b) => b.constant(16777217, "int"), options)).toEqual([16777217]);
  });

  test("sums overflow and lose small parts, addition by addition", () => {
    expect(values((b) => b.apply("add", [b.constant(3e38), b.constant(3e38), b.constant(-3e38)]), options)).toEqual([Infinity]);
    expect(values((b) => b.make("reduce", [vector(b, [16777216, 1, 1])], { f: "sum", dims: [], axis: true }), options)).toEqual([16777216]);
    expect(values((b) => b.make("contract", [vector(b, [1e30, 1]), vector(b, [1e30, 1])], { dims: [], axis: true }), options)).toEqual([Infinity]);
    expect(values((b) => b.apply("exp", [b.constant(100)]), options)).toEqual([Infinity]);
    expect(values((b) => b.apply("exp", [b.constant(100)]))).toEqual([Math.exp(100)]);
  });
});
