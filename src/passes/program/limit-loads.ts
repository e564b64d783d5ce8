/**
 * Keeps kernels to as many buffers as a target can read at once: a part of the value that reads some of them, as many as
 * may be, is computed and stored by a kernel of its own. Where parts stand in sides of selections only, one of these is
 * taken, behind the same tests: what is not chosen is not computed, since its indices may lie outside of their buffers.
 */
import { internKernel } from "../../ir/kernel/intern.js";
import type { Axis, Buffer, BufferRole, Expr, Kernel, Store } from "../../ir/kernel/kernel.js";
import { needsOf, pruneKernel, Substituter } from "../../ir/kernel/prune.js";
import { accumulatorRoots, alwaysComputed, ExprRewriter, exprChildren, loadedBuffers, visitExprs } from "../../ir/kernel/traverse.js";
import { replaceKernels } from "../../ir/program/traverse.js";
import type { Instruction, Program } from "../../ir/program/program.js";
import { at } from "../../support/invariant.js";
import { axisOf } from "./expressions.js";
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
  const taken = largestPart(kernel, store.value, limit);
  if (taken === undefined) return [given];
  const { part, replaced, by } = taken;
  const { axes: used } = needsOf([part]);
  // A part within a sum is stored along the axes of the sum as well.
  const inner = summedOver(part, kernel);
  const axes: readonly Axis[] = [...kernel.space.filter((axis) => used.has(axis)), ...inner];
  const source = "source" in part ? part.source : undefined;
  const buffer: Buffer = { name: names.fresh(`${source ?? kernel.name}.part`), role, element: part.kind === "real" ? "float32" : "int32", shape: axes.map(({ extent }) => extent.length), source };
  const index = axes.map(axisOf);
  // In a kernel of its own, the axes of a sum are axes of the space, with names of their own.
  const own = new Map(inner.map((axis, i): [Axis, Axis] => [axis, { ...axis, name: `${axis.name}.${kernel.space.length + i}` }]));
  const named = new ExprRewriter({ axis: (axis) => own.get(axis) ?? axis });
  const first: Store = { buffer, index: index.map((expr) => named.expr(expr)), value: inner.length === 0 ? part : named.expr(part), source };
  const load: Expr = { op: "load", kind: part.kind, buffer, index };
  const rest = pruneKernel(new Substituter(new Map([[replaced, by(load)]])).kernel(kernel));
  return [pruneKernel({ ...kernel, name: `${kernel.name}.part`, space: [...kernel.space, ...own.values()], stores: [first] }), ...split({ ...rest, space: kernel.space.filter((axis) => given.space.includes(axis)) }, limit, role, names)];
}

type Select = Extract<Expr, { readonly op: "select" }>;

/** A value to be stored, and what stands in the place of what, once it is. */
interface Part {
  readonly part: Expr;
  readonly replaced: Expr;
  readonly by: (load: Expr) => Expr;
}

/** What reads the most buffers and still no more than may be. */
function largestPart(kernel: Kernel, value: Expr, limit: number): Part | undefined {
  const windows = new Set(kernel.reductions.flatMap(({ axes }) => axes).filter(({ extent }) => extent.kind === "window"));
  const best = (parts: readonly Part[], isEnough: (each: Part) => boolean): Part | undefined => {
    const sized = parts.map((each) => ({ each, count: buffersBelow(each.part).size })).filter(({ each, count }) => count >= 2 && count <= limit && !dependsOn(each.part, windows));
    return sized.sort((a, b) => b.count - a.count).find(({ each }) => isEnough(each))?.each;
  };
  const computed = [...alwaysComputed([value], { sums: true })];
  const plain = best(computed.filter((expr) => expr !== value).map((part): Part => ({ part, replaced: part, by: (load) => load })), () => true);
  if (plain !== undefined) return plain;
  // The test in front of a part reads buffers, too: it must be worth it.
  const left = ({ part, replaced, by }: Part): number => buffersBelow(new Substituter(new Map([[replaced, by(zeroOf(part))]])).expr(value)).size + 1;
  const selections = computed.filter((expr): expr is Select => expr.op === "select");
  const guarded = selections.flatMap((select) => partsOfSides(select, (inner) => inner, (changed) => changed).map(({ part, by }): Part => ({ part, replaced: select, by })));
  return best(guarded, (each) => left(each) < buffersBelow(value).size);
}

/**
 * Parts of the sides of a selection, behind its test.
 *
 * @param around puts what stands around the selection around a part of it
 * @param into puts a changed selection where the selection was
 */
function partsOfSides(select: Select, around: (inner: Expr) => Expr, into: (changed: Expr) => Expr): readonly Pick<Part, "part" | "by">[] {
  return (["yes", "no"] as const).flatMap((side) => {
    const behind = (inner: Expr): Expr => around({ ...select, kind: inner.kind, yes: zeroOf(inner), no: zeroOf(inner), [side]: inner });
    // Sums in the side stay whole: the kernel lists them.
    const put = (old: Expr, now: Expr): Expr => into({ ...select, [side]: new ExprRewriter({ expr: (expr) => (expr === old ? now : expr), reduction: (sum) => sum }).expr(select[side]) });
    return [...alwaysComputed([select[side]])].flatMap((expr) => [
      { part: behind(expr), by: (load: Expr) => put(expr, load) },
      ...(expr.op === "select" ? partsOfSides(expr, behind, (changed) => put(expr, changed)) : []),
    ]);
  });
}

function zeroOf({ kind }: Expr): Expr {
  return { op: "number", kind, value: 0 };
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
