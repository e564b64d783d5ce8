/** Statements, read by one table. */
import { ts } from "ts-morph";
import type { BinaryOperator, Block, Declarator, Statement } from "../syntax/ast.js";
import type { Code } from "../catalogue.js";
import { isMethodCallThatMutates, readExpression } from "./expressions.js";
import { readFunction, readPattern } from "./functions.js";
import { formName, type Reader } from "./context.js";

type Read = (reader: Reader, node: ts.Statement) => Statement;
const table = new Map<ts.SyntaxKind, Read>();

function form<N extends ts.Statement>(kind: ts.SyntaxKind, is: (node: ts.Node) => node is N, read: (reader: Reader, node: N) => Statement): void {
  table.set(kind, (reader, node) => (is(node) ? read(reader, node) : invalid(reader, node, "GF1002", "this statement is outside the language", "see docs/language.md for what may be written")));
}

function invalid(reader: Reader, node: ts.Node, code: Code, message: string, help: string): Statement {
  return { kind: "invalid", diagnostic: reader.report(code, message, node, help), span: reader.span(node) };
}

/** What to write in place of what people may expect. */
const advice = new Map<ts.SyntaxKind, string>([
  [ts.SyntaxKind.WhileStatement, "write a for loop with a bound known at compile time, or a scan over range(\"step\", n)"],
  [ts.SyntaxKind.DoStatement, "write a for loop with a bound known at compile time, or a scan over range(\"step\", n)"],
  [ts.SyntaxKind.ForInStatement, "write for (const x of array)"],
  [ts.SyntaxKind.SwitchStatement, "write if and else if"],
  [ts.SyntaxKind.TryStatement, "errors are not caught; test with an if what can be known"],
  [ts.SyntaxKind.ClassDeclaration, "write a function that returns a record"],
  [ts.SyntaxKind.BreakStatement, "write an if around the rest of the loop's body, or a shorter bound"],
  [ts.SyntaxKind.ContinueStatement, "write an if around the rest of the loop's body"],
  [ts.SyntaxKind.InterfaceDeclaration, "write type X = { ... } at the top level of the file"],
  [ts.SyntaxKind.TypeAliasDeclaration, "move the type to the top level of the file"],
  [ts.SyntaxKind.EnumDeclaration, "write a union of strings"],
]);

export function readStatement(reader: Reader, node: ts.Statement): Statement {
  return reader.deeper(
    node,
    () => {
      const read = table.get(node.kind);
      if (read !== undefined) return read(reader, node);
      const keyword = node.getFirstToken(reader.source);
      const message = `${formName(node)} is outside the language`;
      return invalid(reader, keyword ?? node, "GF1002", message, advice.get(node.kind) ?? "see docs/language.md for what may be written");
    },
    (diagnostic) => ({ kind: "invalid", diagnostic, span: reader.span(node) }),
  );
}

export function readBlock(reader: Reader, node: ts.Block): Block {
  return { kind: "block", statements: node.statements.filter((each) => !ts.isEmptyStatement(each)).map((each) => readStatement(reader, each)), span: reader.span(node) };
}

export function readDeclarators(reader: Reader, list: ts.VariableDeclarationList): readonly Declarator[] {
  return list.declarations.map((declaration) => ({
    pattern: readPattern(reader, declaration.name),
    span: reader.span(declaration),
    ...(declaration.initializer === undefined ? {} : { value: readExpression(reader, declaration.initializer) }),
  }));
}

function declaration(reader: Reader, list: ts.VariableDeclarationList): Statement {
  const scoped = list.flags & ts.NodeFlags.BlockScoped;
  if (scoped !== ts.NodeFlags.Const && scoped !== ts.NodeFlags.Let) return invalid(reader, list, "GF1005", "var is outside the language", "write const or let");
  return { kind: "declare", mutable: scoped === ts.NodeFlags.Let, declarators: readDeclarators(reader, list), span: reader.span(list) };
}

const assignments = new Map<ts.SyntaxKind, BinaryOperator | undefined>([
  [ts.SyntaxKind.EqualsToken, undefined],
  [ts.SyntaxKind.PlusEqualsToken, "+"],
  [ts.SyntaxKind.MinusEqualsToken, "-"],
  [ts.SyntaxKind.AsteriskEqualsToken, "*"],
  [ts.SyntaxKind.SlashEqualsToken, "/"],
  [ts.SyntaxKind.PercentEqualsToken, "%"],
  [ts.SyntaxKind.AsteriskAsteriskEqualsToken, "**"],
]);

