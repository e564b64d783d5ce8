/** Functions, their parameters, and the patterns of destructuring. */
import { ts } from "ts-morph";
import type { FunctionSyntax, Parameter, Pattern, PatternElement, PatternProperty } from "../syntax/ast.js";
import { readType } from "./types.js";
import { hasModifier, type FunctionNode, type Reader } from "./context.js";

export function readFunction(reader: Reader, node: FunctionNode, name: string): FunctionSyntax {
  if (node.asteriskToken !== undefined || hasModifier(node, ts.SyntaxKind.AsyncKeyword)) {
    reader.report("GF1005", "a function of a model is neither async nor a generator", node.name ?? node, "write a plain function; a scan carries state from step to step");
  }
  const span = reader.span(node.name ?? node);
  const parameters = node.parameters.map((parameter) => readParameter(reader, parameter));
  const { body } = node;
  if (body === undefined) {
    reader.report("GF1005", "this function has no body", node, "give it one");
    return { name, parameters, body: { kind: "block", statements: [], span }, span };
  }
  return { name, parameters, body: ts.isBlock(body) ? reader.block(body) : reader.expression(body), span };
}

function readParameter(reader: Reader, node: ts.ParameterDeclaration): Parameter {
  return {
    pattern: readPattern(reader, node.name),
    optional: node.questionToken !== undefined,
    rest: node.dotDotDotToken !== undefined,
    span: reader.span(node),
    ...(node.type === undefined ? {} : { type: readType(reader, node.type) }),
    ...initialOf(reader, node.initializer),
  };
}

function initialOf(reader: Reader, node: ts.Expression | undefined): Pick<PatternElement, "initial"> {
  return node === undefined ? {} : { initial: reader.expression(node) };
}

export function readPattern(reader: Reader, node: ts.BindingName): Pattern {
  const span = reader.span(node);
  if (ts.isIdentifier(node)) return { kind: "name", name: node.text, span };
  if (ts.isArrayBindingPattern(node)) {
    const elements: (PatternElement | undefined)[] = [];
    let rest: Pattern | undefined;
    for (const element of node.elements) {
      if (ts.isOmittedExpression(element)) elements.push(undefined);
      else if (element.dotDotDotToken !== undefined) rest = readPattern(reader, element.name);
      else elements.push({ pattern: readPattern(reader, element.name), ...initialOf(reader, element.initializer) });
    }
    return { kind: "array", elements, span, ...(rest === undefined ? {} : { rest }) };
  }
  const properties: PatternProperty[] = [];
  let rest: Pattern | undefined;
  for (const element of node.elements) {
    if (element.dotDotDotToken !== undefined) {
      rest = readPattern(reader, element.name);
      continue;
    }
    const key = element.propertyName ?? element.name;
    if (!(ts.isIdentifier(key) || ts.isStringLiteral(key))) {
      reader.report("GF1005", "a destructured key must be written as a name", key, "write { key: name }");
      continue;
    }
    properties.push({ key: key.text, pattern: readPattern(reader, element.name), span: reader.span(element), ...initialOf(reader, element.initializer) });
  }
  return { kind: "object", properties, span, ...(rest === undefined ? {} : { rest }) };
}
