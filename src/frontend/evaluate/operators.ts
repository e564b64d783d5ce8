/**
 * Operators. On static values they are JavaScript's; on tensors they are nodes, element by element. A static number beside
 * an integer is an integer if it is whole, so that ids and positions stay integers.
 */
import type { Origin } from "../../ir/graph/builder.js";
import type { ElementwiseOp, Node } from "../../ir/graph/node.js";
import { visibleTypeText as typeText } from "../../ir/graph/types.js";
import { isInt32 } from "../../support/int32.js";
import type { Span } from "../../support/span.js";
import type { BinaryOperator, LogicalOperator, UnaryOperator } from "../syntax/ast.js";
import { refuse } from "../catalogue.js";
import type { Lowering } from "../values/lowering.js";
import { addRatios, divideRatio, multiplyRatios, negateRatio, ratioOf } from "../values/ratio.js";
import { ArrayValue, describe, RecordValue, Tensor, type Ratio, type Value } from "../values/values.js";

interface BinaryRule {
  readonly op: ElementwiseOp;
  /** a > b is b < a. */
  readonly swapped?: boolean;
  readonly numbers: (a: number, b: number) => number | boolean;
  readonly ratios?: (a: Ratio, b: Ratio) => Ratio | undefined;
  /** Of integers it gives an integer, and of ids ids. */
  readonly keepsIds?: boolean;
}

const binaryRules: { readonly [O in BinaryOperator]: BinaryRule } = {
  "+": { op: "add", numbers: (a, b) => a + b, ratios: addRatios, keepsIds: true },
  "-": { op: "subtract", numbers: (a, b) => a - b, ratios: (a, b) => addRatios(a, negateRatio(b)), keepsIds: true },
  "*": { op: "multiply", numbers: (a, b) => a * b, ratios: multiplyRatios, keepsIds: true },
  "/": { op: "divide", numbers: (a, b) => a / b, ratios: divideRatio },
  "%": { op: "modulo", numbers: (a, b) => a % b, keepsIds: true },
  "**": { op: "power", numbers: (a, b) => a ** b },
  "<": { op: "less", numbers: (a, b) => a < b },
  "<=": { op: "lessEqual", numbers: (a, b) => a <= b },
  ">": { op: "less", swapped: true, numbers: (a, b) => a > b },
  ">=": { op: "lessEqual", swapped: true, numbers: (a, b) => a >= b },
  "===": { op: "equal", numbers: (a, b) => a === b },
  "!==": { op: "notEqual", numbers: (a, b) => a !== b },
};

export interface Operand {
  readonly value: Value;
  readonly span: Span;
}

export function binary(lowering: Lowering, operator: BinaryOperator, left: Operand, right: Operand, span: Span, origin?: Origin): Value {
  const rule = binaryRules[operator];
  const [a, b] = [left.value, right.value];
  if (typeof a === "number" && typeof b === "number") return rule.numbers(a, b);
  if (operator === "===" || operator === "!==") {
    const known = staticEquality(a, b, left, right);
    if (known !== undefined) return known === (operator === "===");
  } else if (typeof a === "string" || typeof b === "string") {
    if (operator === "+" && isText(a) && isText(b)) return `${a}${b}`;
    return refuse("GF2004", `${operator} of ${describe(a)} and ${describe(b)}`, span, "strings are compared with === and joined in a `template`");
  }
  const boolean = typeof a === "boolean" || typeof b === "boolean";
  if (!boolean) for (const each of [left, right]) expectNumber(each, operator);
  const kinds = [a, b].map((value) => (value instanceof Tensor ? value.type.kind : undefined));
  const wanted = kinds.includes("condition") || boolean ? "condition" : kinds.includes("real") ? "real" : "int";
  const [x, y] = [lowering.lift(a, left.span, wanted), lowering.lift(b, right.span, wanted)];
  if (wanted === "condition" && operator !== "===" && operator !== "!==") {
    return refuse("GF2009", `${operator} of ${describe(a)} and ${describe(b)}: a condition is no number`, span, "write condition ? 1 : 0");
  }
  const facts = [factsOf(a), factsOf(b)] as const;
  if ((operator === "===" || operator === "!==") && facts[0].classes !== undefined && facts[1].classes !== undefined && facts[0].classes !== facts[1].classes) {
    return refuse("GF2004", `an id of ${facts[0].classes} classes is compared with one of ${facts[1].classes}`, span, "compare ids of one vocabulary");
  }
  const node = lowering.at(span, () => lowering.apply(rule.op, rule.swapped === true ? [y, x] : [x, y], origin));
  const [p, q] = [ratioOf(a), ratioOf(b)];
  return new Tensor(node, {
    id: rule.keepsIds === true && node.type.kind === "int" && (facts[0].id === true || facts[1].id === true) ? true : undefined,
    ratio: p !== undefined && q !== undefined ? rule.ratios?.(p, q) : undefined,
  });
}

function isText(value: Value): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

