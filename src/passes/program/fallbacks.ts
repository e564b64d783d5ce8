/** What stands in for inputs that a caller leaves out is computed by kernels, too: passes over kernels rewrite these as all others. */
import type { Instruction, Program, ProgramInput } from "../../ir/program/program.js";
import { InternalError } from "../../support/invariant.js";

export function mapFallbacks({ inputs }: Program, change: (instructions: readonly Instruction[]) => readonly Instruction[]): readonly ProgramInput[] {
  return inputs.map((input) => {
    if (input.fallback === undefined) return input;
    const changed = change(input.fallback.map((kernel): Instruction => ({ op: "kernel", kernel })));
    return { ...input, fallback: changed.map((instruction) => {
      if (instruction.op !== "kernel") throw new InternalError(`the input ${input.name} is filled by kernels`);
      return instruction.kernel;
    }) };
  });
}
