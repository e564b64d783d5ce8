/**
 * What a random graph can do next. Each move adds to the values at hand; where the shape rules refuse it, nothing happens.
 */
import * as compose from "../../src/ir/graph/compose.js";
import { windowDims } from "../../src/ir/graph/infer.js";
import { staticLength } from "../../src/ir/graph/length.js";
import type { Dim, Node, Region, ValueType } from "../../src/ir/graph/node.js";
import { hasDim } from "../../src/ir/graph/types.js";
import type { Feature, GraphMaker } from "./graph-maker.js";

export interface Move {
  readonly name: string;
  readonly feature?: Feature;
  /** How often it is chosen, relative to the others. */
  readonly weight: number;
  make(g: GraphMaker): void;
}

const bounded = ["tanh", "sigmoid", "sin", "cos", "erf"] as const;

function last<T>(list: readonly T[]): T | undefined {
  return list.at(-1);
}

/** Moves of which the step of any recurrent cell is made. */
export const cellMoves: readonly Move[] = [
  {
    name: "linear", weight: 6,
    make(g) {
      const x = g.vector();
      const y = g.linear(x, 1 + g.choices.below(4), g.choices.once(2));
      g.keep(g.choices.once(2) ? y : g.b.apply(g.choices.pick(bounded), [y]), g.bound(y));
    },
  },
  {
    name: "bounded", weight: 4,
    make(g) {
      g.keep(g.b.apply(g.choices.pick(bounded), [g.real()]), 1);
    },
  },
  {
    name: "sum or product", weight: 6,
    make(g) {
      const x = g.real();
      const others = Array.from({ length: 1 + g.choices.below(3) }, () => g.beside(x));
      const all = [x, ...others];
      const bounds = all.map((node) => g.bound(node));
      const op = g.choices.pick(["add", "multiply"] as const);
      g.attempt(() => g.keep(g.b.apply(op, all), op === "add" ? bounds.reduce((a, c) => a + c) : bounds.reduce((a, c) => a * c)));
    },
  },
  {
    name: "gate", weight: 4,
    make(g) {
      const { b } = g;
      const x = g.real();
      const y = g.beside(x);
      const z = b.apply("sigmoid", [g.beside(x)]);
      g.attempt(() => {
        const rest = b.apply("subtract", [b.constant(1), z]);
        g.keep(b.apply("add", [b.apply("multiply", [z, x]), b.apply("multiply", [rest, y])]), g.bound(x) + g.bound(y));
      });
    },
  },
  {
    name: "unary", weight: 3,
    make(g) {
      const { b } = g;
      const x = g.squash(g.real(), 2);
      const bound = g.bound(x);
      const square = () => b.apply("multiply", [x, x]);
      const ways = [
        () => g.keep(b.apply("negate", [x]), bound),
        () => g.keep(b.apply("absolute", [x]), bound),
        () => g.keep(b.apply("exp", [x]), Math.exp(bound)),
        () => g.keep(b.apply("log", [b.apply("add", [square(), b.constant(0.5)])]), 2),
        () => g.keep(b.apply("log1p", [b.apply("absolute", [x])]), bound),
        () => g.keep(b.apply("sqrt", [b.apply("add", [square(), b.constant(0.125)])]), bound + 1),
        () => g.keep(b.apply("stopGradient", [x]), bound),
        () => g.keep(b.apply("power", [x, b.constant(2 + g.choices.below(2))]), bound ** 3),
        () => g.keep(b.apply("power", [b.apply("add", [b.apply("sigmoid", [x]), b.constant(0.5)]), x]), 4),
        () => g.keep(compose.relu(b, x), bound),
        () => g.keep(compose.softplus(b, x), bound + 1),
        () => g.keep(compose.silu(b, x), bound),
        () => g.keep(compose.gelu(b, x), bound),
      ];
      g.choices.pick(ways)();
    },
  },
  {
    name: "binary", weight: 3,
    make(g) {
      const { b } = g;
      const x = g.real();
      const y = g.beside(x);
      const [p, q] = [g.bound(x), g.bound(y)];
      g.attempt(() => g.choices.pick([
        () => g.keep(b.apply("subtract", [x, y]), p + q),
        () => g.keep(b.apply("subtract", [y, x]), p + q),
        () => g.keep(b.apply("maximum", [x, y]), Math.max(p, q)),
        () => g.keep(b.apply("minimum", [x, y]), Math.max(p, q)),
        () => g.keep(b.apply("divide", [x, b.apply("add", [b.apply("multiply", [y, y]), b.constant(0.5)])]), 2 * p),
        () => g.keep(b.apply("divide", [x, b.constant(3, "int")]), p),
      ])());
    },
  },
  {
    name: "concat", weight: 3,
    make(g) {
      const parts = Array.from({ length: 1 + g.choices.below(3) }, () => g.vector());
      if (parts.reduce((size, part) => size + (part.type.shape[0] ?? 0), 0) > 8) return;
      g.attempt(() => g.keep(g.b.make("concat", parts, { axis: 0 }), Math.max(...parts.map((part) => g.bound(part)))));
    },
  },
  {
    name: "slice", weight: 3,
    make(g) {
      const x = g.real((node) => node.type.shape.length === 1 && (node.type.shape[0] ?? 0) > 1);
      const size = x.type.shape[0] ?? 1;
      const cut = 1 + g.choices.below(Math.max(1, size - 1));
      g.attempt(() => {
        g.keep(g.b.make("sliceAxis", [x], { axis: 0, start: 0, size: Math.min(cut, size) }), g.bound(x));
        if (cut < size) g.keep(g.b.make("sliceAxis", [x], { axis: 0, start: cut, size: size - cut }), g.bound(x));
      });
    },
  },
  {
    name: "reduce the vector", weight: 2,
    make(g) {
      const x = g.real();
      const f = g.choices.pick(["sum", "max", "min"] as const);
      g.keep(compose.reduce(g.b, f, x, "vector"), g.bound(x) * (f === "sum" ? last(x.type.shape) ?? 1 : 1));
    },
  },
  {
    name: "softmax of the vector", weight: 1,
    make(g) {
      const x = g.vector();
      g.keep(g.choices.once(3) ? compose.logSoftmax(g.b, x, "vector") : compose.softmax(g.b, x, "vector"), 2 * g.bound(x) + 2);
    },
  },
  {
    name: "layer norm", weight: 1,
    make(g) {
      const { b } = g;
      const x = g.vector();
      const size = x.type.shape[0] ?? 1;
      const centred = b.apply("subtract", [x, compose.mean(b, x, "vector")]);
      const variance = compose.mean(b, b.apply("multiply", [centred, centred]), "vector");
      // The share of the variance is kept large: near 0 the quotient would magnify rounding.
      const scaled = b.apply("divide", [centred, b.apply("sqrt", [b.apply("add", [variance, b.constant(0.25)])])]);
      const moved = g.choices.once(2) ? b.apply("add", [b.apply("multiply", [scaled, g.param([size])]), g.param([size])]) : scaled;
      g.keep(moved, 2 * g.bound(x) + 1);
    },
  },
  {
    name: "dot", weight: 2,
    make(g) {
      const [x, y] = [g.vector(), g.vector()];
      g.attempt(() => g.keep(g.b.make("contract", [x, y], { dims: [], axis: true }), g.bound(x) * g.bound(y) * (x.type.shape[0] ?? 1)));
    },
  },
  {
    name: "parameter", weight: 1,
    make(g) {
      g.keep(g.param([1 + g.choices.below(4)]), 0.7);
    },
  },
  {
    name: "constant", weight: 1,
    make(g) {
      const value = g.choices.pick([0, 1, 0.5, -1, 2, -0.25]);
      g.keep(g.b.constant(value, "real", [1 + g.choices.below(3)]), Math.abs(value));
    },
  },
  {
    name: "draw", weight: 1, feature: "draw",
    make(g) {
      const { b } = g;
      const counters = g.choices.some([g.index(), g.int()], 2);
      const component = g.choices.once(2) ? [b.make("iota", [], { size: 1 + g.choices.below(3) })] : [];
      g.attempt(() => g.keep(b.make("draw", [...counters, ...component], { site: b.site() }), 1));
    },
  },
  {
    name: "select", weight: 2, feature: "int",
    make(g) {
      const x = g.real();
      const y = g.beside(x);
      g.attempt(() => g.keep(g.b.apply("select", [g.condition(), x, y]), Math.max(g.bound(x), g.bound(y))));
    },
  },
];

