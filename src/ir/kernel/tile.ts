/**
 * Where a kernel can be tiled: along an axis of the space that runs over a whole length, if nothing inside it runs over a
 * window, whose bounds might differ from position to position, or keeps the largest in memory of its own.
 */
import type { Kernel } from "./kernel.js";

export function isTileable({ space, reductions }: Kernel, d: number): boolean {
  const axis = space[d];
  if (axis === undefined || axis.extent.kind === "window") return false;
  if (space.slice(d + 1).some(({ extent }) => extent.kind === "window")) return false;
  const inside = reductions.filter(({ depth }) => depth > d);
  return inside.every(({ axes, accumulators }) => axes.every(({ extent }) => extent.kind === "length") && accumulators.every(({ f }) => f !== "top"));
}
