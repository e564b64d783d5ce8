/**
 * The model AST: the closed subset of TypeScript that a model file may use, and nothing else. The reader makes it from
 * TypeScript's own syntax tree; the evaluator knows only these forms. What lies outside the subset becomes `invalid`: it
 * was reported when it was read, and evaluating it fails with the same diagnostic.
 */
import type { Diagnostic } from "../../support/diagnostics.js";
import type { Span } from "../../support/span.js";

interface Place {
  readonly span: Span;
}

// ---- Expressions.

export type BinaryOperator = "+" | "-" | "*" | "/" | "%" | "**" | "<" | "<=" | ">" | ">=" | "===" | "!==";
export type LogicalOperator = "&&" | "||" | "??";
export type UnaryOperator = "-" | "!";

export interface Expressions {
  number: { readonly value: number };
  string: { readonly value: string };
  boolean: { readonly value: boolean };
  undefined: object;
  template: { readonly head: string; readonly parts: readonly { readonly value: Expression; readonly text: string }[] };
  name: { readonly name: string };
  array: { readonly elements: readonly Element[] };
  object: { readonly members: readonly Member[] };
  function: { readonly function: FunctionSyntax };
  call: { readonly callee: Expression; readonly args: readonly Element[] };
  member: { readonly object: Expression; readonly name: string; readonly nameSpan: Span; readonly optional: boolean };
  index: { readonly object: Expression; readonly index: Expression; readonly optional: boolean };
  unary: { readonly operator: UnaryOperator; readonly operatorSpan: Span; readonly operand: Expression };
  binary: { readonly operator: BinaryOperator; readonly operatorSpan: Span; readonly left: Expression; readonly right: Expression };
  logical: { readonly operator: LogicalOperator; readonly operatorSpan: Span; readonly left: Expression; readonly right: Expression };
  conditional: { readonly test: Expression; readonly yes: Expression; readonly no: Expression };
  invalid: { readonly diagnostic: Diagnostic };
}

export type ExpressionOf<K extends keyof Expressions> = { readonly kind: K } & Place & Expressions[K];
export type Expression = { [K in keyof Expressions]: ExpressionOf<K> }[keyof Expressions];

export type CallSyntax = ExpressionOf<"call">;

/** An element of an array or an argument; with `spread`, all elements of an array. */
export interface Element {
  readonly value: Expression;
  readonly spread: boolean;
}

export type Member =
  | ({ readonly kind: "property"; readonly key: string; readonly keySpan: Span; readonly value: Expression } & Place)
  | ({ readonly kind: "computed"; readonly key: Expression; readonly value: Expression } & Place)
  | ({ readonly kind: "spread"; readonly value: Expression } & Place);

// ---- Functions and patterns.

export interface FunctionSyntax extends Place {
  /** Empty for an arrow function. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: Expression | Block;
  readonly doc?: string;
}

export interface Parameter extends Place {
  readonly pattern: Pattern;
  readonly type?: TypeSyntax;
  readonly initial?: Expression;
  /** Written with a question mark. */
  readonly optional: boolean;
  readonly rest: boolean;
}

export type Pattern =
  | ({ readonly kind: "name"; readonly name: string } & Place)
  | ({ readonly kind: "array"; readonly elements: readonly (PatternElement | undefined)[]; readonly rest?: Pattern } & Place)
  | ({ readonly kind: "object"; readonly properties: readonly PatternProperty[]; readonly rest?: Pattern } & Place);

export interface PatternElement {
  readonly pattern: Pattern;
  readonly initial?: Expression;
}

export interface PatternProperty extends PatternElement, Place {
  readonly key: string;
}

// ---- Statements.

export interface Statements {
  declare: { readonly mutable: boolean; readonly declarators: readonly Declarator[] };
  /** `name = value`, or `name operator= value`; `i++` is `i += 1`. */
  assign: { readonly name: string; readonly nameSpan: Span; readonly operator?: BinaryOperator; readonly operatorSpan: Span; readonly value: Expression };
  evaluate: { readonly value: Expression };
  if: { readonly test: Expression; readonly yes: Statement; readonly no?: Statement };
  for: { readonly start?: Statement; readonly test: Expression; readonly update: readonly Statement[]; readonly body: Statement };
  forOf: { readonly pattern: Pattern; readonly mutable: boolean; readonly items: Expression; readonly body: Statement };
  block: { readonly block: Block };
  return: { readonly value?: Expression };
  throw: { readonly message: Expression };
  function: { readonly function: FunctionSyntax };
  invalid: { readonly diagnostic: Diagnostic };
}

export type StatementOf<K extends keyof Statements> = { readonly kind: K } & Place & Statements[K];
export type Statement = { [K in keyof Statements]: StatementOf<K> }[keyof Statements];

export interface Declarator extends Place {
  readonly pattern: Pattern;
  readonly value?: Expression;
}

export interface Block extends Place {
  readonly kind: "block";
  readonly statements: readonly Statement[];
}

// ---- Types: only what an input's annotation or a check of a parameter can use.

export interface Types {
  number: object;
  string: object;
  boolean: object;
  undefined: object;
  literal: { readonly value: number | string | boolean };
  reference: { readonly name: string; readonly args: readonly TypeSyntax[] };
  /** `typeof CONST` */
  typeof: { readonly value: Expression };
  record: { readonly members: readonly TypeMember[] };
  array: { readonly element: TypeSyntax };
  union: { readonly parts: readonly TypeSyntax[] };
  /** `A & B`: all members of both. */
  intersection: { readonly parts: readonly TypeSyntax[] };
  /** Any other type: nothing is checked. */
  other: object;
}

export type TypeSyntaxOf<K extends keyof Types> = { readonly kind: K } & Place & Types[K];
export type TypeSyntax = { [K in keyof Types]: TypeSyntaxOf<K> }[keyof Types];

export interface TypeMember extends Place {
  readonly name: string;
  readonly optional: boolean;
  readonly type: TypeSyntax;
}

export interface TypeAlias extends Place {
  readonly parameters: readonly string[];
  readonly type: TypeSyntax;
}

// ---- Modules.

export interface ImportSyntax extends Place {
  readonly specifier: string;
  readonly imported: string;
}

/** What a name at the top level of a file stands for. */
export type TopLevel =
  | { readonly kind: "function"; readonly function: FunctionSyntax }
  | { readonly kind: "const"; readonly declarator: Declarator }
  | { readonly kind: "import"; readonly import: ImportSyntax };

export type ExportSyntax =
  | ({ readonly kind: "local"; readonly name: string } & Place)
  | ({ readonly kind: "import"; readonly import: ImportSyntax } & Place);

export interface ModuleSyntax {
  readonly file: string;
  readonly values: ReadonlyMap<string, TopLevel>;
  readonly types: ReadonlyMap<string, TypeAlias>;
  /** By exported name, in the order of the source. */
  readonly exports: ReadonlyMap<string, ExportSyntax>;
  /** All that was found outside the subset. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The names that a pattern binds. */
export function boundNames(pattern: Pattern): string[] {
  const rest = pattern.kind !== "name" && pattern.rest !== undefined ? boundNames(pattern.rest) : [];
  switch (pattern.kind) {
    case "name": return [pattern.name];
    case "array": return [...pattern.elements.flatMap((element) => (element === undefined ? [] : boundNames(element.pattern))), ...rest];
    case "object": return [...pattern.properties.flatMap((property) => boundNames(property.pattern)), ...rest];
  }
}
