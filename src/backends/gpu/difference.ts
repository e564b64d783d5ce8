/** Whether two integer expressions of one kernel differ by a constant, so that a window between them has a known width. */
import type { Expr } from "../../ir/kernel/kernel.js";

interface Sum {
  readonly constant: number;
  readonly terms: ReadonlyMap<Expr | object, number>;
}

/** @param a and `b` of an interned kernel: equal parts are one object */
export function constantDifference(a: Expr, b: Expr): number | undefined {
  const { constant, terms } = combine(sumOf(a), sumOf(b), -1);
  return terms.size === 0 ? constant : undefined;
}

function sumOf(expr: Expr): Sum {
  if (expr.op === "number") return { constant: expr.value, terms: new Map() };
  if (expr.op === "axis") return { constant: 0, terms: new Map([[expr.axis, 1]]) };
  if (expr.op === "unary" && expr.f === "negate") return combine({ constant: 0, terms: new Map() }, sumOf(expr.arg), -1);
  if (expr.op === "binary" && expr.f === "add") return combine(sumOf(expr.left), sumOf(expr.right), 1);
  if (expr.op === "binary" && expr.f === "subtract") return combine(sumOf(expr.left), sumOf(expr.right), -1);
  if (expr.op === "binary" && expr.f === "multiply" && expr.right.op === "number") return combine({ constant: 0, terms: new Map() }, sumOf(expr.left), expr.right.value);
  if (expr.op === "binary" && expr.f === "multiply" && expr.left.op === "number") return combine({ constant: 0, terms: new Map() }, sumOf(expr.right), expr.left.value);
  return { constant: 0, terms: new Map([[expr, 1]]) };
}

function combine(a: Sum, b: Sum, factor: number): Sum {
  const terms = new Map(a.terms);
  for (const [key, coefficient] of b.terms) {
    const sum = (terms.get(key) ?? 0) + factor * coefficient;
    if (sum === 0) terms.delete(key);
    else terms.set(key, sum);
  }
  return { constant: a.constant + factor * b.constant, terms };
}