const intMoves: readonly Move[] = [
  {
    name: "integer", weight: 3, feature: "int",
    make(g) {
      const { b } = g;
      const x = g.int();
      const y = g.choices.once(2) ? g.int() : g.withBound(b.constant(1 + g.choices.below(3), "int"), 3);
      const [p, q] = [g.bound(x), g.bound(y)];
      g.attempt(() => g.choices.pick([
        () => g.keep(b.apply("add", [x, y]), p + q),
        () => g.keep(b.apply("subtract", [x, y]), p + q),
        () => g.keep(b.apply("multiply", [x, y]), p * q),
        () => g.keep(b.apply("modulo", [x, b.constant(g.choices.pick([3, -5]), "int")]), 5),
        () => g.keep(b.apply("maximum", [x, y]), Math.max(p, q)),
        () => g.keep(b.apply("minimum", [x, y]), Math.max(p, q)),
        () => g.keep(b.apply("negate", [b.apply("absolute", [x])]), p),
        // A quarter keeps the quotient off the whole numbers.
        () => g.keep(b.apply("floor", [b.apply("add", [b.apply("divide", [x, b.constant(2, "int")]), b.constant(0.25)])]), p),
        () => g.keep(b.apply("select", [g.condition(), x, y]), Math.max(p, q)),
      ])());
    },
  },
  {
    name: "position", weight: 2, feature: "int",
    make(g) {
      const { b } = g;
      const dim = g.sequenceDim();
      g.choices.pick([
        () => g.keep(b.make("iota", [], { size: 1 + g.choices.below(4) }), 3),
        () => g.keep(b.make("index", [], { dim }), g.longest(dim)),
        () => g.keep(b.make("length", [], { length: dim.length }), g.longest(dim)),
        () => void g.intInput(),
      ])();
    },
  },
  {
    name: "condition", weight: 1, feature: "int",
    make(g) {
      const { b } = g;
      const [p, q] = [g.condition(), g.condition()];
      g.attempt(() => g.pool.push(g.choices.pick([
        () => b.apply("and", [p, q]), () => b.apply("or", [p, q]), () => b.apply("not", [p]), () => b.apply("equal", [p, q]), () => b.apply("notEqual", [p, q]),
      ])()));
    },
  },
  {
    name: "to real", weight: 2, feature: "int",
    make(g) {
      const x = g.int();
      g.keep(g.b.apply("multiply", [g.b.apply("toReal", [x]), g.b.constant(0.25)]), g.bound(x) / 4);
    },
  },
  {
    name: "argmax", weight: 1, feature: "int",
    make(g) {
      const { b } = g;
      // Draws are exact and integers are, so what is largest is the same in every arithmetic.
      const exact = g.choices.once(2) && g.allows("draw") ? b.make("draw", [b.make("iota", [], { size: 4 })], { site: b.site() }) : g.int();
      const dim = exact.type.dims.find((each) => !exact.type.dims.some((other) => windowDims(other).includes(each)));
      g.attempt(() => g.choices.pick([
        () => g.keep(b.make("argmax", [exact], {}), 4),
        () => g.keep(b.make("argmax", [exact], dim === undefined ? {} : { dim }), 6),
        () => g.keep(b.make("top", [exact], { k: 1 + g.choices.below(exact.type.shape[0] ?? 1), part: "ids" }), 4),
        () => g.keep(b.make("top", [exact], { k: 1, part: "values" }), g.bound(exact)),
      ])());
    },
  },
  {
    name: "pick", weight: 3, feature: "int",
    make(g) {
      const id = g.index();
      const table = g.choices.once(3) ? g.vector() : g.param(g.choices.pick([[3, 2], [4], [2, 3, 2], [1, 1]]));
      g.attempt(() => g.keep(g.b.make("pick", [table, id], {}), g.bound(table)));
    },
  },
];

