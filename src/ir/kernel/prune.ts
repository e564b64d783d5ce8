/**
 * Leaves out of a kernel what no store needs: accumulators that nobody reads, reductions without accumulators, and axes of
 * the space along which neither a value nor its place varies. A pass that takes a kernel apart ends with this.
 */
import { at, defined } from "../../support/invariant.js";
import type { Axis, Expr, Kernel, Reduction } from "./kernel.js";
import { accumulatorRoots, axisRoots, ExprRewriter, visitExprs } from "./traverse.js";

/** What an expression is computed from in the end: through the reductions whose results it reads, too. */
export interface Needs {
  readonly axes: ReadonlySet<Axis>;
  /** The accumulators, by slot, of each reduction. */
  readonly slots: ReadonlyMap<Reduction, ReadonlySet<number>>;
}

/** Everything below the roots, bounds of windows included. Axes of the reductions themselves are among the axes. */
export function needsOf(roots: Iterable<Expr>): Needs {
  const axes = new Set<Axis>();
  const slots = new Map<Reduction, Set<number>>();
  const open = [...roots];
  const seen = new Set<Expr>();
  const bound = (axis: Axis): void => {
    if (axes.has(axis)) return;
    axes.add(axis);
    open.push(...axisRoots(axis));
  };
  for (let root = open.pop(); root !== undefined; root = open.pop()) {
    visitExprs([root], (expr) => {
      if (seen.has(expr)) return;
      seen.add(expr);
      if (expr.op === "axis") bound(expr.axis);
      if (expr.op !== "result") return;
      const known = slots.get(expr.reduction) ?? new Set<number>();
      slots.set(expr.reduction, known);
      if (known.has(expr.slot)) return;
      known.add(expr.slot);
      expr.reduction.axes.forEach(bound);
      open.push(...accumulatorRoots(at(expr.reduction.accumulators, expr.slot)));
    });
  }
  return { axes, slots };
}

export function pruneKernel(kernel: Kernel): Kernel {
  const { axes, slots } = needsOf(kernel.stores.flatMap(({ index, value }) => [...index, value]));
  const space = kernel.space.filter((axis) => axes.has(axis));
  const made = new Map<Reduction, Reduction>();
  const places = new Map<Reduction, ReadonlyMap<number, number>>();
  const rewriter = new ExprRewriter({
    reduction: (old) => made.get(old) ?? old,
    expr: (expr) => (expr.op === "result" ? { ...expr, slot: places.get(expr.reduction)?.get(expr.slot) ?? expr.slot } : expr),
  });
  const newSpace = space.map((axis) => rewriter.axis(axis));
  const reductions = kernel.reductions.flatMap((old): readonly Reduction[] => {
    const used = slots.get(old);
    if (used === undefined) return [];
    const kept = old.accumulators.flatMap((accumulator, slot) => (used.has(slot) ? [{ accumulator, slot }] : []));
    const newAxes = old.axes.map((axis) => rewriter.axis(axis));
    const accumulators = kept.map(({ accumulator }) => ({
      ...accumulator,
      value: rewriter.expr(accumulator.value),
      ...(accumulator.start === undefined ? {} : { start: rewriter.expr(accumulator.start) }),
    }));
    const depth = Math.max(0, ...[...needsOf(kept.flatMap(({ accumulator }) => accumulatorRoots(accumulator))).axes, ...old.axes.flatMap((axis) => [...needsOf(axisRoots(axis)).axes])].map((axis) => space.indexOf(axis) + 1));
    const reduction: Reduction = { axes: newAxes, depth, accumulators };
    made.set(old, reduction);
    places.set(reduction, new Map(kept.map(({ slot }, place) => [slot, place])));
    return [reduction];
  });
  const stores = kernel.stores.map((store) => ({ ...store, index: store.index.map((expr) => rewriter.expr(expr)), value: rewriter.expr(store.value) }));
  // A tile goes with the space it was chosen for.
  const { tile: _, ...rest } = kernel;
  return { ...rest, space: newSpace, reductions, stores };
}

/** Puts given expressions in the place of others; what stands inside those is not looked at. */
export class Substituter extends ExprRewriter {
  readonly #replaced: ReadonlyMap<Expr, Expr>;

  constructor(replaced: ReadonlyMap<Expr, Expr>) {
    super({});
    this.#replaced = replaced;
  }

  override expr(expr: Expr): Expr {
    return this.#replaced.has(expr) ? defined(this.#replaced.get(expr), "a replacement") : super.expr(expr);
  }
}
