/** Integer expressions as sums of multiples: what two of them differ by, and which numbers divide them. */
import type { Axis, Expr } from "../../ir/kernel/kernel.js";

/** Constant + sum of coefficient * term; a term is an axis, or an expression that is no sum. */
export interface IntegerSum {
  readonly constant: number;
  readonly terms: ReadonlyMap<Axis | Expr, number>;
}

/**
 * Whether two integer expressions of one kernel differ by a constant, so that a window between them has a known width.
 *
 * @param a and `b` of an interned kernel: equal parts are one object
 */
export function constantDifference(a: Expr, b: Expr): number | undefined {
  const { constant, terms } = combine(integerSum(a), integerSum(b), -1);
  return terms.size === 0 ? constant : undefined;
}

export function integerSum(expr: Expr): IntegerSum {
  if (expr.op === "number") return { constant: expr.value, terms: new Map() };
  if (expr.op === "axis") return { constant: 0, terms: new Map([[expr.axis, 1]]) };
  if (expr.op === "unary" && expr.f === "negate") return combine(nothing, integerSum(expr.arg), -1);
  if (expr.op === "binary" && expr.f === "add") return combine(integerSum(expr.left), integerSum(expr.right), 1);
  if (expr.op === "binary" && expr.f === "subtract") return combine(integerSum(expr.left), integerSum(expr.right), -1);
  if (expr.op === "binary" && expr.f === "multiply" && expr.right.op === "number") return combine(nothing, integerSum(expr.left), expr.right.value);
  if (expr.op === "binary" && expr.f === "multiply" && expr.left.op === "number") return combine(nothing, integerSum(expr.right), expr.left.value);
  return { constant: 0, terms: new Map([[expr, 1]]) };
}

const nothing: IntegerSum = { constant: 0, terms: new Map() };

function combine(a: IntegerSum, b: IntegerSum, factor: number): IntegerSum {
  const terms = new Map(a.terms);
  for (const [key, coefficient] of b.terms) {
    const sum = (terms.get(key) ?? 0) + factor * coefficient;
    if (sum === 0) terms.delete(key);
    else terms.set(key, sum);
  }
  return { constant: a.constant + factor * b.constant, terms };
}
