/** Scalar functions of generated modules. */

/**
 * e^x without a call: with n the integer nearest to 64 x / ln 2 and r = x - n ln2/64, it is 2^(n >> 6) * 2^((n & 63)/64) * e^r
 * with |r| <= .0055, within 6e-16 of Math.exp (bench/KERNELS.md). x is clamped to -700 and 720, which is as good as infinite
 * inside a sigmoid or a tanh: e^720 overflows to Infinity. NaN stays NaN. Adding and subtracting 1.5 * 2^52 rounds to the
 * nearest integer.
 */
export const clampedExpStatements: readonly string[] = [
  "const x = arg > 720 ? 720 : arg < -700 ? -700 : arg;",
  "const n = x * 92.33248261689366 + 6755399441055744 - 6755399441055744;",
  "const k = n | 0;",
  "const r = x - n * 0.01083042469326756 - n * 2.9815858269852933e-12;",
  "const rr = r * r;",
];

/** Of the names in those statements. */
export const clampedExpResult = "expRoot[k & 63] * expPower[(k >> 6) + 1050] * ((1 + r) + rr * ((0.5 + r * 0.16666666666666666) + rr * (0.041666666666666664 + r * 0.008333333333333333)))";

export const clampedExpText = `
const expRoot = Float64Array.from({ length: 64 }, (_, i) => 2 ** (i / 64));
const expPower = Float64Array.from({ length: 2100 }, (_, i) => 2 ** (i - 1050));

function clampedExp(arg) {
${clampedExpStatements.map((line) => `  ${line}`).join("\n")}
  return ${clampedExpResult};
}
`.trimStart();

/** Where e^x itself is the result, what lies out of range is left to Math.exp. */
export const expText = `
function exp(x) {
  return x > -700 && x < 700 ? clampedExp(x) : Math.exp(x);
}
`.trimStart();

/**
 * Near 0 the Taylor series, so that small results keep their digits; further out a Chebyshev fit of erfc, whose relative
 * error is 1.2e-7 (Press et al., Numerical Recipes, 6.2).
 */
export const erfText = `
function erf(x) {
  const z = Math.abs(x);
  if (z < 1) {
    const s = x * x;
    let sum = 0;
    let term = 1;
    for (let n = 0; n < 14; n++) {
      sum += term / (2 * n + 1);
      term *= -s / (n + 1);
    }
    return 1.1283791670955126 * x * sum;
  }
  const t = 1 / (1 + 0.5 * z);
  const fit = -1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 +
    t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  const rest = t * Math.exp(fit - z * z);
  return x > 0 ? 1 - rest : rest - 1;
}
`.trimStart();
