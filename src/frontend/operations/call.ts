/** A call of an operation of the language: its arguments, and the checks that operations share. */
import type { Origin } from "../../ir/graph/builder.js";
import type { Node } from "../../ir/graph/node.js";
import { visibleTypeText as typeText, type Dim } from "../../ir/graph/types.js";
import type { Span } from "../../support/span.js";
import { refuse } from "../catalogue.js";
import { dimensionOf } from "../values/dims.js";
import { oneName, type Frame, type Hint } from "../values/frame.js";
import type { Lowering } from "../values/lowering.js";
import { nearest } from "../../support/nearest.js";
import { describe, isFunction, RecordValue, Tensor, type FunctionValue, type Value } from "../values/values.js";

export interface Argument {
  readonly value: Value;
  readonly span: Span;
}

/** Calls a function of the model from inside an operation. */
export type Apply = (fn: FunctionValue, args: readonly Argument[], span: Span) => Value;

export class Call {
  constructor(
    readonly lowering: Lowering,
    readonly name: string,
    readonly args: readonly Argument[],
    /** The whole call, and the name of what is called. */
    readonly span: Span,
    readonly calleeSpan: Span,
    /** The call's syntax: what tells places in the source apart. */
    readonly site: object,
    readonly frame: Frame<Value>,
    readonly apply: Apply,
    /** What the result is bound to. */
    readonly hint: Hint | undefined,
  ) {}

  get builder() {
    return this.lowering.builder;
  }

  get origin(): Origin {
    return { name: oneName(this.hint), span: this.span };
  }

  /** Where a part of the result comes from: `layer.h` of `const layer = ...`. */
  partOrigin(part: string): Origin {
    const whole = oneName(this.hint);
    return { name: whole === undefined ? part : `${whole}.${part}`, span: this.span };
  }

  has(i: number): boolean {
    return this.args[i]?.value !== undefined;
  }

  value(i: number): Value {
    return this.args[i]?.value;
  }

  spanOf(i: number): Span {
    return this.args[i]?.span ?? this.calleeSpan;
  }

  /** An argument that is a real or an integer; a static number becomes a constant. */
  node(i: number, kind: "real" | "int" = "real"): Node {
    const value = this.value(i);
    if (value instanceof Tensor && value.type.kind === "condition") return refuse("GF2009", `${this.name} wants a number, this is ${describe(value)}`, this.spanOf(i), "write condition ? 1 : 0");
    if (value instanceof Tensor || typeof value === "number") return this.lowering.lift(value, this.spanOf(i), kind);
    return this.wrong(i, "a number", "give a number, or something computed from inputs and parameters");
  }

  /** The same, as a tensor with its facts. */
  tensor(i: number, kind?: "real" | "int"): Tensor {
    const value = this.value(i);
    const node = this.node(i, kind);
    return value instanceof Tensor ? value : new Tensor(node);
  }

  /** A quantity: anything but an id. */
  quantity(i: number): Node {
    const value = this.value(i);
    if (value instanceof Tensor && value.facts.id === true) refuse("GF2004", `${this.name} wants a quantity, this is an id: ${describe(value)}`, this.spanOf(i), "an id names a class: turn it into a vector with embedding(id, size) or oneHot(id)");
    return this.node(i);
  }

  /** A sequence: something that runs along a dimension. */
  sequence(i: number): Tensor {
    const value = this.value(i);
    if (value instanceof Tensor) return value;
    return this.wrong(i, "a sequence", "give a sequence, or range(\"step\", n)");
  }

  staticNumber(i: number, what: string): number {
    const value = this.value(i);
    if (typeof value === "number") return value;
    if (value instanceof Tensor) return refuse("GF2002", `${what} must be known at compile time; this is ${describe(value)}`, this.spanOf(i), "give a number, a const, or a setting");
    return this.wrong(i, `a number as ${what}`, "give a number");
  }

  /** A static whole number from 1 up. */
  count(i: number, what: string): number {
    const value = this.staticNumber(i, what);
    if (!Number.isSafeInteger(value) || value < 1) refuse("GF2004", `${what} must be a whole number from 1 up, this is ${value}`, this.spanOf(i), "give a whole number");
    return value;
  }

  string(i: number, what: string): string {
    const value = this.value(i);
    return typeof value === "string" ? value : this.wrong(i, `a string as ${what}`, `give it in quotes, as in "time"`);
  }

  function(i: number): FunctionValue {
    const value = this.value(i);
    return isFunction(value) ? value : this.wrong(i, "a function", "give a function, as in (x) => ...");
  }

  /** What an optional argument names as the dimension to run along: of `xs`, or undefined for the vector. */
  along(i: number, xs: Tensor): Dim | "vector" {
    return this.has(i) ? dimensionOf(xs, this.string(i, "the dimension"), this.spanOf(i)) : "vector";
  }

  /** The record of options that is argument i, with only the given keys. */
  options(i: number, keys: readonly string[]): ReadonlyMap<string, Value> {
    const value = this.value(i);
    if (value === undefined) return new Map();
    if (!(value instanceof RecordValue)) return this.wrong(i, "options", `write { ${keys.join(", ")} }`);
    for (const key of value.entries.keys()) {
      if (keys.includes(key)) continue;
      const close = nearest(key, keys);
      refuse("GF2005", `${this.name} has no option ${key}`, value.spans.get(key) ?? this.spanOf(i), close === undefined ? `it has ${keys.join(", ")}` : `did you mean ${close}?`);
    }
    return value.entries;
  }

  /** Where the source gives an option of argument i. */
  optionSpan(i: number, key: string): Span {
    const value = this.value(i);
    return (value instanceof RecordValue ? value.spans.get(key) : undefined) ?? this.spanOf(i);
  }

  /** The option `over` of argument i: the dimension of xs that it names, or the only one. */
  over(i: number, keys: readonly string[] = ["over"]): string | undefined {
    const over = this.options(i, keys).get("over");
    if (over === undefined || typeof over === "string") return over;
    return refuse("GF2004", `over names a dimension, this is ${describe(over)}`, this.optionSpan(i, "over"), "give its name in quotes, as in { over: \"time\" }");
  }

  wrong(i: number, wanted: string, help: string): never {
    return refuse("GF2004", `${this.name} wants ${wanted}, this is ${describe(this.value(i))}`, this.spanOf(i), help);
  }

  /** A node that must be one integer. */
  index(i: number, what: string): Tensor {
    const value = this.tensor(i, "int");
    if (value.type.kind !== "int") refuse("GF2004", `${what} must be an integer, this is ${typeText(value.type)}`, this.spanOf(i), "floor(x) gives an integer");
    return value;
  }
}
