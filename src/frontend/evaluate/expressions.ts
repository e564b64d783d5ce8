/**
 * The evaluator: a closed, static interpreter of the model AST. What is known at compile time is computed; what is not
 * becomes nodes of the graph. It has no access to anything but the model files: no globals, no prototypes, no host.
 */
import { DiagnosticError, type Diagnostic } from "../../support/diagnostics.js";
import type { Span } from "../../support/span.js";
import { boundNames, type Block, type Declarator, type Element, type Expression, type ExpressionOf, type Expressions, type Pattern } from "../syntax/ast.js";
import { refuse } from "../catalogue.js";
import type { Argument } from "../operations/call.js";
import { runBlock } from "./statements.js";
import type { Completion, Evaluation, ModelTable } from "./evaluation.js";
import { member, element } from "./members.js";
import { enterFrame, Environment, oneName, type Frame, type Hint } from "../values/frame.js";
import { applyFunction } from "./functions.js";
import type { Lowering } from "../values/lowering.js";
import type { Module } from "../syntax/module.js";
import type { Modules } from "../files/modules.js";
import { Scope } from "../values/names.js";
import { importOf, language, offered } from "../files/offered.js";
import { binary, condition, logical, select, unary, type Operand } from "./operators.js";
import { nearest } from "../../support/nearest.js";
import { ArrayValue, BuiltinFunction, Closure, describe, Namespace, RecordValue, type Value } from "../values/values.js";

export class Evaluator implements Evaluation {
  readonly active = new Set<object>();
  private readonly roots = new Map<object, Scope>();
  private readonly frames = new Map<Module, Frame<Value>>();
  private readonly consts = new Map<Declarator, ReadonlyMap<string, Value> | "evaluating">();
  private readonly closures = new Map<object, Closure>();

  constructor(readonly lowering: Lowering, readonly modules: Modules, readonly models: ModelTable) {}

  /** Where names begin: one root for each model and each file. */
  get scopes(): Iterable<Scope> {
    return this.roots.values();
  }

  root(key: object): Scope {
    const known = this.roots.get(key);
    if (known !== undefined) return known;
    const made = Scope.root(key);
    this.roots.set(key, made);
    return made;
  }

  /** The top level of a file. */
  moduleFrame(module: Module): Frame<Value> {
    const known = this.frames.get(module);
    if (known !== undefined) return known;
    const made: Frame<Value> = { module, environment: new Environment<Value>(undefined, module), scope: this.root(module), turns: [] };
    this.frames.set(module, made);
    return made;
  }

  evaluate(expression: Expression, frame: Frame<Value>, hint?: Hint): Value {
    const rule = rules[expression.kind] as (evaluator: Evaluator, expression: Expression, frame: Frame<Value>, hint: Hint | undefined) => Value;
    return this.lowering.bounded(this.lowering.deeper(expression.span, () => rule(this, expression, frame, hint)), expression.span);
  }

  operand(expression: Expression, frame: Frame<Value>): Operand {
    return { value: this.evaluate(expression, frame), span: expression.span };
  }

  /** The elements of an array or the arguments of a call, spreads written out. */
  elements(elements: readonly Element[], frame: Frame<Value>): Argument[] {
    return elements.flatMap(({ value, spread }) => {
      const result = this.evaluate(value, frame);
      if (!spread) return [{ value: result, span: value.span }];
      if (!(result instanceof ArrayValue)) return refuse("GF2004", `${describe(result)} is spread`, value.span, "spread an array");
      this.lowering.build(result.items.length, value.span);
      return result.items.map((item) => ({ value: item, span: value.span }));
    });
  }

  /** What a name that no function around declares stands for. */
  global(frame: Frame<Value>, name: string, span: Span): Value {
    const { module } = frame;
    const found = this.modules.resolve(module, name, span);
    if (found === undefined) return universal(frame, name, span);
    if (found.kind === "builtin") return new BuiltinFunction(found.builtin.name);
    if (found.kind === "function") {
      const known = this.closures.get(found.function);
      if (known !== undefined) return known;
      const made = new Closure(found.function, this.moduleFrame(found.module), true);
      this.closures.set(found.function, made);
      return made;
    }
    return this.constant(found.declarator, found.module, span).get(found.name);
  }

  private constant(declarator: Declarator, module: Module, span: Span): ReadonlyMap<string, Value> {
    const known = this.consts.get(declarator);
    if (known === "evaluating") return refuse("GF4003", `${boundNames(declarator.pattern).join(", ")} is needed to find its own value`, span, "break the circle: give one of the consts a value of its own", [{ message: "it is declared here", span: declarator.span }]);
    if (known !== undefined) return known;
    this.consts.set(declarator, "evaluating");
    try {
      const environment = new Environment<Value>(undefined, declarator);
      const frame = this.moduleFrame(module);
      this.declare(declarator, frame, environment, false);
      const values = new Map(boundNames(declarator.pattern).map((name) => [name, environment.read(name, span)?.value] as const));
      this.consts.set(declarator, values);
      return values;
    } finally {
      if (this.consts.get(declarator) === "evaluating") this.consts.delete(declarator);
    }
  }

