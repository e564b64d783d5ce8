/**
 * Scalar functions in the JavaScript that gpu.js understands. Shading languages promise little about their own tanh, sin or
 * pow (a tanh may give NaN where its argument is large), so these are written in terms of what holds everywhere: exp, log,
 * products. Each gives statements and the expression of its result, to float32's accuracy on all of the range.
 */
import type { BinaryFunction, UnaryFunction } from "../../ir/kernel/kernel.js";

export interface FunctionText {
  readonly lines: readonly string[];
  readonly value: string;
}

/** Gives names of locals that nobody has. */
export type Fresh = (hint: string) => string;

type UnaryRule = (x: string, fresh: Fresh) => FunctionText;

const plain = (value: string): FunctionText => ({ lines: [], value });

/** a0 + x (a1 + x (a2 + ...)). */
function horner(x: string, coefficients: readonly number[]): string {
  const [first = 0, ...rest] = coefficients;
  return rest.length === 0 ? String(first) : `(${first} + ${x} * ${horner(x, rest)})`;
}

/** One of two expressions by a test; only the chosen one is computed. */
function either(test: string, yes: string, no: string, fresh: Fresh): FunctionText {
  const name = fresh("f");
  return { lines: [`let ${name} = 0.0;`, `if (${test}) {`, `  ${name} = ${yes};`, "} else {", `  ${name} = ${no};`, "}"], value: name };
}

/** Near 0 the series, so that small results keep their digits; elsewhere the form that saturates at -1 and 1. */
const tanh: UnaryRule = (x, fresh) =>
  either(`Math.abs(${x}) < 0.1`, `${x} * ${horner(`(${x} * ${x})`, [1, -1 / 3, 2 / 15, -17 / 315])}`, `2.0 / (1.0 + Math.exp(-2.0 * ${x})) - 1.0`, fresh);

const log1p: UnaryRule = (x, fresh) =>
  either(`Math.abs(${x}) < 0.1`, `${x} * ${horner(x, [1, -1 / 2, 1 / 3, -1 / 4, 1 / 5, -1 / 6, 1 / 7])}`, `Math.log(1.0 + ${x})`, fresh);

/** The Taylor series below 1; further out a Chebyshev fit of erfc (Press et al., Numerical Recipes, 6.2). */
const erf: UnaryRule = (x, fresh) => {
  const taylor: number[] = [];
  let factorial = 1;
  for (let n = 0; n < 12; n++) {
    taylor.push(((n % 2 === 0 ? 1 : -1) * 1.1283791670955126) / (factorial * (2 * n + 1)));
    factorial *= n + 1;
  }
  const fit = [-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277];
  const [name, z, t, rest] = [fresh("f"), fresh("z"), fresh("q"), fresh("rest")];
  return {
    lines: [
      `let ${name} = 0.0;`,
      `const ${z} = Math.abs(${x});`,
      `if (${z} < 1.0) {`,
      `  ${name} = ${x} * ${horner(`(${x} * ${x})`, taylor)};`,
      "} else {",
      `  const ${t} = 1.0 / (1.0 + 0.5 * ${z});`,
      `  const ${rest} = ${t} * Math.exp(${horner(t, fit)} - ${z} * ${z});`,
      `  if (${x} > 0.0) {`,
      `    ${name} = 1.0 - ${rest};`,
      "  } else {",
      `    ${name} = ${rest} - 1.0;`,
      "  }",
      "}",
    ],
    value: name,
  };
};

/** Taylor series of the sine (times x) and of the cosine, in x * x: good to 1e-7 up to a quarter of a turn. */
const series = {
  sin: [1, -1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800],
  cos: [1, -1 / 2, 1 / 24, -1 / 720, 1 / 40320, -1 / 3628800, 1 / 479001600],
} as const;

/**
 * Shading languages give three digits of a sine. Less the nearest multiple of pi, it is a short series, with a sign. Pi is a
 * sum of two numbers, of which the first has few digits, so that its multiples are exact.
 */
function turned(f: "sin" | "cos"): UnaryRule {
  return (x, fresh) => {
    const [n, r, sign] = [fresh("n"), fresh("r"), fresh("sign")];
    const lines = [
      `const ${n} = Math.floor(${x} * 0.3183098861837907 + 0.5);`,
      `const ${r} = ${x} - ${n} * 3.140625 - ${n} * 0.0009676535897932;`,
      `const ${sign} = 1.0 - 2.0 * (${n} - 2.0 * Math.floor(${n} * 0.5));`,
    ];
    return { lines, value: `(${sign} * ${f === "sin" ? `${r} * ` : ""}${horner(`(${r} * ${r})`, series[f])})` };
  };
}

