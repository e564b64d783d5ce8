/**
 * What a program costs, in figures that do not depend on the clock: how many kernels run, how many operations they do, how
 * many bytes they touch, how large the arena is. They are what `inspect` shows, what tests hold a fusion to, and what one
 * compares before and after a pass.
 *
 * An operation is one of real arithmetic (an addition, a product, a tanh), or a product of what was quantised; loads,
 * indices and comparisons are free. Bytes
 * are counted once for each buffer that a kernel touches in one run of it, as if its caches held all that it uses again. A
 * window counts with as much as it can have at most, a `select` with both sides: the figures are upper bounds.
 */
import { evaluateLength, type Length, type Lengths } from "../graph/length.js";
import { indexRange } from "../kernel/ranges.js";
import { loadedBuffers, storedBuffers, visitExprs } from "../kernel/traverse.js";
import { type Axis, type Buffer, elementBytes, type Expr, type Kernel } from "../kernel/kernel.js";
import type { Instruction, Program } from "./program.js";

export interface Figures {
  /** Kernels as they are written; each runs once for each turn of the loops around it. */
  readonly kernels: number;
  /** How often a kernel begins. */
  readonly launches: number;
  readonly operations: number;
  readonly bytesMoved: number;
}

/** The kernels of each stage, by place: at load, in the body, in a loop (a loop in a loop is `loop/loop`). */
export interface StageFigures {
  readonly place: string;
  readonly stage: number;
  readonly kernels: readonly string[];
}

export function instructionFigures(instructions: readonly Instruction[], lengths: Lengths): Figures {
  let total: Figures = { kernels: 0, launches: 0, operations: 0, bytesMoved: 0 };
  for (const instruction of instructions) total = add(total, one(instruction, lengths));
  return total;
}

function one(instruction: Instruction, lengths: Lengths): Figures {
  switch (instruction.op) {
    case "kernel":
      return { kernels: 1, launches: 1, operations: kernelOperations(instruction.kernel, lengths), bytesMoved: kernelBytes(instruction.kernel, lengths) };
    case "copy":
      return { kernels: 0, launches: 0, operations: 0, bytesMoved: 2 * bufferBytes(instruction.from, lengths) };
    case "loop": {
      const turns = axisExtent(instruction.axis, lengths);
      const { kernels, launches, operations, bytesMoved } = instructionFigures(instruction.body, lengths);
      return { kernels, launches: turns * launches, operations: turns * operations, bytesMoved: turns * bytesMoved };
    }
  }
}

function add(a: Figures, b: Figures): Figures {
  return {
    kernels: a.kernels + b.kernels,
    launches: a.launches + b.launches,
    operations: a.operations + b.operations,
    bytesMoved: a.bytesMoved + b.bytesMoved,
  };
}

export function kernelOperations(kernel: Kernel, lengths: Lengths): number {
  const sizes = kernel.space.map((axis) => axisExtent(axis, lengths));
  let total = operations(kernel.stores.map(({ value }) => value)) * product(sizes);
  for (const { axes, depth, accumulators } of kernel.reductions) {
    const runs = product(sizes.slice(0, depth));
    const turns = product(axes.map((axis) => axisExtent(axis, lengths)));
    const starts = accumulators.flatMap(({ start }) => (start === undefined ? [] : [start]));
    total += runs * (operations(starts) + turns * (operations(accumulators.map(({ value }) => value)) + accumulators.length));
  }
  return total;
}

/** Operations of real arithmetic in the expressions, each shared one counted once. */
function operations(roots: readonly Expr[]): number {
  let count = 0;
  visitExprs(roots, (expr) => {
    if ((expr.op === "unary" || expr.op === "binary") && (expr.kind === "real" || isNarrowProduct(expr))) count += 1;
  });
  return count;
}

function isNarrowProduct(expr: Expr): boolean {
  return expr.op === "binary" && expr.f === "multiply" && expr.left.op === "load" && elementBytes[expr.left.buffer.element] < 4;
}

/** A buffer that is only read in part in each run counts with no more than there are loads of it. */
export function kernelBytes(kernel: Kernel, lengths: Lengths): number {
  const positions = product(kernel.space.map((axis) => axisExtent(axis, lengths)));
  const turns = Math.max(1, ...kernel.reductions.map(({ axes }) => product(axes.map((axis) => axisExtent(axis, lengths)))));
  const touched = (buffer: Buffer, accesses: number): number => Math.min(bufferBytes(buffer, lengths), elementBytes[buffer.element] * accesses);
  let bytes = 0;
  for (const buffer of loadedBuffers(kernel)) bytes += touched(buffer, positions * turns);
  for (const buffer of storedBuffers(kernel)) bytes += touched(buffer, positions);
  return bytes;
}

export function bufferBytes({ element, shape }: Buffer, lengths: Lengths): number {
  return elementBytes[element] * product(shape.map((length: Length) => evaluateLength(length, lengths)));
}

function axisExtent({ extent }: Axis, lengths: Lengths): number {
  const whole = evaluateLength(extent.length, lengths);
  if (extent.kind === "length") return whole;
  const [start, end] = [indexRange(extent.start, lengths), indexRange(extent.end, lengths)];
  return Math.max(0, Math.min(whole, end.high) - Math.max(0, start.low));
}

function product(factors: readonly number[]): number {
  return factors.reduce((result, factor) => result * factor, 1);
}

/** The stages of a program, in the order in which they run. */
export function programStages(program: Program): StageFigures[] {
  const stages = new Map<string, { place: string; stage: number; kernels: string[] }>();
  const visit = (place: string, instructions: readonly Instruction[]): void => {
    for (const instruction of instructions) {
      if (instruction.op === "loop") visit(place === "run" ? "loop" : `${place}/loop`, instruction.body);
      if (instruction.op !== "kernel") continue;
      const { name, stage } = instruction.kernel;
      const key = `${place} ${stage}`;
      const known = stages.get(key) ?? { place, stage, kernels: [] };
      stages.set(key, known);
      known.kernels.push(name);
    }
  };
  visit("load", program.prepare);
  visit("run", program.body);
  return [...stages.values()];
}
