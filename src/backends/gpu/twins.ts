/**
 * Twins: kernels of one step that store at the same positions, as those of a cell state and of the hidden state that is
 * computed of it do. In GL a kernel can put out several textures, so twins are one kernel there, and one dispatch; what one
 * of them computes and the next one reads at the same position is not read at all.
 */
import { sameLength } from "../../ir/graph/length.js";
import type { Axis, Buffer, Expr, Kernel, Reduction, Store } from "../../ir/kernel/kernel.js";
import { accumulatorRoots, ExprRewriter, loadedBuffers, visitExprs } from "../../ir/kernel/traverse.js";
import type { Instruction } from "../../ir/program/program.js";
import { at, defined } from "../../support/invariant.js";

export interface TwinOptions {
  /** What may be stored by twins; other instructions are between kernels that stay apart. */
  readonly mayStore: (buffer: Buffer) => boolean;
  /** The most textures that a kernel of GL reads, and puts out. */
  readonly loads: number;
  readonly stores: number;
}

/** For the last kernel of each group of twins, all of the group in their order. */
export function twinsOf(instructions: readonly Instruction[], options: TwinOptions): ReadonlyMap<Kernel, readonly Kernel[]> {
  const found = new Map<Kernel, readonly Kernel[]>();
  let group: Kernel[] = [];
  const close = (): void => {
    const last = group.at(-1);
    if (last !== undefined && group.length > 1) found.set(last, group);
    group = [];
  };
  for (const instruction of instructions) {
    if (instruction.op !== "kernel") {
      close();
      continue;
    }
    const { kernel } = instruction;
    if (!group.every((other) => areTwins(other, kernel)) || group.length >= options.stores || countLoads([...group, kernel]) > options.loads) close();
    if (isWhole(kernel) && options.mayStore(at(kernel.stores, 0).buffer)) group.push(kernel);
    else close();
  }
  close();
  return found;
}

/** One store, at every place of its buffer. */
function isWhole({ space, stores }: Kernel): boolean {
  const [store] = stores;
  return store !== undefined && stores.length === 1 && store.index.length === space.length && space.every((axis, i) => isAxis(at(store.index, i), axis) && axis.extent.kind === "length");
}

function isAxis(expr: Expr, axis: Axis): boolean {
  return expr.op === "axis" && expr.axis === axis;
}

function areTwins(before: Kernel, after: Kernel): boolean {
  if (!isWhole(after) || before.space.length !== after.space.length) return false;
  if (!before.space.every(({ extent }, i) => sameLength(extent.length, at(after.space, i).extent.length))) return false;
  const made = at(before.stores, 0).buffer;
  if (made === at(after.stores, 0).buffer) return false;
  // What the other has just computed is at hand at the same position only, and outside of sums.
  let fits = true;
  visitExprs([at(after.stores, 0).value], (expr) => {
    if (expr.op === "load" && expr.buffer === made && !expr.index.every((each, i) => isAxis(each, at(after.space, i)))) fits = false;
  });
  visitExprs(after.reductions.flatMap(({ accumulators }) => accumulators.flatMap(accumulatorRoots)), (expr) => {
    if (expr.op === "load" && expr.buffer === made) fits = false;
  });
  return fits;
}

/** Textures that a group reads, without what it computes itself. */
function countLoads(kernels: readonly Kernel[]): number {
  const made = new Set<Buffer>();
  const loads = new Set<Buffer>();
  for (const kernel of kernels) {
    for (const buffer of loadedBuffers(kernel)) if (!made.has(buffer)) loads.add(buffer);
    made.add(at(kernel.stores, 0).buffer);
  }
  return loads.size;
}

/** One kernel for a group, with a store for each. */
export function joinTwins(kernels: readonly Kernel[]): Kernel {
  const last = at(kernels, kernels.length - 1);
  const values = new Map<Buffer, Expr>();
  const reductions: Reduction[] = [];
  const stores: Store[] = [];
  for (const kernel of kernels) {
    const axes = new Map(kernel.space.map((axis, i) => [axis, at(last.space, i)]));
    const rewriter: ExprRewriter = new ExprRewriter({
      axis: (axis) => axes.get(axis) ?? axis,
      expr: (expr) => (expr.op === "load" && values.has(expr.buffer) ? defined(values.get(expr.buffer), "what a twin computed") : expr),
    });
    const own = rewriter.kernel(kernel);
    reductions.push(...own.reductions);
    for (const store of own.stores) {
      stores.push(store);
      values.set(store.buffer, store.value);
    }
  }
  return { ...last, reductions, stores };
}
