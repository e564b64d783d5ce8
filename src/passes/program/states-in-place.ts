/**
 * A state that is read only at the position that is being written needs no second buffer: it is updated in place.
 *
 * This is legal when the next state is stored by one kernel of the loop's own body, every load of the old state in that
 * kernel is at the store's own position (a kernel makes all loads of a position before its stores), and no later kernel
 * of the turn loads the old state. Reading it at another position, as a product over the whole hidden state does, keeps
 * two buffers, which change places after each turn; so does a copy, or an inner loop that carries it or whose bounds read it.
 */
import type { Axis, Buffer, Expr, Kernel } from "../../ir/kernel/kernel.js";
import { exprChildren, kernelRoots, rewriteKernel, visitExprs } from "../../ir/kernel/traverse.js";
import type { Carried, Instruction, Loop, Program } from "../../ir/program/program.js";
import { boundBuffers, mapKernels, programKernels } from "../../ir/program/traverse.js";
import { defined } from "../../support/invariant.js";

export function statesInPlace(program: Program): Program {
  return { ...program, body: updateLoops(program.body) };
}

export function updateLoops(instructions: readonly Instruction[]): readonly Instruction[] {
  return instructions.map((instruction) => (instruction.op === "loop" ? loopInPlace({ ...instruction, body: updateLoops(instruction.body) }) : instruction));
}

export function loopInPlace(loop: Loop): Loop {
  const accesses = accessesOf(loop);
  const renamed = new Map<Buffer, Buffer>();
  const carried = loop.carried.map((pair): Carried => {
    if (pair.current === pair.next || !mayUpdateInPlace(pair, accesses)) return pair;
    renamed.set(pair.next, pair.current);
    return { ...pair, next: pair.current };
  });
  if (renamed.size === 0) return loop;
  const buffer = (old: Buffer) => renamed.get(old) ?? old;
  return { ...loop, carried, body: mapKernels(loop.body, (kernel) => rewriteKernel(kernel, { buffer })) };
}

type Load = Extract<Expr, { readonly op: "load" }>;

/** Who reads and writes what in a loop, found once for all of its states. */
interface Accesses {
  /** For each buffer the kernels that load it, in order, and their loads. */
  readonly loads: ReadonlyMap<Buffer, ReadonlyMap<Kernel, readonly Load[]>>;
  readonly writers: ReadonlyMap<Buffer, ReadonlySet<Kernel>>;
  /** Where each kernel stands among those of the loop, inner loops included. */
  readonly place: ReadonlyMap<Kernel, number>;
  /** The kernels of the loop's own body. */
  readonly own: ReadonlySet<Kernel>;
  /** Buffers that something other than a kernel reads or writes in a turn. */
  readonly bound: ReadonlySet<Buffer>;
}

function accessesOf(loop: Loop): Accesses {
  const loads = new Map<Buffer, Map<Kernel, Load[]>>();
  const writers = new Map<Buffer, Set<Kernel>>();
  const place = new Map<Kernel, number>();
  for (const kernel of programKernels(loop.body)) {
    place.set(kernel, place.size);
    visitExprs(kernelRoots(kernel), (expr) => {
      if (expr.op !== "load") return;
      const byKernel = loads.get(expr.buffer) ?? new Map<Kernel, Load[]>();
      byKernel.set(kernel, [...(byKernel.get(kernel) ?? []), expr]);
      loads.set(expr.buffer, byKernel);
    });
    for (const { buffer } of kernel.stores) writers.set(buffer, (writers.get(buffer) ?? new Set()).add(kernel));
  }
  const own = new Set(loop.body.flatMap((instruction) => (instruction.op === "kernel" ? [instruction.kernel] : [])));
  return { loads, writers, place, own, bound: boundBuffers(loop.body) };
}

function mayUpdateInPlace({ current, next }: Carried, accesses: Accesses): boolean {
  if (accesses.bound.has(current) || accesses.bound.has(next)) return false;
  const [writer, ...others] = accesses.writers.get(next) ?? [];
  if (writer === undefined || others.length > 0 || !accesses.own.has(writer)) return false;
  const loads = accesses.loads.get(current) ?? new Map<Kernel, readonly Load[]>();
  if (!kernelAllows(writer, next, loads.get(writer) ?? [])) return false;
  const placeOf = (kernel: Kernel): number => defined(accesses.place.get(kernel), "a kernel of the loop");
  return [...loads.keys()].every((reader) => placeOf(reader) <= placeOf(writer));
}

function kernelAllows(kernel: Kernel, next: Buffer, loads: readonly Load[]): boolean {
  const stores = kernel.stores.filter((store) => store.buffer === next);
  const [store] = stores;
  if (store === undefined || stores.length !== 1) return false;
  // A store on the way to deeper loops would be seen by the later turns of these.
  const axes = new Set<Axis>();
  visitExprs(store.index, (expr) => {
    if (expr.op === "axis") axes.add(expr.axis);
  });
  if (!kernel.space.every((axis) => axes.has(axis))) return false;
  return loads.every((load) => load.index.every((expr, i) => sameExpr(expr, store.index[i])));
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
