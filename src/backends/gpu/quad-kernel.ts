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
 * Indices stay those of elements. Where four does not divide a length, the last turn of a sum leaves out what is beyond its
 * end; what a thread computes for elements that do not exist is never read.
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
  for (const old of kernel.reductions) {
    const axis = axisAlongQuads(old, isQuad);
    if (axis !== undefined) made.set(old, fourTerms(old, axis, (reduction) => made.get(reduction) ?? reduction));
    else made.set(old, { ...old, accumulators: old.accumulators.map((each) => rewritten(each, others)) });
  }
  return { ...kernel, reductions: kernel.reductions.map((old) => made.get(old) ?? old), stores: kernel.stores.map((store) => ({ ...store, value: others.expr(store.value) })) };
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

function fourTerms(old: Reduction, axis: Axis, reduction: (old: Reduction) => Reduction): Reduction {
  const size = defined(staticLength(axis.extent.length), "the length of a sum");
  const turn: Axis = { name: axis.name, extent: { kind: "length", length: fixedLength(Math.ceil(size / quad)) } };
  const positions = Array.from({ length: quad }, (_, i) => elementOf(turn, i));
  const rewriters = positions.map((position) => new ExprRewriter({ reduction, axis: (each) => each, expr: (expr) => (expr.op === "axis" && expr.axis === axis ? position : expr) }));
  const first = at(rewriters, 0);
  const accumulators = old.accumulators.map((accumulator): Accumulator => {
    const terms = rewriters.map((rewriter) => rewriter.expr(accumulator.value));
    const whole = terms.map((term, i): Expr => {
      if (i === 0 || size % quad === 0 || i < size % quad) return term;
      // Beyond the end: nothing is added, and the first is no more than itself.
      const none: Expr = accumulator.f === "sum" ? { op: "number", kind: term.kind, value: 0 } : at(terms, 0);
      return { op: "select", kind: term.kind, condition: { op: "binary", kind: "condition", f: "less", left: at(positions, i), right: int(size) }, yes: term, no: none };
    });
    const f = accumulator.f === "sum" ? "add" : accumulator.f === "max" ? "maximum" : "minimum";
    const value = whole.reduce((left, right) => ({ op: "binary", kind: left.kind, f, left, right }));
    return { ...accumulator, value, ...(accumulator.start === undefined ? {} : { start: first.expr(accumulator.start) }) };
  });
  return { ...old, axes: old.axes.map((each) => (each === axis ? turn : each)), accumulators };
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
