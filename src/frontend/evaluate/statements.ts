/** Statements. A completed block gives undefined, a `return` its value. Loops are static: every turn is written out. */
import { DiagnosticError } from "../../support/diagnostics.js";
import type { Block, Statement, StatementOf, Statements } from "../syntax/ast.js";
import { boundNames } from "../syntax/ast.js";
import { refuse } from "../catalogue.js";
import type { Completion, Evaluation } from "./evaluation.js";
import { enterFrame, innerFrame, type Frame, type Hint } from "../values/frame.js";
import { binary } from "./operators.js";
import { ArrayValue, Closure, describe, Tensor, type Value } from "../values/values.js";

/** Runs the statements of a block in an environment of their own. */
export function runBlock(evaluator: Evaluation, block: Block, outer: Frame<Value>, hint: Hint | undefined): Completion {
  const frame = innerFrame(outer);
  const { environment } = frame;
  for (const statement of block.statements) {
    if (statement.kind === "declare") {
      for (const { pattern } of statement.declarators) for (const name of boundNames(pattern)) environment.declare(name, pattern.span);
    } else if (statement.kind === "function") {
      environment.declare(statement.function.name, statement.span);
      // A function may be called above its declaration. Its parameters are named like those of a const.
      environment.define(statement.function.name, new Closure(statement.function, enterFrame(frame, statement, statement.function.name), false), false);
    }
  }
  for (const statement of block.statements) {
    const completion = run(evaluator, statement, frame, hint);
    if (completion !== undefined) return completion;
  }
  return undefined;
}

function run(evaluator: Evaluation, statement: Statement, frame: Frame<Value>, hint: Hint | undefined): Completion {
  const rule = rules[statement.kind] as (evaluator: Evaluation, statement: Statement, frame: Frame<Value>, hint: Hint | undefined) => Completion;
  return evaluator.lowering.deeper(statement.span, () => rule(evaluator, statement, frame, hint));
}

type Rule<K extends keyof Statements> = (evaluator: Evaluation, statement: StatementOf<K>, frame: Frame<Value>, hint: Hint | undefined) => Completion;

const rules: { readonly [K in keyof Statements]: Rule<K> } = {
  declare: (evaluator, { declarators, mutable }, frame) => {
    for (const declarator of declarators) evaluator.declare(declarator, frame, frame.environment, mutable);
    return undefined;
  },
  assign: (evaluator, statement, frame) => {
    const { name, nameSpan, operator, operatorSpan, value: right, span } = statement;
    const inner = enterFrame(frame, statement, name);
    let value = evaluator.evaluate(right, inner, name);
    if (operator !== undefined) {
      const before = evaluator.evaluate({ kind: "name", name, span: nameSpan }, frame);
      value = binary(evaluator.lowering, operator, { value: before, span: nameSpan }, { value, span: right.span }, operatorSpan, { name, span });
    }
    frame.environment.assign(name, value, nameSpan);
    return undefined;
  },
  evaluate: (evaluator, statement, frame) => {
    evaluator.evaluate(statement.value, enterFrame(frame, statement, undefined));
    return undefined;
  },
  if: (evaluator, { test, yes, no }, frame, hint) => {
    const decision = evaluator.evaluate(test, enterFrame(frame, test, undefined));
    if (typeof decision !== "boolean") {
      if (decision instanceof Tensor) refuse("GF2003", `if needs a condition known at compile time; this is ${describe(decision)}`, test.span, "write a ? b : c, which chooses element by element");
      refuse("GF2009", `if wants a condition, this is ${describe(decision)}`, test.span, "compare it: x !== 0, x !== undefined");
    }
    const chosen = decision ? yes : no;
    return chosen === undefined ? undefined : run(evaluator, chosen, frame, hint);
  },
  for: (evaluator, statement, frame, hint) => {
    const { start, test, update, body } = statement;
    let loop = innerFrame(frame);
    if (start?.kind === "declare") for (const { pattern } of start.declarators) for (const name of boundNames(pattern)) loop.environment.declare(name, pattern.span);
    if (start !== undefined) run(evaluator, start, loop, hint);
    for (let turn = 0; ; turn++) {
      evaluator.lowering.spend(statement.span);
      const more = evaluator.evaluate(test, enterFrame(loop, test, undefined));
      if (typeof more !== "boolean") return refuse("GF2003", `for needs a condition known at compile time; this is ${describe(more)}`, test.span, "loop to a static number; to repeat along a sequence, use scan or map");
      if (!more) return undefined;
      const completion = run(evaluator, body, { ...loop, turns: [...frame.turns, turn] }, hint);
      if (completion !== undefined) return completion;
      loop = { ...loop, environment: loop.environment.copy() };
      for (const each of update) run(evaluator, each, loop, hint);
    }
  },
  forOf: (evaluator, { pattern, mutable, items: source, body, span }, frame, hint) => {
    const items = evaluator.evaluate(source, enterFrame(frame, source, undefined));
    if (!(items instanceof ArrayValue)) return refuse("GF2002", `for...of wants an array, this is ${describe(items)}`, source.span, "to repeat along a sequence, use scan or map");
    for (const [turn, item] of items.items.entries()) {
      evaluator.lowering.spend(span);
      const inner = innerFrame(frame);
      const loop = { ...inner, turns: [...frame.turns, turn] };
      evaluator.bind(pattern, item, loop, loop.environment, mutable, source.span);
      const completion = run(evaluator, body, loop, hint);
      if (completion !== undefined) return completion;
    }
    return undefined;
  },
  block: (evaluator, { block }, frame, hint) => runBlock(evaluator, block, frame, hint),
  return: (evaluator, statement, frame, hint) => ({ value: statement.value === undefined ? undefined : evaluator.evaluate(statement.value, enterFrame(frame, statement, undefined), hint) }),
  throw: (evaluator, { message: source, span }, frame) => {
    const message = evaluator.evaluate(source, enterFrame(frame, source, undefined));
    if (typeof message !== "string") return refuse("GF2002", `the message of an error must be a string, this is ${describe(message)}`, source.span, "write throw new Error(`...`)");
    return refuse("GF4008", message.replace(/\.$/, ""), span, "the model itself makes this check; change what it was given");
  },
  function: () => undefined,
  invalid: (_, { diagnostic }) => {
    throw new DiagnosticError(diagnostic);
  },
};
