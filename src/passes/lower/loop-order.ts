/** In which order the loops of a kernel stand. */
import { windowDims } from "../../ir/graph/infer.js";
import { staticLength } from "../../ir/graph/length.js";
import type { Dim } from "../../ir/graph/types.js";

/**
 * The order of loops: free lengths outside, fixed ones inside, then by name, so that two values along the same dimensions
 * have the same loops. A window stands where the dimension that it is a part of would, or further in where its bounds vary
 * along another one: cutting a sequence, as a batch does at the end of each member, changes no order in which is summed.
 */
export function orderDims(dims: readonly Dim[]): readonly Dim[] {
  const sorted = [...dims].sort((a, b) => rank(a) - rank(b) || compare(a.name, b.name) || level(a) - level(b) || compare(a.label, b.label));
  const placed: Dim[] = [];
  const place = (dim: Dim): void => {
    if (placed.includes(dim)) return;
    for (const outer of sorted) if (outer !== dim && windowDims(dim).includes(outer)) place(outer);
    placed.push(dim);
  };
  for (const dim of sorted) place(dim);
  return placed;
}

function rank(dim: Dim): number {
  return staticLength(dim.length) === undefined ? 0 : 1;
}

/** How deep the maps are whose position it is; 0 for what is no position of a map. */
function level({ origin }: Dim): number {
  return origin.kind === "sequence" ? 0 : origin.kind === "window" ? level(origin.of) : origin.level + 1;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
