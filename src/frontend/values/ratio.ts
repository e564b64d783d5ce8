/**
 * Arithmetic on lengths: what `range("slot", 2 * length(xs) + 1)` or `floor(length(xs) * 1.5)` is as long as. A value that
 * was computed from lengths carries its form as a fraction of two whole things; floor turns it into a length again.
 */
import { addLengths, fixedLength, floorDivideLength, scaleLength, type Length } from "../../ir/graph/length.js";
import { Tensor, type Ratio, type Value } from "./values.js";

/** The largest divisor by which a static number is understood as a fraction. */
const largestDivisor = 1000;

/** A static number or a computed length as a fraction; undefined for anything else. */
export function ratioOf(value: Value): Ratio | undefined {
  if (value instanceof Tensor) return value.facts.ratio;
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  for (let divisor = 1; divisor <= largestDivisor; divisor++) {
    if (Number.isSafeInteger(value * divisor) && (value * divisor) / divisor === value) return { form: fixedLength(value * divisor), divisor };
  }
  return undefined;
}

/** Undefined where the numbers are too large to be exact. */
function reduced(form: Length, divisor: number): Ratio | undefined {
  if (![divisor, form.constant, ...form.terms.map(({ coefficient }) => coefficient)].every(Number.isSafeInteger)) return undefined;
  const common = form.terms.reduce((each, { coefficient }) => greatestCommonDivisor(each, coefficient), greatestCommonDivisor(divisor, form.constant));
  if (common === 1) return { form, divisor };
  const terms = form.terms.map(({ coefficient, atom }) => ({ coefficient: coefficient / common, atom }));
  return { form: { constant: form.constant / common, terms }, divisor: divisor / common };
}

function greatestCommonDivisor(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

export function addRatios(a: Ratio, b: Ratio): Ratio | undefined {
  return reduced(addLengths(scaleLength(a.form, b.divisor), scaleLength(b.form, a.divisor)), a.divisor * b.divisor);
}

export function negateRatio({ form, divisor }: Ratio): Ratio {
  return { form: scaleLength(form, -1), divisor };
}

/** A product is understood if one side is a number. */
export function multiplyRatios(a: Ratio, b: Ratio): Ratio | undefined {
  const [number, other] = a.form.terms.length === 0 ? [a, b] : [b, a];
  if (number.form.terms.length > 0) return undefined;
  return reduced(scaleLength(other.form, number.form.constant), other.divisor * number.divisor);
}

export function divideRatio(a: Ratio, b: Ratio): Ratio | undefined {
  if (b.form.terms.length > 0 || b.form.constant === 0) return undefined;
  const sign = Math.sign(b.form.constant);
  return reduced(scaleLength(a.form, b.divisor * sign), a.divisor * b.form.constant * sign);
}

export function floorRatio({ form, divisor }: Ratio): Ratio {
  return { form: floorDivideLength(form, divisor), divisor: 1 };
}
