/** Which loads of a product read weights at places that are known when weights are loaded. */
import { staticLength } from "../../ir/graph/length.js";
import type { Axis, Expr, Kernel, Reduction } from "../../ir/kernel/kernel.js";
import { isInside } from "../../ir/kernel/ranges.js";
import { alwaysComputed, Dependences, visitExprs } from "../../ir/kernel/traverse.js";

/** The length of an axis that is known and whole. */
export function staticExtent({ extent }: Axis): number | undefined {
  return extent.kind === "length" ? staticLength(extent.length) : undefined;
}

export type Load = Extract<Expr, { readonly op: "load" }>;

/** The loads of weights that a product makes at places given by the vector axis, its own axes and other static ones. */
export function weightLoads(kernel: Kernel, reduction: Reduction, vector: Axis): readonly Load[] {
  const dependences = new Dependences();
  const allowed = new Set<Axis>([...kernel.space, ...reduction.axes]);
  const always = alwaysComputed(reduction.accumulators.map(({ value }) => value));
  const found: Load[] = [];
  visitExprs(reduction.accumulators.map(({ value }) => value), (expr) => {
    if (expr.op !== "load" || (expr.buffer.role !== "parameter" && expr.buffer.role !== "prepared")) return;
    const { axes, reductions } = dependences.of(expr);
    if (reductions.size > 0 || !axes.has(vector) || !reduction.axes.some((axis) => axes.has(axis))) return;
    if (![...axes].every((axis) => allowed.has(axis) && staticExtent(axis) !== undefined)) return;
    // A load behind a selection may name a place that there is not where another side is chosen.
    if (!always.has(expr) && !isInside(expr.buffer, expr.index)) return;
    // Through another load, or a selection by a value, the place is not known at load.
    if (!expr.index.every(isStatic)) return;
    found.push(expr);
  });
  return found;
}

/** Computed from axes and numbers alone. */
function isStatic(expr: Expr): boolean {
  switch (expr.op) {
    case "number":
    case "axis":
      return true;
    case "length":
      return staticLength(expr.length) !== undefined;
    case "unary":
      return isStatic(expr.arg);
    case "binary":
      return isStatic(expr.left) && isStatic(expr.right);
    case "select":
      return isStatic(expr.condition) && isStatic(expr.yes) && isStatic(expr.no);
    case "load":
    case "draw":
    case "result":
      return false;
  }
}
