/** Sizes of inputs and outputs as a caller sees them, and of buffers where no planner placed them. */
import { fixedLength, lengthText, staticElements, staticLength, type Length } from "../ir/graph/length.js";
import type { ValueType } from "../ir/graph/types.js";
import type { Buffer } from "../ir/kernel/kernel.js";
import type { Arena, Slot } from "../ir/program/program.js";
import { stringLiteral } from "./names.js";

/** A scalar has no axis of its own. */
export function valueSizes(type: ValueType): readonly Length[] {
  const shape = type.shape.length === 1 && type.shape[0] === 1 ? [] : type.shape;
  return [...type.dims.map((dim) => dim.length), ...shape.map(fixedLength)];
}

export function sizeText(size: Length): string {
  const n = staticLength(size);
  return n === undefined ? stringLiteral(lengthText(size)) : String(n);
}

/** The arena of a program that was not planned: each buffer of known size in a place of its own. */
export function separateArena(buffers: readonly Buffer[]): Arena {
  let fixed = 0;
  let all = true;
  const slots = buffers.map((buffer): Slot => {
    const count = staticElements(buffer.shape);
    const offset = count === undefined ? undefined : fixed;
    fixed += count ?? 0;
    all &&= count !== undefined;
    return { buffer, elements: buffer.shape, from: 0, to: 0, offset };
  });
  return { slots, fixed, size: all ? fixed : undefined };
}
