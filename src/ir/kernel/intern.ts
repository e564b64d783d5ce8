/**
 * One object for each distinct expression.
 *
 * Two expressions are the same when they have one op, the same attributes and the same arguments; the names that the source
 * gives them don't count. Within a kernel every load happens before every store of a position, so equal loads are equal
 * values. Printing, parsing and emitting all begin with this, so that which objects a pass happened to share never shows.
 */
import { lengthText } from "../graph/length.js";
import type { Axis, Expr, Kernel, Reduction } from "./kernel.js";
import { ExprRewriter, exprChildren, Numbering, rewriteKernel } from "./traverse.js";

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

/** The same kernel with every repeated expression shared, and no axis shared between reductions. */
export function internKernel(kernel: Kernel): Kernel {
  const interner = new ExprInterner();
  return rewriteKernel(separateAxes(kernel), { expr: (expr) => interner.intern(expr) });
}

/** Reductions beside each other may run over one axis object; a value that depends on it is another one in each loop. */
function separateAxes(kernel: Kernel): Kernel {
  const taken = new Set<Axis>(kernel.space);
  if (kernel.reductions.every(({ axes }) => axes.every((axis) => !taken.has(axis) && taken.add(axis)))) return kernel;
  const made = new Map<Reduction, Reduction>();
  const reduction = (old: Reduction): Reduction => made.get(old) ?? old;
  for (const old of kernel.reductions) {
    const copies = new Map<Axis, Axis>();
    const renamed = (): ExprRewriter => new ExprRewriter({ reduction, axis: (axis) => copies.get(axis) ?? axis });
    const axes = old.axes.map((axis) => {
      const { extent } = axis;
      const bounds = renamed();
      const window = extent.kind === "window" ? { ...extent, start: bounds.expr(extent.start), end: bounds.expr(extent.end) } : extent;
      const copy: Axis = { name: axis.name, extent: window };
      copies.set(axis, copy);
      return copy;
    });
    const inner = renamed();
    const accumulators = old.accumulators.map((accumulator) => {
      const start = accumulator.start === undefined ? {} : { start: inner.expr(accumulator.start) };
      return { ...accumulator, value: inner.expr(accumulator.value), ...start };
    });
    made.set(old, { ...old, axes, accumulators });
  }
  const rewriter = new ExprRewriter({ reduction, axis: (axis) => axis });
  const stores = kernel.stores.map((store) => ({ ...store, index: store.index.map((expr) => rewriter.expr(expr)), value: rewriter.expr(store.value) }));
  return { ...kernel, reductions: kernel.reductions.map(reduction), stores };
}
