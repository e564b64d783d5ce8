/**
 * How an op reads its arguments: to compute a value at one position, at which positions are the arguments needed?
 *
 * A position is an index for each named dimension and each vector axis. The rules are written once, over an abstract kind
 * of index: sets of loops when it is decided what to store, expressions when code is made.
 */
import type { Node } from "../../ir/graph/node.js";
import type { Dim } from "../../ir/graph/types.js";
import type { Expr } from "../../ir/kernel/kernel.js";
import { invariant } from "../../support/invariant.js";

export interface Position<I> {
  readonly dims: ReadonlyMap<Dim, I>;
  readonly axes: readonly I[];
}

export type ExprPosition = Position<Expr>;

/** What is done with indices. */
export interface Indexing<I> {
  readonly zero: I;
  offset(index: I, by: number): I;
  /** outer * size + inner. */
  join(outer: I, inner: I, size: number): I;
  quotient(index: I, size: number): I;
  remainder(index: I, size: number): I;
  /** The value of an integer node at a position, as an index. */
  value(node: Node, position: Position<I>): I;
}

/** The position's axes as an argument of the given shape sees them: aligned right, 0 where its size is 1. */
export function alignAxes<I>(axes: readonly I[], shape: readonly number[], zero: I): readonly I[] {
  return shape.map((size, i) => (size === 1 ? zero : (axes[axes.length - shape.length + i] ?? zero)));
}

export function replaceAt<T>(list: readonly T[], at: number, value: T): readonly T[] {
  return list.map((old, i) => (i === at ? value : old));
}

export function withDim<I>(position: Position<I>, dim: Dim, index: I): ReadonlyMap<Dim, I> {
  return new Map(position.dims).set(dim, index);
}

export function dimIndex<I>(position: Position<I>, dim: Dim): I {
  const index = position.dims.get(dim);
  invariant(index !== undefined, () => `no index along ${dim.label}`);
  return index;
}

export function axisIndex<I>(position: Position<I>, axis: number): I {
  const index = position.axes[axis];
  invariant(index !== undefined, () => `no index on axis ${axis}`);
  return index;
}

/** The ops that only move: their one argument is read at another position. Undefined for every other op. */
export function movedPosition<I>(node: Node, position: Position<I>, on: Indexing<I>): Position<I> | undefined {
  switch (node.op) {
    case "sliceAxis":
      return { dims: position.dims, axes: replaceAt(position.axes, node.attributes.axis, on.offset(axisIndex(position, node.attributes.axis), node.attributes.start)) };
    case "axisToDim": {
      const { axis, dim } = node.attributes;
      const inner = node.type.shape[axis] ?? 1;
      return { dims: position.dims, axes: replaceAt(position.axes, axis, on.join(dimIndex(position, dim), axisIndex(position, axis), inner)) };
    }
    case "dimToAxis": {
      const { axis, dim } = node.attributes;
      const inner = node.args[0]?.type.shape[axis] ?? 1;
      const index = axisIndex(position, axis);
      return { dims: withDim(position, dim, on.quotient(index, inner)), axes: replaceAt(position.axes, axis, inner === 1 ? on.zero : on.remainder(index, inner)) };
    }
    case "view": {
      const { from, to } = node.attributes;
      return { dims: withDim(position, from, dimIndex(position, to)), axes: position.axes };
    }
    case "broadcast":
      return position;
    default:
      return undefined;
  }
}
