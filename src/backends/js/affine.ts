/**
 * Integer expressions as sums: a constant and whole multiples of named integers. Addresses are made of them: what does not
 * change in a loop is added before it, and addresses that differ by a constant share all the rest.
 */
export interface Affine {
  readonly constant: number;
  /** Coefficients by the name of a local variable; none is 0. */
  readonly terms: ReadonlyMap<string, number>;
}

export function constantAffine(constant: number): Affine {
  return { constant, terms: new Map() };
}

export function atomAffine(name: string, coefficient = 1): Affine {
  return { constant: 0, terms: new Map([[name, coefficient]]) };
}

export function addAffine(a: Affine, b: Affine): Affine {
  if (b.terms.size === 0) return { constant: a.constant + b.constant, terms: a.terms };
  const terms = new Map(a.terms);
  for (const [name, coefficient] of b.terms) {
    const sum = (terms.get(name) ?? 0) + coefficient;
    if (sum === 0) terms.delete(name);
    else terms.set(name, sum);
  }
  return { constant: a.constant + b.constant, terms };
}

export function scaleAffine(a: Affine, factor: number): Affine {
  if (factor === 0) return constantAffine(0);
  return { constant: a.constant * factor, terms: new Map([...a.terms].map(([name, coefficient]) => [name, coefficient * factor])) };
}

/** The quotient rounded down, if the divisor divides every coefficient. */
export function floorDivideAffine(a: Affine, divisor: number): Affine | undefined {
  if (!divides(a, divisor)) return undefined;
  return { constant: Math.floor(a.constant / divisor), terms: new Map([...a.terms].map(([name, coefficient]) => [name, coefficient / divisor])) };
}

/** The remainder, if it is a constant. The sign of `%` is that of the number: all names must stand for numbers from 0 up. */
export function moduloAffine(a: Affine, divisor: number, isNatural: (name: string) => boolean): Affine | undefined {
  if (!divides(a, divisor) || a.constant < 0) return undefined;
  for (const [name, coefficient] of a.terms) if (coefficient < 0 || !isNatural(name)) return undefined;
  return constantAffine(a.constant % divisor);
}

function divides(a: Affine, divisor: number): boolean {
  return Number.isInteger(divisor) && divisor > 0 && [...a.terms.values()].every((coefficient) => coefficient % divisor === 0);
}
