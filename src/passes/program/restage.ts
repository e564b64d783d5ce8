/**
 * Numbers the stages of kernels anew after a pass has added some: within each list of instructions, the stage of a kernel
 * is the longest path of buffers to it. What stands after a loop or a copy comes after it.
 */
import type { Buffer } from "../../ir/kernel/kernel.js";
import { loadedBuffers } from "../../ir/kernel/traverse.js";
import type { Instruction } from "../../ir/program/program.js";
import { instructionBuffers } from "../../ir/program/traverse.js";

export function restage(instructions: readonly Instruction[]): readonly Instruction[] {
  const levels = new Map<Buffer, number>();
  let floor = 0;
  return instructions.map((instruction): Instruction => {
    if (instruction.op !== "kernel") {
      const buffers = [...instructionBuffers([instruction])];
      floor = Math.max(floor, ...buffers.map((buffer) => levels.get(buffer) ?? 0), 0);
      for (const buffer of buffers) levels.set(buffer, floor + 1);
      return instruction.op === "loop" ? { ...instruction, body: restage(instruction.body) } : instruction;
    }
    const { kernel } = instruction;
    const touched = [...loadedBuffers(kernel), ...kernel.stores.map(({ buffer }) => buffer)];
    const stage = Math.max(0, ...touched.map((buffer) => levels.get(buffer) ?? 0));
    for (const { buffer } of kernel.stores) levels.set(buffer, stage + 1);
    // What was read is overwritten, if at all, by a later kernel of the same stage or of a later one.
    return stage === kernel.stage ? instruction : { op: "kernel", kernel: { ...kernel, stage } };
  });
}
