/**
 * A kernel for quads (quads.ts): each thread computes the four elements of one place, and sums take four terms a turn, so
 * that whatever is read of a texture is four numbers at once.
 *
 *     kernel k (j:8) { sum over k:8 of w[j,k] * h[k]; y[j] = ... }
 *
 * becomes
 *
 *     kernel k (j:2) { four sums over k:2, each of w[4j+0,4k+0] * h[4k+0] + w[4j+0,4k+1] * h[4k+1] + ...; y[4j+0] = ...; y[4j+1] = ...; ... }
 *
 * Indices stay those of elements. Where four does not divide a length, a sum begins with the terms that are left; what a thread
 * computes for elements that do not exist is never read.
 */
import { fixedLength, staticLength } from "../../ir/graph/length.js";
import type { Accumulator, Axis, Buffer, Expr, Kernel, Reduction } from "../../ir/kernel/kernel.js";
import { needsOf } from "../../ir/kernel/prune.js";
import { accumulatorRoots, ExprRewriter, visitExprs } from "../../ir/kernel/traverse.js";
import { at, defined } from "../../support/invariant.js";
import { integerSum } from "./integer-sum.js";
import { quad } from "./quads.js";

/** @param kernel interned; stores of whole buffers, all of them quads or none */
export function quadKernel(kernel: Kernel, isQuad: (buffer: Buffer) => boolean): Kernel {
  const summed = sumByFours(kernel, isQuad);
  return isQuad(at(summed.stores, 0).buffer) ? fourElements(summed) : summed;
}

// ---- Sums.

function sumByFours(kernel: Kernel, isQuad: (buffer: Buffer) => boolean): Kernel {
  const made = new Map<Reduction, Reduction>();
  const others = new ExprRewriter({ reduction: (old) => made.get(old) ?? old, axis: (axis) => axis });
  const reductions = kernel.reductions.flatMap((old): readonly Reduction[] => {
    const axis = axisAlongQuads(old, isQuad);
    const [rest, main] = axis === undefined ? [undefined, { ...old, accumulators: old.accumulators.map((each) => rewritten(each, others)) }] : fourTerms(old, axis, (reduction) => made.get(reduction) ?? reduction);
    made.set(old, main);
    return rest === undefined ? [main] : [rest, main];
  });
  return { ...kernel, reductions, stores: kernel.stores.map((store) => ({ ...store, value: others.expr(store.value) })) };
}

/** The axis of a reduction along which it reads neighbours that lie in one place. */
function axisAlongQuads({ axes, accumulators }: Reduction, isQuad: (buffer: Buffer) => boolean): Axis | undefined {
  if (accumulators.some(({ f }) => f === "top" || f === "argmax")) return undefined;
  const found = new Set<Axis>();
  visitExprs(accumulators.map(({ value }) => value), (expr) => {
    if (expr.op !== "load" || !isQuad(expr.buffer)) return;
    for (const [term, coefficient] of integerSum(defined(expr.index.at(-1), "an index")).terms) if (!("op" in term) && coefficient === 1) found.add(term);
  });
  return axes.find((axis) => found.has(axis) && axis.extent.kind === "length" && (staticLength(axis.extent.length) ?? 0) >= quad);
}

/** Four terms a turn, and before that what is left of them, along the other axes if there are some. */
function fourTerms(old: Reduction, axis: Axis, reduction: (old: Reduction) => Reduction): readonly [rest: Reduction | undefined, main: Reduction] {
  const size = defined(staticLength(axis.extent.length), "the length of a sum");
  const turns = Math.floor(size / quad);
  const turn: Axis = { name: axis.name, extent: { kind: "length", length: fixedLength(turns) } };
  const termsAt = (position: Expr): ExprRewriter => new ExprRewriter({ reduction, axis: (each) => each, expr: (expr) => (expr.op === "axis" && expr.axis === axis ? position : expr) });
  const terms = Array.from({ length: quad }, (_, i) => termsAt(elementOf(turn, i)));
  const left = Array.from({ length: size % quad }, (_, i) => termsAt(int(turns * quad + i)));
  const starts = old.accumulators.map(({ start }) => (start === undefined ? undefined : at(terms, 0).expr(start)));
  const folded = (accumulator: Accumulator, rewriters: readonly ExprRewriter[], first?: Expr): Expr => {
    const f = accumulator.f === "sum" ? "add" : accumulator.f === "max" ? "maximum" : "minimum";
    const values = rewriters.map((rewriter) => rewriter.expr(accumulator.value));
    return (first === undefined ? values : [first, ...values]).reduce((all, right) => ({ op: "binary", kind: right.kind, f, left: all, right }));
  };
  const others = old.axes.filter((each) => each !== axis);
  const rest: Reduction | undefined = left.length === 0 || others.length === 0 ? undefined
    : { ...old, axes: others, accumulators: old.accumulators.map((each, slot) => begin({ ...each, value: folded(each, left) }, starts[slot])) };
  const accumulators = old.accumulators.map((each, slot): Accumulator => {
    const start = rest !== undefined ? ({ op: "result", kind: each.value.kind, reduction: rest, slot } as const) : left.length > 0 ? folded(each, left, starts[slot]) : starts[slot];
    return begin({ ...each, value: folded(each, terms) }, start);
  });
  return [rest, { ...old, axes: old.axes.map((each) => (each === axis ? turn : each)), accumulators }];
}

