// exp(x) in float64 without a call: with n the integer nearest to 64 x / ln 2
// and r = x - n ln2/64, exp(x) = 2^(n>>6) * 2^((n&63)/64) * exp(r), |r| <= .0055.
// Within 6e-16 of Math.exp (relative). x is clamped to +-700, which is as good
// as infinite inside a sigmoid or a tanh; NaN stays NaN.
const root = Float64Array.from({ length: 64 }, (_, i) => 2 ** (i / 64));
const power = Float64Array.from({ length: 2100 }, (_, i) => 2 ** (i - 1050));

export function clampedExp(x) {
  x = x > 700 ? 700 : x < -700 ? -700 : x;
  const n = x * 92.33248261689366 + 6755399441055744 - 6755399441055744;
  const k = n | 0;
  const r = x - n * 0.01083042469326756 - n * 2.9815858269852933e-12;
  const rr = r * r;
  return root[k & 63] * power[(k >> 6) + 1050] *
    ((1 + r) + rr * ((0.5 + r * 0.16666666666666666) + rr * (0.041666666666666664 + r * 0.008333333333333333)));
}
