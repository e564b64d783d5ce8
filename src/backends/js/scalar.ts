/**
 * How each scalar function is written in JavaScript, with the precedence of the result, so that only the parentheses that
 * are needed are written. `helpers` are functions of src/runtime that the module then contains.
 */
import type { BinaryFunction, ExprKind, UnaryFunction } from "../../ir/kernel/kernel.js";
import type { HelperName } from "../../runtime/helpers.js";

/** How tightly text binds; an argument is put in parentheses where it binds less tightly than its place asks. */
export const precedence = { conditional: 3, or: 4, and: 5, bitOr: 6, equality: 9, relation: 10, sum: 12, product: 13, prefix: 15, primary: 20 } as const;

export interface Text {
  readonly text: string;
  readonly binds: number;
}

export function primary(text: string): Text {
  return { text, binds: precedence.primary };
}

/** The text as an operand of something that binds as given. */
export function operand(text: Text, binds: number): string {
  return text.binds >= binds ? text.text : `(${text.text})`;
}

type UnaryRule =
  | { readonly helper: HelperName }
  | { readonly call: string }
  | { readonly prefix: string }
  /** In terms of e^x. Written out: V8 inlines so much and no more, and a function around another counts twice. */
  | { readonly exponential: (exp: (arg: string) => string, arg: Text) => Text };

const unaryRules: { readonly [F in UnaryFunction]: UnaryRule } = {
  negate: { prefix: "-" },
  not: { prefix: "!" },
  exp: { helper: "exp" },
  tanh: { exponential: (exp, arg) => ({ text: `1 - 2 / (1 + ${exp(`2 * ${operand(arg, precedence.product + 1)}`)})`, binds: precedence.sum }) },
  sigmoid: { exponential: (exp, arg) => ({ text: `1 / (1 + ${exp(negated(arg))})`, binds: precedence.product }) },
  erf: { helper: "erf" },
  log: { call: "Math.log" },
  log1p: { call: "Math.log1p" },
  sqrt: { call: "Math.sqrt" },
  absolute: { call: "Math.abs" },
  sin: { call: "Math.sin" },
  cos: { call: "Math.cos" },
  floor: { call: "Math.floor" },
};

type BinaryRule = { readonly call: string } | { readonly operator: string; readonly binds: number };

const binaryRules: { readonly [F in BinaryFunction]: BinaryRule } = {
  add: { operator: "+", binds: precedence.sum },
  subtract: { operator: "-", binds: precedence.sum },
  multiply: { operator: "*", binds: precedence.product },
  divide: { operator: "/", binds: precedence.product },
  modulo: { operator: "%", binds: precedence.product },
  power: { call: "Math.pow" },
  minimum: { call: "Math.min" },
  maximum: { call: "Math.max" },
  less: { operator: "<", binds: precedence.relation },
  lessEqual: { operator: "<=", binds: precedence.relation },
  equal: { operator: "===", binds: precedence.equality },
  notEqual: { operator: "!==", binds: precedence.equality },
  and: { operator: "&&", binds: precedence.and },
  or: { operator: "||", binds: precedence.or },
};

/** Whether a function is computed from e^x. */
export function isExponential(f: UnaryFunction): boolean {
  return "exponential" in unaryRules[f];
}

/** `exp` gives the text of e^x. */
export function unaryText(f: UnaryFunction, arg: Text, use: (helper: HelperName) => string, exp: (arg: string) => string): Text {
  const rule = unaryRules[f];
  if ("helper" in rule) return primary(`${use(rule.helper)}(${arg.text})`);
  if ("call" in rule) return primary(`${rule.call}(${arg.text})`);
  if ("exponential" in rule) return rule.exponential(exp, arg);
  return { text: prefixed(rule.prefix, arg), binds: precedence.prefix };
}

/** Parentheses keep `-(-x)` from becoming a decrement. */
function prefixed(prefix: string, arg: Text): string {
  const inner = operand(arg, precedence.prefix);
  return inner.startsWith(prefix) ? `${prefix}(${inner})` : `${prefix}${inner}`;
}

function negated(arg: Text): string {
  return prefixed("-", arg);
}

export function binaryText(f: BinaryFunction, left: Text, right: Text): Text {
  const rule = binaryRules[f];
  if ("call" in rule) return primary(`${rule.call}(${left.text}, ${right.text})`);
  // Sums and products are folded from the left; the order of float operations is kept.
  const second = operand(right, rule.binds + 1);
  const spaced = second.startsWith("-") && rule.operator === "-" ? `(${second})` : second;
  return { text: `${operand(left, rule.binds)} ${rule.operator} ${spaced}`, binds: rule.binds };
}

export function numberLiteral(value: number, kind: ExprKind): Text {
  if (kind === "condition") return primary(value === 0 ? "false" : "true");
  if (Number.isNaN(value)) return primary("NaN");
  if (Object.is(value, -0)) return { text: "-0", binds: precedence.prefix };
  return value < 0 ? { text: String(value), binds: precedence.prefix } : primary(String(value));
}