function begin({ start: _, ...accumulator }: Accumulator, start: Expr | undefined): Accumulator {
  return start === undefined ? accumulator : { ...accumulator, start };
}

// ---- Elements.

/** The last axis of the space counts places, and instead of each store there are four, one for each element. */
function fourElements(kernel: Kernel): Kernel {
  const last = defined(kernel.space.at(-1), "the axis along which elements lie together");
  const place: Axis = { name: last.name, extent: { kind: "length", length: fixedLength(Math.ceil(defined(staticLength(last.extent.length), "its length") / quad)) } };
  const elements = Array.from({ length: quad }, (_, i) => new Element(last, elementOf(place, i)));
  const reductions = kernel.reductions.flatMap((old): readonly Reduction[] => {
    const bounds = old.axes.flatMap(({ extent }) => (extent.kind === "window" ? [extent.start, extent.end] : []));
    const varies = (roots: readonly Expr[]): boolean => {
      const { axes, slots } = needsOf(roots);
      return axes.has(last) || [...slots.keys()].some((each) => at(elements, 0).made.has(each));
    };
    if (!varies([...bounds, ...old.accumulators.flatMap(accumulatorRoots)])) return [old];
    // Loops that may end differently are loops of their own.
    if (varies(bounds)) return elements.map((element) => element.alone(old));
    const accumulators = elements.flatMap((element) => old.accumulators.map((each) => rewritten(each, element.rewriter)));
    const all: Reduction = { ...old, accumulators };
    elements.forEach((element, i) => element.made.set(old, { reduction: all, from: i * old.accumulators.length }));
    return [all];
  });
  const stores = kernel.stores.flatMap((store) => elements.map(({ rewriter, position }) => ({ ...store, index: [...store.index.slice(0, -1), position], value: rewriter.expr(store.value) })));
  return { ...kernel, space: [...kernel.space.slice(0, -1), place], reductions, stores };
}

/** One of the four: what the kernel computes, with its position for the axis. */
class Element {
  /** What stands for a reduction, and which of its accumulators are this element's. */
  readonly made = new Map<Reduction, { readonly reduction: Reduction; readonly from: number }>();
  readonly rewriter: ExprRewriter;

  constructor(axis: Axis, readonly position: Expr) {
    const first = new Map<Reduction, number>();
    this.rewriter = new ExprRewriter({
      reduction: (old) => {
        const found = this.made.get(old);
        if (found === undefined) return old;
        first.set(found.reduction, found.from);
        return found.reduction;
      },
      axis: (each) => each,
      expr: (expr) => {
        if (expr.op === "axis" && expr.axis === axis) return position;
        if (expr.op !== "result") return expr;
        const from = first.get(expr.reduction);
        return from === undefined || from === 0 ? expr : { ...expr, slot: expr.slot + from };
      },
    });
  }

  alone(old: Reduction): Reduction {
    const copies = new Map<Axis, Axis>();
    const inner = new ExprRewriter({ reduction: (each) => each, axis: (axis) => copies.get(axis) ?? axis });
    const bound = (expr: Expr): Expr => inner.expr(this.rewriter.expr(expr));
    for (const axis of old.axes) {
      const { extent } = axis;
      copies.set(axis, { ...axis, extent: extent.kind === "window" ? { ...extent, start: bound(extent.start), end: bound(extent.end) } : extent });
    }
    const accumulators = old.accumulators.map((each) => rewritten(rewritten(each, this.rewriter), inner));
    const reduction: Reduction = { ...old, axes: old.axes.map((axis) => copies.get(axis) ?? axis), accumulators };
    this.made.set(old, { reduction, from: 0 });
    return reduction;
  }
}

function rewritten(accumulator: Accumulator, rewriter: ExprRewriter): Accumulator {
  return { ...accumulator, value: rewriter.expr(accumulator.value), ...(accumulator.start === undefined ? {} : { start: rewriter.expr(accumulator.start) }) };
}

function elementOf(axis: Axis, i: number): Expr {
  const first: Expr = { op: "binary", kind: "int", f: "multiply", left: { op: "axis", kind: "int", axis }, right: int(quad) };
  return i === 0 ? first : { op: "binary", kind: "int", f: "add", left: first, right: int(i) };
}

function int(value: number): Expr {
  return { op: "number", kind: "int", value };
}