  declare({ pattern, value: right, span }: Declarator, frame: Frame<Value>, environment: Environment<Value>, mutable: boolean): void {
    if (right === undefined) {
      this.bind(pattern, undefined, frame, environment, mutable, span);
      return;
    }
    if (pattern.kind === "array" && pattern.rest === undefined && right.kind === "array" && right.elements.every((each) => !each.spread)) {
      // [a, b] = [f(x), g(y)]: each element is a right side of its own.
      const values = right.elements.map(({ value }, i) => {
        const name = pattern.elements[i]?.pattern;
        const hint = name?.kind === "name" ? name.name : undefined;
        return this.evaluate(value, enterFrame(frame, value, hint), hint);
      });
      this.bind(pattern, new ArrayValue(values), frame, environment, mutable, right.span);
      return;
    }
    const name = pattern.kind === "name" ? pattern.name : right.kind === "call" ? simpleName(right.callee) : undefined;
    const value = this.evaluate(right, enterFrame(frame, right, name), hintOf(pattern));
    this.bind(pattern, value, frame, environment, mutable, right.span);
  }

  bind(pattern: Pattern, value: Value, frame: Frame<Value>, environment: Environment<Value>, mutable: boolean, span: Span): void {
    const part = (element: { readonly pattern: Pattern; readonly initial?: Expression }, found: Value): void => {
      const given = found === undefined && element.initial !== undefined;
      const name = element.pattern.kind === "name" ? element.pattern.name : undefined;
      const bound = given && element.initial !== undefined ? this.evaluate(element.initial, enterFrame({ ...frame, environment }, element.initial, name), name) : found;
      this.bind(element.pattern, bound, frame, environment, mutable, element.pattern.span);
    };
    switch (pattern.kind) {
      case "name":
        environment.define(pattern.name, value, mutable);
        return;
      case "array": {
        if (!(value instanceof ArrayValue)) refuse("GF2004", `an array is wanted, this is ${describe(value)}`, span, value instanceof RecordValue ? "write { ... } on the left" : "split(x, n) cuts a vector into an array of pieces");
        const { items } = value;
        if (pattern.elements.length > items.length && pattern.elements.slice(items.length).some((each) => each !== undefined && each.initial === undefined)) {
          refuse("GF2012", `${pattern.elements.length} elements are wanted of ${describe(value)}`, pattern.span, "leave the others out");
        }
        pattern.elements.forEach((each, i) => each !== undefined && part(each, items[i]));
        if (pattern.rest !== undefined) this.bind(pattern.rest, new ArrayValue(items.slice(pattern.elements.length)), frame, environment, mutable, span);
        return;
      }
      case "object": {
        if (!(value instanceof RecordValue)) refuse("GF2004", `a record is wanted, this is ${describe(value)}`, span, "give a record with the keys on the left");
        for (const property of pattern.properties) {
          if (!value.entries.has(property.key) && property.initial === undefined) member(value, property.key, property.span);
          part(property, value.get(property.key));
        }
        if (pattern.rest !== undefined) {
          const taken = new Set(pattern.properties.map((property) => property.key));
          this.bind(pattern.rest, new RecordValue(new Map([...value.entries].filter(([key]) => !taken.has(key))), value.spans), frame, environment, mutable, span);
        }
      }
    }
  }

  runBlock(block: Block, frame: Frame<Value>, hint?: Hint): Completion {
    return runBlock(this, block, frame, hint);
  }

  isKnown(diagnostic: Diagnostic): boolean {
    return this.modules.diagnostics.includes(diagnostic);
  }
}

/** The name of what is bound, or those of its parts. */
function hintOf(pattern: Pattern): Hint | undefined {
  if (pattern.kind === "object") return undefined;
  return pattern.kind === "name" ? pattern.name : pattern.elements.map((element) => (element?.pattern.kind === "name" ? element.pattern.name : undefined));
}

/** The name of a function that is called, or of an argument: `x`, `h` of `state.h`. */
export function simpleName(expression: Expression | undefined): string | undefined {
  return expression?.kind === "name" || expression?.kind === "member" ? expression.name : undefined;
}

/** What a program would find where it runs. */
const hostNames: ReadonlySet<string> = new Set(
  "console Date Float32Array Float64Array JSON Map Number Object Promise Set String document fetch globalThis module parseFloat parseInt process require self structuredClone window".split(" "),
);

