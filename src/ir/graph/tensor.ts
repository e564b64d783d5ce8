/**
 * Values at run time, for the interpreter: plain numbers, laid out densely, and the positions at which they are read.
 *
 * Where a value is read is said by name: a map from dimensions to positions. A value takes from it the dimensions that it
 * runs along and ignores the others, which is all that there is to "repeated along a dimension that it lacks".
 */
import { defined, invariant } from "../../support/invariant.js";
import { windowDims } from "./infer.js";
import { evaluateLength, type Length } from "./length.js";
import type { Node } from "./node.js";
import { elementCount, type Dim, type ValueType } from "./types.js";

/**
 * One value: row-major over the dimensions in the order of its type, then over the vector's axes. A dimension that is a
 * window has room for every position of the dimension that it restricts; outside the window stand zeros.
 */
export interface Tensor {
  readonly type: ValueType;
  /** The length of each dimension. */
  readonly lengths: readonly number[];
  /** How far apart neighbours along each dimension lie. */
  readonly strides: readonly number[];
  /** How many elements the vector has. */
  readonly size: number;
  readonly data: Float64Array;
}

/** Where along each dimension. */
export type Positions = Map<Dim, number>;

/** Where the vector at these positions begins in the data. */
export function offset(tensor: Tensor, at: Positions): number {
  let result = 0;
  for (const [i, dim] of tensor.type.dims.entries()) {
    result += defined(at.get(dim), `the position along ${dim.label}`) * defined(tensor.strides[i], "a stride");
  }
  return result;
}

export function copyVector(source: Tensor, from: number, data: Float64Array, base: number): void {
  data.set(source.data.subarray(from, from + source.size), base);
}

/** For each element of a vector shape, the element of a shape that was broadcast to it (aligned right, sizes equal or 1). */
export function broadcastIndices(from: readonly number[], to: readonly number[]): Int32Array {
  const indices = new Int32Array(elementCount(to));
  for (let element = 0; element < indices.length; element++) {
    let rest = element;
    let stride = 1;
    let index = 0;
    for (let back = 1; back <= to.length; back++) {
      const size = to[to.length - back] ?? 1;
      const own = from[from.length - back] ?? 1;
      index += own === 1 ? 0 : (rest % size) * stride;
      rest = Math.floor(rest / size);
      stride *= own;
    }
    indices[element] = index;
  }
  return indices;
}

/** A vector shape around one axis: element (o, i, n) of outer * size * inner. */
export function aroundAxis(shape: readonly number[], axis: number): { outer: number; size: number; inner: number } {
  return { outer: elementCount(shape.slice(0, axis)), size: defined(shape[axis], "an axis"), inner: elementCount(shape.slice(axis + 1)) };
}

/** How long the dimensions of this run are, and which positions a loop over them visits. */
export class Space {
  /** @param valueOf the value of a node that has been computed: bounds of windows are read through it */
  constructor(
    private readonly freeLength: (name: string) => number,
    private readonly valueOf: (node: Node) => Tensor,
  ) {}

  /** The number of positions; of a window, those of the dimension that it restricts. */
  length(dim: Dim): number {
    return this.evaluate(dim.length);
  }

  evaluate(length: Length): number {
    return evaluateLength(length, this.freeLength);
  }

  /** The positions that exist, from the first up to, not including, the second. The bounds of a window are read at `at`. */
  range(dim: Dim, at: Positions): readonly [number, number] {
    const { origin } = dim;
    if (origin.kind === "sequence") return [0, this.length(dim)];
    const [first, end] = this.range(origin.of, at);
    if (origin.kind === "index") return [first, end];
    return [Math.max(first, this.scalar(origin.start, at)), Math.min(end, this.scalar(origin.end, at))];
  }

  private scalar(node: Node, at: Positions): number {
    const tensor = this.valueOf(node);
    return defined(tensor.data[offset(tensor, at)], "the bound of a window");
  }

  /**
   * Calls the body at every position along the dimensions, on top of those that `at` holds already. A window comes after
   * the dimensions that its bounds vary along; else the order is that of `dims`, the last one running fastest.
   */
  forEach(dims: readonly Dim[], at: Positions, body: () => void): void {
    const order: Dim[] = [];
    while (order.length < dims.length) {
      const rest = dims.filter((dim) => !order.includes(dim));
      const next = rest.find((dim) => !windowDims(dim).some((needed) => rest.includes(needed)));
      order.push(defined(next, "a dimension whose bounds do not depend on the others"));
    }
    const nest = (depth: number): void => {
      const dim = order[depth];
      if (dim === undefined) return body();
      const [from, end] = this.range(dim, at);
      for (let position = from; position < end; position++) {
        at.set(dim, position);
        nest(depth + 1);
      }
      at.delete(dim);
    };
    nest(0);
  }

  /** A value of a type, all zeros. */
  zeros(type: ValueType): Tensor {
    const lengths = type.dims.map((dim) => this.length(dim));
    const size = elementCount(type.shape);
    const strides: number[] = [];
    let stride = size;
    for (const length of [...lengths].reverse()) {
      strides.unshift(stride);
      stride *= length;
    }
    return { type, lengths, strides, size, data: new Float64Array(stride) };
  }

  /** A value, every vector of which is written by the body: it gets the data and where the vector begins. */
  build(type: ValueType, fill: (data: Float64Array, base: number, at: Positions) => void): Tensor {
    const tensor = this.zeros(type);
    const at: Positions = new Map();
    this.forEach(type.dims, at, () => fill(tensor.data, offset(tensor, at), at));
    return tensor;
  }

  /** The same value in the layout of another type, repeated along dimensions and axes that it lacks. */
  arrange(tensor: Tensor, type: ValueType): Tensor {
    const indices = broadcastIndices(tensor.type.shape, type.shape);
    invariant(tensor.type.dims.every((dim) => type.dims.includes(dim)), () => `a value runs along a dimension that its place lacks`);
    return this.build(type, (data, base, at) => {
      const from = offset(tensor, at);
      for (const [element, index] of indices.entries()) data[base + element] = defined(tensor.data[from + index], "an element");
    });
  }
}
