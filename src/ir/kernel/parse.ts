/**
 * Reads the text form of kernels back: print, parse and print again give the same text.
 *
 *   kernel    = "kernel" name "stage" int "(" [axis {"," axis}] ")" ["tile" "(" int {"," int} ")"] "{" {line} "}"
 *   axis      = name ":" (word | int | "(" length ")") ["[" expr ".." expr "]"]
 *   line      = value "=" expr | reduction | name "[" [expr {"," expr}] "]" "=" expr
 *   reduction = "for" axis {"," axis} ["at" "(" [name {"," name}] ")"] "{" {value "=" expr | sum} "}"
 *   sum       = accumulator "=" ("sum" | "max" | "min" | "argmax" | "top" int) expr ["from" expr]
 *
 * A value is v0, v1, ...; an accumulator a0, a1, ... Expressions are those of print.ts; parentheses are optional only where
 * an expression stands alone. Comments, from // to the end of the line, are left out.
 */
import { fixedLength, freeLength } from "../graph/length.js";
import type { Accumulator, Axis, BinaryFunction, Buffer, Expr, ExprKind, Extent, Kernel, Reduction, Store, UnaryFunction } from "./kernel.js";
import { binaryKind, elementKind, naturalKind, unaryKind } from "./kinds.js";
import { infix } from "./print.js";
import { TokenReader } from "./tokens.js";

export interface ParseContext {
  /** The buffer of a name. */
  readonly buffer: (name: string) => Buffer | undefined;
  /** Axes of enclosing loops. */
  readonly axes?: readonly Axis[];
}

export function parseKernel(text: string, context: ParseContext): Kernel {
  const reader = new TokenReader(text);
  const kernel = new KernelParser(reader, context).kernel();
  if (reader.peek().kind !== "end") reader.fail("expected the end");
  return kernel;
}

const unaryNames: { readonly [F in UnaryFunction]: true } = {
  negate: true, exp: true, log: true, log1p: true, sqrt: true, absolute: true, sin: true, cos: true, tanh: true, sigmoid: true, erf: true, floor: true, not: true,
};

const kindNames: { readonly [K in ExprKind]: true } = { real: true, int: true, condition: true };

const operators = new Map<string, BinaryFunction>(Object.entries(infix).flatMap(([f, sign]) => (sign === undefined ? [] : [[sign, f as BinaryFunction]])));

function isUnary(name: string): name is UnaryFunction {
  return Object.hasOwn(unaryNames, name);
}

function isKind(name: string): name is ExprKind {
  return Object.hasOwn(kindNames, name);
}

export class KernelParser {
  readonly #reader: TokenReader;
  readonly #context: ParseContext;
  readonly #axes = new Map<string, Axis>();
  readonly #values = new Map<string, Expr>();
  readonly #accumulators = new Map<string, { readonly reduction: Reduction; readonly slot: number }>();

  constructor(reader: TokenReader, context: ParseContext) {
    this.#reader = reader;
    this.#context = context;
    for (const axis of context.axes ?? []) this.#axes.set(axis.name, axis);
  }

  kernel(): Kernel {
    const r = this.#reader;
    r.expect("kernel");
    const name = r.name();
    r.expect("stage");
    const stage = r.integer();
    const space = r.list("(", ")", () => this.axis());
    const tile = r.skip("tile") ? r.list("(", ")", () => r.integer()) : undefined;
    const reductions: Reduction[] = [];
    const stores: Store[] = [];
    r.expect("{");
    while (!r.skip("}")) {
      if (r.is("for") && !r.is("[", 1)) reductions.push(this.#reduction(space));
      else if (!this.#value()) stores.push(this.#store());
    }
    return { name, stage, space, reductions, stores, ...(tile === undefined ? {} : { tile }) };
  }

  axis(): Axis {
    const r = this.#reader;
    const name = r.name();
    r.expect(":");
    const parenthesised = r.skip("(");
    // Without parentheses a length is one word or number: what follows may be the next axis or a window.
    const length = parenthesised ? r.length() : r.peek().kind === "number" ? fixedLength(r.integer()) : freeLength(r.name());
    if (parenthesised) r.expect(")");
    let extent: Extent = { kind: "length", length };
    if (r.skip("[")) {
      const start = this.expr();
      r.expect("..");
      const end = this.expr();
      r.expect("]");
      extent = { kind: "window", length, start, end };
    }
    const axis: Axis = { name, extent };
    this.#axes.set(name, axis);
    return axis;
  }

  /** `v0 = ...`: true where it was one. */
  #value(): boolean {
    const r = this.#reader;
    const { kind, text } = r.peek();
    if (kind !== "word" || !/^v\d+$/.test(text) || !r.is("=", 1)) return false;
    r.take();
    r.take();
    this.#values.set(text, this.expr());
    return true;
  }

  #reduction(space: readonly Axis[]): Reduction {
    const r = this.#reader;
    r.expect("for");
    const axes = [this.axis()];
    while (r.skip(",")) axes.push(this.axis());
    const depth = r.skip("at") ? r.list("(", ")", () => r.name()).length : space.length;
    const accumulators: Accumulator[] = [];
    const reduction: Reduction = { axes, depth, accumulators };
    const names: string[] = [];
    r.expect("{");
    while (!r.skip("}")) {
      if (this.#value()) continue;
      names.push(r.name());
      r.expect("=");
      accumulators.push(this.#accumulator());
    }
    names.forEach((name, slot) => this.#accumulators.set(name, { reduction, slot }));
    return reduction;
  }

  #accumulator(): Accumulator {
    const r = this.#reader;
    const f = r.name();
    if (f !== "sum" && f !== "max" && f !== "min" && f !== "argmax" && f !== "top") return r.fail(`expected sum, max, min, argmax or top before this instead of ${f}`);
    const k = f === "top" ? r.integer() : undefined;
    const value = this.expr();
    const start = r.skip("from") ? this.expr() : undefined;
    return { f, value, source: undefined, ...(k === undefined ? {} : { k }), ...(start === undefined ? {} : { start }) };
  }

  #store(): Store {
    const r = this.#reader;
    const buffer = this.#buffer(r.name());
    const index = r.list("[", "]", () => this.expr());
    r.expect("=");
    return { buffer, index, value: this.expr(), source: undefined };
  }

  #buffer(name: string): Buffer {
    return this.#context.buffer(name) ?? this.#reader.fail(`there is no buffer ${JSON.stringify(name)} before this`);
  }

