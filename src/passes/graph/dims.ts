/** Questions about dimensions that several passes ask. */
import { meet, ShapeError, windowDims } from "../../ir/graph/infer.js";
import { staticLength } from "../../ir/graph/length.js";
import type { Dim, ValueType } from "../../ir/graph/node.js";
import { elementCount } from "../../ir/graph/types.js";
import { regionsRead } from "./regions-read.js";

/** The window that limits the positions of a dimension, if there is one: its own, or that of what it indexes. */
export function windowOf(dim: Dim): Dim | undefined {
  switch (dim.origin.kind) {
    case "sequence": return undefined;
    case "index": return windowOf(dim.origin.of);
    case "window": return dim;
  }
}

/** Whether the bounds of some window that a dimension is made of differ between the steps of a region. */
export function variesInRegion(dim: Dim, region: number): boolean {
  for (let each = windowOf(dim); each?.origin.kind === "window"; each = windowOf(each.origin.of)) {
    if (regionsRead(each.origin.start).has(region) || regionsRead(each.origin.end).has(region)) return true;
  }
  return false;
}

/** Whether values of these types may stand in one operation. */
export function canMeet(types: readonly ValueType[]): boolean {
  try {
    meet(types);
    return true;
  } catch (thrown) {
    if (thrown instanceof ShapeError) return false;
    throw thrown;
  }
}

/** The number of elements of a value, where all its lengths are known and it is not cut to a window. */
export function staticSize(type: ValueType): number | undefined {
  let size = elementCount(type.shape);
  for (const dim of type.dims) {
    const length = windowOf(dim) === undefined ? staticLength(dim.length) : undefined;
    if (length === undefined) return undefined;
    size *= length;
  }
  return size;
}

/** Some of the dimensions that a value is repeated along: those asked for, and for a window what its bounds vary along. */
export function withBounds(asked: readonly Dim[], all: readonly Dim[]): readonly Dim[] {
  return all.filter((dim) => asked.includes(dim) || asked.some((each) => windowDims(each).includes(dim)));
}
