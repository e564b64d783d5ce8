/**
 * e^x, the sigmoid and tanh of four numbers at once.
 *
 * e^x = 2^n p(r) with n = floor(x / ln 2) and r = x - n ln 2 from 0 to ln 2 (Cody & Waite, "Software Manual for the Elementary
 * Functions", 1980). p is a polynomial with p(0) = 1 whose other coefficients, all positive, were fitted for the least
 * relative error: 8.2e-8 of degree 5, 1.2e-8 of degree 6. For e^x itself ln 2 is taken in two parts, of which n times the
 * first is exact; the other two need that not, since where n is large they hardly change.
 *
 * All three are monotone, number by number: for one n every step of the evaluation is a sum or a product of numbers from 0
 * up that grow with r, and rounding keeps the order; at the borders p is kept from 1 to 2, so that 2^n p(r) of one n never
 * exceeds that of the next; sums and quotients keep it again. tanh is odd, since it is computed of |x|.
 *
 * Above 88.7 e^x is infinite, below -87.3, where results would not be normal numbers, 0. The functions pmin and pmax let NaN
 * pass when it stands on the left.
 */
import { get, plain, set, tee, vectorOfFloats, vectorOfInts, type Code, type Instruction, type Local, type VectorConstant } from "./encoder/instructions.js";

const degree5 = [1.0000059604644775, 0.49987083673477173, 0.16755490005016327, 0.03906264901161194, 0.011669366620481014];
const degree6 = [0.9999998211860657, 0.500005841255188, 0.16661013662815094, 0.04191497713327408, 0.00779229449108243, 0.0019487591926008463];

const ln2 = { high: 0.693359375, low: -2.12194440e-4, whole: Math.LN2 };
/** Adding it to a whole number leaves the number, and the exponent's bias, in the lowest bits. */
const toExponent = 1.5 * 2 ** 23 + 127;
const bounds = { low: -88, high: 89 };

/** How the code is made: with or without relaxed SIMD, and where constants come from. */
export interface ExponentialContext {
  readonly relaxed: boolean;
  /** In a loop, a constant that was put into a local before it. */
  constant(constant: VectorConstant): Code;
}

/**
 * 2^n p(r) of the vector on the stack, which lies within the bounds.
 * @param exact whether n is right also next to the borders, where x / ln 2 was rounded: 2e-6 of results there
 */
function power(coefficients: readonly number[], exact: boolean, { relaxed, constant }: ExponentialContext): Code {
  const float = (value: number): Code => constant(vectorOfFloats(value));
  const x: Local = { type: "v128", name: "x" };
  const n: Local = { type: "v128", name: "n" };
  const r: Local = { type: "v128", name: "r" };
  const part = (of: number): Code => [get(n), ...float(of), plain("f32x4.mul"), plain("f32x4.sub")];
  const rest: Code = exact ? [get(x), ...part(ln2.high), ...part(ln2.low)] : [get(x), ...part(ln2.whole)];
  const code: Instruction[] = [tee(x), ...float(Math.LOG2E), plain("f32x4.mul")];
  // Never too small; and one too large where nothing would be left.
  if (exact) code.push(...float(3e-5), plain("f32x4.add"), plain("f32x4.floor"), tee(n), ...rest, ...float(0), plain("f32x4.lt"), ...float(1), plain("v128.and"), plain("f32x4.sub"), set(n));
  else code.push(plain("f32x4.floor"), set(n));
  code.push(...rest, ...float(0), plain("f32x4.pmax"), set(r), ...polynomial([1, ...coefficients], r, { relaxed, constant }));
  code.push(...float(2), plain("f32x4.pmin"));
  code.push(get(n), ...float(toExponent), plain("f32x4.add"), { op: "i32.const", value: 23 }, plain("i32x4.shl"), plain("f32x4.mul"));
  return code;
}

/**
 * By Estrin's rule, which does not wait for one product after another: with r^2, r^4, .. at hand, pairs of terms are added,
 * then pairs of these.
 */
function polynomial(coefficients: readonly number[], power: Local, context: ExponentialContext): Code {
  const { relaxed, constant } = context;
  const code: Instruction[] = [];
  const keep = (value: Code, name: string): Code => {
    const local: Local = { type: "v128", name };
    code.push(...value, set(local));
    return [get(local)];
  };
  let terms: Code[] = coefficients.map((coefficient) => constant(vectorOfFloats(coefficient)));
  for (let factor = power; ; ) {
    const pairs: Code[] = [];
    for (let i = 0; i < terms.length; i += 2) {
      const [low = [], high] = [terms[i], terms[i + 1]];
      if (high === undefined) pairs.push(low);
      else pairs.push(keep(relaxed ? [get(factor), ...high, ...low, plain("f32x4.relaxed_madd")] : [get(factor), ...high, plain("f32x4.mul"), ...low, plain("f32x4.add")], "terms"));
    }
    terms = pairs;
    if (terms.length <= 1) break;
    const square: Local = { type: "v128", name: "square" };
    code.push(get(factor), get(factor), plain("f32x4.mul"), set(square));
    factor = square;
  }
  return [...code, ...(terms[0] ?? [])];
}

/** Each of the vector in a local. */
export const exponentials: { readonly [F in "exp" | "tanh" | "sigmoid"]: (x: Local, context: ExponentialContext) => Code } = {
  exp: (x, context) => [get(x), ...clampLow(context), ...clampHigh(context), ...power(degree6, true, context)],
  sigmoid: (x, context) => {
    const one = context.constant(vectorOfFloats(1));
    return [...one, get(x), plain("f32x4.neg"), ...clampLow(context), ...clampHigh(context), ...power(degree5, false, context), ...one, plain("f32x4.add"), plain("f32x4.div")];
  },
  tanh: (x, context) => {
    const size: Local = { type: "v128", name: "size" };
    const e: Local = { type: "v128", name: "e" };
    const one = context.constant(vectorOfFloats(1));
    return [
      get(x), plain("f32x4.abs"), tee(size), ...context.constant(vectorOfFloats(-2)), plain("f32x4.mul"), ...clampLow(context), ...power(degree5, false, context), set(e),
      ...one, get(e), plain("f32x4.sub"), get(e), ...one, plain("f32x4.add"), plain("f32x4.div"),
      // No tanh is larger than its number.
      get(size), plain("f32x4.pmin"), get(x), ...context.constant(vectorOfInts(-2147483648)), plain("v128.and"), plain("v128.or"),
    ];
  },
};

function clampLow({ constant }: ExponentialContext): Code {
  return [...constant(vectorOfFloats(bounds.low)), plain("f32x4.pmax")];
}

function clampHigh({ constant }: ExponentialContext): Code {
  return [...constant(vectorOfFloats(bounds.high)), plain("f32x4.pmin")];
}
