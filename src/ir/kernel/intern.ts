/**
 * One object for each distinct expression.
 *
 * Two expressions are the same when they have one op, the same attributes and the same arguments; the names that the source
 * gives them don't count. Within a kernel every load happens before every store of a position, so equal loads are equal
 * values. Printing, parsing and emitting all begin with this, so that which objects a pass happened to share never shows.
 */
import { lengthText } from "../graph/length.js";
import type { Expr, Kernel } from "./kernel.js";
import { exprChildren, Numbering, rewriteKernel } from "./traverse.js";

/** Gives the first expression that was equal to the one it gets; arguments must be interned before. */
export class ExprInterner {
  readonly #byKey = new Map<string, Expr>();
  readonly #ids = new Numbering<object>();

  intern(expr: Expr): Expr {
    const key = this.#key(expr);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    this.#byKey.set(key, expr);
    return expr;
  }

  #key(expr: Expr): string {
    const children = exprChildren(expr).map((child) => this.#ids.id(child)).join(",");
    return `${expr.op} ${expr.kind} ${this.#attributes(expr)} ${children}`;
  }

  #attributes(expr: Expr): string {
    switch (expr.op) {
      case "number":
        return Object.is(expr.value, -0) ? "-0" : String(expr.value);
      case "axis":
        return String(this.#ids.id(expr.axis));
      case "length":
        return lengthText(expr.length);
      case "load":
        return String(this.#ids.id(expr.buffer));
      case "unary":
      case "binary":
        return expr.f;
      case "select":
        return "";
      case "draw":
        return String(expr.site);
      case "result":
        return `${this.#ids.id(expr.reduction)} ${expr.slot} ${expr.part ?? ""} ${expr.rank === undefined ? "" : "rank"}`;
    }
  }
}

/** The same kernel with every repeated expression shared. */
export function internKernel(kernel: Kernel): Kernel {
  const interner = new ExprInterner();
  return rewriteKernel(kernel, { expr: (expr) => interner.intern(expr) });
}