const dimMoves: readonly Move[] = [
  {
    name: "input", weight: 2,
    make(g) {
      g.input();
    },
  },
  {
    name: "remove a dimension", weight: 3,
    make(g) {
      const x = g.real((node) => node.type.dims.length > 0);
      const dim = last(x.type.dims);
      if (dim !== undefined) g.attempt(() => { const y = g.removeDim(x, dim); g.keep(y, g.bound(y)); });
    },
  },
  {
    name: "softmax along a dimension", weight: 2,
    make(g) {
      const x = g.real((node) => node.type.dims.length > 0);
      const dim = x.type.dims[g.choices.below(x.type.dims.length)];
      if (dim !== undefined) g.attempt(() => g.keep(compose.softmax(g.b, x, dim), 1));
    },
  },
  {
    name: "log-sum-exp along a dimension", weight: 1,
    make(g) {
      const x = g.real((node) => node.type.dims.length > 0);
      const dim = x.type.dims[g.choices.below(x.type.dims.length)];
      if (dim !== undefined) g.attempt(() => g.keep(g.b.apply("maximum", [compose.logSumExp(g.b, x, dim), g.b.constant(-2)]), g.bound(x) + 4));
    },
  },
  {
    name: "contract dimensions", weight: 2,
    make(g) {
      const x = g.real((node) => node.type.dims.length > 0);
      const y = g.beside(x);
      const all = [...new Set([...x.type.dims, ...y.type.dims])];
      const dims = g.choices.some(all, 2);
      const axis = g.choices.once(2);
      const positions = dims.reduce((product, dim) => product * g.longest(dim), 1) * (axis ? last(x.type.shape) ?? 1 : 1);
      g.attempt(() => g.keep(g.b.apply("multiply", [g.b.make("contract", [x, y], { dims, axis }), g.b.constant(0.125)]), (g.bound(x) * g.bound(y) * positions) / 8));
    },
  },
  {
    name: "attention", weight: 2,
    make(g) {
      const { b } = g;
      const memory = g.real((node) => node.type.dims.length > 0 && node.type.shape.length === 1);
      const dim = last(memory.type.dims);
      if (dim === undefined) return;
      g.attempt(() => {
        const query = g.resize(g.removeDims(g.vector(), (each) => each.name === dim.name), memory.type.shape[0] ?? 1);
        const scores = b.make("contract", [query, memory], { dims: [], axis: true });
        const squashed = g.squash(g.withBound(scores, 4 * g.bound(query) * g.bound(memory)), 4);
        const weights = compose.softmax(b, squashed, dim);
        g.keep(b.make("contract", [weights, memory], { dims: [dim], axis: false }), g.bound(memory));
        g.keep(weights, 1);
      });
    },
  },
  {
    name: "element", weight: 3, feature: "int",
    make(g) {
      const { b } = g;
      const xs = g.real((node) => node.type.dims.length > 0);
      const dim = xs.type.dims[g.choices.below(xs.type.dims.length)];
      if (dim === undefined) return;
      const index = g.choices.pick([
        () => g.index(),
        () => b.constant(g.choices.pick([0, 1, -1, 9]), "int"),
        () => b.apply("subtract", [b.make("index", [], { dim }), b.constant(1, "int")]),
      ])();
      g.attempt(() => g.keep(b.make("at", [xs, index], { dim }), g.bound(xs)));
      if (dim.origin.kind === "sequence" && g.choices.once(3)) g.attempt(() => g.keep(g.choices.once(2) ? compose.last(b, xs, dim) : compose.reverse(b, xs, dim), g.bound(xs)));
    },
  },
  {
    name: "axis to dimension and back", weight: 2,
    make(g) {
      const { b } = g;
      const x = g.real((node) => (last(node.type.shape) ?? 1) > 1);
      const axis = x.type.shape.length - 1;
      const dim = b.dim("part", g.choices.pick([2, 3, 1, 4].filter((n) => (x.type.shape[axis] ?? 1) % n === 0)));
      g.attempt(() => {
        const split = g.keep(b.make("axisToDim", [x], { axis, dim }), g.bound(x));
        if (g.choices.once(2)) g.keep(b.make("dimToAxis", [b.apply("tanh", [split])], { axis, dim }), 1);
      });
    },
  },
  {
    name: "dimension to axis", weight: 1,
    make(g) {
      const x = g.real((node) => node.type.dims.some((dim) => dim.origin.kind !== "window" && staticLength(dim.length) !== undefined));
      const dim = x.type.dims.find((each) => each.origin.kind !== "window" && staticLength(each.length) !== undefined);
      if (dim === undefined || (last(x.type.shape) ?? 1) * g.longest(dim) > 8) return;
      g.attempt(() => g.keep(g.b.make("dimToAxis", [x], { axis: x.type.shape.length - 1, dim }), g.bound(x)));
    },
  },
  {
    name: "broadcast", weight: 1,
    make(g) {
      const x = g.real();
      g.attempt(() => g.keep(g.b.make("broadcast", [x], { dims: [g.sequenceDim()] }), g.bound(x)));
    },
  },
  {
    name: "another name", weight: 1,
    make(g) {
      const x = g.real((node) => node.type.dims.some((dim) => dim.name === "time"));
      const from = x.type.dims.find((dim) => dim.name === "time" && dim.origin.kind === "sequence");
      if (from !== undefined) g.attempt(() => g.keep(g.b.make("view", [x], { from, to: g.b.dim("key", from.length) }), g.bound(x)));
    },
  },
  {
    name: "window", weight: 2, feature: "window",
    make(g) {
      const { b, choices } = g;
      const xs = g.real((node) => node.type.dims.some((dim) => dim.origin.kind !== "index"));
      const of = xs.type.dims.find((dim) => dim.origin.kind !== "index");
      if (of === undefined) return;
      const centre = centreOf(g, of);
      const [before, after] = [choices.below(3), choices.below(3)];
      const start = choices.once(3) ? b.constant(0, "int") : b.apply("subtract", [centre, b.constant(before, "int")]);
      const end = choices.once(4) ? b.make("length", [], { length: of.length }) : b.apply("add", [centre, b.constant(after, "int")]);
      g.attempt(() => {
        const window = g.local(b.windowDim(of, start, end));
        const seen = b.make("view", [xs], { from: of, to: window });
        g.keep(seen, g.bound(xs));
        const y = g.removeDim(choices.once(2) ? seen : g.withBound(compose.softmax(b, seen, window), 1), window);
        g.keep(y, g.bound(y));
      });
    },
  },
  {
    name: "matrix", weight: 2, feature: "matrix",
    make(g) {
      const { b, choices } = g;
      const x = g.vector();
      const n = x.type.shape[0] ?? 1;
      const [p, q] = [g.param([2, n]), g.param([2, n])];
      choices.pick([
        () => g.keep(b.make("contract", [b.apply("negate", [b.apply("exp", [p])]), x], { dims: [], axis: true }), 2 * n * g.bound(x)),
        () => g.keep(b.make("contract", [b.make("concat", [p, q], { axis: 0 }), x], { dims: [], axis: true }), n * g.bound(x)),
        () => g.keep(b.make("contract", [x, b.make("sliceAxis", [p], { axis: 0, start: 1, size: 1 })], { dims: [], axis: true }), n * g.bound(x)),
        () => g.keep(b.apply("multiply", [p, x]), g.bound(x)),
        () => g.keep(compose.reduce(b, "max", b.apply("add", [p, x]), "vector"), 1 + g.bound(x)),
        () => g.keep(b.make("concat", [p, b.apply("tanh", [q])], { axis: 1 }), 1),
      ])();
    },
  },
  {
    name: "history", weight: 3, feature: "history",
    make(g) {
      const { b, choices } = g;
      const { region } = g.scope;
      if (region === undefined) return;
      const { over, step, id, reverse } = region;
      const x = g.settle(g.real(), (dim) => dim.name === over.name);
      const past = (k: number) => b.apply(reverse ? "add" : "subtract", [step, b.constant(k, "int")]);
      const after = (node: Node) => b.apply("add", [node, b.constant(1, "int")]);
      g.attempt(() => {
        const reach = choices.below(3);
        if (choices.once(2)) {
          g.keep(b.make("at", [b.make("history", [x], { region: id, dim: over }), past(reach)], { dim: over }), g.bound(x));
          return;
        }
        const [start, end] = reverse ? [step, after(past(reach))] : [choices.once(2) ? b.constant(0, "int") : past(reach), after(step)];
        const window = g.local(b.windowDim(over, start, end));
        const seen = g.withBound(b.make("history", [x], { region: id, dim: window }), g.bound(x));
        g.keep(choices.once(2) ? seen : g.removeDim(seen, window), g.bound(x));
      });
    },
  },
  {
    name: "discontinuous", weight: 2, feature: "discontinuous",
    make(g) {
      const { b } = g;
      const x = g.real();
      const y = g.beside(x);
      g.discontinuous = true;
      g.attempt(() => g.choices.pick([
        () => g.pool.push(b.apply(g.choices.pick(["less", "lessEqual", "equal", "notEqual"] as const), [x, y])),
        () => g.keep(b.apply("floor", [x]), g.bound(x)),
        () => g.keep(b.apply("modulo", [x, b.constant(0.75)]), 1),
        () => g.keep(b.make("argmax", [x], {}), 4),
        () => g.keep(b.make("top", [x], { k: x.type.shape[0] ?? 1, part: g.choices.pick(["values", "ids"] as const) }), 4),
        () => g.keep(compose.sample(b, x, "vector", b.site(), []), 4),
      ])());
    },
  },
];

