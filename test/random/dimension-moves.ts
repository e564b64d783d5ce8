/** Moves with named dimensions: reductions and attention along them, elements, windows, histories, matrices. */
import * as compose from "../../src/ir/graph/compose.js";
import { staticLength } from "../../src/ir/graph/length.js";
import type { Dim, Node } from "../../src/ir/graph/node.js";
import type { GraphMaker } from "./graph-maker.js";
import type { Move } from "./move.js";

export const dimensionMoves: readonly Move[] = [
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
      const dim = x.type.dims.at(-1);
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
      const positions = dims.reduce((product, dim) => product * g.longest(dim), 1) * (axis ? x.type.shape.at(-1) ?? 1 : 1);
      g.attempt(() => g.keep(g.b.apply("multiply", [g.b.make("contract", [x, y], { dims, axis }), g.b.constant(0.125)]), (g.bound(x) * g.bound(y) * positions) / 8));
    },
  },
  {
    name: "attention", weight: 2,
    make(g) {
      const { b } = g;
      const memory = g.real((node) => node.type.dims.length > 0 && node.type.shape.length === 1);
      const dim = memory.type.dims.at(-1);
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
      const x = g.real((node) => (node.type.shape.at(-1) ?? 1) > 1);
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
      if (dim === undefined || (x.type.shape.at(-1) ?? 1) * g.longest(dim) > 8) return;
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
