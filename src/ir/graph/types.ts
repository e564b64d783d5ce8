/**
 * What the graph computes with: values of a kind, with a vector shape, that run along named dimensions.
 *
 * A value is a vector (a scalar is a vector of size 1; a parameter may be a matrix or more) and runs along a set of named
 * dimensions: `{source, head:8}[64]`. Dimensions are objects with identity. Two dimensions of one name may exist (the
 * windows of two convolutions are both called "tap"); they may not meet in one operation.
 */
import { lengthText, staticLength } from "./length.js";
import type { Dim, GraphOutput, ValueType } from "./node.js";

export type { Dim, DimOrigin, Kind, ValueType } from "./node.js";

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function hasDim(type: ValueType, dim: Dim): boolean {
  return type.dims.includes(dim);
}

/** The union of two sets of dimensions, in the order of the larger one as far as that goes. */
export function unionDims(a: readonly Dim[], b: readonly Dim[]): readonly Dim[] {
  const [first, second] = b.length > a.length ? [b, a] : [a, b];
  const extra = second.filter((dim) => !first.includes(dim));
  return extra.length === 0 ? first : [...first, ...extra];
}

export function sameDims(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((dim) => b.includes(dim));
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

export function sameType(a: ValueType, b: ValueType): boolean {
  return a.kind === b.kind && sameDims(a.dims, b.dims) && sameShape(a.shape, b.shape);
}

/** The type of an output as the caller sees it: its dimensions in the order of the layout. */
export function outputType({ node, dims }: GraphOutput): ValueType {
  return dims === undefined ? node.type : { ...node.type, dims };
}

/** A dimension as a person reads it: `source`, `head:8`, `frame:floor((time+1)/2)`. */
export function dimText(dim: Dim): string {
  const size = staticLength(dim.length);
  if (size !== undefined) return `${dim.name}:${size}`;
  const text = lengthText(dim.length);
  return text === dim.name ? dim.name : `${dim.name}:${text}`;
}

/** The notation of the language: `{source, head:8}[64]`, `{time}[1]int`. */
export function typeText(type: ValueType): string {
  const dims = type.dims.length === 0 ? "" : `{${type.dims.map(dimText).join(", ")}}`;
  const kind = type.kind === "real" ? "" : type.kind === "int" ? "int" : "condition";
  return `${dims}[${type.shape.join(",")}]${kind}`;
}

/** The same, as the author of a model sees it: inside a map, an element does not run along the map's own position. */
export function visibleTypeText(type: ValueType): string {
  return typeText({ ...type, dims: type.dims.filter((dim) => dim.origin.kind !== "index") });
}
