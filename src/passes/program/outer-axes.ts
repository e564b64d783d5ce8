/** Kernels with an outer axis more or less, and what that takes: their reductions changed, one by one. */
import type { Axis, Kernel, Reduction } from "../../ir/kernel/kernel.js";
import { ExprRewriter } from "../../ir/kernel/traverse.js";

/** What runs inside the first axis of a kernel's space. */
export function withoutFirstAxis(kernel: Kernel): Kernel {
  const { tile, ...rest } = changeReductions(kernel, (reduction) => ({ ...reduction, depth: reduction.depth - 1 }));
  return { ...rest, space: kernel.space.slice(1), ...(tile === undefined ? {} : { tile: tile.slice(1) }) };
}

/** The kernel for each position of an axis around it. */
export function inAxis(kernel: Kernel, axis: Axis): Kernel {
  const { tile, ...rest } = changeReductions(kernel, (reduction) => ({ ...reduction, depth: reduction.depth + 1 }));
  return { ...rest, space: [axis, ...kernel.space], ...(tile === undefined ? {} : { tile: [1, ...tile] }) };
}

/** Each reduction as it becomes; results are those of the new ones. @param change keeps the places of accumulators */
export function changeReductions(kernel: Kernel, change: (reduction: Reduction) => Reduction): Kernel {
  const changed = new Map<Reduction, Reduction>();
  const rewriter = new ExprRewriter({
    expr: (expr) => {
      const reduction = expr.op === "result" ? changed.get(expr.reduction) : undefined;
      return expr.op !== "result" || reduction === undefined ? expr : { ...expr, reduction };
    },
  });
  const reductions = kernel.reductions.map((reduction) => {
    const rewritten = rewriter.reduction(reduction);
    const after = change(rewritten);
    changed.set(rewritten, after);
    return after;
  });
  const stores = kernel.stores.map((store) => ({ ...store, index: store.index.map((expr) => rewriter.expr(expr)), value: rewriter.expr(store.value) }));
  return { ...kernel, reductions, stores };
}
