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

export function loadOf(buffer: Buffer, index: readonly Expr[]): Expr {
  return { op: "load", kind: elementKind(buffer), buffer, index };
}
