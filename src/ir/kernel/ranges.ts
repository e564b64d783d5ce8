/**
 * Between which numbers an index lies, as far as loops of known length and constants tell. Two accesses whose ranges along
 * some axis of a buffer do not meet are apart: parts of a joined vector are stored and read so.
 */
import { at } from "../../support/invariant.js";
import { evaluateLength, sameLength, staticLength, type Length, type Lengths } from "../graph/length.js";
import type { Buffer, Expr } from "./kernel.js";

export interface Range {
  readonly low: number;
  readonly high: number;
}

const anything: Range = { low: -Infinity, high: Infinity };

/** @param lengths what free lengths are, where that is known */
export function indexRange(expr: Expr, lengths?: Lengths): Range {
  const sizeOf = (length: Length): number | undefined => (lengths === undefined ? staticLength(length) : evaluateLength(length, lengths));
  switch (expr.op) {
    case "number":
      return { low: expr.value, high: expr.value };
    case "axis":
      return { low: 0, high: Math.max(0, (sizeOf(expr.axis.extent.length) ?? Infinity) - 1) };
    case "length": {
      const size = sizeOf(expr.length);
      return size === undefined ? { low: 0, high: Infinity } : { low: size, high: size };
    }
    case "unary": {
      const { low, high } = indexRange(expr.arg, lengths);
      if (expr.f === "negate") return { low: 0 - high, high: 0 - low };
      return expr.f === "floor" ? { low: Math.floor(low), high: Math.floor(high) } : anything;
    }
    case "binary": {
      const [a, b] = [indexRange(expr.left, lengths), indexRange(expr.right, lengths)];
      if (expr.f === "add") return { low: a.low + b.low, high: a.high + b.high };
      if (expr.f === "subtract") return { low: a.low - b.high, high: a.high - b.low };
      // By a constant above 0: what else there is need not be known.
      if (b.low !== b.high || b.low <= 0 || !Number.isFinite(b.low)) return anything;
      if (expr.f === "multiply") return { low: a.low * b.low, high: a.high * b.low };
      if (expr.f === "divide") return { low: a.low / b.low, high: a.high / b.low };
      return expr.f === "modulo" && a.low >= 0 ? { low: 0, high: b.low - 1 } : anything;
    }
    case "load":
    case "select":
    case "draw":
    case "result":
      return anything;
  }
}

/** Whether a place is certainly one of a buffer's, wherever its axes have a position. */
export function isInside({ shape }: Buffer, index: readonly Expr[]): boolean {
  return index.every((expr, axis) => {
    const length = at(shape, axis);
    if (expr.op === "axis" && sameLength(expr.axis.extent.length, length)) return true;
    const { low, high } = indexRange(expr);
    return low >= 0 && high < (staticLength(length) ?? 0);
  });
}

/** Whether two places of one buffer are never the same. */
export function areApart(a: readonly Expr[], b: readonly Expr[]): boolean {
  return a.some((expr, axis) => {
    const other = b[axis];
    if (other === undefined) return false;
    const [x, y] = [indexRange(expr), indexRange(other)];
    return x.high < y.low || y.high < x.low;
  });
}