/** A place along a dimension that varies: with the enclosing map, with the step of a scan, or not at all. */
function centreOf(g: GraphMaker, of: Dim): Node {
  const { b } = g;
  const maps = g.scopes.flatMap(({ map }) => (map === undefined ? [] : [map]));
  const map = maps.find((each) => each.over === of) ?? maps.at(-1);
  const scan = g.innermostScan();
  const ways: (() => Node)[] = [() => b.constant(g.choices.below(4), "int")];
  if (map !== undefined) ways.push(() => b.make("index", [], { dim: map.index }));
  if (scan !== undefined) ways.push(() => scan.step);
  // A varying centre where there is one: that is what windows are for.
  return ways[ways.length - 1 - g.choices.below(ways.length)]?.() ?? b.constant(0, "int");
}

// ---- Moves with an inside.

/** A few moves inside; what they made is gone afterwards, except what `leave` takes out. */
function inside<T>(g: GraphMaker, moves: readonly Move[], scope: GraphMaker["scope"], begin: readonly Node[], leave: () => T): T {
  return g.within(scope, begin, () => {
    play(g, moves, 2 + g.choices.below(8));
    return leave();
  });
}

export function play(g: GraphMaker, moves: readonly Move[], times: number): void {
  const allowed = moves.filter((move) => move.feature === undefined || g.allows(move.feature));
  const tickets = allowed.flatMap((move) => new Array<Move>(move.weight).fill(move));
  for (let i = 0; i < times && !g.choices.exhausted; i++) {
    const move = g.choices.pick(tickets);
    g.attempt(() => move.make(g));
  }
}

