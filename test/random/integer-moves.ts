/** Moves with integers and conditions: arithmetic, positions, comparisons, indices, rows of tables. */
import { windowDims } from "../../src/ir/graph/infer.js";
import type { Move } from "./move.js";

export const integerMoves: readonly Move[] = [
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
