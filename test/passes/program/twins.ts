/** Programs in which everything is done twice, kernel by kernel, with the same inputs and other weights. */
import type { Buffer, Kernel } from "../../../src/ir/kernel/kernel.js";
import { rewriteKernel } from "../../../src/ir/kernel/traverse.js";
import type { Instruction, Program } from "../../../src/ir/program/program.js";

/** What the names of the second of each two end with. */
export const second = "'";

export function twinsOf(program: Program): Program {
  const twins = new Map<Buffer, Buffer>();
  const twin = (buffer: Buffer): Buffer => {
    if (buffer.role === "input") return buffer;
    const made = twins.get(buffer) ?? { ...buffer, name: `${buffer.name}${second}` };
    twins.set(buffer, made);
    return made;
  };
  const twinKernel = (kernel: Kernel): Kernel => {
    const rewritten = rewriteKernel(kernel, { buffer: twin });
    return { ...rewritten, name: `${kernel.name}${second}` };
  };
  const list = (instructions: readonly Instruction[]): readonly Instruction[] =>
    instructions.flatMap((instruction): readonly Instruction[] => {
      switch (instruction.op) {
        case "kernel":
          return [instruction, { op: "kernel", kernel: twinKernel(instruction.kernel) }];
        case "copy":
          return [instruction, { op: "copy", from: twin(instruction.from), to: twin(instruction.to) }];
        case "loop":
          return [{ ...instruction, carried: [...instruction.carried, ...instruction.carried.map((pair) => ({ ...pair, current: twin(pair.current), next: twin(pair.next) }))], body: list(instruction.body) }];
      }
    });
  return {
    ...program,
    parameters: [...program.parameters, ...program.parameters.map((parameter) => ({ ...parameter, name: `${parameter.name}${second}`, buffer: twin(parameter.buffer) }))],
    outputs: [...program.outputs, ...program.outputs.map((output) => ({ ...output, name: `${output.name}${second}`, buffer: twin(output.buffer) }))],
    prepare: list(program.prepare),
    body: list(program.body),
  };
}

/** Values by name, and others for the second of each two. */
export function bothOf(values: Readonly<Record<string, ArrayLike<number>>>, others: Readonly<Record<string, ArrayLike<number>>>): Record<string, ArrayLike<number>> {
  return { ...values, ...Object.fromEntries(Object.entries(others).map(([name, value]) => [`${name}${second}`, value])) };
}
