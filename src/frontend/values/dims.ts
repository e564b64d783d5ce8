/**
 * Which dimension an operation runs along: the one that is named, or the only one. A map's own position is no dimension to
 * its author: inside the map, the element lacks the dimension.
 */
import { windowDims } from "../../ir/graph/infer.js";
import type { Node } from "../../ir/graph/node.js";
import { staticLength } from "../../ir/graph/length.js";
import { visibleTypeText as typeText, type Dim, type ValueType } from "../../ir/graph/types.js";
import type { Span } from "../../support/span.js";
import { refuse } from "../catalogue.js";
import type { Lowering } from "./lowering.js";
import type { Tensor } from "./values.js";

/** The dimensions that the author sees. */
export function visibleDims(type: ValueType): readonly Dim[] {
  return type.dims.filter((dim) => dim.origin.kind !== "index");
}

/** The number of positions, where all of them exist and it is known. */
export function staticLengthOf(dim: Dim): number | undefined {
  return dim.origin.kind === "window" ? undefined : staticLength(dim.length);
}

/** The dimension of `xs` called `over`, or its only one. */
export function dimensionOf(xs: Tensor, over: string | undefined, span: Span): Dim {
  return commonDimension([xs], over, span);
}

/** The dimension called `over` that all have, or the only one that all have. */
export function commonDimension(all: readonly Tensor[], over: string | undefined, span: Span): Dim {
  const [first, ...others] = all;
  if (first === undefined) return refuse("GF2006", "there is no sequence here", span, "give a sequence, or range(\"step\", n)");
  if (over !== undefined) {
    const found = visibleDims(first.type).find((dim) => dim.name === over);
    if (found === undefined) return refuse("GF2006", `${typeText(first.type)} does not run along "${over}"`, span, dimensionAdvice(first));
    for (const xs of others) if (!xs.type.dims.includes(found)) refuse("GF2006", `${typeText(xs.type)} does not run along the same "${over}" as ${typeText(first.type)}`, span, "give sequences over one dimension");
    return found;
  }
  const common = visibleDims(first.type).filter((dim) => others.every((xs) => xs.type.dims.includes(dim)));
  const [only, second] = common;
  if (only === undefined) {
    return others.length === 0
      ? refuse("GF2006", `${typeText(first.type)} runs along no dimension`, span, "give a sequence")
      : refuse("GF2006", `${all.map((xs) => typeText(xs.type)).join(" and ")} have no dimension in common`, span, "give sequences over one dimension");
  }
  if (second !== undefined) {
    const names = common.map((dim) => `"${dim.name}"`);
    refuse("GF2006", `${typeText(first.type)} runs along ${names.slice(0, -1).join(", ")} and ${names.at(-1)}: name one`, span, `name the dimension, as in { over: ${names[0]} } or f(xs, ${names[0]})`);
  }
  return only;
}

function dimensionAdvice(xs: Tensor): string {
  const names = visibleDims(xs.type).map((dim) => `"${dim.name}"`);
  return names.length === 0 ? "it runs along no dimension; leave the name out to take the vector" : `it runs along ${names.join(" and ")}`;
}

/** The same value seen along another dimension. */
export function viewAlong(lowering: Lowering, node: Node, from: Dim, to: Dim): Node {
  if (node.op === "index" && node.attributes.dim === from) return lowering.builder.make("index", [], { dim: to });
  return lowering.builder.make("view", [node], { from, to }, { name: node.name, span: node.span });
}

/** The value repeated along those of `dims` that it lacks. */
export function broadcastTo(lowering: Lowering, node: Node, dims: readonly Dim[]): Node {
  const wanted = [...new Set(dims.flatMap((dim) => [dim, ...windowDims(dim)]))];
  const missing = wanted.filter((dim) => !node.type.dims.includes(dim));
  return missing.length === 0 ? node : lowering.builder.make("broadcast", [node], { dims: missing }, { name: node.name, span: node.span });
}

/** All dimensions of a value, in the order wanted as far as it goes. */
export function layoutOf(node: Node, wanted: readonly Dim[]): readonly Dim[] {
  return [...new Set([...wanted.filter((dim) => node.type.dims.includes(dim)), ...node.type.dims])];
}

/** The first position of a dimension that exists, and the last. */
export function firstPosition(lowering: Lowering, dim: Dim): Node {
  const zero = lowering.builder.constant(0, "int");
  return dim.origin.kind === "window" ? lowering.apply("maximum", [dim.origin.start, zero]) : zero;
}

export function lastPosition(lowering: Lowering, dim: Dim): Node {
  const whole = lowering.builder.make("length", [], { length: dim.length });
  const end = dim.origin.kind === "window" ? lowering.apply("minimum", [dim.origin.end, whole]) : whole;
  return lowering.apply("subtract", [end, lowering.builder.constant(1, "int")]);
}