/** An expression that stands as a statement: an assignment, or a call for its checks. */
function readEffect(reader: Reader, node: ts.Expression): Statement {
  const span = reader.span(node);
  if (ts.isParenthesizedExpression(node)) return readEffect(reader, node.expression);
  if (ts.isBinaryExpression(node) && assignments.has(node.operatorToken.kind)) {
    if (!ts.isIdentifier(node.left)) return notALocal(reader, node.left);
    const operator = assignments.get(node.operatorToken.kind);
    return { kind: "assign", name: node.left.text, nameSpan: reader.span(node.left), operatorSpan: reader.span(node.operatorToken), value: readExpression(reader, node.right), span, ...(operator === undefined ? {} : { operator }) };
  }
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const steps = new Map<ts.SyntaxKind, BinaryOperator>([[ts.SyntaxKind.PlusPlusToken, "+"], [ts.SyntaxKind.MinusMinusToken, "-"]]);
    const operator = steps.get(node.operator);
    if (operator !== undefined) {
      if (!ts.isIdentifier(node.operand)) return notALocal(reader, node.operand);
      return { kind: "assign", name: node.operand.text, nameSpan: reader.span(node.operand), operatorSpan: span, operator, value: { kind: "number", value: 1, span }, span };
    }
  }
  if (isMethodCallThatMutates(node)) return invalid(reader, node, "GF1007", "arrays and records are not changed", "make a new one: [...array, element] or { ...record, key: value }");
  if (!ts.isCallExpression(node)) return invalid(reader, node, "GF1002", "this has no effect", "assign it, return it, or leave it out");
  return { kind: "evaluate", value: readExpression(reader, node), span };
}

function notALocal(reader: Reader, node: ts.Expression): Statement {
  if (ts.isArrayLiteralExpression(node) || ts.isObjectLiteralExpression(node)) return invalid(reader, node, "GF1007", "only one variable is assigned at a time", "bind the parts with const [a, b] = ..., then assign each");
  return invalid(reader, node, "GF1007", "arrays and records are not changed", "make a new one: [...array, element] or { ...record, key: value }");
}

form(ts.SyntaxKind.VariableStatement, ts.isVariableStatement, (reader, node) => declaration(reader, node.declarationList));
form(ts.SyntaxKind.ExpressionStatement, ts.isExpressionStatement, (reader, node) => readEffect(reader, node.expression));
form(ts.SyntaxKind.Block, ts.isBlock, (reader, node) => ({ kind: "block", block: readBlock(reader, node), span: reader.span(node) }));
form(ts.SyntaxKind.EmptyStatement, ts.isEmptyStatement, (reader, node) => ({ kind: "block", block: { kind: "block", statements: [], span: reader.span(node) }, span: reader.span(node) }));
form(ts.SyntaxKind.ReturnStatement, ts.isReturnStatement, (reader, node) => ({
  kind: "return", span: reader.span(node), ...(node.expression === undefined ? {} : { value: readExpression(reader, node.expression) }),
}));
form(ts.SyntaxKind.IfStatement, ts.isIfStatement, (reader, node) => ({
  kind: "if", test: readExpression(reader, node.expression), yes: readStatement(reader, node.thenStatement), span: reader.span(node),
  ...(node.elseStatement === undefined ? {} : { no: readStatement(reader, node.elseStatement) }),
}));
form(ts.SyntaxKind.FunctionDeclaration, ts.isFunctionDeclaration, (reader, node) => ({ kind: "function", function: readFunction(reader, node, node.name?.text ?? ""), span: reader.span(node.name ?? node) }));
form(ts.SyntaxKind.ThrowStatement, ts.isThrowStatement, (reader, node) => {
  const thrown = node.expression;
  const message = ts.isNewExpression(thrown) && ts.isIdentifier(thrown.expression) && thrown.expression.text === "Error" ? thrown.arguments?.[0] : undefined;
  if (message === undefined) return invalid(reader, thrown, "GF1002", "only an Error with a message is thrown", "write throw new Error(`...`)");
  return { kind: "throw", message: readExpression(reader, message), span: reader.span(node) };
});
form(ts.SyntaxKind.ForStatement, ts.isForStatement, (reader, node) => {
  const span = reader.span(node);
  if (node.condition === undefined) return invalid(reader, node, "GF1002", "this loop has no condition", "write for (let i = 0; i < n; i++) with an n known at compile time");
  const { initializer } = node;
  const start = initializer === undefined ? undefined : ts.isVariableDeclarationList(initializer) ? declaration(reader, initializer) : readEffect(reader, initializer);
  return {
    kind: "for", test: readExpression(reader, node.condition), update: node.incrementor === undefined ? [] : readUpdates(reader, node.incrementor), body: readStatement(reader, node.statement), span,
    ...(start === undefined ? {} : { start }),
  };
});
form(ts.SyntaxKind.ForOfStatement, ts.isForOfStatement, (reader, node) => {
  const { initializer } = node;
  if (node.awaitModifier !== undefined || !ts.isVariableDeclarationList(initializer) || initializer.declarations[0] === undefined) {
    return invalid(reader, initializer, "GF1002", "a loop over an array declares its variable", "write for (const x of array)");
  }
  return {
    kind: "forOf", pattern: readPattern(reader, initializer.declarations[0].name), mutable: (initializer.flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.Let,
    items: readExpression(reader, node.expression), body: readStatement(reader, node.statement), span: reader.span(node),
  };
});

/** `i++, j++` */
function readUpdates(reader: Reader, node: ts.Expression): Statement[] {
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.CommaToken) return [...readUpdates(reader, node.left), ...readUpdates(reader, node.right)];
  return [readEffect(reader, node)];
}
