/** Expressions that weights and vectors are quantised with, the same for both. */
import { staticLength } from "../../ir/graph/length.js";
import type { Axis, Expr } from "../../ir/kernel/kernel.js";
import { binary, wholeNumber } from "./expressions.js";
import type { Blocks } from "./quantised-blocks.js";

export function absolute(arg: Expr): Expr {
  return { op: "unary", kind: "real", f: "absolute", arg };
}

export const zero: Expr = { op: "number", kind: "real", value: 0 };

/**
 * With a scale below this, numbers are taken for 0: their quotients would be neither exact nor safely within limits. What that
 * leaves out of a sum of products is far below what float32 can tell from 0.
 */
const leastScale: Expr = { op: "number", kind: "real", value: 2 ** -100 };

/**
 * The integer that stands for a value. With a scale that is NaN or Infinity, because some value of its block is, it is 0, and
 * 0 times that scale is NaN: so is then all that the block is multiplied with.
 */
export function rounded(value: Expr, scale: Expr): Expr {
  const one: Expr = { op: "number", kind: "real", value: 1 };
  const half: Expr = { op: "number", kind: "real", value: 0.5 };
  const inverse: Expr = { op: "select", kind: "real", condition: binary("less", "condition", scale, leastScale), yes: zero, no: binary("divide", "real", one, scale) };
  return { op: "unary", kind: "int", f: "floor", arg: binary("add", "real", binary("multiply", "real", value, inverse), half) };
}

/** The value at a position of an axis, and 0 behind its end, where the last block is longer than what is left. */
export function within(position: Expr, { extent }: Axis, { count, size }: Blocks, value: Expr): Expr {
  const length = staticLength(extent.length) ?? 0;
  if (count * size === length) return value;
  return { op: "select", kind: "real", condition: binary("less", "condition", position, wholeNumber(length)), yes: value, no: zero };
}
