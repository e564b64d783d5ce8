/** Scalar functions of generated modules, exact to about float32. */

export const expText = `
const exp = Math.exp;
`.trimStart();

export const tanhText = `
const tanh = Math.tanh;
`.trimStart();

export const sigmoidText = `
function sigmoid(x) {
  return 1 / (1 + Math.exp(-x));
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