const depth = (g: GraphMaker): number => g.scopes.length - 1;

/** A state, or several, of a scan: where it begins. */
function starts(g: GraphMaker, over: Dim, dims: readonly Dim[]): Node[] {
  const { choices } = g;
  return Array.from({ length: choices.below(4) }, () => {
    if (g.allows("int") && choices.once(6)) return g.coerce(g.withBound(g.b.constant(choices.below(3), "int"), 2), { kind: "int", dims, shape: [1] });
    const extra = choices.once(5) && over.name !== "head" ? [g.b.dim("head", 2)] : [];
    const type: ValueType = { kind: "real", dims: [...dims, ...extra.filter((dim) => !dims.includes(dim))], shape: g.allows("matrix") && choices.once(8) ? [2, 2] : [1 + choices.below(4)] };
    const from = choices.pick([() => g.withBound(g.b.constant(0, "real", type.shape), 0), () => g.param(type.shape), () => g.real()])();
    return g.coerce(from, type);
  });
}

function nextStates(g: GraphMaker, states: readonly Node[]): Node[] {
  const { b, choices } = g;
  const nexts: Node[] = [];
  for (const state of states) {
    const { type } = state;
    const same = nexts.find((next) => next.type.kind === type.kind && String(next.type.shape) === String(type.shape) && next.type.dims.length === type.dims.length && next.type.dims.every((dim) => type.dims.includes(dim)));
    if (same !== undefined && choices.once(5)) nexts.push(same);
    else if (type.kind === "int") nexts.push(g.coerce(b.apply("modulo", [b.apply("add", [state, g.choices.once(2) ? b.constant(1, "int") : g.settle(g.index())]), b.constant(5, "int")]), type));
    else if (choices.once(8)) nexts.push(state);
    else {
      const value = g.coerce(g.settle(choices.once(2) ? g.real() : g.vector()), type);
      if (!choices.once(3)) nexts.push(value);
      else {
        const gate = b.apply("sigmoid", [b.apply("add", [value, b.constant(0.5)])]);
        nexts.push(g.withBound(b.apply("add", [b.apply("multiply", [gate, state]), b.apply("multiply", [b.apply("subtract", [b.constant(1), gate]), value])]), 1));
      }
    }
  }
  return nexts.map((next, slot) => (next.type.dims.every((dim) => states[slot]?.type.dims.includes(dim)) ? next : g.coerce(next, (states[slot] ?? next).type)));
}

