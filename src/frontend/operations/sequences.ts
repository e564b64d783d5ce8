/** What runs along a dimension: positions, elements, slices, ranges. */
import { count, reverse } from "../../ir/graph/compose.js";
import { staticLength } from "../../ir/graph/length.js";
import type { Node } from "../../ir/graph/node.js";
import { visibleTypeText as typeText, type Dim } from "../../ir/graph/types.js";
import { builtin, type Builtin } from "./operation.js";
import type { Call } from "./call.js";
import { refuse } from "../catalogue.js";
import { dimensionOf, firstPosition, lastPosition, staticLengthOf, viewAlong } from "../values/dims.js";
import { ratioOf } from "../values/ratio.js";
import { describe, Tensor, type Value } from "../values/values.js";

/** The dimension that argument `i` names, as a string, of the sequence that is argument 0. */
function named(call: Call, i: number): Dim {
  return dimensionOf(call.sequence(0), call.has(i) ? call.string(i, "the dimension") : undefined, call.spanOf(call.has(i) ? i : 0));
}

/** The dimension that the options of argument `i` name. */
function over(call: Call, i: number): Dim {
  return dimensionOf(call.sequence(0), call.over(i), call.spanOf(0));
}

/** The element at a position. */
function element(call: Call, dim: Dim, position: Node): Value {
  const xs = call.sequence(0);
  return new Tensor(call.builder.make("at", [xs.node, position], { dim }, call.origin), { classes: xs.facts.classes, id: xs.facts.id });
}

export const sequenceBuiltins: readonly Builtin[] = [
  builtin("at(xs, index, { over? })", (call) => element(call, over(call, 2), call.index(1, "an index").node)),
  builtin("first(xs, { over? })", (call) => {
    const dim = over(call, 1);
    return element(call, dim, firstPosition(call.lowering, dim));
  }),
  builtin("last(xs, { over? })", (call) => {
    const dim = over(call, 1);
    return element(call, dim, lastPosition(call.lowering, dim));
  }),
  builtin("reverse(xs, { over? })", (call) => {
    const xs = call.sequence(0);
    const dim = over(call, 1);
    if (dim.origin.kind !== "window") return new Tensor(reverse(call.builder, xs.node, dim, call.origin), xs.facts);
    const { lowering } = call;
    const ends = lowering.apply("add", [firstPosition(lowering, dim), lastPosition(lowering, dim)]);
    return element(call, dim, lowering.apply("subtract", [ends, lowering.index(dim).node]));
  }),
  builtin("slice(xs, start, end, { over? })", (call) => {
    const xs = call.sequence(0);
    const dim = over(call, 3);
    const [start, end] = [call.index(1, "the start").node, call.index(2, "the end").node];
    for (const [i, bound] of [start, end].entries()) if (bound.type.shape.some((size) => size !== 1)) refuse("GF2001", `the end of a slice must be one integer, this is ${typeText(bound.type)}`, call.spanOf(i + 1), "pick one of its components");
    const { lowering, builder } = call;
    // A slice of a slice has the later start and the earlier end.
    const window = dim.origin.kind === "window"
      ? builder.windowDim(dim.origin.of, lowering.apply("maximum", [dim.origin.start, start]), lowering.apply("minimum", [dim.origin.end, end]))
      : builder.windowDim(dim, start, end);
    return new Tensor(viewAlong(lowering, xs.node, dim, window), { classes: xs.facts.classes, id: xs.facts.id });
  }),
  builtin("length(xs, over?)", (call) => {
    const dim = named(call, 1);
    const known = staticLengthOf(dim);
    if (known !== undefined) return known;
    const node = count(call.builder, call.sequence(0).node, dim);
    return new Tensor(node, dim.origin.kind === "window" ? {} : { ratio: { form: dim.length, divisor: 1 } });
  }),
  builtin("position(xs, over?)", (call) => call.lowering.index(named(call, 1))),
  builtin("range(dimension, n)", (call) => {
    const name = dimensionName(call, 0);
    const n = call.value(1);
    const ratio = ratioOf(n);
    if (ratio === undefined || ratio.divisor !== 1 || (staticLength(ratio.form) ?? 0) < 0) {
      if (n instanceof Tensor) return refuse("GF2011", `the length of a range must be known, or computed from lengths with + - * and floor; this is ${describe(n)}`, call.spanOf(1), ratio === undefined ? "write it with length(xs) and static numbers" : "take the floor: floor(length(xs) * 1.5)");
      return refuse("GF2011", `the length of a range must be a whole number from 0 up, this is ${describe(n)}`, call.spanOf(1), "give a whole number");
    }
    if (typeof n === "number" && n < 0) return refuse("GF2011", `the length of a range must be a whole number from 0 up, this is ${n}`, call.spanOf(1), "give a whole number");
    return call.lowering.index(call.builder.dim(name, ratio.form));
  }),
  builtin("dim(xs)", (call) => named(call, 1).name),
  builtin("rename(xs, to, from?)", (call) => {
    const xs = call.sequence(0);
    const from = named(call, 2);
    const { builder, lowering } = call;
    const whole = builder.dim(dimensionName(call, 1), from.length);
    const to = from.origin.kind === "window" ? builder.windowDim(whole, from.origin.start, from.origin.end) : whole;
    if (xs.type.dims.some((dim) => dim !== from && dim.name === to.name)) refuse("GF2008", `${typeText(xs.type)} runs along "${to.name}" already`, call.spanOf(1), "give it a name of its own");
    return new Tensor(to === from ? xs.node : viewAlong(lowering, xs.node, from, to), xs.facts);
  }),
];

/** A name for a dimension. */
export function dimensionName(call: Call, i: number): string {
  const name = call.string(i, "the name of a dimension");
  if (name === "") refuse("GF2006", "a dimension has no name", call.spanOf(i), "give it one, as in \"time\"");
  return name;
}
