/** What the parts of the reader share. */
import { ts } from "ts-morph";
import type { Diagnostic } from "../../support/diagnostics.js";
import type { Span } from "../../support/span.js";
import type { Block, Expression, FunctionSyntax } from "../syntax/ast.js";
import { diagnose, type Code } from "../catalogue.js";

/** How deep expressions, statements and types may nest. */
const deepest = 300;

/** The parts of the reader that need each other: a function holds statements, which hold expressions, which hold functions. */
export interface ReaderParts {
  expression(reader: Reader, node: ts.Expression): Expression;
  block(reader: Reader, node: ts.Block): Block;
  function(reader: Reader, node: FunctionNode, name: string): FunctionSyntax;
}

export type FunctionNode = ts.FunctionDeclaration | ts.ArrowFunction | ts.FunctionExpression;

/** The file that is read, its diagnostics, and how deep the reader is. */
export class Reader {
  readonly diagnostics: Diagnostic[] = [];
  private depth = 0;
  private tooDeep: Diagnostic | undefined;

  constructor(readonly file: string, readonly source: ts.SourceFile, private readonly parts: ReaderParts) {}

  expression(node: ts.Expression): Expression {
    return this.parts.expression(this, node);
  }

  block(node: ts.Block): Block {
    return this.parts.block(this, node);
  }

  function(node: FunctionNode, name: string): FunctionSyntax {
    return this.parts.function(this, node, name);
  }

  span(node: ts.Node): Span {
    return { file: this.file, start: node.getStart(this.source), end: node.end };
  }

  report(code: Code, message: string, at: ts.Node | Span, help: string): Diagnostic {
    const diagnostic = diagnose(code, message, "kind" in at ? this.span(at) : at, { help });
    this.diagnostics.push(diagnostic);
    return diagnostic;
  }

  /** Runs `read` one level deeper; beyond the limit, gives what `otherwise` makes of the diagnostic. */
  deeper<T>(node: ts.Node, read: () => T, otherwise: (diagnostic: Diagnostic) => T): T {
    // One of these says it: what is too deep is so at many nodes.
    if (this.depth >= deepest) return otherwise((this.tooDeep ??= this.report("GF1010", `this is nested more than ${deepest} levels deep`, node, "bind parts of it to consts, or use a loop")));
    this.depth += 1;
    try {
      return read();
    } finally {
      this.depth -= 1;
    }
  }

  /** The text of the comment that stands before a declaration, in the form of JSDoc. */
  doc(node: ts.Node): string | undefined {
    const comments = ts.getLeadingCommentRanges(this.source.text, node.pos) ?? [];
    const last = comments.at(-1);
    if (last === undefined) return undefined;
    const text = this.source.text.slice(last.pos, last.end);
    if (!text.startsWith("/**")) return undefined;
    const lines = text.slice(3, -2).split(/\r\n|\r|\n/).map((line) => line.replace(/^\s*\*?\s?/, "").trimEnd());
    return lines.join("\n").trim() || undefined;
  }
}

export function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (node.modifiers ?? []).some((modifier) => modifier.kind === kind);
}

/** Forms that have no name of their own beside how they are written. */
const spelt = new Map<ts.SyntaxKind, string>([
  [ts.SyntaxKind.NewExpression, "new"], [ts.SyntaxKind.TypeOfExpression, "typeof"], [ts.SyntaxKind.NullKeyword, "null"], [ts.SyntaxKind.ThisKeyword, "this"],
  [ts.SyntaxKind.SuperKeyword, "super"], [ts.SyntaxKind.AwaitExpression, "await"], [ts.SyntaxKind.DeleteExpression, "delete"], [ts.SyntaxKind.VoidExpression, "void"],
  [ts.SyntaxKind.YieldExpression, "yield"], [ts.SyntaxKind.ExportAssignment, "export default"],
]);

/** "a while statement", for a person. */
export function formName(node: ts.Node): string {
  const name = spelt.get(node.kind);
  if (name !== undefined) return name;
  const words = (ts.SyntaxKind[node.kind] ?? "statement").replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return `${/^[aeiou]/.test(words) ? "an" : "a"} ${words}`;
}
