/**
 * Which functions are models. An exported function is a model if each of its parameters is an input (its annotation says
 * what of; a default makes it optional) or a setting (a number, string or boolean with a default). Others are functions.
 */
import type { Span } from "../../support/span.js";
import { Annotations, type Annotation } from "./annotations.js";
import type { Expression, FunctionSyntax, Parameter, Pattern, PatternProperty, TypeSyntax } from "../syntax/ast.js";
import { Evaluator } from "../evaluate/expressions.js";
import { Lowering } from "../values/lowering.js";
import type { ModelTable } from "../evaluate/evaluation.js";
import type { Module } from "../syntax/module.js";
import type { Modules } from "../files/modules.js";
import type { Value } from "../values/values.js";

export type Setting = number | string | boolean;

export interface ModelSignature {
  readonly module: Module;
  readonly syntax: FunctionSyntax;
  readonly parameters: readonly ModelParameter[];
}

export type ModelParameter =
  | { readonly kind: "input"; readonly parameter: Parameter; readonly annotation: Annotation }
  | { readonly kind: "setting"; readonly parameter: Parameter; readonly name: string; readonly initial: Expression };

export class Models implements ModelTable {
  private readonly signatures = new Map<FunctionSyntax, ModelSignature | undefined>();
  /** The parameter because of which an exported function is no model. */
  readonly reasons = new Map<FunctionSyntax, Span>();
  readonly annotations: Annotations;

  constructor(private readonly modules: Modules, private readonly settings: ReadonlyMap<string, Setting>) {
    // Types mention consts only as numbers and strings; the graph that this evaluator may build is nobody's.
    const evaluator = new Evaluator(new Lowering(), modules, this);
    this.annotations = new Annotations(modules, (module, value) => evaluator.evaluate(value, evaluator.moduleFrame(module)));
  }

  /** What the caller set a model's parameter to. */
  setting(module: Module, syntax: FunctionSyntax, name: string | undefined): Setting | undefined {
    if (name === undefined) return undefined;
    const isSetting = this.signature(module, syntax)?.parameters.some((each) => each.kind === "setting" && each.name === name);
    return isSetting === true ? this.settings.get(name) : undefined;
  }

  /** The names of the settings of all models that were asked for. */
  get settingNames(): ReadonlySet<string> {
    const names = new Set<string>();
    for (const signature of this.signatures.values()) for (const each of signature?.parameters ?? []) if (each.kind === "setting") names.add(each.name);
    return names;
  }

  isModel(module: Module, syntax: FunctionSyntax): boolean {
    return this.signature(module, syntax) !== undefined;
  }

  check(type: TypeSyntax, module: Module, value: Value, name: string, span: Span, topLevel: boolean): Value {
    return this.annotations.check(type, module, value, name, span, topLevel);
  }

  signature(module: Module, syntax: FunctionSyntax): ModelSignature | undefined {
    if (this.signatures.has(syntax)) return this.signatures.get(syntax);
    const signature = isExported(module, syntax) ? this.read(module, syntax) : undefined;
    this.signatures.set(syntax, signature);
    return signature;
  }

  private read(module: Module, syntax: FunctionSyntax): ModelSignature | undefined {
    const settings = new Set<string>();
    const parameters: ModelParameter[] = [];
    for (const parameter of syntax.parameters) {
      const { pattern, type, initial } = parameter;
      const annotation: Annotation = type === undefined ? { kind: "any" } : this.annotations.resolve(type, module);
      this.reasons.set(syntax, parameter.span);
      if (parameter.rest || parameter.optional) return undefined;
      if (isInput(annotation, pattern)) parameters.push({ kind: "input", parameter, annotation });
      else if (initial !== undefined && pattern.kind === "name" && (type === undefined || annotation.kind === "static") && this.isStatic(initial, module, settings)) {
        settings.add(pattern.name);
        parameters.push({ kind: "setting", parameter, name: pattern.name, initial });
      } else return undefined;
    }
    this.reasons.delete(syntax);
    return { module, syntax, parameters };
  }

  /** Is this known at compile time by its form: numbers, strings, booleans, consts, earlier settings and operators? */
  private isStatic(expression: Expression, module: Module, settings: ReadonlySet<string>): boolean {
    const all = (...parts: readonly Expression[]) => parts.every((part) => this.isStatic(part, module, settings));
    switch (expression.kind) {
      case "number": case "string": case "boolean": return true;
      case "template": return all(...expression.parts.map((part) => part.value));
      case "unary": return all(expression.operand);
      case "binary": case "logical": return all(expression.left, expression.right);
      case "conditional": return all(expression.test, expression.yes, expression.no);
      case "member": return expression.object.kind === "name" && expression.object.name === "Math";
      case "name": return settings.has(expression.name) || this.modules.resolve(module, expression.name, expression.span)?.kind === "const";
      default: return false;
    }
  }
}

function isExported(module: Module, syntax: FunctionSyntax): boolean {
  if (module.library) return false;
  for (const value of module.syntax.exports.values()) {
    const local = value.kind === "local" ? module.syntax.values.get(value.name) : undefined;
    if (local?.kind === "function" && local.function === syntax) return true;
  }
  return false;
}

/** Is everything of this annotation an input that the caller can give? */
export function isInput(annotation: Annotation, pattern?: Pattern): boolean {
  switch (annotation.kind) {
    case "value": return annotation.leaf.kind === "real" ? annotation.leaf.size !== undefined : annotation.leaf.kind === "id" && annotation.leaf.classes !== undefined;
    case "record": return annotation.members.size > 0 && [...annotation.members].every(([key, { type, optional }]) => isInput(type) && (!optional || initialOf(pattern, key) !== undefined));
    default: return false;
  }
}

/** The default that a destructured parameter gives one key. */
export function initialOf(pattern: Pattern | undefined, key: string): PatternProperty | undefined {
  if (pattern?.kind !== "object") return undefined;
  const property = pattern.properties.find((each) => each.key === key);
  return property?.initial === undefined ? undefined : property;
}
