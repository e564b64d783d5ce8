/**
 * Calls of functions. A call of a function at the top level of a file opens a scope of its own in the tree of names; a
 * function inside a function is one place, wherever it is called from; a model exists once, whoever calls it.
 */
import { DiagnosticError, type Diagnostic } from "../../support/diagnostics.js";
import { defined } from "../../support/invariant.js";
import type { Span } from "../../support/span.js";
import type { CallSyntax, FunctionSyntax } from "../syntax/ast.js";
import { builtins, checkArguments } from "../operations/table.js";
import { Call, type Argument } from "../operations/call.js";
import { refuse } from "../catalogue.js";
import type { Evaluation } from "./evaluation.js";
import { enterFrame, Environment, type Frame, type Hint } from "../values/frame.js";
import { ArrayFrom, ArrayValue, BuiltinFunction, Closure, describe, Method, RecordValue, Tensor, type FunctionValue, type Value } from "../values/values.js";

/** Where a call stands. */
export interface CallSite {
  readonly site: CallSyntax;
  readonly frame: Frame<Value>;
  readonly hint: Hint | undefined;
  readonly span: Span;
  readonly calleeSpan: Span;
  /** The name of the first argument, if it has one. */
  readonly argumentName: string | undefined;
  /** Called by an operation, which gives more than every function takes. */
  readonly callback?: boolean;
}

export function applyFunction(evaluator: Evaluation, fn: Value, args: readonly Argument[], at: CallSite): Value {
  evaluator.lowering.spend(at.calleeSpan);
  const apply = (callee: FunctionValue, given: readonly Argument[], frame = at.frame, site = at.site) => applyFunction(evaluator, callee, given, { ...at, frame, site, hint: undefined, argumentName: undefined, callback: true });
  if (fn instanceof Closure) return fn.topLevel ? applyTopLevel(evaluator, fn, args, at) : applyInner(evaluator, fn, args, at);
  if (fn instanceof BuiltinFunction) {
    const builtin = defined(builtins.get(fn.name), "the operation");
    const call = new Call(evaluator.lowering, builtin.name, args, at.span, at.calleeSpan, at.site, at.frame, (callee, given) => apply(callee, given), at.hint);
    checkArguments(builtin, call, at.callback === true);
    return evaluator.lowering.at(at.calleeSpan, () => builtin.lower(call));
  }
  /** Each turn of `.map` and `Array.from` makes the places of its function anew. */
  const turn = (callee: FunctionValue, given: readonly Argument[], i: number): Value => {
    const frame = { ...at.frame, scope: at.frame.scope.enter(at.site, undefined, [i]) };
    if (callee instanceof Closure && isWrittenIn(callee, at.site)) {
      const written = { ...callee.frame, scope: callee.frame.scope.enter(at.site, undefined, [...callee.frame.turns, i]), turns: [] };
      return apply(new Closure(callee.syntax, written, false), given, frame);
    }
    return apply(callee, given, frame);
  };
  const argument = (value: Value): Argument => ({ value, span: args[0]?.span ?? at.span });
  if (fn instanceof Method) {
    evaluator.lowering.build(fn.items.length, at.span);
    if (fn.name === "entries") return new ArrayValue(fn.items.map((item, i) => new ArrayValue([i, item])));
    const callee = callback(args[0], at);
    return new ArrayValue(fn.items.map((item, i) => turn(callee, [argument(item), argument(i)], i)));
  }
  if (fn instanceof ArrayFrom) {
    const source = args[0]?.value;
    const length = source instanceof RecordValue ? source.get("length") : undefined;
    const items = source instanceof ArrayValue ? source.items : typeof length === "number" && Number.isSafeInteger(length) && length >= 0 ? undefined : refuse("GF2002", `Array.from wants an array or { length: n }, this is ${describe(length ?? source)}`, args[0]?.span ?? at.span, "write Array.from({ length: n }, (_, i) => ...) with an n known at compile time");
    const callee = args[1] === undefined ? undefined : callback(args[1], at);
    const count = items?.length ?? Number(length);
    const result: Value[] = [];
    for (let i = 0; i < count; i++) {
      if (callee === undefined) evaluator.lowering.spend(at.span);
      result.push(callee === undefined ? items?.[i] : turn(callee, [argument(items?.[i]), argument(i)], i));
    }
    return new ArrayValue(result);
  }
  return refuse("GF2013", `this is called, and it is ${describe(fn)}`, at.calleeSpan, fn instanceof Tensor ? "write * for a product" : "call a function");
}

function callback(argument: Argument | undefined, at: CallSite): FunctionValue {
  const value = argument?.value;
  if (value instanceof Closure || value instanceof BuiltinFunction || value instanceof Method || value instanceof ArrayFrom) return value;
  return refuse("GF2004", `a function is wanted, this is ${describe(value)}`, argument?.span ?? at.span, "give a function, as in (x) => ...");
}

