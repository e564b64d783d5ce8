/** Expressions, read by one table. */
import { ts } from "ts-morph";
import type { BinaryOperator, Element, Expression, LogicalOperator, Member } from "../syntax/ast.js";
import type { Code } from "../catalogue.js";
import { formName, type Reader } from "./context.js";

type Read = (reader: Reader, node: ts.Expression) => Expression;
const table = new Map<ts.SyntaxKind, Read>();

function form<N extends ts.Expression>(kind: ts.SyntaxKind, is: (node: ts.Node) => node is N, read: (reader: Reader, node: N) => Expression): void {
  table.set(kind, (reader, node) => (is(node) ? read(reader, node) : outside(reader, node)));
}

function invalid(reader: Reader, node: ts.Node, code: Code, message: string, help: string): Expression {
  return { kind: "invalid", diagnostic: reader.report(code, message, node, help), span: reader.span(node) };
}

const advice = new Map<ts.SyntaxKind, string>([
  [ts.SyntaxKind.NewExpression, "records and arrays are written as { ... } and [ ... ]"],
  [ts.SyntaxKind.AwaitExpression, "nothing of a model waits; leave it out"],
  [ts.SyntaxKind.TypeOfExpression, "compare with undefined, or give a setting as a string"],
  [ts.SyntaxKind.RegularExpressionLiteral, "compare strings with ==="],
  [ts.SyntaxKind.NullKeyword, "write undefined"],
  [ts.SyntaxKind.ClassExpression, "write a function that returns a record"],
  [ts.SyntaxKind.ThisKeyword, "pass what is needed as a parameter"],
  [ts.SyntaxKind.DeleteExpression, "make a new record without the key"],
  [ts.SyntaxKind.BigIntLiteral, "write a number"],
]);

function outside(reader: Reader, node: ts.Expression): Expression {
  return invalid(reader, node, "GF1003", `${formName(node)} is outside the language`, advice.get(node.kind) ?? "see docs/language.md for what may be written");
}

export function readExpression(reader: Reader, node: ts.Expression): Expression {
  return reader.deeper(node, () => (table.get(node.kind) ?? outside)(reader, node), (diagnostic) => ({ kind: "invalid", diagnostic, span: reader.span(node) }));
}

const binaryOperators = new Map<ts.SyntaxKind, BinaryOperator>([
  [ts.SyntaxKind.PlusToken, "+"], [ts.SyntaxKind.MinusToken, "-"], [ts.SyntaxKind.AsteriskToken, "*"], [ts.SyntaxKind.SlashToken, "/"],
  [ts.SyntaxKind.PercentToken, "%"], [ts.SyntaxKind.AsteriskAsteriskToken, "**"], [ts.SyntaxKind.LessThanToken, "<"],
  [ts.SyntaxKind.LessThanEqualsToken, "<="], [ts.SyntaxKind.GreaterThanToken, ">"], [ts.SyntaxKind.GreaterThanEqualsToken, ">="],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, "==="], [ts.SyntaxKind.ExclamationEqualsEqualsToken, "!=="],
]);

const logicalOperators = new Map<ts.SyntaxKind, LogicalOperator>([
  [ts.SyntaxKind.AmpersandAmpersandToken, "&&"], [ts.SyntaxKind.BarBarToken, "||"], [ts.SyntaxKind.QuestionQuestionToken, "??"],
]);

const operatorAdvice = new Map<ts.SyntaxKind, string>([
  [ts.SyntaxKind.EqualsEqualsToken, "write ==="],
  [ts.SyntaxKind.ExclamationEqualsToken, "write !=="],
  [ts.SyntaxKind.BarToken, "write floor(x) for an integer, a || b for conditions"],
  [ts.SyntaxKind.AmpersandToken, "write x % n for the lower part of an integer, a && b for conditions"],
  [ts.SyntaxKind.CommaToken, "write two statements"],
  [ts.SyntaxKind.InKeyword, "compare the value with undefined"],
]);

