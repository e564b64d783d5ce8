/**
 * What a graph must store: outputs for the caller, and for each scan its starts, next states and the rows of its outputs.
 * A request is peeled first: where the value is only a view or a joined axis of another one, that other value is computed
 * and stored at the place that the view gives it, and the parts of a joined vector are stored straight into their places.
 */
import type { Node } from "../../ir/graph/node.js";
import { sameDims, sameShape, type Dim, type ValueType } from "../../ir/graph/types.js";
import type { Buffer, Expr } from "../../ir/kernel/kernel.js";
import { axisIndex, dimIndex, replaceAt, withDim, type ExprPosition } from "./access.js";
import type { Expressions } from "./expressions.js";
import type { Place, Places } from "./places.js";

/** What is stored whatever the counting says: the value of a node over the positions of a type, computed at a place. */
export interface Request {
  readonly node: Node;
  readonly type: ValueType;
  readonly place: Place;
  readonly buffer: Buffer;
}

export interface StoreRequest extends Request {
  /** Where in the buffer the value of a position goes. */
  index(position: ExprPosition): readonly Expr[];
  /** False where readers must not look for it: in the start of a state, which becomes the state, and in a part of a joined vector. */
  readonly stays: boolean;
}

/**
 * The windows that a value is stored beyond: a caller gets what runs along a window as a whole, zero where the window is
 * not.
 */
export function windowsAround({ buffer, type }: Request): readonly Dim[] {
  return buffer.role === "output" ? type.dims.filter((dim) => dim.origin.kind === "window") : [];
}

/** Row-major over the dimensions in their order, then the axes; axes of size 1 take no part. */
export function layoutIndex(type: ValueType, position: ExprPosition): readonly Expr[] {
  return [...type.dims.map((dim) => dimIndex(position, dim)), ...type.shape.flatMap((size, i) => (size === 1 ? [] : [axisIndex(position, i)]))];
}

export interface Peeled {
  readonly requests: readonly StoreRequest[];
  /** Joined vectors whose parts are asked for instead. */
  readonly joined: readonly StoreRequest[];
}

export function peel(request: StoreRequest, places: Places, exprs: Expressions): Peeled {
  let current = request;
  while (sameDims(current.type.dims, current.node.type.dims) && sameShape(current.type.shape, current.node.type.shape)) {
    const inner = peelOnce(current, exprs);
    if (inner === undefined) break;
    current = inner;
  }
  const { node, place } = current;
  if (node.op !== "concat" || places.of(node) !== place || !sameShape(current.type.shape, node.type.shape) || !sameDims(current.type.dims, node.type.dims)) return { requests: [current], joined: [] };
  return joinedParts(current, places, exprs);
}

/** A joined vector: each part is asked for at its own place. */
export function joinedParts(request: StoreRequest, places: Places, exprs: Expressions): Peeled {
  const { node, place, buffer } = request;
  if (node.op !== "concat") return { requests: [request], joined: [] };
  const { axis } = node.attributes;
  const requests: StoreRequest[] = [];
  const joined: StoreRequest[] = [];
  let begin = 0;
  for (const part of node.args) {
    const size = part.type.shape[axis] ?? 1;
    const offset = begin;
    begin += size;
    const inner = peel(
      {
        node: part, place, buffer, stays: false,
        type: { kind: part.type.kind, dims: request.type.dims, shape: replaceAt(node.type.shape, axis, size) },
        index: (position) => request.index({ dims: position.dims, axes: replaceAt(position.axes, axis, exprs.offset(axisIndex(position, axis), offset)) }),
      },
      places,
      exprs,
    );
    requests.push(...inner.requests);
    joined.push(...inner.joined);
  }
  return { requests, joined: [request, ...joined] };
}

function peelOnce(request: StoreRequest, exprs: Expressions): StoreRequest | undefined {
  const { node } = request;
  const inner = node.args[0];
  if (inner === undefined) return undefined;
  if (node.op === "view") {
    const { from, to } = node.attributes;
    if (to.origin.kind === "window" || from.origin.kind === "window") return undefined;
    return { ...request, node: inner, type: inner.type, index: (position) => request.index({ dims: withDim(position, to, dimIndex(position, from)), axes: position.axes }) };
  }
  if (node.op === "dimToAxis") {
    const { axis, dim } = node.attributes;
    const size = inner.type.shape[axis] ?? 1;
    return {
      ...request, node: inner, type: inner.type,
      index: (position) => request.index({ dims: position.dims, axes: replaceAt(position.axes, axis, exprs.add(exprs.times(dimIndex(position, dim), size), axisIndex(position, axis))) }),
    };
  }
  return undefined;
}