function applyTopLevel(evaluator: Evaluation, fn: Closure, args: readonly Argument[], at: CallSite): Value {
  const { syntax, frame: { module } } = fn;
  const model = evaluator.models.isModel(module, syntax);
  if (at.frame.scope.within(syntax) || evaluator.active.has(syntax)) recursion(syntax, at);
  const scope = model ? evaluator.root(syntax) : at.frame.scope.call(at.site, syntax, at.argumentName, at.frame.module.library ? undefined : { name: syntax.name, span: at.calleeSpan, arguments: args.length });
  const caller = module.library ? at.frame.caller ?? at.calleeSpan : undefined;
  const frame: Frame<Value> = { module, environment: new Environment(undefined, at), scope, turns: [], caller };
  if (model) evaluator.active.add(syntax);
  try {
    return withCallSite(evaluator, syntax, fn, at, () => callBody(evaluator, syntax, frame, args, at, true));
  } finally {
    if (model) evaluator.active.delete(syntax);
  }
}

function applyInner(evaluator: Evaluation, fn: Closure, args: readonly Argument[], at: CallSite): Value {
  if (evaluator.active.has(fn)) recursion(fn.syntax, at);
  evaluator.active.add(fn);
  try {
    const frame: Frame<Value> = { ...fn.frame, environment: new Environment(fn.frame.environment, at) };
    return callBody(evaluator, fn.syntax, frame, args, at, false);
  } finally {
    evaluator.active.delete(fn);
  }
}

function recursion(syntax: FunctionSyntax, at: CallSite): never {
  return refuse("GF1008", `${syntax.name === "" ? "this function" : syntax.name} calls itself`, at.calleeSpan, "write a loop, or carry a state along a sequence with scan");
}

function callBody(evaluator: Evaluation, syntax: FunctionSyntax, frame: Frame<Value>, args: readonly Argument[], at: CallSite, topLevel: boolean): Value {
  const { parameters, body } = syntax;
  const name = syntax.name === "" ? "the function" : syntax.name;
  const rest = parameters.at(-1)?.rest === true;
  if (args.length > parameters.length && !rest && at.callback !== true) refuse("GF2005", `${name} takes ${parameters.length} ${parameters.length === 1 ? "argument" : "arguments"}, not ${args.length}`, args[parameters.length]?.span ?? at.span, "leave the others out");
  parameters.forEach((parameter, i) => {
    const { pattern, initial, type } = parameter;
    const parameterName = pattern.kind === "name" ? pattern.name : undefined;
    if (parameter.rest) {
      evaluator.bind(pattern, new ArrayValue(args.slice(i).map((each) => each.value)), frame, frame.environment, true, parameter.span);
      return;
    }
    const given = args[i];
    let value = given?.value;
    if (value === undefined && initial !== undefined) {
      value = evaluator.models.setting(frame.module, syntax, parameterName) ?? evaluator.evaluate(initial, enterFrame(frame, initial, parameterName), parameterName);
    } else if (given === undefined && !parameter.optional && pattern.kind === "name" && type?.kind !== "other" && at.callback !== true) {
      refuse("GF2005", `${name} also wants ${pattern.name}`, at.calleeSpan, `give it as argument ${i + 1}`);
    }
    if (type !== undefined && !(value === undefined && parameter.optional)) {
      value = evaluator.models.check(type, frame.module, value, parameterName ?? `argument ${i + 1} of ${name}`, given?.span ?? initial?.span ?? at.span, topLevel);
    }
    evaluator.bind(pattern, value, frame, frame.environment, true, given?.span ?? parameter.span);
  });
  if (body.kind !== "block") return evaluator.evaluate(body, enterFrame(frame, body, undefined), at.hint);
  return evaluator.lowering.deeper(syntax.span, () => evaluator.runBlock(body, frame, at.hint))?.value;
}

/** How many calls a diagnostic names on its way out. */
const notedCalls = 3;

/** What fails inside the language's own files is shown at the call; what fails in a function names the call. */
function withCallSite(evaluator: Evaluation, syntax: FunctionSyntax, fn: Closure, at: CallSite, body: () => Value): Value {
  try {
    return body();
  } catch (thrown) {
    if (!(thrown instanceof DiagnosticError)) throw thrown;
    const [first, ...others] = thrown.diagnostics;
    if (first === undefined || evaluator.isKnown(first)) throw thrown;
    throw new DiagnosticError([fn.frame.module.library ? atCall(first, syntax, at) : called(first, syntax, at), ...others]);
  }
}

function atCall(diagnostic: Diagnostic, { name }: FunctionSyntax, at: CallSite): Diagnostic {
  if (at.frame.module.library) return diagnostic;
  // What is wrong with an argument is shown where the argument stands.
  const span = diagnostic.span?.file === at.calleeSpan.file ? diagnostic.span : at.calleeSpan;
  return { ...diagnostic, message: `in ${name}: ${diagnostic.message}`, span };
}

function called(diagnostic: Diagnostic, { name }: FunctionSyntax, at: CallSite): Diagnostic {
  const notes = diagnostic.notes ?? [];
  return notes.length >= notedCalls ? diagnostic : { ...diagnostic, notes: [...notes, { message: `${name} was called here`, span: at.calleeSpan }] };
}

/** Is the function an argument of this very call? Then the call's turns enclose its places. */
function isWrittenIn({ syntax }: Closure, site: CallSyntax): boolean {
  return site.args.some(({ value }) => value.kind === "function" && value.function === syntax);
}