  /** One operand, or two with an operator between them. */
  expr(): Expr {
    const left = this.#operand();
    const f = this.#reader.peek().kind === "sign" ? operators.get(this.#reader.peek().text) : undefined;
    if (f === undefined) return left;
    this.#reader.take();
    const right = this.#operand();
    return { op: "binary", kind: binaryKind(f, left.kind, right.kind), f, left, right };
  }

  #operand(): Expr {
    const r = this.#reader;
    const { kind, text } = r.peek();
    if (r.skip("(")) {
      const inner = this.expr();
      r.expect(")");
      return inner;
    }
    if (kind === "number" || r.is("-") || r.is("Infinity") || r.is("NaN")) return this.#number();
    if (kind === "word" && r.is("(", 1)) return this.#call();
    if (kind !== "word" && kind !== "string") return r.fail("expected an expression");
    if (r.is("[", 1)) return this.#load();
    r.take();
    if (kind === "word" && (text === "true" || text === "false")) return { op: "number", kind: "condition", value: text === "true" ? 1 : 0 };
    const value = kind === "word" ? (this.#values.get(text) ?? this.#result(text)) : undefined;
    if (value !== undefined) return value;
    const axis = this.#axes.get(text);
    return axis === undefined ? r.fail(`${JSON.stringify(text)} is no axis, value or accumulator; it stands before this`) : { op: "axis", kind: "int", axis };
  }

  #number(): Expr {
    const r = this.#reader;
    const sign = r.skip("-") ? -1 : 1;
    const { text } = r.take();
    const value = sign * Number(text);
    if (Number.isNaN(value) && text !== "NaN") return r.fail("expected a number before this");
    return { op: "number", kind: /^\d+$/.test(text) && !Object.is(value, -0) ? "int" : "real", value };
  }

  #load(): Expr {
    const buffer = this.#buffer(this.#reader.name());
    const index = this.#reader.list("[", "]", () => this.expr());
    return { op: "load", kind: elementKind(buffer), buffer, index };
  }

  #result(name: string): Expr | undefined {
    const found = this.#accumulators.get(name);
    if (found === undefined) return undefined;
    const expr: Expr = { op: "result", kind: "real", ...found };
    return { ...expr, kind: naturalKind(expr) };
  }

  #call(): Expr {
    const r = this.#reader;
    const name = r.name();
    const part = /^(a\d+)\.(values|ids)$/.exec(name);
    if (part !== null) {
      const found = this.#accumulators.get(part[1] ?? "");
      if (found === undefined) return r.fail(`there is no accumulator ${name} before this`);
      const [rank] = r.list("(", ")", () => this.expr());
      const expr: Expr = { op: "result", kind: "real", ...found, part: part[2] === "ids" ? "ids" : "values", ...(rank === undefined ? {} : { rank }) };
      return { ...expr, kind: naturalKind(expr) };
    }
    if (name === "length") {
      r.expect("(");
      const length = r.length();
      r.expect(")");
      return { op: "length", kind: "int", length };
    }
    const args = r.list("(", ")", () => this.expr());
    const [first, second, third] = args;
    if (name === "draw" && first?.op === "number") return { op: "draw", kind: "real", site: first.value, counters: args.slice(1) };
    if (name === "select" && first !== undefined && second !== undefined && third !== undefined) {
      const select: Expr = { op: "select", kind: "real", condition: first, yes: second, no: third };
      return { ...select, kind: naturalKind(select) };
    }
    if (first !== undefined && args.length === 1) {
      if (isKind(name)) return { ...first, kind: name } as Expr;
      if (isUnary(name)) return { op: "unary", kind: unaryKind(name, first.kind), f: name, arg: first };
    }
    if (first !== undefined && second !== undefined && (name === "power" || name === "minimum" || name === "maximum")) {
      return { op: "binary", kind: binaryKind(name, first.kind, second.kind), f: name, left: first, right: second };
    }
    return r.fail(`${name} of ${args.length} is not known; it stands before this`);
  }
}
