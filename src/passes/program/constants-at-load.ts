/**
 * Moves to the loading of weights what a run would compute of weights alone, and of nothing at all: states that begin with
 * zeros, tables. A run then begins with copies of them, which cost nothing where a copy is a second name.
 */
import { staticLength } from "../../ir/graph/length.js";
import type { Axis, Buffer, Kernel } from "../../ir/kernel/kernel.js";
import { kernelRoots, rewriteKernel, visitExprs } from "../../ir/kernel/traverse.js";
import type { Instruction, Program } from "../../ir/program/program.js";
import { FreshNames } from "./fresh-names.js";
import { restage } from "./restage.js";

/** @param program one store a kernel, of its whole buffer */
export function constantsAtLoad(program: Program): Program {
  const names = FreshNames.ofBuffers(program);
  const early: Instruction[] = [];
  const body = program.body.map((instruction): Instruction => {
    if (instruction.op !== "kernel") return instruction;
    const { kernel } = instruction;
    const [store] = kernel.stores;
    if (store === undefined || kernel.stores.length !== 1 || !isConstant(kernel)) return instruction;
    const ready: Buffer = { ...store.buffer, name: names.fresh(`${store.buffer.name}.ready`), role: "prepared" };
    early.push({ op: "kernel", kernel: rewriteKernel(kernel, { buffer: (buffer) => (buffer === store.buffer ? ready : buffer) }) });
    return { op: "copy", from: ready, to: store.buffer };
  });
  return { ...program, prepare: restage([...program.prepare, ...early]), body: restage(body) };
}

function isConstant(kernel: Kernel): boolean {
  const axes: readonly Axis[] = [...kernel.space, ...kernel.reductions.flatMap((reduction) => reduction.axes)];
  if (axes.some(({ extent }) => staticLength(extent.length) === undefined)) return false;
  if (kernel.stores.some(({ buffer }) => buffer.shape.some((length) => staticLength(length) === undefined))) return false;
  let constant = true;
  visitExprs(kernelRoots(kernel), (expr) => {
    if (expr.op === "draw" || (expr.op === "length" && staticLength(expr.length) === undefined)) constant = false;
    if (expr.op === "load" && expr.buffer.role !== "parameter" && expr.buffer.role !== "prepared") constant = false;
  });
  return constant;
}
