/**
 * Keeps kernels to as many buffers as a target can read at once: a part of the value that reads some of them, as many as
 * may be, is computed and stored by a kernel of its own.
 */
import { internKernel } from "../../ir/kernel/intern.js";
import type { Axis, Buffer, BufferRole, Expr, Kernel, Store } from "../../ir/kernel/kernel.js";
import { needsOf, pruneKernel, Substituter } from "../../ir/kernel/prune.js";
import { accumulatorRoots, ExprRewriter, exprChildren, loadedBuffers, visitExprs } from "../../ir/kernel/traverse.js";
import { replaceKernels } from "../../ir/program/traverse.js";
import type { Instruction, Program } from "../../ir/program/program.js";
import { at } from "../../support/invariant.js";
import { mapFallbacks } from "./fallbacks.js";
import { FreshNames } from "./fresh-names.js";
import { restage } from "./restage.js";

export interface LoadLimit {
  /** The most buffers that a kernel may read. */
  readonly loads: number;
}

/** A kernel none of whose parts can be taken out stays as it is, for the target to refuse. */
export function limitLoads({ loads }: LoadLimit): (program: Program) => Program {
  return (program) => {
    const names = FreshNames.ofBuffers(program);
    const list = (instructions: readonly Instruction[], role: BufferRole): readonly Instruction[] => replaceKernels(instructions, (kernel) => split(kernel, loads, role, names));
    const inputs = mapFallbacks(program, (instructions) => list(instructions, "temporary"));
    return { ...program, inputs, prepare: restage(list(program.prepare, "prepared")), body: restage(list(program.body, "temporary")) };
  };
}

function split(given: Kernel, limit: number, role: BufferRole, names: FreshNames): readonly Kernel[] {
  if (loadedBuffers(given).size <= limit || given.stores.length !== 1) return [given];
  const kernel = internKernel(given);
  const store = at(kernel.stores, 0);
  const part = largestPart(kernel, store.value, limit);
  if (part === undefined) return [given];
  const { axes: used } = needsOf([part]);
  // A part within a sum is stored along the axes of the sum as well.
  const inner = summedOver(part, kernel);
  const axes: readonly Axis[] = [...kernel.space.filter((axis) => used.has(axis)), ...inner];
  const source = "source" in part ? part.source : undefined;
  const buffer: Buffer = { name: names.fresh(`${source ?? kernel.name}.part`), role, element: part.kind === "real" ? "float32" : "int32", shape: axes.map(({ extent }) => extent.length), source };
  const index = axes.map((axis): Expr => ({ op: "axis", kind: "int", axis }));
  // In a kernel of its own, the axes of a sum are axes of the space, with names of their own.
  const own = new Map(inner.map((axis, i): [Axis, Axis] => [axis, { ...axis, name: `${axis.name}.${kernel.space.length + i}` }]));
  const named = new ExprRewriter({ axis: (axis) => own.get(axis) ?? axis });
  const first: Store = { buffer, index: index.map((expr) => named.expr(expr)), value: inner.length === 0 ? part : named.expr(part), source };
  const load: Expr = { op: "load", kind: part.kind, buffer, index };
  const rest = pruneKernel(new Substituter(new Map([[part, load]])).kernel(kernel));
  return [pruneKernel({ ...kernel, name: `${kernel.name}.part`, space: [...kernel.space, ...own.values()], stores: [first] }), ...split({ ...rest, space: kernel.space.filter((axis) => given.space.includes(axis)) }, limit, role, names)];
}

/** What reads the most buffers and still no more than may be. Sides of selections stay where they are chosen. */
function largestPart(kernel: Kernel, value: Expr, limit: number): Expr | undefined {
  let best: { readonly part: Expr; readonly count: number } | undefined;
  const windows = new Set(kernel.reductions.flatMap(({ axes }) => axes).filter(({ extent }) => extent.kind === "window"));
  const seen = new Set<Expr>();
  const visit = (expr: Expr): void => {
    if (seen.has(expr)) return;
    seen.add(expr);
    const count = buffersBelow(expr).size;
    if (expr !== value && count >= 2 && count <= limit && (best === undefined || count > best.count) && !dependsOn(expr, windows)) best = { part: expr, count };
    (expr.op === "select" ? [expr.condition] : exprChildren(expr)).forEach(visit);
    if (expr.op === "result") accumulatorRoots(at(expr.reduction.accumulators, expr.slot)).forEach(visit);
  };
  visit(value);
  return best?.part;
}

/** The axes of sums that a part depends on and is not itself the sum over. */
function summedOver(part: Expr, { reductions }: Kernel): readonly Axis[] {
  return [...new Set(reductions.flatMap(({ axes }) => axes))].filter((axis) => dependsOn(part, new Set([axis])));
}

function dependsOn(expr: Expr, axes: ReadonlySet<Axis>): boolean {
  let found = false;
  visitExprs([expr], (each) => {
    if (each.op === "axis" && axes.has(each.axis)) found = true;
  });
  return found;
}

function buffersBelow(root: Expr): ReadonlySet<Buffer> {
  const buffers = new Set<Buffer>();
  const seen = new Set<Expr>();
  const walk = (expr: Expr): void => {
    if (seen.has(expr)) return;
    seen.add(expr);
    if (expr.op === "load") buffers.add(expr.buffer);
    exprChildren(expr).forEach(walk);
    if (expr.op === "result") accumulatorRoots(at(expr.reduction.accumulators, expr.slot)).forEach(walk);
  };
  walk(root);
  return buffers;
}
