/**
 * What each elementwise op computes of numbers. Conditions are 0 and 1. An integer is a number without a fraction; whoever
 * stores one adds 0 to it, since integers have no negative zero. What leaves the range of int32 has no defined meaning.
 */
import type { BinaryOp, UnaryOp, VariadicOp } from "./node.js";
import { erf, sigmoid } from "./special.js";

const truth = (condition: boolean): number => (condition ? 1 : 0);

export const unaryFunctions: { readonly [F in UnaryOp]: (x: number) => number } = {
  negate: (x) => -x,
  absolute: Math.abs,
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  sigmoid,
  erf,
  floor: Math.floor,
  not: (x) => truth(x === 0),
  toReal: (x) => x,
  stopGradient: (x) => x,
};

export const binaryFunctions: { readonly [F in BinaryOp]: (a: number, b: number) => number } = {
  subtract: (a, b) => a - b,
  divide: (a, b) => a / b,
  modulo: (a, b) => a % b,
  power: (a, b) => a ** b,
  minimum: Math.min,
  maximum: Math.max,
  less: (a, b) => truth(a < b),
  lessEqual: (a, b) => truth(a <= b),
  equal: (a, b) => truth(a === b),
  notEqual: (a, b) => truth(a !== b),
  and: (a, b) => truth(a !== 0 && b !== 0),
  or: (a, b) => truth(a !== 0 || b !== 0),
};

/** Folded from the left: in float32 the order shows. */
export const variadicFunctions: { readonly [F in VariadicOp]: (a: number, b: number) => number } = {
  add: (a, b) => a + b,
  multiply: (a, b) => a * b,
};

/** NaN counts as larger than everything and as equal to itself; 0 and -0 are equal. */
export function isLarger(a: number, b: number): boolean {
  return Number.isNaN(a) ? !Number.isNaN(b) : a > b;
}
