/** Which reductions must come before one that is given a kernel of its own. */
import type { Reduction } from "../../ir/kernel/kernel.js";
import { accumulatorRoots, axisRoots, Dependences } from "../../ir/kernel/traverse.js";

/** The reductions whose results another one reads, in their order. */
export function readBy(reduction: Reduction): readonly Reduction[] {
  const found = new Set<Reduction>();
  const walk = (each: Reduction): void => {
    const dependences = new Dependences();
    const bounds = each.axes.flatMap(axisRoots);
    for (const root of [...bounds, ...each.accumulators.flatMap(accumulatorRoots)]) {
      for (const below of dependences.of(root).reductions) {
        if (found.has(below)) continue;
        walk(below);
        found.add(below);
      }
    }
  };
  walk(reduction);
  return [...found];
}
