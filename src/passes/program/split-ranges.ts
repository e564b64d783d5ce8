/**
 * A product over joined vectors, such as the hidden states of two directions, chooses at each term where to read. So its
 * range is cut where the choice changes: products of the parts follow, each of which goes on from the sums of the one before
 * and chooses nothing. The terms are added in the same order.
 */
import { fixedLength } from "../../ir/graph/length.js";
import type { Axis, Expr, Kernel, Reduction } from "../../ir/kernel/kernel.js";
import { accumulatorKind } from "../../ir/kernel/kinds.js";
import { ExprRewriter, visitExprs } from "../../ir/kernel/traverse.js";
import type { Program } from "../../ir/program/program.js";
import { mapKernels } from "../../ir/program/traverse.js";
import { axisOf, binary, wholeNumber } from "./expressions.js";
import { products, staticExtent } from "./products.js";

/** More parts than this, and their code is longer than it is worth. */
const mostParts = 4;

export function splitRanges(smallest?: number): (program: Program) => Program {
  return (program) => ({ ...program, body: mapKernels(program.body, (kernel) => splitKernel(kernel, smallest)) });
}

function splitKernel(kernel: Kernel, smallest: number | undefined): Kernel {
  return products(kernel, smallest).reduce(splitReduction, kernel);
}

function splitReduction(kernel: Kernel, reduction: Reduction): Kernel {
  const [axis, ...others] = reduction.axes;
  const size = axis === undefined ? undefined : staticExtent(axis);
  // An earlier product may have been cut, and this one made anew.
  if (axis === undefined || size === undefined || others.length > 0 || !kernel.reductions.includes(reduction) || reduction.accumulators.some(({ f }) => f !== "sum")) return kernel;
  const borders = new Set<number>();
  visitExprs(reduction.accumulators.map(({ value }) => value), (expr) => {
    const border = expr.op === "select" ? borderOf(expr.condition, axis)?.at : undefined;
    if (border !== undefined && border > 0 && border < size) borders.add(border);
  });
  if (borders.size === 0 || borders.size >= mostParts) return kernel;
  const ends = [...[...borders].sort((a, b) => a - b), size];
  const parts: Reduction[] = [];
  ends.forEach((end, i) => parts.push(partOf(reduction, axis, ends[i - 1] ?? 0, end, i, parts.at(-1))));
  const whole = parts.at(-1) ?? reduction;
  const rewriter: ExprRewriter = new ExprRewriter({ reduction: (each) => (each === reduction ? whole : parts.includes(each) ? each : rewriter.reduction(each)) });
  const rewritten = rewriter.kernel({ ...kernel, reductions: kernel.reductions.filter((each) => each !== reduction) });
  // The parts stand where the whole did.
  const place = kernel.reductions.indexOf(reduction);
  return { ...rewritten, reductions: [...rewritten.reductions.slice(0, place), ...parts, ...rewritten.reductions.slice(place)] };
}

/** From `start` up to `end`, going on from another part. */
function partOf(reduction: Reduction, axis: Axis, start: number, end: number, number: number, before: Reduction | undefined): Reduction {
  const part: Axis = { name: number === 0 ? axis.name : `${axis.name}.${number}`, extent: { kind: "length", length: fixedLength(end - start) } };
  const position: Expr = start === 0 ? axisOf(part) : binary("add", "int", axisOf(part), wholeNumber(start));
  const chooser = new Chooser(axis, start, position);
  return {
    ...reduction,
    axes: [part],
    accumulators: reduction.accumulators.map((accumulator, slot) => ({
      ...accumulator,
      value: chooser.expr(accumulator.value),
      ...(before === undefined ? {} : { start: { op: "result", kind: accumulatorKind(accumulator, undefined), reduction: before, slot } as const }),
    })),
  };
}

/** Takes, of each selection by the axis, the side that a part of its range is on. */
class Chooser extends ExprRewriter {
  constructor(readonly range: Axis, readonly start: number, position: Expr) {
    super({ expr: (expr) => (expr.op === "axis" && expr.axis === range ? position : expr), reduction: (each) => each });
  }

  override expr(expr: Expr): Expr {
    const border = expr.op === "select" ? borderOf(expr.condition, this.range) : undefined;
    if (expr.op !== "select" || border === undefined) return super.expr(expr);
    return super.expr(border.at <= this.start === border.above ? expr.yes : expr.no);
  }
}

/** Where a comparison of the axis changes, and whether it holds above. */
function borderOf(condition: Expr, axis: Axis): { readonly at: number; readonly above: boolean } | undefined {
  if (condition.op !== "binary" || (condition.f !== "less" && condition.f !== "lessEqual")) return undefined;
  const { f, left, right } = condition;
  if (left.op === "number" && right.op === "axis" && right.axis === axis) return { at: f === "less" ? Math.floor(left.value) + 1 : Math.ceil(left.value), above: true };
  if (right.op === "number" && left.op === "axis" && left.axis === axis) return { at: f === "less" ? Math.ceil(right.value) : Math.floor(right.value) + 1, above: false };
  return undefined;
}
