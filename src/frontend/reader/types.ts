/** Annotations. Only what an input or a checked parameter can use is kept; any other type is read over. */
import { ts } from "ts-morph";
import type { TypeMember, TypeSyntax } from "../syntax/ast.js";
import type { Reader } from "./context.js";

export function readType(reader: Reader, node: ts.TypeNode): TypeSyntax {
  return reader.deeper(node, () => read(reader, node), () => ({ kind: "other", span: reader.span(node) }));
}

function read(reader: Reader, node: ts.TypeNode): TypeSyntax {
  const span = reader.span(node);
  switch (node.kind) {
    case ts.SyntaxKind.NumberKeyword: return { kind: "number", span };
    case ts.SyntaxKind.StringKeyword: return { kind: "string", span };
    case ts.SyntaxKind.BooleanKeyword: return { kind: "boolean", span };
    case ts.SyntaxKind.UndefinedKeyword: return { kind: "undefined", span };
  }
  if (ts.isParenthesizedTypeNode(node)) return readType(reader, node.type);
  if (ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.ReadonlyKeyword) return readType(reader, node.type);
  if (ts.isArrayTypeNode(node)) return { kind: "array", element: readType(reader, node.elementType), span };
  if (ts.isUnionTypeNode(node)) return { kind: "union", parts: node.types.map((part) => readType(reader, part)), span };
  if (ts.isIntersectionTypeNode(node)) return { kind: "intersection", parts: node.types.map((part) => readType(reader, part)), span };
  if (ts.isTypeQueryNode(node) && ts.isIdentifier(node.exprName)) {
    return { kind: "typeof", value: { kind: "name", name: node.exprName.text, span: reader.span(node.exprName) }, span };
  }
  if (ts.isTypeReferenceNode(node) && ts.isIdentifier(node.typeName)) {
    return { kind: "reference", name: node.typeName.text, args: (node.typeArguments ?? []).map((arg) => readType(reader, arg)), span };
  }
  if (ts.isTypeLiteralNode(node)) return readRecord(reader, node);
  if (ts.isLiteralTypeNode(node)) {
    const { literal } = node;
    if (ts.isStringLiteral(literal)) return { kind: "literal", value: literal.text, span };
    if (ts.isNumericLiteral(literal)) return { kind: "literal", value: Number(literal.text), span };
    if (literal.kind === ts.SyntaxKind.TrueKeyword) return { kind: "literal", value: true, span };
    if (literal.kind === ts.SyntaxKind.FalseKeyword) return { kind: "literal", value: false, span };
  }
  return { kind: "other", span };
}

function readRecord(reader: Reader, node: ts.TypeLiteralNode): TypeSyntax {
  const span = reader.span(node);
  const members: TypeMember[] = [];
  for (const member of node.members) {
    if (!ts.isPropertySignature(member) || member.type === undefined) return { kind: "other", span };
    if (!(ts.isIdentifier(member.name) || ts.isStringLiteral(member.name))) return { kind: "other", span };
    members.push({ name: member.name.text, optional: member.questionToken !== undefined, type: readType(reader, member.type), span: reader.span(member) });
  }
  return { kind: "record", members, span };
}
