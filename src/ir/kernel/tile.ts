/**
 * Where a kernel can be tiled: along an axis of the space that runs over a whole length, or over a window that is the same
 * throughout the kernel; if nothing inside it runs over a window, whose bounds might differ from position to position, or
 * keeps the largest in memory of its own.
 */
import type { Axis, Kernel } from "./kernel.js";
import { Dependences } from "./traverse.js";

export function isTileable({ space, reductions }: Kernel, d: number): boolean {
  const axis = space[d];
  if (axis === undefined || !isFixed(axis, space)) return false;
  if (space.slice(d + 1).some(({ extent }) => extent.kind === "window")) return false;
  const inside = reductions.filter(({ depth }) => depth > d);
  return inside.every(({ axes, accumulators }) => axes.every(({ extent }) => extent.kind === "length") && accumulators.every(({ f }) => f !== "top"));
}

function isFixed({ extent }: Axis, space: readonly Axis[]): boolean {
  if (extent.kind === "length") return true;
  const dependences = new Dependences();
  return [extent.start, extent.end].every((bound) => {
    const { axes, reductions } = dependences.of(bound);
    return reductions.size === 0 && !space.some((each) => axes.has(each));
  });
}