/** A scan along a dimension, its body made of the moves. */
export function makeScan(g: GraphMaker, moves: readonly Move[], over: Dim, sequences: readonly Node[], start: readonly Node[], outputCount: number): Region {
  const { b, choices } = g;
  const open = b.openRegion(over, sequences, start.map((node) => node.type));
  for (const [slot, item] of open.items.entries()) g.withBound(item as Node, g.bound(sequences[slot] ?? (item as Node)));
  for (const state of open.states) g.withBound(state as Node, state.type.kind === "int" ? 7 : 1);
  g.withBound(open.step, g.longest(over));
  const begin: Node[] = [open.step, ...(open.items as readonly Node[]), ...(open.states as readonly Node[])];
  const reverse = g.allows("reverse") && choices.once(3);
  return inside(g, moves, { local: new Set(), region: { id: open.id, over, step: open.step, reverse } }, g.allows("int") ? begin : begin.slice(1), () => {
    const states = open.states as readonly Node[];
    const nexts = nextStates(g, states);
    const candidates = [...nexts, ...states, ...g.pool.slice(-6)];
    const outputs = Array.from({ length: outputCount }, () => g.settle(choices.pick(candidates.length > 0 ? candidates : [b.constant(1)]), (dim) => dim.name === over.name));
    return b.closeRegion(open, {
      reverse, starts: start, nexts, outputs,
      stateNames: states.map((_, i) => `state${i}`), outputNames: outputs.map((_, i) => `out${i}`),
    });
  });
}

