/**
 * Whether a program's memory can be had: each buffer is one array, and all that have a fixed size lie in one block besides.
 * What depends on the lengths of a run is asked of the engine when it runs.
 */
import { lengthText, staticLength } from "../graph/length.js";
import type { Buffer } from "../kernel/kernel.js";
import type { Program } from "./program.js";
import { programBuffers } from "./traverse.js";

/** 4 GiB, the largest array that engines have: of weights, 4 bytes each, and of everything else, 8 bytes each. */
const largest = { weights: 2 ** 30, others: 2 ** 29 };

export interface Excess {
  /** What is too large, with its size. */
  readonly what: string;
  readonly limit: number;
}

/** What is more than memory can hold; undefined where all of it fits. */
export function memoryExcess(program: Program): Excess | undefined {
  const parameters = program.parameters.map(({ name, shape }) => ({ what: `the parameter ${name} has ${shape.join(" x ")} elements`, count: product(shape), limit: largest.weights }));
  const buffers = [...programBuffers(program)].filter(({ role }) => role !== "parameter").map((buffer) => ({
    what: `${buffer.role === "output" ? "the output" : buffer.role === "input" ? "the input" : "the value"} ${buffer.name} has ${buffer.shape.map(lengthText).join(" x ")} elements`,
    count: elements(buffer),
    limit: buffer.role === "prepared" ? largest.weights : largest.others,
  }));
  const arena = { what: `all values together have ${program.arena?.fixed ?? 0} elements`, count: program.arena?.fixed ?? 0, limit: largest.others };
  const [first] = [...parameters, ...buffers, arena].filter(({ count, limit }) => count > limit).sort((a, b) => b.count - a.count);
  return first;
}

/** A free length counts as 1. */
function elements(buffer: Buffer): number {
  return product(buffer.shape.map((length) => staticLength(length) ?? 1));
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}
