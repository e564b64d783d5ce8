/**
 * Which reductions must not run twice. A contraction sums products of two values that both vary along its loop, as a matrix
 * times a vector does: that is what a net costs. Any other reduction (the mean of a layer norm, the largest of a softmax) is
 * cheaper to repeat in each position that needs it than to store, as long as it is known to be short.
 */
import type { Accumulator, Axis, Expr, Reduction } from "../../ir/kernel/kernel.js";
import { Dependences, visitExprs } from "../../ir/kernel/traverse.js";
import { turns } from "./products.js";

/** The most turns of a reduction that is no contraction and may be repeated. */
const longestRepeated = 512;

/** Whether the sum of one accumulator is worth a store of its own wherever two kernels need it. */
export function isHeavy(reduction: Reduction, accumulator: Accumulator): boolean {
  const length = turns(reduction);
  return length === undefined || length > longestRepeated || isContraction(reduction.axes, accumulator);
}

export function isContraction(axes: readonly Axis[], { f, value }: Accumulator): boolean {
  if (f !== "sum") return false;
  const dependences = new Dependences();
  const varies = (expr: Expr): boolean => axes.some((axis) => dependences.of(expr).axes.has(axis)) && hasLoad(expr);
  let found = false;
  visitExprs([value], (expr) => {
    if (expr.op === "binary" && expr.f === "multiply" && expr.left !== expr.right && varies(expr.left) && varies(expr.right)) found = true;
  });
  return found;
}

function hasLoad(root: Expr): boolean {
  let found = false;
  visitExprs([root], (expr) => {
    if (expr.op === "load") found = true;
  });
  return found;
}
