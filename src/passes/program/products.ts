/**
 * Which reductions are worth a loop of their own: those that run for each position of a kernel's whole space, over axes of
 * known length, as the products of a weight matrix do. All program passes that make products fast agree on this.
 */
import type { Kernel, Reduction } from "../../ir/kernel/kernel.js";
import { isTileable } from "../../ir/kernel/tile.js";
import { Dependences } from "../../ir/kernel/traverse.js";
import { staticExtent, weightLoads } from "./weight-loads.js";

export { staticExtent };

export function turns(reduction: Reduction): number | undefined {
  let product = 1;
  for (const axis of reduction.axes) {
    const size = staticExtent(axis);
    if (size === undefined) return undefined;
    product *= size;
  }
  return product;
}

/** Fewer turns in all than this, and calling another function costs more than it brings. */
export const smallestProduct = 64;

export function isProduct(kernel: Kernel, reduction: Reduction, smallest = smallestProduct): boolean {
  const last = kernel.space.at(-1);
  if (last === undefined || reduction.depth !== kernel.space.length) return false;
  const width = staticExtent(last);
  const length = turns(reduction);
  if (width === undefined || length === undefined || width * length < smallest) return false;
  return reduction.accumulators.every(({ f }) => f === "sum" || f === "max" || f === "min");
}

export function products(kernel: Kernel, smallest = smallestProduct): readonly Reduction[] {
  return kernel.reductions.filter((reduction) => isProduct(kernel, reduction, smallest));
}

/**
 * Whether a product runs for many rows with the same weights: an axis before the vector axis, of free length or of four
 * positions and more, along which no weight changes.
 */
export function hasRows(kernel: Kernel, product: Reduction): boolean {
  const d = kernel.space.length - 2;
  const rows = kernel.space[d];
  if (rows === undefined || !isTileable(kernel, d)) return false;
  const size = staticExtent(rows);
  if (size !== undefined && size < 4) return false;
  const vector = kernel.space.at(-1);
  return vector !== undefined && weightLoads(kernel, product, vector).every((load) => !new Dependences().of(load).axes.has(rows));
}
