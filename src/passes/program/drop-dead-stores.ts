/**
 * Drop dead stores: what a kernel stores and nobody loads need not be stored. A value that is read only by the kernel that
 * computes it is passed on there, so its buffer may be left without a reader; also a reduction that nobody reads goes, a
 * kernel without stores, and a loop with nothing left in it. Exact.
 */
import type { Buffer, Expr, Kernel, Reduction } from "../../ir/kernel/kernel.js";
import { accumulatorRoots, axisRoots, buffersBelow, exprChildren, loadedBuffers } from "../../ir/kernel/traverse.js";
import type { Instruction, Program } from "../../ir/program/program.js";
import { visitInstructions } from "../../ir/program/traverse.js";

export function dropDeadStores(program: Program): Program {
  const read = readBuffers(program);
  const isDead = (buffer: Buffer): boolean => (buffer.role === "temporary" || buffer.role === "prepared") && !read.has(buffer);
  let found = false;
  const clean = (instructions: readonly Instruction[]): readonly Instruction[] =>
    instructions.flatMap((instruction): readonly Instruction[] => {
      if (instruction.op === "copy") {
        found ||= isDead(instruction.to);
        return isDead(instruction.to) ? [] : [instruction];
      }
      if (instruction.op === "loop") {
        const body = clean(instruction.body);
        const isEmpty = body.length === 0 && instruction.carried.length === 0;
        found ||= isEmpty;
        return isEmpty ? [] : [{ ...instruction, body }];
      }
      const { kernel } = instruction;
      const stores = kernel.stores.filter(({ buffer }) => !isDead(buffer));
      if (stores.length === kernel.stores.length) return [instruction];
      found = true;
      return stores.length === 0 ? [] : [{ op: "kernel", kernel: withoutUnread({ ...kernel, stores }) }];
    });
  const cleaned = { ...program, prepare: clean(program.prepare), body: clean(program.body) };
  // What only a dead store was computed from may be dead now.
  return found ? dropDeadStores(cleaned) : program;
}

function readBuffers({ prepare, body, inputs, outputs }: Program): ReadonlySet<Buffer> {
  const read = new Set<Buffer>(outputs.map(({ buffer }) => buffer));
  const add = (kernel: Kernel): void => loadedBuffers(kernel).forEach((buffer) => read.add(buffer));
  for (const { fallback } of inputs) fallback?.forEach(add);
  visitInstructions([...prepare, ...body], (instruction) => {
    if (instruction.op === "kernel") add(instruction.kernel);
    else if (instruction.op === "copy") read.add(instruction.from);
    else {
      for (const buffer of buffersBelow(axisRoots(instruction.axis))) read.add(buffer);
      for (const { current, next } of instruction.carried) read.add(current).add(next);
    }
  });
  return read;
}

/** The kernel without reductions of which no accumulator is read. */
function withoutUnread(kernel: Kernel): Kernel {
  const read = new Set<Reduction>();
  const seen = new Set<Expr>();
  const stack: Expr[] = kernel.stores.flatMap(({ index, value }) => [...index, value]);
  for (const axis of kernel.space) stack.push(...axisRoots(axis));
  for (let expr = stack.pop(); expr !== undefined; expr = stack.pop()) {
    if (seen.has(expr)) continue;
    seen.add(expr);
    stack.push(...exprChildren(expr));
    if (expr.op !== "result" || read.has(expr.reduction)) continue;
    read.add(expr.reduction);
    for (const { extent } of expr.reduction.axes) if (extent.kind === "window") stack.push(extent.start, extent.end);
    for (const accumulator of expr.reduction.accumulators) stack.push(...accumulatorRoots(accumulator));
  }
  return { ...kernel, reductions: kernel.reductions.filter((reduction) => read.has(reduction)) };
}
