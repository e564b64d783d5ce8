/** Walking programs: their instructions, kernels and buffers, in the order in which they run. */
import type { Buffer, Kernel } from "../kernel/kernel.js";
import { axisRoots, buffersBelow, loadedBuffers } from "../kernel/traverse.js";
import type { Instruction, Loop, Program } from "./program.js";

/** Every instruction, those inside loops after their loop. */
export function visitInstructions(instructions: readonly Instruction[], visit: (instruction: Instruction) => void): void {
  for (const instruction of instructions) {
    visit(instruction);
    if (instruction.op === "loop") visitInstructions(instruction.body, visit);
  }
}

export function programKernels(instructions: readonly Instruction[]): readonly Kernel[] {
  const kernels: Kernel[] = [];
  visitInstructions(instructions, (instruction) => {
    if (instruction.op === "kernel") kernels.push(instruction.kernel);
  });
  return kernels;
}

export function programLoops(instructions: readonly Instruction[]): readonly Loop[] {
  const loops: Loop[] = [];
  visitInstructions(instructions, (instruction) => {
    if (instruction.op === "loop") loops.push(instruction);
  });
  return loops;
}

export function kernelBuffers(kernel: Kernel): Set<Buffer> {
  const buffers = loadedBuffers(kernel);
  for (const store of kernel.stores) buffers.add(store.buffer);
  return buffers;
}

/** Every buffer that the instructions touch, in the order of first use. */
export function instructionBuffers(instructions: readonly Instruction[]): Set<Buffer> {
  const buffers = new Set<Buffer>();
  visitInstructions(instructions, (instruction) => {
    if (instruction.op === "kernel") for (const buffer of kernelBuffers(instruction.kernel)) buffers.add(buffer);
    else if (instruction.op === "copy") buffers.add(instruction.from).add(instruction.to);
    else {
      const { axis, carried } = instruction;
      for (const buffer of buffersBelow(axisRoots(axis))) buffers.add(buffer);
      for (const { current, next } of carried) buffers.add(current).add(next);
    }
  });
  return buffers;
}

/** The buffers that something other than a kernel reads or writes: copies, and loops, which carry some and may read others for their bounds. */
export function boundBuffers(instructions: readonly Instruction[]): Set<Buffer> {
  const bound = new Set<Buffer>();
  visitInstructions(instructions, (instruction) => {
    if (instruction.op === "kernel") return;
    const own = instruction.op === "loop" ? { ...instruction, body: [] } : instruction;
    for (const buffer of instructionBuffers([own])) bound.add(buffer);
  });
  return bound;
}

/** Every buffer of a program: inputs and parameters first, in their order. */
export function programBuffers(program: Program): Set<Buffer> {
  const buffers = new Set<Buffer>();
  for (const { buffer } of [...program.inputs, ...program.parameters]) buffers.add(buffer);
  const fallbacks = program.inputs.flatMap(({ fallback }) => fallback ?? []).map((kernel): Instruction => ({ op: "kernel", kernel }));
  for (const list of [program.prepare, fallbacks, program.body]) {
    for (const buffer of instructionBuffers(list)) buffers.add(buffer);
  }
  for (const { buffer } of program.outputs) buffers.add(buffer);
  return buffers;
}

/** The same instructions with other kernels in the place of each. */
export function replaceKernels(instructions: readonly Instruction[], change: (kernel: Kernel) => readonly Kernel[]): readonly Instruction[] {
  return instructions.flatMap((instruction): readonly Instruction[] => {
    if (instruction.op === "loop") return [{ ...instruction, body: replaceKernels(instruction.body, change) }];
    return instruction.op === "kernel" ? change(instruction.kernel).map((kernel): Instruction => ({ op: "kernel", kernel })) : [instruction];
  });
}

/** The same instructions with each kernel changed. */
export function mapKernels(instructions: readonly Instruction[], change: (kernel: Kernel) => Kernel): readonly Instruction[] {
  return instructions.map((instruction) => {
    if (instruction.op === "kernel") {
      const kernel = change(instruction.kernel);
      return kernel === instruction.kernel ? instruction : { op: "kernel", kernel };
    }
    return instruction.op === "loop" ? { ...instruction, body: mapKernels(instruction.body, change) } : instruction;
  });
}
