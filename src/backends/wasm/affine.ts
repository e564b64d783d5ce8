/**
 * Integer expressions as sums: a constant and whole multiples of variables. Addresses are made of them: what does not change
 * in a loop is added before it, a multiple of a loop's variable becomes a pointer that moves on with each turn, and the
 * constant goes into the instruction.
 */
import type { Local } from "./encoder/instructions.js";
import type { Scope } from "./scope.js";

/** A number that is known in a scope and below. */
export interface Variable {
  readonly id: number;
  readonly scope: Scope;
  /** How many turns the loop of the scope has made; without it, a local. */
  readonly local: Local | undefined;
  /** Never below 0. */
  readonly natural: boolean;
}

export interface Affine {
  readonly constant: number;
  /** None of the coefficients is 0. */
  readonly terms: ReadonlyMap<Variable, number>;
}

export function constantAffine(constant: number): Affine {
  return { constant, terms: new Map() };
}

export function variableAffine(variable: Variable, coefficient = 1): Affine {
  return { constant: 0, terms: new Map([[variable, coefficient]]) };
}

export function addAffine(a: Affine, b: Affine): Affine {
  const terms = new Map(a.terms);
  for (const [variable, coefficient] of b.terms) {
    const sum = (terms.get(variable) ?? 0) + coefficient;
    if (sum === 0) terms.delete(variable);
    else terms.set(variable, sum);
  }
  return { constant: a.constant + b.constant, terms };
}

export function scaleAffine(a: Affine, factor: number): Affine {
  if (factor === 0) return constantAffine(0);
  return { constant: a.constant * factor, terms: new Map([...a.terms].map(([variable, coefficient]) => [variable, coefficient * factor])) };
}

export function sameTerms(a: Affine, b: Affine): boolean {
  return a.terms.size === b.terms.size && [...a.terms].every(([variable, coefficient]) => b.terms.get(variable) === coefficient);
}

/** Terms as text, the same for the same sums. */
export function termsKey(terms: ReadonlyMap<Variable, number>): string {
  return [...terms].sort(([a], [b]) => a.id - b.id).map(([{ id }, coefficient]) => `${coefficient}*${id}`).join("+");
}

/** Whether every term is at least 0. */
export function isNatural(a: Affine): boolean {
  return [...a.terms].every(([variable, coefficient]) => variable.natural && coefficient > 0);
}

/** The quotient rounded down: exactly, if the divisor divides all coefficients; or where what it leaves cannot reach it. */
export function floorDivideAffine(a: Affine, divisor: number): Affine | undefined {
  if (!divides(a, divisor)) return undefined;
  return { constant: Math.floor(a.constant / divisor), terms: new Map([...a.terms].map(([variable, coefficient]) => [variable, coefficient / divisor])) };
}

/** The remainder, if it is a constant. The sign of `%` is that of the number: all terms must be from 0 up. */
export function moduloAffine(a: Affine, divisor: number): Affine | undefined {
  if (!divides(a, divisor) || a.constant < 0 || !isNatural(a)) return undefined;
  return constantAffine(a.constant % divisor);
}

function divides(a: Affine, divisor: number): boolean {
  return Number.isInteger(divisor) && divisor > 0 && [...a.terms.values()].every((coefficient) => coefficient % divisor === 0);
}
