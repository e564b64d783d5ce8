/** Functions that are computed by many operations, each of which waits for the one before. */
import type { Expr, UnaryFunction } from "../../ir/kernel/kernel.js";

const long: ReadonlySet<UnaryFunction> = new Set<UnaryFunction>(["exp", "tanh", "sigmoid"]);

export function isLong(expr: Expr): expr is Extract<Expr, { readonly op: "unary" }> {
  return expr.op === "unary" && long.has(expr.f);
}
