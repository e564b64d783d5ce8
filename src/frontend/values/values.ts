/**
 * What an expression of a model file evaluates to: something known at compile time (numbers, strings, booleans, arrays,
 * records, functions), or a tensor, which is a node of the graph.
 */
import type { Length } from "../../ir/graph/length.js";
import { visibleTypeText as typeText, type Dim, type ValueType } from "../../ir/graph/types.js";
import type { Initialiser, Node } from "../../ir/graph/node.js";
import type { Span } from "../../support/span.js";
import type { FunctionSyntax } from "../syntax/ast.js";
import type { Frame } from "./frame.js";

export type Value = number | string | boolean | undefined | Tensor | ArrayValue | RecordValue | FunctionValue | Init | Namespace;

/** What is known of a tensor beside its type. */
export interface Facts {
  /** The number of classes of an id. */
  readonly classes?: number | undefined;
  /** An id names a class; it is no quantity. */
  readonly id?: boolean | undefined;
  /** The value as a form over lengths: what a range can be as long as. */
  readonly ratio?: Ratio | undefined;
  /** Of what a map or a scan gives: its dimensions, outermost first, as an output is laid out. */
  readonly layout?: readonly Dim[] | undefined;
}

/** form / divisor, exactly. */
export interface Ratio {
  readonly form: Length;
  readonly divisor: number;
}

export class Tensor {
  constructor(readonly node: Node, readonly facts: Facts = {}) {}

  get type(): ValueType {
    return this.node.type;
  }
}

export class ArrayValue {
  /** The values in it, however deep. They may be shared, so few lines can hold very many. */
  readonly count: number;
  readonly nesting: number;

  constructor(readonly items: readonly Value[]) {
    [this.count, this.nesting] = extent(items);
  }
}

export class RecordValue {
  readonly count: number;
  readonly nesting: number;

  constructor(
    readonly entries: ReadonlyMap<string, Value>,
    /** Where the source gave a key its value. */
    readonly spans: ReadonlyMap<string, Span> = new Map(),
    /** An operation gave it: a key that it lacks is a mistake, not an option that was left out. */
    readonly exact = false,
  ) {
    [this.count, this.nesting] = extent(entries.values());
  }

  get(key: string): Value {
    return this.entries.get(key);
  }
}

function extent(values: Iterable<Value>): readonly [count: number, nesting: number] {
  let [count, nesting] = [0, 0];
  for (const value of values) {
    const inner = value instanceof ArrayValue || value instanceof RecordValue ? value : undefined;
    count += inner?.count ?? 1;
    nesting = Math.max(nesting, inner?.nesting ?? 0);
  }
  return [count, nesting + 1];
}

/** A function of the model's own. */
export class Closure {
  constructor(
    readonly syntax: FunctionSyntax,
    /** Where it was written: its names are counted from there. */
    readonly frame: Frame<Value>,
    /** Written at the top level of a file: each call makes its parameters anew. */
    readonly topLevel: boolean,
  ) {}
}

/** An operation of the language, by its name. */
export class BuiltinFunction {
  constructor(readonly name: string) {}
}

/** A method of an array: `xs.map`. */
export class Method {
  constructor(readonly name: "map" | "entries", readonly items: readonly Value[]) {}
}

export type FunctionValue = Closure | BuiltinFunction | Method | ArrayFrom;

/** `Array.from` */
export class ArrayFrom {}

export class Init {
  constructor(readonly initialiser: Initialiser) {}
}

/** `Math`, `Array`: only a few of their members exist. */
export class Namespace {
  constructor(readonly name: "Math" | "Array") {}
}

export function isFunction(value: Value): value is FunctionValue {
  return value instanceof Closure || value instanceof BuiltinFunction || value instanceof Method || value instanceof ArrayFrom;
}

/** A value as messages show it: `[64]`, `{time}[1]int`, `the number 3`, `a function`. */
export function describe(value: Value): string {
  if (value instanceof Tensor) return typeText(value.type);
  if (value === undefined) return "undefined";
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value === "string") return `the string ${JSON.stringify(value)}`;
  if (typeof value === "boolean") return `the boolean ${value}`;
  if (value instanceof ArrayValue) return `an array of ${value.items.length}`;
  if (value instanceof RecordValue) return value.entries.size === 0 ? "an empty record" : `a record of ${[...value.entries.keys()].join(", ")}`;
  if (value instanceof Init) return "an initialiser";
  if (value instanceof Namespace) return value.name;
  return "a function";
}

/** Where a leaf stands in a tree of records and arrays. */
export type Path = readonly string[];

export interface Leaf {
  readonly path: Path;
  readonly value: Value;
  readonly span: Span | undefined;
}

/** The leaves of a tree of records and arrays, in order. */
export function leaves(tree: Value, path: Path = [], span?: Span): Leaf[] {
  if (tree instanceof RecordValue) return [...tree.entries].flatMap(([key, value]) => leaves(value, [...path, key], tree.spans.get(key) ?? span));
  if (tree instanceof ArrayValue) return tree.items.flatMap((value, i) => leaves(value, [...path, String(i)], span));
  return [{ path, value: tree, span }];
}

/** The same tree with other leaves. */
export function mapLeaves(tree: Value, change: (value: Value, path: Path, span: Span | undefined) => Value, path: Path = [], span?: Span): Value {
  if (tree instanceof RecordValue) {
    const entries = new Map<string, Value>();
    for (const [key, value] of tree.entries) entries.set(key, mapLeaves(value, change, [...path, key], tree.spans.get(key) ?? span));
    return new RecordValue(entries, tree.spans, tree.exact);
  }
  if (tree instanceof ArrayValue) return new ArrayValue(tree.items.map((value, i) => mapLeaves(value, change, [...path, String(i)], span)));
  return change(tree, path, span);
}

/** The value at a path. */
export function valueAt(tree: Value, path: Path): Value {
  let value = tree;
  for (const key of path) {
    if (value instanceof RecordValue) value = value.get(key);
    else if (value instanceof ArrayValue) value = value.items[Number(key)];
    else return undefined;
  }
  return value;
}
