/**
 * e^x, the sigmoid and tanh of four numbers at once.
 *
 * The sigmoid and tanh need 2^t with t = -x / ln 2 and -2|x| / ln 2: 2^n p(f) with n = floor(t) and f = t - n, which is exact,
 * from 0 to 1. For e^x itself t would be too rough where it is large: there, 2^n p(r) with n = floor(x / ln 2) and
 * r = x - n ln 2 from 0 to ln 2, where ln 2 is taken in two parts, of which n times the first is exact (Cody & Waite,
 * "Software Manual for the Elementary Functions", 1980). The p are polynomials with p(0) = 1 whose other coefficients, all
 * positive, were fitted for the least relative error: 8.2e-8 for 2^f, of degree 5, and 1.2e-8 for e^r, of degree 6.
 *
 * All three are monotone, number by number: for one n every step of the evaluation is a sum or a product of numbers from 0
 * up that grow with f or r, and rounding keeps the order. At the borders 2^n p of one n never exceeds that of the next: p(1)
 * of 2^f comes to a little less than 2, that of e^r is kept from 1 to 2. Sums and quotients keep the order again. tanh is
 * odd, since it is computed of |x|.
 *
 * Above 88.7 e^x is infinite, below -87.3, where results would not be normal numbers, 0. The functions pmin and pmax let NaN
 * pass when it stands on the left.
 */
import { get, plain, set, tee, vectorOfFloats, vectorOfInts, type Code, type Local, type VectorConstant } from "./encoder/instructions.js";

/** Of 2^f. */
const base2 = [0.6931512951850891, 0.24016444385051727, 0.055799953639507294, 0.009016978554427624, 0.0018671522848308086];
/** Of e^r. */
const baseE = [0.9999998211860657, 0.500005841255188, 0.16661013662815094, 0.04191497713327408, 0.00779229449108243, 0.0019487591926008463];

const ln2 = { high: 0.693359375, low: -2.12194440e-4 };
/** Adding it to a whole number leaves the number, and the exponent's bias, in the lowest bits. */
const toExponent = 1.5 * 2 ** 23 + 127;
/** Where e^x is 0 and infinite in float32, and where 2^t is the smallest normal number and infinite. */
const bounds = { baseE: { low: -88, high: 89 }, base2: { low: -126, high: 128 } };

/** How the code is made: with or without relaxed SIMD, and where constants come from. */
export interface ExponentialContext {
  readonly relaxed: boolean;
  /** In a loop, a constant that was put into a local before it. */
  constant(constant: VectorConstant): Code;
}

/** 2^t of the vector on the stack, which lies within the bounds. */
function powerOf2(context: ExponentialContext): Code {
  const [t, n, f] = [vectorLocal("t"), vectorLocal("n"), vectorLocal("f")];
  return [tee(t), get(t), plain("f32x4.floor"), tee(n), plain("f32x4.sub"), set(f), ...polynomial([1, ...base2], f, context), ...scaled(n, context)];
}

/** e^x of the vector on the stack, which lies within the bounds. n is right also next to the borders, where x / ln 2 was rounded: 2e-6 of results there. */
function powerOfE(context: ExponentialContext): Code {
  const float = (value: number): Code => context.constant(vectorOfFloats(value));
  const [x, n, r] = [vectorLocal("x"), vectorLocal("n"), vectorLocal("r")];
  const part = (of: number): Code => [get(n), ...float(of), plain("f32x4.mul"), plain("f32x4.sub")];
  const rest: Code = [get(x), ...part(ln2.high), ...part(ln2.low)];
  // Never too small; and one too large where nothing would be left.
  const whole: Code = [...float(3e-5), plain("f32x4.add"), plain("f32x4.floor"), tee(n), ...rest, ...float(0), plain("f32x4.lt"), ...float(1), plain("v128.and"), plain("f32x4.sub"), set(n)];
  return [
    tee(x), ...float(Math.LOG2E), plain("f32x4.mul"), ...whole, ...rest, ...float(0), plain("f32x4.pmax"), set(r),
    ...polynomial([1, ...baseE], r, context), ...float(2), plain("f32x4.pmin"), ...scaled(n, context),
  ];
}

/** The vector on the stack times 2^n. */
function scaled(n: Local, { constant }: ExponentialContext): Code {
  return [get(n), ...constant(vectorOfFloats(toExponent)), plain("f32x4.add"), { op: "i32.const", value: 23 }, plain("i32x4.shl"), plain("f32x4.mul")];
}

function vectorLocal(name: string): Local {
  return { type: "v128", name };
}

/**
 * By Horner's rule in x^2, of pairs of terms, which are made while others wait: nearly as soon done as by Estrin's rule, with
 * fewer products.
 */
function polynomial(coefficients: readonly number[], x: Local, { relaxed, constant }: ExponentialContext): Code {
  const square = vectorLocal("square");
  const float = (value: number): Code => constant(vectorOfFloats(value));
  /** The number on the stack times a factor, and a term more. */
  const step = (factor: Local, term: Code): Code => [get(factor), ...(relaxed ? [...term, plain("f32x4.relaxed_madd")] : [plain("f32x4.mul"), ...term, plain("f32x4.add")])];
  const pairs: Code[] = [];
  for (let i = 0; i < coefficients.length; i += 2) {
    const [low = 0, high] = coefficients.slice(i, i + 2);
    pairs.unshift(high === undefined ? float(low) : [...float(high), ...step(x, float(low))]);
  }
  const [first = [], ...others] = pairs;
  return [get(x), get(x), plain("f32x4.mul"), set(square), ...first, ...others.flatMap((pair) => step(square, pair))];
}

/** Each of the vector in a local. */
export const exponentials: { readonly [F in "exp" | "tanh" | "sigmoid"]: (x: Local, context: ExponentialContext) => Code } = {
  exp: (x, context) => [get(x), ...atLeast(bounds.baseE.low, context), ...atMost(bounds.baseE.high, context), ...powerOfE(context)],
  sigmoid: (x, context) => {
    const one = context.constant(vectorOfFloats(1));
    const t: Code = [get(x), ...context.constant(vectorOfFloats(-Math.LOG2E)), plain("f32x4.mul"), ...atLeast(bounds.base2.low, context), ...atMost(bounds.base2.high, context)];
    return [...one, ...t, ...powerOf2(context), ...one, plain("f32x4.add"), plain("f32x4.div")];
  },
  tanh: (x, context) => {
    const [sign, size, e] = [vectorLocal("sign"), vectorLocal("size"), vectorLocal("e")];
    const one = context.constant(vectorOfFloats(1));
    return [
      // An engine makes abs and neg of three instructions each.
      get(x), get(x), ...context.constant(vectorOfInts(-2147483648)), plain("v128.and"), tee(sign), plain("v128.xor"), tee(size),
      ...context.constant(vectorOfFloats(-2 * Math.LOG2E)), plain("f32x4.mul"), ...atLeast(bounds.base2.low, context), ...powerOf2(context), set(e),
      ...one, get(e), plain("f32x4.sub"), get(e), ...one, plain("f32x4.add"), plain("f32x4.div"),
      // No tanh is larger than its number.
      get(size), plain("f32x4.pmin"), get(sign), plain("v128.or"),
    ];
  },
};

function atLeast(bound: number, { constant }: ExponentialContext): Code {
  return [...constant(vectorOfFloats(bound)), plain("f32x4.pmax")];
}

function atMost(bound: number, { constant }: ExponentialContext): Code {
  return [...constant(vectorOfFloats(bound)), plain("f32x4.pmin")];
}