function scanMove(moves: () => readonly Move[]): Move {
  return {
    name: "scan", feature: "scan", weight: 4,
    make(g) {
      const { choices, b } = g;
      if (depth(g) >= (g.allows("nested") ? 2 : 1)) return;
      const sequence = g.real((node) => node.type.dims.length > 0);
      const over = choices.once(4) ? g.sequenceDim() : sequence.type.dims[choices.below(sequence.type.dims.length)] ?? g.sequenceDim();
      if (g.innermostScan()?.over.name === over.name && over.origin.kind !== "sequence") return;
      const able = g.pool.filter((node) => node.type.kind !== "condition" && hasDim(node.type, over) && node.type.dims.every((dim) => dim === over || !windowDims(dim).includes(over)));
      const sequences = choices.some(able.slice(-4), 2);
      g.attempt(() => {
        if (sequences.length === 0) sequences.push(g.withBound(b.make("index", [], { dim: over }), g.longest(over)));
        const start = starts(g, over, windowDims(over));
        const outputCount = start.length === 0 ? 1 + choices.below(2) : choices.below(4);
        const region = makeScan(g, moves(), over, [...new Set(sequences)], start, outputCount);
        for (const [slot, output] of region.outputs.entries()) g.attempt(() => g.keep(b.scanOutput(region, slot), g.bound(output)));
        for (const [slot, state] of region.states.entries()) if (!choices.once(4)) g.keep(b.scanFinal(region, slot), state.type.kind === "int" ? 7 : 1);
      });
    },
  };
}

function mapMove(moves: () => readonly Move[]): Move {
  return {
    name: "map", feature: "map", weight: 4,
    make(g) {
      const { choices, b } = g;
      if (depth(g) >= (g.allows("nested") ? 2 : 1)) return;
      const sequence = g.real((node) => node.type.dims.length > 0);
      const over = sequence.type.dims[choices.below(sequence.type.dims.length)];
      if (over === undefined || over.origin.kind === "index") return;
      const level = g.scopes.filter(({ map }) => map?.over === over).length;
      g.attempt(() => {
        const index = b.indexDim(over, level);
        const element = g.withBound(b.make("view", [sequence], { from: over, to: index }), g.bound(sequence));
        const position = g.withBound(b.make("index", [], { dim: index }), g.longest(over));
        const result = inside(g, moves(), { local: new Set(), map: { over, index } }, g.allows("int") ? [position, element] : [element], () => {
          const value = g.settle(g.real(), (dim) => dim !== index && dim.name === over.name);
          const along = hasDim(value.type, index) ? b.make("view", [value], { from: index, to: over }) : b.make("broadcast", [value], { dims: [over] });
          return { along, bound: g.bound(value) };
        });
        g.keep(result.along, result.bound);
      });
    },
  };
}

/** Every move; scans and maps hold all of them inside. */
export const allMoves: readonly Move[] = [...cellMoves, ...intMoves, ...dimMoves, scanMove(() => allMoves), mapMove(() => allMoves)];