/** Forms that mean nothing to the compiler: parentheses, `as`, `!`, `satisfies`. */
const transparent = (reader: Reader, node: ts.ParenthesizedExpression | ts.AsExpression | ts.NonNullExpression | ts.SatisfiesExpression): Expression => readExpression(reader, node.expression);
form(ts.SyntaxKind.ParenthesizedExpression, ts.isParenthesizedExpression, transparent);
form(ts.SyntaxKind.AsExpression, ts.isAsExpression, transparent);
form(ts.SyntaxKind.NonNullExpression, ts.isNonNullExpression, transparent);
form(ts.SyntaxKind.SatisfiesExpression, ts.isSatisfiesExpression, transparent);

form(ts.SyntaxKind.NumericLiteral, ts.isNumericLiteral, (reader, node) => ({ kind: "number", value: Number(node.text), span: reader.span(node) }));
form(ts.SyntaxKind.StringLiteral, ts.isStringLiteral, (reader, node) => ({ kind: "string", value: node.text, span: reader.span(node) }));
form(ts.SyntaxKind.NoSubstitutionTemplateLiteral, ts.isNoSubstitutionTemplateLiteral, (reader, node) => ({ kind: "string", value: node.text, span: reader.span(node) }));
const isBoolean = (node: ts.Node): node is ts.BooleanLiteral => node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword;
form(ts.SyntaxKind.TrueKeyword, isBoolean, (reader, node) => ({ kind: "boolean", value: true, span: reader.span(node) }));
form(ts.SyntaxKind.FalseKeyword, isBoolean, (reader, node) => ({ kind: "boolean", value: false, span: reader.span(node) }));
form(ts.SyntaxKind.TemplateExpression, ts.isTemplateExpression, (reader, node) => ({
  kind: "template", head: node.head.text, parts: node.templateSpans.map((part) => ({ value: readExpression(reader, part.expression), text: part.literal.text })), span: reader.span(node),
}));
form(ts.SyntaxKind.Identifier, ts.isIdentifier, (reader, node) => (node.text === "undefined" ? { kind: "undefined", span: reader.span(node) } : { kind: "name", name: node.text, span: reader.span(node) }));

form(ts.SyntaxKind.ArrayLiteralExpression, ts.isArrayLiteralExpression, (reader, node) => ({ kind: "array", elements: node.elements.map((each) => readElement(reader, each)), span: reader.span(node) }));
form(ts.SyntaxKind.ObjectLiteralExpression, ts.isObjectLiteralExpression, (reader, node) => ({ kind: "object", members: node.properties.flatMap((each) => readMember(reader, each)), span: reader.span(node) }));
form(ts.SyntaxKind.ArrowFunction, ts.isArrowFunction, (reader, node) => ({ kind: "function", function: reader.function(node, ""), span: reader.span(node) }));
form(ts.SyntaxKind.FunctionExpression, ts.isFunctionExpression, (reader, node) => ({ kind: "function", function: reader.function(node, ""), span: reader.span(node) }));

form(ts.SyntaxKind.CallExpression, ts.isCallExpression, (reader, node) => {
  if (node.questionDotToken !== undefined) return invalid(reader, node, "GF1003", "a call is not optional", "compare the function with undefined first");
  if (isMethodCallThatMutates(node)) return invalid(reader, node, "GF1007", "arrays and records are not changed", "make a new one: [...array, element] or { ...record, key: value }");
  return { kind: "call", callee: readExpression(reader, node.expression), args: node.arguments.map((each) => readElement(reader, each)), span: reader.span(node) };
});
form(ts.SyntaxKind.PropertyAccessExpression, ts.isPropertyAccessExpression, (reader, node) => {
  if (!ts.isIdentifier(node.name)) return outside(reader, node);
  return { kind: "member", object: readExpression(reader, node.expression), name: node.name.text, nameSpan: reader.span(node.name), optional: node.questionDotToken !== undefined, span: reader.span(node) };
});
form(ts.SyntaxKind.ElementAccessExpression, ts.isElementAccessExpression, (reader, node) => ({
  kind: "index", object: readExpression(reader, node.expression), index: readExpression(reader, node.argumentExpression), optional: node.questionDotToken !== undefined, span: reader.span(node),
}));
form(ts.SyntaxKind.ConditionalExpression, ts.isConditionalExpression, (reader, node) => ({
  kind: "conditional", test: readExpression(reader, node.condition), yes: readExpression(reader, node.whenTrue), no: readExpression(reader, node.whenFalse), span: reader.span(node),
}));