function factsOf(value: Value): Tensor["facts"] {
  return value instanceof Tensor ? value.facts : {};
}

/** Whether two values are the same, if that is known without the graph. */
function staticEquality(a: Value, b: Value, left: Operand, right: Operand): boolean | undefined {
  for (const { value, span } of [left, right]) {
    if (value instanceof ArrayValue || value instanceof RecordValue) {
      if (a !== undefined && b !== undefined) refuse("GF2004", `${describe(value)} is compared`, span, "compare numbers, strings, booleans or undefined");
    }
  }
  if (a instanceof Tensor || b instanceof Tensor) {
    const other = a instanceof Tensor ? b : a;
    if (other === undefined) return false;
    if (other instanceof Tensor || typeof other === "number" || typeof other === "boolean") return undefined;
    return refuse("GF2004", `${describe(a)} is compared with ${describe(b)}`, right.span, "compare numbers with numbers");
  }
  return a === b;
}

function expectNumber({ value, span }: Operand, operator: string): void {
  if (typeof value === "number" || value instanceof Tensor) return;
  refuse("GF2004", `${operator} wants numbers, this is ${describe(value)}`, span, "give a number, or something computed from inputs and parameters");
}

export function unary(lowering: Lowering, operator: UnaryOperator, operand: Operand, span: Span, origin?: Origin): Value {
  const { value } = operand;
  if (operator === "!") {
    if (typeof value === "boolean") return !value;
    return new Tensor(lowering.apply("not", [condition(lowering, operand, "!")], origin));
  }
  if (typeof value === "number") return -value;
  expectNumber(operand, "-");
  const node = lowering.lift(value, operand.span);
  if (node.type.kind === "condition") return refuse("GF2009", `- of ${typeText(node.type)}: a condition is no number`, span, "write condition ? 1 : 0");
  const ratio = ratioOf(value);
  return new Tensor(lowering.apply("negate", [node], origin), { ratio: ratio === undefined ? undefined : negateRatio(ratio) });
}

/** A condition as a node. */
export function condition(lowering: Lowering, { value, span }: Operand, operator: string): Node {
  if (typeof value === "boolean") return lowering.lift(value, span, "condition");
  if (value instanceof Tensor && value.type.kind === "condition") return value.node;
  return refuse("GF2009", `${operator} wants a condition, this is ${describe(value)}`, span, "compare it: x !== 0, x > 0");
}

/** `right` is evaluated only where `left` does not decide. */
export function logical(lowering: Lowering, operator: LogicalOperator, left: Operand, right: () => Operand, origin?: Origin): Value {
  if (operator === "??") return left.value === undefined ? right().value : left.value;
  const decides = operator === "||";
  if (left.value === decides) return decides;
  const a = condition(lowering, left, operator);
  const other = right();
  const b = condition(lowering, other, operator);
  if (typeof left.value === "boolean") return other.value;
  if (typeof other.value === "boolean") return other.value === decides ? decides : left.value;
  return new Tensor(lowering.at(other.span, () => lowering.apply(operator === "&&" ? "and" : "or", [a, b], origin)));
}

/** Element by element, the one or the other; of two records, key by key. */
export function select(lowering: Lowering, test: Node, yes: Operand, no: Operand, span: Span, origin?: Origin): Value {
  const [a, b] = [yes.value, no.value];
  if (a instanceof RecordValue && b instanceof RecordValue) {
    const entries = new Map<string, Value>();
    for (const key of new Set([...a.entries.keys(), ...b.entries.keys()])) {
      if (!a.entries.has(key) || !b.entries.has(key)) refuse("GF2001", `only one side of this has ${key}`, span, "give both records the same keys");
      entries.set(key, select(lowering, test, { value: a.get(key), span: yes.span }, { value: b.get(key), span: no.span }, span));
    }
    return new RecordValue(entries);
  }
  if (a instanceof ArrayValue && b instanceof ArrayValue) {
    if (a.items.length !== b.items.length) refuse("GF2001", `${describe(a)} or ${describe(b)}`, span, "give both arrays one length");
    return new ArrayValue(a.items.map((item, i) => select(lowering, test, { value: item, span: yes.span }, { value: b.items[i], span: no.span }, span)));
  }
  const kindOf = (value: Value) => (value instanceof Tensor ? value.type.kind : typeof value === "boolean" ? "condition" : typeof value === "number" && isInt32(value) ? "int" : "real");
  const kinds = [kindOf(a), kindOf(b)];
  const wanted = kinds.every((kind) => kind === "int") ? "int" : kinds.every((kind) => kind === "condition") ? "condition" : "real";
  const node = lowering.at(span, () => lowering.apply("select", [test, lowering.lift(a, yes.span, wanted), lowering.lift(b, no.span, wanted)], origin));
  const facts = [factsOf(a), factsOf(b)] as const;
  const classes = facts[0].classes === facts[1].classes ? facts[0].classes : undefined;
  return new Tensor(node, { classes, id: facts[0].id === true || facts[1].id === true ? true : undefined });
}