export const unaryRules: { readonly [F in Exclude<UnaryFunction, "not" | "floor">]: UnaryRule } = {
  negate: (x) => plain(`(-${x})`),
  exp: (x) => plain(`Math.exp(${x})`),
  log: (x) => plain(`Math.log(${x})`),
  log1p,
  sqrt: (x) => plain(`Math.sqrt(${x})`),
  absolute: (x) => plain(`Math.abs(${x})`),
  sin: turned("sin"),
  cos: turned("cos"),
  tanh,
  sigmoid: (x) => plain(`(1.0 / (1.0 + Math.exp(-${x})))`),
  erf,
};

type BinaryRule = (a: string, b: string, fresh: Fresh) => FunctionText;

/** The remainder has the sign of the number, as in JavaScript. */
const modulo: BinaryRule = (a, b, fresh) => {
  const [size, by, rest] = [fresh("size"), fresh("by"), fresh("rest")];
  return {
    lines: [
      `const ${size} = Math.abs(${a});`,
      `const ${by} = Math.abs(${b});`,
      `let ${rest} = ${size} - Math.floor(${size} / ${by}) * ${by};`,
      `if (${rest} < 0.0) {`,
      `  ${rest} = ${rest} + ${by};`,
      "}",
      `if (${rest} >= ${by}) {`,
      `  ${rest} = ${rest} - ${by};`,
      "}",
      `if (${a} < 0.0) {`,
      `  ${rest} = -${rest};`,
      "}",
    ],
    value: rest,
  };
};

/** Shading languages have powers of positive numbers only. A whole exponent gives a sign to those of negative ones. */
const power: BinaryRule = (a, b, fresh) => {
  const exponent = Number(b.replace(/^\((.*)\)$/, "$1"));
  if (Number.isInteger(exponent) && exponent >= 1 && exponent <= 4) return plain(`(${Array.from({ length: exponent }, () => a).join(" * ")})`);
  const [name, half] = [fresh("f"), fresh("half")];
  return {
    lines: [
      `let ${name} = 1.0;`,
      `if (${b} !== 0.0) {`,
      `  ${name} = Math.pow(Math.abs(${a}), ${b});`,
      `  if (${a} === 0.0 && ${b} > 0.0) {`,
      `    ${name} = 0.0;`,
      "  }",
      `  if (${a} < 0.0) {`,
      `    const ${half} = Math.abs(${b}) * 0.5 - Math.floor(Math.abs(${b}) * 0.5);`,
      `    if (${half} === 0.5) {`,
      `      ${name} = -${name};`,
      `    } else {`,
      `      if (${half} !== 0.0) {`,
      `        ${name} = Math.sqrt(${a});`,
      "      }",
      "    }",
      "  }",
      "}",
    ],
    value: name,
  };
};

export const binaryRules: { readonly [F in BinaryFunction]: BinaryRule } = {
  add: (a, b) => plain(`(${a} + ${b})`),
  subtract: (a, b) => plain(`(${a} - ${b})`),
  multiply: (a, b) => plain(`(${a} * ${b})`),
  divide: (a, b) => plain(`(${a} / ${b})`),
  modulo,
  power,
  minimum: (a, b) => plain(`Math.min(${a}, ${b})`),
  maximum: (a, b) => plain(`Math.max(${a}, ${b})`),
  less: (a, b) => plain(`(${a} < ${b})`),
  lessEqual: (a, b) => plain(`(${a} <= ${b})`),
  equal: (a, b) => plain(`(${a} === ${b})`),
  notEqual: (a, b) => plain(`(${a} !== ${b})`),
  and: (a, b) => plain(`(${a} && ${b})`),
  or: (a, b) => plain(`(${a} || ${b})`),
};

/** Functions whose arguments are written several times: these get a name first. */
export const repeats: ReadonlySet<UnaryFunction | BinaryFunction> = new Set<UnaryFunction | BinaryFunction>(["log1p", "sin", "cos", "tanh", "erf", "modulo", "power"]);
