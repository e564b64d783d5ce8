/**
 * Walking and rewriting kernels. Expressions are shared, so every walk visits a node once; a rewrite gives back the very
 * same object where nothing below it changed, which keeps the sharing.
 */
import { at, defined } from "../../support/invariant.js";
import { staticLength } from "../graph/length.js";
import type { Accumulator, Axis, Buffer, Expr, Extent, Kernel, Reduction, Store } from "./kernel.js";

type ExprOf<O extends Expr["op"]> = Extract<Expr, { readonly op: O }>;

const none: readonly Expr[] = [];

/** The expressions that each op is computed from. What a result's reduction reads is not among them. */
const childrenOf: { readonly [O in Expr["op"]]: (expr: ExprOf<O>) => readonly Expr[] } = {
  number: () => none,
  axis: () => none,
  length: () => none,
  load: (expr) => expr.index,
  unary: (expr) => [expr.arg],
  binary: (expr) => [expr.left, expr.right],
  select: (expr) => [expr.condition, expr.yes, expr.no],
  draw: (expr) => expr.counters,
  result: (expr) => (expr.rank === undefined ? none : [expr.rank]),
};

export function exprChildren(expr: Expr): readonly Expr[] {
  const rule = childrenOf[expr.op] as (expr: Expr) => readonly Expr[];
  return rule(expr);
}

/** Whether an axis has a position whatever the lengths of a run. */
export function isNeverEmpty({ extent }: Axis): boolean {
  return extent.kind === "length" && (staticLength(extent.length) ?? 0) > 0;
}

/** What is computed to know how far an axis runs. */
export function axisRoots({ extent }: Axis): readonly Expr[] {
  return extent.kind === "window" ? [extent.start, extent.end] : none;
}

/** Every expression that is written in a kernel: bounds of windows, starts, values, indices. */
export function kernelRoots(kernel: Kernel): readonly Expr[] {
  const roots: Expr[] = [];
  for (const axis of kernel.space) roots.push(...axisRoots(axis));
  for (const reduction of kernel.reductions) {
    for (const axis of reduction.axes) roots.push(...axisRoots(axis));
    for (const accumulator of reduction.accumulators) roots.push(...accumulatorRoots(accumulator));
  }
  for (const store of kernel.stores) roots.push(...store.index, store.value);
  return roots;
}

export function accumulatorRoots(accumulator: Accumulator): readonly Expr[] {
  return accumulator.start === undefined ? [accumulator.value] : [accumulator.start, accumulator.value];
}

/** Visits every expression below the roots once, children before their users. */
export function visitExprs(roots: Iterable<Expr>, visit: (expr: Expr) => void): void {
  const seen = new Set<Expr>();
  const walk = (expr: Expr): void => {
    if (seen.has(expr)) return;
    seen.add(expr);
    for (const child of exprChildren(expr)) walk(child);
    visit(expr);
  };
  for (const root of roots) walk(root);
}

/**
 * Everything below the roots that is computed whatever selections choose. A side of a selection may load from a place that
 * there is not, as long as it is not chosen; what is moved out of it must be certain to be there.
 *
 * @param sums whether also what the reductions are made of whose results are read, where they certainly have terms
 */
export function alwaysComputed(roots: Iterable<Expr>, { sums = false }: { readonly sums?: boolean } = {}): ReadonlySet<Expr> {
  const seen = new Set<Expr>();
  const visit = (expr: Expr): void => {
    if (seen.has(expr)) return;
    seen.add(expr);
    (expr.op === "select" ? [expr.condition] : exprChildren(expr)).forEach(visit);
    if (!sums || expr.op !== "result") return;
    const { value, start } = at(expr.reduction.accumulators, expr.slot);
    if (start !== undefined) visit(start);
    if (expr.reduction.axes.every(isNeverEmpty)) visit(value);
  };
  for (const root of roots) visit(root);
  return seen;
}

