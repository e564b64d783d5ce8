/**
 * An exponential is a long chain: each operation waits for the one before, and what a processor can look ahead ends before
 * the chain does. So a loop over exponentials computes two vectors at a time, whose chains have nothing to do with each other.
 */
import type { Kernel } from "../../ir/kernel/kernel.js";
import { isTileable } from "../../ir/kernel/tile.js";
import { visitExprs } from "../../ir/kernel/traverse.js";
import type { Program } from "../../ir/program/program.js";
import { replaceKernels } from "../../ir/program/traverse.js";
import { isLong } from "./long-functions.js";
import { staticExtent } from "./products.js";

export interface PairOptions {
  /** Numbers in a vector. */
  readonly width: number;
  /** More exponentials than this in a kernel are long enough to fill a processor, and their code is large. */
  readonly most: number;
}

export function pairVectors(options: PairOptions): (program: Program) => Program {
  return (program) => ({ ...program, body: replaceKernels(program.body, (kernel) => [pairKernel(kernel, options)]) });
}

function pairKernel(kernel: Kernel, { width, most }: PairOptions): Kernel {
  const { space, stores } = kernel;
  const last = space.at(-1);
  if (kernel.tile !== undefined || last === undefined || !isTileable(kernel, space.length - 1)) return kernel;
  // Where the length is free, what is left at the end is computed number by number.
  if ((staticExtent(last) ?? 0) <= width) return kernel;
  let count = 0;
  visitExprs(stores.map(({ value }) => value), (expr) => {
    if (isLong(expr)) count += 1;
  });
  return count === 0 || count > most ? kernel : { ...kernel, tile: space.map((axis) => (axis === last ? 2 * width : 1)) };
}
