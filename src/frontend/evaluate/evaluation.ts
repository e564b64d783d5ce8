/**
 * What the parts of the evaluator need of each other: expressions call functions, which run statements, which evaluate
 * expressions. The parts know this interface; evaluate.ts puts them together.
 */
import type { Diagnostic } from "../../support/diagnostics.js";
import type { Span } from "../../support/span.js";
import type { Block, Declarator, Expression, FunctionSyntax, Pattern, TypeSyntax } from "../syntax/ast.js";
import type { Environment, Frame, Hint } from "../values/frame.js";
import type { Lowering } from "../values/lowering.js";
import type { Module } from "../syntax/module.js";
import type { Scope } from "../values/names.js";
import type { Value } from "../values/values.js";

/** What the evaluator asks about models. */
export interface ModelTable {
  isModel(module: Module, syntax: FunctionSyntax): boolean;
  /** What the caller of the compiler set a model's parameter to. */
  setting(module: Module, syntax: FunctionSyntax, name: string | undefined): Value;
  /** Checks an argument against its annotation, and gives it with what the annotation adds to it. */
  check(type: TypeSyntax, module: Module, value: Value, name: string, span: Span, topLevel: boolean): Value;
}

/** What a block gave: nothing, or the value of its `return`. */
export type Completion = { readonly value: Value } | undefined;

export interface Evaluation {
  readonly lowering: Lowering;
  readonly models: ModelTable;
  /** The functions that are being evaluated and whose calls of themselves the tree of scopes does not show. */
  readonly active: Set<object>;
  /** Where the names of a model begin. */
  root(key: object): Scope;
  /** `hint` is the name of what the value is bound to, for people. */
  evaluate(expression: Expression, frame: Frame<Value>, hint?: Hint): Value;
  /** Evaluates the right side of a declaration, under the name that it gives, and binds the names of its left side. */
  declare(declarator: Declarator, frame: Frame<Value>, environment: Environment<Value>, mutable: boolean): void;
  /** Binds the names of a pattern to the parts of a value. */
  bind(pattern: Pattern, value: Value, frame: Frame<Value>, environment: Environment<Value>, mutable: boolean, span: Span): void;
  runBlock(block: Block, frame: Frame<Value>, hint?: Hint): Completion;
  /** Was this reported when its file was read? */
  isKnown(diagnostic: Diagnostic): boolean;
}
