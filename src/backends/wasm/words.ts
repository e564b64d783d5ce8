/** How many control words a program may ask for, counted before any code is made: its block must have a fixed size. */
import { lengthText, staticLength, type Length } from "../../ir/graph/length.js";
import type { Axis, Buffer } from "../../ir/kernel/kernel.js";
import { kernelRoots, visitExprs } from "../../ir/kernel/traverse.js";
import type { Instruction } from "../../ir/program/program.js";
import { kernelBuffers, programKernels, programLoops, visitInstructions } from "../../ir/program/traverse.js";

export function countWords(instructions: readonly Instruction[]): number {
  const lengths = new Set<string>();
  let tops = 0;
  const length = (each: Length): void => {
    if (staticLength(each) === undefined) lengths.add(lengthText(each));
  };
  const axis = ({ extent }: Axis): void => {
    length(extent.length);
    if (extent.kind === "window") visitExprs([extent.start, extent.end], (expr) => expr.op === "length" && length(expr.length));
  };
  const buffer = ({ shape }: Buffer): void => shape.forEach(length);
  for (const kernel of programKernels(instructions)) {
    [...kernel.space, ...kernel.reductions.flatMap(({ axes }) => axes)].forEach(axis);
    kernelBuffers(kernel).forEach(buffer);
    visitExprs(kernelRoots(kernel), (expr) => {
      if (expr.op === "length") length(expr.length);
      if (expr.op === "load") buffer(expr.buffer);
    });
    for (const { accumulators } of kernel.reductions) for (const { f, k } of accumulators) if (f === "top") tops += 2 * (k ?? 1);
  }
  visitInstructions(instructions, (each) => {
    if (each.op === "copy") [each.from, each.to].forEach(buffer);
  });
  const loops = programLoops(instructions);
  for (const loop of loops) axis(loop.axis);
  // The seed, and the turn that the caller of a stream is at.
  return lengths.size + tops + loops.length + 3;
}