/** The names that every file knows without an import. */
function universal({ module, environment }: Frame<Value>, name: string, span: Span): Value {
  if (name === "Infinity") return Infinity;
  if (name === "NaN") return NaN;
  if (name === "Math" || name === "Array") return new Namespace(name);
  if (module.syntax.types.has(name)) return refuse("GF1006", `${name} is a type, no value`, span, "use it in an annotation");
  if (hostNames.has(name)) return refuse("GF1006", `${name} is not there: a model file is read, never run`, span, "what is of interest is returned, as an output; of JavaScript's own names there are the constants of Math, and Array.from");
  const own = nearest(name, [...environment.names(), ...module.syntax.values.keys()]);
  const word = own === undefined ? nearest(name, offered(language)) : undefined;
  const help = own !== undefined ? `did you mean ${own}?` : word !== undefined ? `did you mean ${word}? ${importOf(word) ?? ""}` : undefined;
  return refuse("GF1006", `${name} is not defined`, span, importOf(name) ?? help ?? "declare it, or import it");
}

type Rule<K extends keyof Expressions> = (evaluator: Evaluator, expression: ExpressionOf<K>, frame: Frame<Value>, hint: Hint | undefined) => Value;

const rules: { readonly [K in keyof Expressions]: Rule<K> } = {
  number: (_, { value }) => value,
  string: (_, { value }) => value,
  boolean: (_, { value }) => value,
  undefined: () => undefined,
  template: (evaluator, { head, parts }, frame) =>
    parts.reduce((text, part) => {
      const value = evaluator.evaluate(part.value, frame);
      if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return refuse("GF2002", `a template is made of what is known at compile time; this is ${describe(value)}`, part.value.span, "use strings, numbers and settings");
      return `${text}${value}${part.text}`;
    }, head),
  name: (evaluator, { name, span }, frame) => {
    const local = frame.environment.read(name, span);
    return local === undefined ? evaluator.global(frame, name, span) : local.value;
  },
  array: (evaluator, { elements }, frame) => new ArrayValue(evaluator.elements(elements, frame).map((each) => each.value)),
  object: (evaluator, { members }, frame) => {
    const entries = new Map<string, Value>();
    const spans = new Map<string, Span>();
    const put = (key: string, value: Expression) => {
      entries.set(key, evaluator.evaluate(value, enterFrame(frame, value, key), key));
      spans.set(key, value.span);
    };
    for (const each of members) {
      if (each.kind === "property") put(each.key, each.value);
      else if (each.kind === "computed") {
        const key = evaluator.evaluate(each.key, frame);
        if (typeof key !== "string" && typeof key !== "number") refuse("GF2002", `a key must be known at compile time; this is ${describe(key)}`, each.key.span, "use a string");
        put(String(key), each.value);
      } else {
        const spread = evaluator.evaluate(each.value, frame);
        if (spread === undefined) continue;
        if (!(spread instanceof RecordValue)) refuse("GF2004", `${describe(spread)} is spread into a record`, each.value.span, "spread a record");
        evaluator.lowering.build(spread.entries.size, each.value.span);
        for (const [key, value] of spread.entries) {
          entries.set(key, value);
          spans.set(key, spread.spans.get(key) ?? each.value.span);
        }
      }
    }
    return new RecordValue(entries, spans);
  },
  function: (_, { function: syntax }, frame) => new Closure(syntax, frame, false),
  call: (evaluator, expression, frame, hint) => {
    const { callee, args, span } = expression;
    const fn = evaluator.evaluate(callee, frame);
    return applyFunction(evaluator, fn, evaluator.elements(args, frame), {
      site: expression, frame, hint, span,
      calleeSpan: callee.kind === "member" ? callee.nameSpan : callee.span,
      argumentName: args[0]?.spread === false ? simpleName(args[0].value) : undefined,
    });
  },
  member: (evaluator, { object, name, nameSpan, optional }, frame) => {
    const value = evaluator.evaluate(object, frame);
    return optional && value === undefined ? undefined : member(value, name, nameSpan);
  },
  index: (evaluator, { object, index, optional }, frame) => {
    const value = evaluator.evaluate(object, frame);
    return optional && value === undefined ? undefined : element(value, evaluator.evaluate(index, frame), index.span);
  },
  unary: (evaluator, { operator, operatorSpan, operand }, frame, hint) => unary(evaluator.lowering, operator, evaluator.operand(operand, frame), operatorSpan, { name: oneName(hint), span: operatorSpan }),
  binary: (evaluator, { operator, operatorSpan, left, right, span }, frame, hint) =>
    binary(evaluator.lowering, operator, evaluator.operand(left, frame), evaluator.operand(right, frame), operatorSpan, { name: oneName(hint), span }),
  logical: (evaluator, { operator, left, right, span }, frame, hint) =>
    logical(evaluator.lowering, operator, evaluator.operand(left, frame), () => evaluator.operand(right, frame), { name: oneName(hint), span }),
  conditional: (evaluator, { test, yes, no, span }, frame, hint) => {
    const decision = evaluator.operand(test, frame);
    if (typeof decision.value === "boolean") return evaluator.evaluate(decision.value ? yes : no, frame, hint);
    const node = condition(evaluator.lowering, decision, "?:");
    return select(evaluator.lowering, node, evaluator.operand(yes, frame), evaluator.operand(no, frame), span, { name: oneName(hint), span });
  },
  invalid: (_, { diagnostic }) => {
    throw new DiagnosticError(diagnostic);
  },
};
