/**
 * A state that is read only at the position that is being written needs no second buffer: it is updated in place.
 *
 * This is legal when the next state is stored by one kernel of the loop's own body, every load of the old state in that
 * kernel is at the store's own position (a kernel makes all loads of a position before its stores), and no later kernel
 * of the turn loads the old state. Reading it at another position, as a product over the whole hidden state does, keeps
 * two buffers, which change places after each turn.
 */
import type { Axis, Buffer, Expr, Kernel } from "../../ir/kernel/kernel.js";
import { exprChildren, kernelRoots, rewriteKernel, visitExprs } from "../../ir/kernel/traverse.js";
import type { Carried, Instruction, Loop, Program } from "../../ir/program/program.js";
import { mapKernels, programKernels } from "../../ir/program/traverse.js";

export function statesInPlace(program: Program): Program {
  return { ...program, body: updateLoops(program.body) };
}

export function updateLoops(instructions: readonly Instruction[]): readonly Instruction[] {
  return instructions.map((instruction) => (instruction.op === "loop" ? loopInPlace({ ...instruction, body: updateLoops(instruction.body) }) : instruction));
}

export function loopInPlace(loop: Loop): Loop {
  const renamed = new Map<Buffer, Buffer>();
  const carried = loop.carried.map((pair): Carried => {
    if (pair.current === pair.next || !mayUpdateInPlace(loop, pair)) return pair;
    renamed.set(pair.next, pair.current);
    return { ...pair, next: pair.current };
  });
  if (renamed.size === 0) return loop;
  const buffer = (old: Buffer) => renamed.get(old) ?? old;
  return { ...loop, carried, body: mapKernels(loop.body, (kernel) => rewriteKernel(kernel, { buffer })) };
}

function mayUpdateInPlace(loop: Loop, { current, next }: Carried): boolean {
  // A state of two carried pairs, or one that an inner loop carries, is not ours to merge.
  if (loop.carried.filter((pair) => pair.next === next || pair.current === next).length !== 1) return false;
  const kernels = programKernels(loop.body);
  const writers = kernels.filter((kernel) => kernel.stores.some((store) => store.buffer === next));
  const [writer] = writers;
  if (writer === undefined || writers.length !== 1) return false;
  if (!loop.body.some((instruction) => instruction.op === "kernel" && instruction.kernel === writer)) return false;
  if (!kernelAllows(writer, current, next)) return false;
  return kernels.slice(kernels.indexOf(writer) + 1).every((later) => loadsOf(later, current).length === 0);
}

function kernelAllows(kernel: Kernel, current: Buffer, next: Buffer): boolean {
  const stores = kernel.stores.filter((store) => store.buffer === next);
  const [store] = stores;
  if (store === undefined || stores.length !== 1) return false;
  // A store on the way to deeper loops would be seen by the later turns of these.
  const axes = new Set<Axis>();
  visitExprs(store.index, (expr) => {
    if (expr.op === "axis") axes.add(expr.axis);
  });
  if (!kernel.space.every((axis) => axes.has(axis))) return false;
  return loadsOf(kernel, current).every((load) => load.index.every((expr, i) => sameExpr(expr, store.index[i])));
}

/** Equal by structure; the index expressions that this compares are small. */
function sameExpr(a: Expr, b: Expr | undefined): boolean {
  if (a === b) return true;
  if (b === undefined || a.op !== b.op || a.kind !== b.kind) return false;
  const below = exprChildren(a);
  const other = exprChildren(b);
  if (below.length !== other.length || !below.every((child, i) => sameExpr(child, other[i]))) return false;
  if (a.op === "number" && b.op === "number") return Object.is(a.value, b.value);
  if (a.op === "axis" && b.op === "axis") return a.axis === b.axis;
  if (a.op === "load" && b.op === "load") return a.buffer === b.buffer;
  if ((a.op === "unary" && b.op === "unary") || (a.op === "binary" && b.op === "binary")) return a.f === b.f;
  return false;
}

function loadsOf(kernel: Kernel, buffer: Buffer): Extract<Expr, { op: "load" }>[] {
  const loads: Extract<Expr, { op: "load" }>[] = [];
  visitExprs(kernelRoots(kernel), (expr) => {
    if (expr.op === "load" && expr.buffer === buffer) loads.push(expr);
  });
  return loads;
}
