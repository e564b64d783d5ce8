/** The expressions that passes over programs make most. */
import { staticLength, type Length } from "../../ir/graph/length.js";
import type { Axis, BinaryFunction, Buffer, Expr, ExprKind } from "../../ir/kernel/kernel.js";
import { elementKind } from "../../ir/kernel/kinds.js";

export function axisOf(axis: Axis): Expr {
  return { op: "axis", kind: "int", axis };
}

export function wholeNumber(value: number): Expr {
  return { op: "number", kind: "int", value };
}

export function lengthOf(length: Length): Expr {
  const size = staticLength(length);
  return size === undefined ? { op: "length", kind: "int", length } : wholeNumber(size);
}

export function binary(f: BinaryFunction, kind: ExprKind, left: Expr, right: Expr): Expr {
  return { op: "binary", kind, f, left, right };
}

/** Of whole numbers: a whole number, a condition, or, of a division, a number. */
export function ofIntegers(f: BinaryFunction, left: Expr, right: Expr): Expr {
  return binary(f, tests.has(f) ? "condition" : f === "divide" ? "real" : "int", left, right);
}

const tests: ReadonlySet<BinaryFunction> = new Set<BinaryFunction>(["less", "lessEqual", "equal", "notEqual", "and", "or"]);

/** How often a whole number goes into another. */
export function quotientOf(expr: Expr, by: number): Expr {
  return { op: "unary", kind: "int", f: "floor", arg: ofIntegers("divide", expr, wholeNumber(by)) };
}

export function remainderOf(expr: Expr, by: number): Expr {
  return ofIntegers("modulo", expr, wholeNumber(by));
}

export function loadOf(buffer: Buffer, index: readonly Expr[]): Expr {
  return { op: "load", kind: elementKind(buffer), buffer, index };
}
