/**
 * The kind that an operation gives for arguments of given kinds. An integer may stand where a real may; an expression may
 * also claim `real` where this table says `int` (the text form then writes `real(...)`), never the other way round.
 */
import type { Accumulator, BinaryFunction, Buffer, Expr, ExprKind, UnaryFunction } from "./kernel.js";

const real = (): ExprKind => "real";
const same = (kind: ExprKind): ExprKind => kind;

const unaryKinds: { readonly [F in UnaryFunction]: (arg: ExprKind) => ExprKind } = {
  negate: same,
  absolute: same,
  exp: real,
  log: real,
  log1p: real,
  sqrt: real,
  sin: real,
  cos: real,
  tanh: real,
  sigmoid: real,
  erf: real,
  floor: () => "int",
  not: () => "condition",
};

const arithmetic = (left: ExprKind, right: ExprKind): ExprKind => (left === "int" && right === "int" ? "int" : "real");
const test = (): ExprKind => "condition";

const binaryKinds: { readonly [F in BinaryFunction]: (left: ExprKind, right: ExprKind) => ExprKind } = {
  add: arithmetic,
  multiply: arithmetic,
  subtract: arithmetic,
  divide: () => "real",
  modulo: arithmetic,
  power: () => "real",
  minimum: arithmetic,
  maximum: arithmetic,
  less: test,
  lessEqual: test,
  equal: test,
  notEqual: test,
  and: test,
  or: test,
};

export function unaryKind(f: UnaryFunction, arg: ExprKind): ExprKind {
  return unaryKinds[f](arg);
}

export function binaryKind(f: BinaryFunction, left: ExprKind, right: ExprKind): ExprKind {
  return binaryKinds[f](left, right);
}

export function elementKind(buffer: Buffer): ExprKind {
  return buffer.element === "float32" ? "real" : "int";
}

export function accumulatorKind(accumulator: Accumulator, part: "values" | "ids" | undefined): ExprKind {
  if (accumulator.f === "argmax" || part === "ids") return "int";
  const { start, value } = accumulator;
  return start !== undefined && start.kind !== value.kind ? "real" : value.kind;
}

/** What the kind of an expression follows to be from its parts. */
export function naturalKind(expr: Expr): ExprKind {
  switch (expr.op) {
    case "number":
    case "axis":
    case "length":
    case "draw":
      return expr.kind;
    case "load":
      return elementKind(expr.buffer);
    case "unary":
      return unaryKind(expr.f, expr.arg.kind);
    case "binary":
      return binaryKind(expr.f, expr.left.kind, expr.right.kind);
    case "select":
      return expr.yes.kind === expr.no.kind ? expr.yes.kind : "real";
    case "result": {
      const accumulator = expr.reduction.accumulators[expr.slot];
      return accumulator === undefined ? expr.kind : accumulatorKind(accumulator, expr.part);
    }
  }
}
