/**
 * What the lowering of one model shares: the builder, the maps and scans that are open, and the fuel that bounds how much a
 * model may be written out.
 */
import { GraphBuilder, type OpenRegion, type Origin } from "../../ir/graph/builder.js";
import { ShapeError } from "../../ir/graph/infer.js";
import type { ElementwiseOp, Node } from "../../ir/graph/node.js";
import type { Dim, Kind } from "../../ir/graph/types.js";
import { isInt32 } from "../../support/int32.js";
import type { Span } from "../../support/span.js";
import { refuse } from "../catalogue.js";
import { checkSize } from "./sizes.js";
import { ArrayValue, describe, RecordValue, Tensor, type Facts, type Value } from "./values.js";

/** A map whose body is being evaluated: elements of `over` are indexed by `index`. */
export interface OpenMap {
  readonly over: Dim;
  readonly index: Dim;
}

export interface Limits {
  /** Calls of functions and turns of static loops. */
  readonly steps: number;
  /** Operations of the graph. */
  readonly nodes: number;
  /** Elements of all arrays and records that are built, and values in one of them, however deep. */
  readonly elements: number;
  /** Records and arrays within one another. */
  readonly nesting: number;
  /** Parts of which one vector is joined. */
  readonly parts: number;
  /** Characters of one string. */
  readonly text: number;
  /** Calls and expressions inside one another. */
  readonly depth: number;
}

export const defaultLimits: Limits = { steps: 50_000, nodes: 20_000, elements: 200_000, nesting: 200, parts: 1024, text: 20_000, depth: 800 };

export class Lowering {
  readonly builder = new GraphBuilder();
  readonly maps: OpenMap[] = [];
  readonly regions: OpenRegion[] = [];
  private steps = 0;
  private elements = 0;
  private readonly parts = new Map<Node, number>();
  private parameters = 0;
  private depth = 0;

  constructor(private readonly limits: Limits = defaultLimits) {}

  /** What a parameter is called until its name is known. */
  parameterKey(): string {
    this.parameters += 1;
    return `#${this.parameters}`;
  }

  /** What tells the draws of one place apart: the steps of the scans and the positions of the maps around it. */
  coordinates(besides: readonly Dim[] = []): Node[] {
    const indices = this.maps.filter(({ index }) => !besides.includes(index)).map(({ index }) => this.builder.make("index", [], { dim: index }));
    return [...this.regions.map((region) => region.step), ...indices];
  }

  /** Counts a call or a turn of a loop. */
  spend(span: Span): void {
    this.steps += 1;
    if (this.steps > this.limits.steps) refuse("GF1009", `written out, the model takes more than ${this.limits.steps} calls and turns of loops`, span, "repeat with a scan or a map over range(\"step\", n), which is not written out");
  }

  /** Counts the elements of an array or a record that is built. */
  build(count: number, span: Span): void {
    this.elements += count;
    if (this.elements > this.limits.elements) refuse("GF1009", `written out, the model builds arrays and records of more than ${this.limits.elements} elements`, span, "keep the numbers in one tensor, or repeat with a scan or a map over range(\"step\", n)");
  }

  /** Counts what a value is joined of, however deep: one that is joined with itself again and again has very many parts. */
  join(joined: Node, span: Span): void {
    const count = joined.args.reduce((sum, arg) => sum + (this.parts.get(arg) ?? 1), 0);
    if (count > this.limits.parts) refuse("GF1009", `a value is joined of more than ${this.limits.parts} parts`, span, "run along a dimension instead: map(range(\"part\", n), (i) => ...), then concat(x, \"part\")");
    this.parts.set(joined, count);
  }

  /** Holds what an expression gave against the limits: each of them is far above what any model needs. */
  bounded(value: Value, span: Span): Value {
    if (this.builder.size > this.limits.nodes) refuse("GF1009", `written out, the model has more than ${this.limits.nodes} operations`, span, "repeat with a scan or a map over range(\"step\", n), which is not written out");
    if (value instanceof Tensor) checkSize(value.type, span);
    else if (typeof value === "string" && value.length > this.limits.text) refuse("GF1009", `a string of more than ${this.limits.text} characters`, span, "a model needs strings only as names");
    else if (value instanceof ArrayValue || value instanceof RecordValue) {
      if (value.count > this.limits.elements) refuse("GF1009", `${describe(value)} holds more than ${this.limits.elements} values`, span, "keep the numbers in one tensor");
      if (value.nesting > this.limits.nesting) refuse("GF1010", `records and arrays are nested more than ${this.limits.nesting} deep`, span, "keep the values side by side");
    }
    return value;
  }

  deeper<T>(span: Span, body: () => T): T {
    if (this.depth >= this.limits.depth) refuse("GF1010", `calls and expressions are nested more than ${this.limits.depth} deep here`, span, "use a loop, or bind parts to consts");
    this.depth += 1;
    try {
      return body();
    } finally {
      this.depth -= 1;
    }
  }

  /** Runs `body`; what the shape rules refuse becomes a diagnostic at `span`. */
  at<T>(span: Span, body: () => T): T {
    try {
      return body();
    } catch (thrown) {
      if (!(thrown instanceof ShapeError)) throw thrown;
      return refuse("GF2001", thrown.message, span, thrown.help ?? "give both sides kinds and shapes that fit");
    }
  }

  apply(op: ElementwiseOp, args: readonly Node[], origin?: Origin): Node {
    return this.builder.apply(op, args, origin);
  }

  /** A value as a node. A static number is an integer where an integer fits and is wanted. */
  lift(value: Value, span: Span, kind: Kind = "real"): Node {
    if (value instanceof Tensor) return value.node;
    if (typeof value === "number") return this.builder.constant(value, kind === "int" && isInt32(value) ? "int" : "real");
    if (typeof value === "boolean" && kind === "condition") return this.builder.constant(value ? 1 : 0, "condition");
    return refuse("GF2004", `a value is wanted here, this is ${describe(value)}`, span, "give a number, or something computed from inputs and parameters");
  }

  /** An integer as a real; a real as it is. */
  toReal(node: Node): Node {
    return node.type.kind === "int" ? this.builder.apply("toReal", [node]) : node;
  }

  /** How many maps over `dim` are open. */
  mapLevel(dim: Dim): number {
    return this.maps.filter((map) => map.over === dim).length;
  }

  /** The value of a dimension's positions. */
  index(dim: Dim, facts?: Facts): Tensor {
    return new Tensor(this.builder.make("index", [], { dim }), facts);
  }
}
