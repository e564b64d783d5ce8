/**
 * Special functions that JavaScript lacks, to the accuracy of float64. They define what the graph's ops mean, so they are
 * written to be checked by eye; generated code has its own, faster ones.
 */

const twoOverRootPi = 2 / Math.sqrt(Math.PI);

/** Beyond this, 1 - erf(x) is less than half of the spacing of numbers below 1. */
const saturation = 6;

/** Where the series (many terms for large x) gives way to the continued fraction (many terms for small x). */
const crossover = 2.5;

/** The error function: 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x. */
export function erf(x: number): number {
  if (Number.isNaN(x) || x === 0) return x;
  const size = Math.abs(x);
  const value = size >= saturation ? 1 : size < crossover ? erfSeries(size) : 1 - erfcFraction(size);
  return x < 0 ? -value : value;
}

/** 2/sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (1*3*...*(2n+1)). All terms are positive, so nothing cancels. */
function erfSeries(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; term > total * 1e-18; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return twoOverRootPi * Math.exp(-x * x) * total;
}

/** erfc(x) = exp(-x^2)/sqrt(pi) / (x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ...)))), for x well above 0. */
function erfcFraction(x: number): number {
  let tail = x;
  for (let n = 100; n >= 1; n--) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail;
}

/** 1 / (1 + e^-x). Where e^-x overflows, the quotient is the right answer: 0. */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
