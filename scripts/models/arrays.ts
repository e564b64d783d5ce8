/** Arrays of several axes, row-major, as conformance cases hold them; and the few cuts that tell the members of a batch apart. */
import { at, invariant } from "../../src/support/invariant.js";

export interface NdArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array;
}

/** Element `index` along an axis, which is gone after. */
export function select(array: NdArray, axis: number, index: number): NdArray {
  const one = cut(array, axis, index, index + 1);
  return { shape: one.shape.filter((_, i) => i !== axis), data: one.data };
}

/** The elements from `start` up to, not including, `end` along an axis. */
export function cut({ shape, data }: NdArray, axis: number, start: number, end: number): NdArray {
  const size = at(shape, axis);
  invariant(0 <= start && start <= end && end <= size, () => `${start} to ${end} along axis ${axis} of [${shape.join(", ")}]`);
  const outer = product(shape.slice(0, axis));
  const inner = product(shape.slice(axis + 1));
  const kept = end - start;
  const result = data.slice(0, outer * kept * inner);
  for (let i = 0; i < outer; i++) result.set(data.subarray((i * size + start) * inner, (i * size + end) * inner), i * kept * inner);
  return { shape: shape.map((each, i) => (i === axis ? kept : each)), data: result };
}

/** Two arrays one after the other along an axis. */
export function join(a: NdArray, b: NdArray, axis: number): NdArray {
  const [first, second] = [at(a.shape, axis), at(b.shape, axis)];
  const shape = a.shape.map((each, i) => (i === axis ? first + second : each));
  invariant(b.shape.every((each, i) => i === axis || each === a.shape[i]), () => `[${a.shape.join(", ")}] and [${b.shape.join(", ")}] along axis ${axis}`);
  const inner = product(shape.slice(axis + 1));
  const data = new Float64Array(product(shape));
  for (let i = 0; i < product(shape.slice(0, axis)); i++) {
    data.set(a.data.subarray(i * first * inner, (i + 1) * first * inner), i * (first + second) * inner);
    data.set(b.data.subarray(i * second * inner, (i + 1) * second * inner), (i * (first + second) + first) * inner);
  }
  return { shape, data };
}

/** The axes in another order: axis i of the result is axis order[i] of the array. */
export function transpose({ shape, data }: NdArray, order: readonly number[]): NdArray {
  const strides = shape.map((_, axis) => product(shape.slice(axis + 1)));
  const result = { shape: order.map((axis) => at(shape, axis)), data: data.slice() };
  const index = order.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    result.data[i] = at(data, order.reduce((sum, axis, k) => sum + at(index, k) * at(strides, axis), 0));
    for (let axis = order.length - 1; axis >= 0; axis--) {
      index[axis] = at(index, axis) + 1;
      if (at(index, axis) < at(result.shape, axis)) break;
      index[axis] = 0;
    }
  }
  return result;
}

export function product(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum * size, 1);
}