/** The buffers that a kernel loads from, in the order of first use. */
export function loadedBuffers(kernel: Kernel): Set<Buffer> {
  return buffersBelow(kernelRoots(kernel));
}

/** The buffers that expressions load from, in the order of first use. What a result's reduction reads is not among them. */
export function buffersBelow(roots: Iterable<Expr>): Set<Buffer> {
  const buffers = new Set<Buffer>();
  visitExprs(roots, (expr) => {
    if (expr.op === "load") buffers.add(expr.buffer);
  });
  return buffers;
}

export function storedBuffers(kernel: Kernel): Set<Buffer> {
  return new Set(kernel.stores.map((store) => store.buffer));
}

/** What one level of rewriting does. */
export interface KernelChange {
  /** Gets each expression after its children were rewritten. */
  readonly expr?: (expr: Expr) => Expr;
  readonly buffer?: (buffer: Buffer) => Buffer;
  /** What stands for a reduction in its results; without it the reduction is rewritten too. */
  readonly reduction?: (reduction: Reduction) => Reduction;
  /** What stands for an axis; without it, the axis with its bounds rewritten. */
  readonly axis?: (axis: Axis) => Axis;
}

/** Rewrites expressions; axes whose window bounds change and reductions are made anew, and uses follow them. */
export class ExprRewriter {
  readonly #change: KernelChange;
  readonly #exprs = new Map<Expr, Expr>();
  readonly #axes = new Map<Axis, Axis>();
  readonly #reductions = new Map<Reduction, Reduction>();

  constructor(change: KernelChange) {
    this.#change = change;
  }

  expr(expr: Expr): Expr {
    const known = this.#exprs.get(expr);
    if (known !== undefined) return known;
    const rebuilt = this.#rebuild(expr);
    const result = this.#change.expr === undefined ? rebuilt : this.#change.expr(rebuilt);
    this.#exprs.set(expr, result);
    return result;
  }

  axis(axis: Axis): Axis {
    if (this.#change.axis !== undefined) return this.#change.axis(axis);
    const known = this.#axes.get(axis);
    if (known !== undefined) return known;
    const extent = this.#extent(axis.extent);
    const result = extent === axis.extent ? axis : { ...axis, extent };
    this.#axes.set(axis, result);
    return result;
  }

  reduction(reduction: Reduction): Reduction {
    const known = this.#reductions.get(reduction);
    if (known !== undefined) return known;
    const axes = this.#list(reduction.axes, (axis) => this.axis(axis));
    const accumulators = this.#list(reduction.accumulators, (accumulator) => {
      const value = this.expr(accumulator.value);
      const start = accumulator.start === undefined ? undefined : this.expr(accumulator.start);
      if (value === accumulator.value && start === accumulator.start) return accumulator;
      return { ...accumulator, value, ...(start === undefined ? {} : { start }) };
    });
    const same = axes === reduction.axes && accumulators === reduction.accumulators;
    const result = same ? reduction : { ...reduction, axes, accumulators };
    this.#reductions.set(reduction, result);
    return result;
  }

  kernel(kernel: Kernel): Kernel {
    const space = this.#list(kernel.space, (axis) => this.axis(axis));
    const reductions = this.#list(kernel.reductions, (reduction) => this.reduction(reduction));
    const stores = this.#list(kernel.stores, (store) => this.#store(store));
    if (space === kernel.space && reductions === kernel.reductions && stores === kernel.stores) return kernel;
    return { ...kernel, space, reductions, stores };
  }

  #store(store: Store): Store {
    const buffer = this.#buffer(store.buffer);
    const index = this.#list(store.index, (expr) => this.expr(expr));
    const value = this.expr(store.value);
    if (buffer === store.buffer && index === store.index && value === store.value) return store;
    return { ...store, buffer, index, value };
  }

  #extent(extent: Extent): Extent {
    if (extent.kind === "length") return extent;
    const start = this.expr(extent.start);
    const end = this.expr(extent.end);
    return start === extent.start && end === extent.end ? extent : { ...extent, start, end };
  }

  #buffer(buffer: Buffer): Buffer {
    return this.#change.buffer === undefined ? buffer : this.#change.buffer(buffer);
  }

  #list<T>(items: readonly T[], change: (item: T) => T): readonly T[] {
    const changed = items.map(change);
    return changed.every((item, i) => item === items[i]) ? items : changed;
  }

  #rebuild(expr: Expr): Expr {
    switch (expr.op) {
      case "number":
      case "length":
        return expr;
      case "axis": {
        // Axes of a kernel are rewritten before what stands inside them; those of loops around it stay what they are.
        const axis = this.#change.axis === undefined ? (this.#axes.get(expr.axis) ?? expr.axis) : this.#change.axis(expr.axis);
        return axis === expr.axis ? expr : { ...expr, axis };
      }
      case "load": {
        const buffer = this.#buffer(expr.buffer);
        const index = this.#list(expr.index, (each) => this.expr(each));
        return buffer === expr.buffer && index === expr.index ? expr : { ...expr, buffer, index };
      }
      case "unary": {
        const arg = this.expr(expr.arg);
        return arg === expr.arg ? expr : { ...expr, arg };
      }
      case "binary": {
        const left = this.expr(expr.left);
        const right = this.expr(expr.right);
        return left === expr.left && right === expr.right ? expr : { ...expr, left, right };
      }
      case "select": {
        const condition = this.expr(expr.condition);
        const yes = this.expr(expr.yes);
        const no = this.expr(expr.no);
        return condition === expr.condition && yes === expr.yes && no === expr.no ? expr : { ...expr, condition, yes, no };
      }
      case "draw": {
        const counters = this.#list(expr.counters, (each) => this.expr(each));
        return counters === expr.counters ? expr : { ...expr, counters };
      }
      case "result": {
        const reduction = this.#change.reduction === undefined ? this.reduction(expr.reduction) : this.#change.reduction(expr.reduction);
        const rank = expr.rank === undefined ? undefined : this.expr(expr.rank);
        if (reduction === expr.reduction && rank === expr.rank) return expr;
        return { ...expr, reduction, ...(rank === undefined ? {} : { rank }) };
      }
    }
  }
}

