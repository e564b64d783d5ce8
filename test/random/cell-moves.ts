/** Moves of which the step of any recurrent cell is made: products, gates, activations, norms. */
import * as compose from "../../src/ir/graph/compose.js";
import type { Move } from "./move.js";

const bounded = ["tanh", "sigmoid", "sin", "cos", "erf"] as const;

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
      g.keep(compose.reduce(g.b, f, x, "vector"), g.bound(x) * (f === "sum" ? x.type.shape.at(-1) ?? 1 : 1));
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