form(ts.SyntaxKind.PrefixUnaryExpression, ts.isPrefixUnaryExpression, (reader, node) => {
  const start = reader.span(node).start;
  const operatorSpan = { file: reader.file, start, end: start + (ts.tokenToString(node.operator)?.length ?? 1) };
  if (node.operator === ts.SyntaxKind.MinusToken || node.operator === ts.SyntaxKind.ExclamationToken) {
    return { kind: "unary", operator: node.operator === ts.SyntaxKind.MinusToken ? "-" : "!", operatorSpan, operand: readExpression(reader, node.operand), span: reader.span(node) };
  }
  return outsideOperator(reader, node, node.operator);
});
form(ts.SyntaxKind.PostfixUnaryExpression, ts.isPostfixUnaryExpression, (reader, node) => outsideOperator(reader, node, node.operator));

form(ts.SyntaxKind.BinaryExpression, ts.isBinaryExpression, (reader, node) => {
  const token = node.operatorToken;
  const operatorSpan = reader.span(token);
  const span = reader.span(node);
  const logical = logicalOperators.get(token.kind);
  if (logical !== undefined) return { kind: "logical", operator: logical, operatorSpan, left: readExpression(reader, node.left), right: readExpression(reader, node.right), span };
  const operator = binaryOperators.get(token.kind);
  if (operator !== undefined) return { kind: "binary", operator, operatorSpan, left: readExpression(reader, node.left), right: readExpression(reader, node.right), span };
  return outsideOperator(reader, token, token.kind);
});

function outsideOperator(reader: Reader, node: ts.Node, kind: ts.SyntaxKind): Expression {
  const text = ts.tokenToString(kind) ?? "this";
  if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) return invalid(reader, node, "GF1004", `${text} inside an expression is outside the language`, "assign in a statement of its own");
  if (kind === ts.SyntaxKind.PlusPlusToken || kind === ts.SyntaxKind.MinusMinusToken) return invalid(reader, node, "GF1004", `${text} inside an expression is outside the language`, "write i += 1 as a statement of its own");
  return invalid(reader, node, "GF1004", `the operator ${text} is outside the language`, operatorAdvice.get(kind) ?? "see docs/language.md for the operators that may be written");
}

function readElement(reader: Reader, node: ts.Expression): Element {
  if (ts.isSpreadElement(node)) return { value: readExpression(reader, node.expression), spread: true };
  if (ts.isOmittedExpression(node)) return { value: { kind: "undefined", span: reader.span(node) }, spread: false };
  return { value: readExpression(reader, node), spread: false };
}

function readMember(reader: Reader, node: ts.ObjectLiteralElementLike): Member[] {
  const span = reader.span(node);
  if (ts.isSpreadAssignment(node)) return [{ kind: "spread", value: readExpression(reader, node.expression), span }];
  if (ts.isShorthandPropertyAssignment(node)) return [{ kind: "property", key: node.name.text, keySpan: reader.span(node.name), value: { kind: "name", name: node.name.text, span }, span }];
  if (ts.isPropertyAssignment(node)) {
    const { name } = node;
    const value = readExpression(reader, node.initializer);
    if (ts.isIdentifier(name) || ts.isStringLiteral(name) || ts.isNumericLiteral(name)) return [{ kind: "property", key: name.text, keySpan: reader.span(name), value, span }];
    if (ts.isComputedPropertyName(name)) return [{ kind: "computed", key: readExpression(reader, name.expression), value, span }];
  }
  const help = "write key: (x) => ...";
  return [{ kind: "spread", value: invalid(reader, node, "GF1003", "methods and accessors are outside the language", help), span }];
}

const mutators = new Set(["push", "pop", "shift", "unshift", "splice", "sort"]);

/** `xs.push(x)` and its like, which deserve a better answer than "there is no such property". */
export function isMethodCallThatMutates(node: ts.Expression): boolean {
  return ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && mutators.has(node.expression.name.text);
}