export function rewriteKernel(kernel: Kernel, change: KernelChange): Kernel {
  return new ExprRewriter(change).kernel(kernel);
}

/** For each expression of a set of roots, the axes and reductions that it is computed from, directly or through others. */
export class Dependences {
  readonly #known = new Map<Expr, ExprDependences>();

  of(expr: Expr): ExprDependences {
    const known = this.#known.get(expr);
    if (known !== undefined) return known;
    const axes = new Set<Axis>();
    const reductions = new Set<Reduction>();
    for (const child of exprChildren(expr)) {
      const below = this.of(child);
      for (const axis of below.axes) axes.add(axis);
      for (const reduction of below.reductions) reductions.add(reduction);
    }
    if (expr.op === "axis") axes.add(expr.axis);
    if (expr.op === "result") reductions.add(expr.reduction);
    const result = { axes, reductions };
    this.#known.set(expr, result);
    return result;
  }
}

export interface ExprDependences {
  readonly axes: ReadonlySet<Axis>;
  readonly reductions: ReadonlySet<Reduction>;
}

/** How often each expression is used by others or by the kernel itself. */
export function countUses(roots: Iterable<Expr>): ReadonlyMap<Expr, number> {
  const uses = new Map<Expr, number>();
  const all = [...roots];
  visitExprs(all, (expr) => {
    for (const child of exprChildren(expr)) uses.set(child, (uses.get(child) ?? 0) + 1);
  });
  for (const root of all) uses.set(root, (uses.get(root) ?? 0) + 1);
  return uses;
}

/** Numbers objects in the order in which they are first asked for. */
export class Numbering<T> {
  readonly #ids = new Map<T, number>();

  id(item: T): number {
    if (!this.#ids.has(item)) this.#ids.set(item, this.#ids.size);
    return defined(this.#ids.get(item), "number");
  }
}
