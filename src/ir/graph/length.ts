/**
 * Lengths of named dimensions.
 *
 * A length is a linear form over the lengths that are only known when a model runs ("time", "source"), with floor
 * division: `2*time+1`, `floor((time+2)/2)`. Forms are kept in a canonical order, so two lengths are provably equal
 * exactly when their texts are equal. Everything that decides whether two dimensions may meet goes through here.
 */

/** constant + sum of coefficient * atom; the terms are sorted by their text and no coefficient is 0. */
export interface Length {
  readonly constant: number;
  readonly terms: readonly LengthTerm[];
}

export interface LengthTerm {
  readonly coefficient: number;
  readonly atom: LengthAtom;
}

/** What a linear form is made of: a length that is free until the model runs, or floor(numerator / divisor). */
export type LengthAtom =
  | { readonly kind: "free"; readonly name: string }
  | { readonly kind: "quotient"; readonly numerator: Length; readonly divisor: number };

/** The value of each free length, by name. */
export type Lengths = (name: string) => number;

export function fixedLength(n: number): Length {
  return { constant: n, terms: [] };
}

export function freeLength(name: string): Length {
  return { constant: 0, terms: [{ coefficient: 1, atom: { kind: "free", name } }] };
}

/** The number, if the length does not depend on the run. */
export function staticLength(length: Length): number | undefined {
  return length.terms.length === 0 ? Math.max(0, length.constant) : undefined;
}

/** How many elements there are of a shape; undefined where that depends on the run. */
export function staticElements(shape: readonly Length[]): number | undefined {
  let count = 1;
  for (const size of shape) {
    const n = staticLength(size);
    if (n === undefined) return undefined;
    count *= n;
  }
  return count;
}

function combine(constant: number, terms: readonly LengthTerm[]): Length {
  const byText = new Map<string, LengthTerm>();
  for (const term of terms) {
    const text = atomText(term.atom);
    const coefficient = (byText.get(text)?.coefficient ?? 0) + term.coefficient;
    byText.set(text, { coefficient, atom: term.atom });
  }
  const kept = [...byText].filter(([, term]) => term.coefficient !== 0);
  kept.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return { constant, terms: kept.map(([, term]) => term) };
}

export function addLengths(a: Length, b: Length): Length {
  return combine(a.constant + b.constant, [...a.terms, ...b.terms]);
}

export function scaleLength(a: Length, factor: number): Length {
  return combine(a.constant * factor, a.terms.map(({ coefficient, atom }) => ({ coefficient: coefficient * factor, atom })));
}

export function subtractLengths(a: Length, b: Length): Length {
  return addLengths(a, scaleLength(b, -1));
}

/** floor(a / divisor), for a whole divisor above 0. Whole multiples of the divisor leave the quotient. */
export function floorDivideLength(a: Length, divisor: number): Length {
  if (divisor === 1) return a;
  const whole: LengthTerm[] = [];
  const rest: LengthTerm[] = [];
  for (const { coefficient, atom } of a.terms) {
    const quotient = Math.floor(coefficient / divisor);
    if (quotient !== 0) whole.push({ coefficient: quotient, atom });
    const remainder = coefficient - quotient * divisor;
    if (remainder !== 0) rest.push({ coefficient: remainder, atom });
  }
  const constant = Math.floor(a.constant / divisor);
  if (rest.length === 0) return combine(constant, whole);
  const numerator = combine(a.constant - constant * divisor, rest);
  return combine(constant, [...whole, { coefficient: 1, atom: { kind: "quotient", numerator, divisor } }]);
}

/** The length when some of the free ones are known. */
export function fixFreeLengths(length: Length, fixed: ReadonlyMap<string, number>): Length {
  let result = fixedLength(length.constant);
  for (const { coefficient, atom } of length.terms) {
    let value: Length;
    if (atom.kind === "quotient") value = floorDivideLength(fixFreeLengths(atom.numerator, fixed), atom.divisor);
    else {
      const known = fixed.get(atom.name);
      value = known === undefined ? freeLength(atom.name) : fixedLength(known);
    }
    result = addLengths(result, scaleLength(value, coefficient));
  }
  return result;
}

export function sameLength(a: Length, b: Length): boolean {
  return lengthText(a) === lengthText(b);
}

/** The value of a length, given those of the free ones. A length is never below 0. */
export function evaluateLength(length: Length, free: Lengths): number {
  return Math.max(0, evaluateForm(length, free));
}

function evaluateForm(length: Length, free: Lengths): number {
  let total = length.constant;
  for (const { coefficient, atom } of length.terms) {
    total += coefficient * (atom.kind === "free" ? free(atom.name) : Math.floor(evaluateForm(atom.numerator, free) / atom.divisor));
  }
  return total;
}

/** The free lengths that a length is computed from. */
export function freeNames(length: Length): Set<string> {
  const names = new Set<string>();
  for (const { atom } of length.terms) {
    if (atom.kind === "free") names.add(atom.name);
    else for (const name of freeNames(atom.numerator)) names.add(name);
  }
  return names;
}

/** The canonical text: `7`, `time`, `2*time+1`, `floor((time+2)/2)-1`. */
export function lengthText(length: Length): string {
  let text = "";
  for (const { coefficient, atom } of length.terms) {
    const sign = coefficient < 0 ? "-" : text === "" ? "" : "+";
    const factor = Math.abs(coefficient) === 1 ? "" : `${Math.abs(coefficient)}*`;
    text += `${sign}${factor}${atomText(atom)}`;
  }
  if (text === "") return String(length.constant);
  if (length.constant === 0) return text;
  return `${text}${length.constant < 0 ? "-" : "+"}${Math.abs(length.constant)}`;
}

function atomText(atom: LengthAtom): string {
  return atom.kind === "free" ? atom.name : `floor((${lengthText(atom.numerator)})/${atom.divisor})`;
}
