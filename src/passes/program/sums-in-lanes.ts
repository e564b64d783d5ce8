/**
 * A sum along numbers that lie side by side, such as the mean of a layer norm, is one long chain of additions: each waits for
 * the one before. So it becomes several sums at once, each of every 16th number, in a kernel whose vector axis are these
 * sums; what is left adds up the few that came of it.
 *
 * That changes the order in which is summed, so whether it is done must not depend on where the sum stands: a batch must give
 * what each member gives alone. It depends on what is summed, nothing else. Contractions are left as they are: many of them
 * run side by side already.
 */
import { fixedLength, staticLength } from "../../ir/graph/length.js";
import type { Accumulator, Axis, Buffer, Expr, Kernel, Reduction, Store } from "../../ir/kernel/kernel.js";
import { Dependences, ExprRewriter, visitExprs } from "../../ir/kernel/traverse.js";
import type { Program } from "../../ir/program/program.js";
import { replaceKernels } from "../../ir/program/traverse.js";
import { at } from "../../support/invariant.js";
import { axisOf, binary, wholeNumber } from "./expressions.js";
import { FreshNames } from "./fresh-names.js";
import { readBy } from "./read-by.js";
import { restage } from "./restage.js";

export interface LaneOptions {
  /** So many sums are made of one. */
  readonly lanes: number;
  /** The fewest numbers for which that pays. */
  readonly shortest: number;
}

export function sumsInLanes(options: LaneOptions): (program: Program) => Program {
  return (program) => {
    const names = FreshNames.ofBuffers(program);
    return { ...program, body: restage(replaceKernels(program.body, (kernel) => splitKernel(kernel, options, names))) };
  };
}

function splitKernel(kernel: Kernel, options: LaneOptions, names: FreshNames): readonly Kernel[] {
  const reduction = kernel.reductions.find((each) => isChain(each, options));
  if (reduction === undefined) return [kernel];
  const { partial, rest } = splitReduction(kernel, reduction, options, names);
  return [partial, ...splitKernel(rest, options, names)];
}

/** Sums of one whole axis of known length, of numbers that lie side by side along it. */
function isChain({ axes, accumulators }: Reduction, { lanes, shortest }: LaneOptions): boolean {
  const [axis, ...others] = axes;
  if (axis === undefined || others.length > 0 || axis.extent.kind !== "length") return false;
  const size = staticLength(axis.extent.length);
  if (size === undefined || size < Math.max(shortest, 2 * lanes) || size % lanes !== 0) return false;
  return accumulators.every((accumulator) => accumulator.f === "sum" && accumulator.value.kind === "real" && isSideBySide(accumulator.value, axis));
}

/** Whether what is loaded along the axis lies in its order, and is no matrix of weights. */
function isSideBySide(value: Expr, axis: Axis): boolean {
  const dependences = new Dependences();
  const varies = (expr: Expr): boolean => dependences.of(expr).axes.has(axis);
  let [loads, others] = [0, 0];
  visitExprs([value], (expr) => {
    if (expr.op !== "load" || !varies(expr)) return;
    const last = expr.index.at(-1);
    const isMatrix = (expr.buffer.role === "parameter" || expr.buffer.role === "prepared") && dependences.of(expr).axes.size > 1;
    if (last !== undefined && moves(last, axis) && !expr.index.slice(0, -1).some(varies) && !isMatrix) loads += 1;
    else others += 1;
  });
  return loads > 0 && others === 0;
}

/** The axis, and what does not vary along it. */
function moves(index: Expr, axis: Axis): boolean {
  if (index.op === "axis") return index.axis === axis;
  if (index.op !== "binary" || index.f !== "add") return false;
  const varies = (expr: Expr): boolean => new Dependences().of(expr).axes.has(axis);
  return (moves(index.left, axis) && !varies(index.right)) || (moves(index.right, axis) && !varies(index.left));
}

function splitReduction(kernel: Kernel, reduction: Reduction, { lanes }: LaneOptions, names: FreshNames): { readonly partial: Kernel; readonly rest: Kernel } {
  const axis = at(reduction.axes, 0);
  const outer = kernel.space.slice(0, reduction.depth);
  const few = (name: string, size: number): Axis => ({ name, extent: { kind: "length", length: fixedLength(size) } });
  const lane = few(`${axis.name}.lane`, lanes);
  const turn = few(axis.name, (staticLength(axis.extent.length) ?? 0) / lanes);
  const place: Expr = binary("add", "int", binary("multiply", "int", axisOf(turn), wholeNumber(lanes)), axisOf(lane));
  // What it reads of others stays what it is.
  const mover = new ExprRewriter({ expr: (expr) => (expr.op === "axis" && expr.axis === axis ? place : expr), reduction: (each) => each });
  const moved: Reduction = { axes: [turn], depth: outer.length + 1, accumulators: reduction.accumulators.map(({ value, source }): Accumulator => ({ f: "sum", value: mover.expr(value), source })) };
  const shape = [...outer.map(({ extent }) => extent.length), fixedLength(lanes)];
  const buffers = reduction.accumulators.map(({ source }, slot): Buffer => ({ name: names.fresh(`${source ?? `${kernel.name}.${slot}`}.lanes`), role: "temporary", element: "float32", shape, source }));
  const stores = buffers.map((buffer, slot): Store => ({ buffer, index: [...outer, lane].map(axisOf), value: { op: "result", kind: "real", reduction: moved, slot }, source: buffer.source }));
  const before = readBy({ ...reduction, axes: [...outer, axis] });
  const space = [...outer, lane];
  const partial: Kernel = { name: at(buffers, 0).name, stage: kernel.stage, space, reductions: [...before, moved], stores, tile: space.map((each) => (each === lane ? lanes : 1)) };
  const sum = few(axis.name, lanes);
  const added: Reduction = { ...reduction, axes: [sum], accumulators: reduction.accumulators.map((accumulator, slot) => ({ ...accumulator, value: { op: "load", kind: "real", buffer: at(buffers, slot), index: [...outer, sum].map(axisOf) } })) };
  const rewriter: ExprRewriter = new ExprRewriter({ reduction: (each) => (each === reduction ? added : rewriter.reduction(each)) });
  const rest = rewriter.kernel({ ...kernel, reductions: kernel.reductions.map((each) => (each === reduction ? added : each)) });
  return { partial, rest };
}
