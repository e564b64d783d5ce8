/**
 * A state that is read only at the position that is being written needs no second buffer: it is updated in place.
 *
 * This is legal when the next state is stored by one kernel of the loop's own body, every load of the old state in that
 * kernel is at the store's own position (a kernel makes all loads of a position before its stores), and no later kernel
 * of the turn loads the old state. Reading it at another position, as a product over the whole hidden state does, keeps
 * two buffers, which change places after each turn.
 */
import { ExprInterner } from "../../ir/kernel/intern.js";
import type { Buffer, Expr, Kernel } from "../../ir/kernel/kernel.js";
import { kernelRoots, rewriteKernel, visitExprs } from "../../ir/kernel/traverse.js";
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
  const interner = new ExprInterner();
  const canonical = (expr: Expr): Expr => {
    let result = expr;
    visitExprs([expr], (each) => (result = interner.intern(each)));
    return result;
  };
  const own = store.index.map(canonical);
  return loadsOf(kernel, current).every((load) => load.index.every((expr, i) => canonical(expr) === own[i]));
}

function loadsOf(kernel: Kernel, buffer: Buffer): Extract<Expr, { op: "load" }>[] {
  const loads: Extract<Expr, { op: "load" }>[] = [];
  visitExprs(kernelRoots(kernel), (expr) => {
    if (expr.op === "load" && expr.buffer === buffer) loads.push(expr);
  });
  return loads;
}
