/**
 * What the lowering of one model shares: the builder, the maps and scans that are open, and the fuel that bounds how much a
 * model may be written out.
 */
import { GraphBuilder, type OpenRegion, type Origin } from "../ir/graph/builder.js";
import { ShapeError } from "../ir/graph/infer.js";
import type { ElementwiseOp, Node } from "../ir/graph/node.js";
import type { Dim, Kind } from "../ir/graph/types.js";
import type { Span } from "../support/span.js";
import { refuse } from "./catalogue.js";
import { describe, Tensor, type Facts, type Value } from "./values.js";

/** A map whose body is being evaluated: elements of `over` are indexed by `index`. */
export interface OpenMap {
  readonly over: Dim;
  readonly index: Dim;
}

export interface Limits {
  /** Calls of functions and turns of static loops. */
  readonly steps: number;
  readonly nodes: number;
  /** Calls and expressions inside one another. */
  readonly depth: number;
}

export const defaultLimits: Limits = { steps: 200_000, nodes: 400_000, depth: 800 };

export class Lowering {
  readonly builder = new GraphBuilder();
  readonly maps: OpenMap[] = [];
  readonly regions: OpenRegion[] = [];
  private steps = 0;
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
    const node = this.builder.apply(op, args, origin);
    if (node.id > this.limits.nodes) refuse("GF1009", `written out, the model has more than ${this.limits.nodes} operations`, origin?.span, "repeat with a scan or a map over range(\"step\", n), which is not written out");
    return node;
  }

  /** A value as a node. A static number is an integer where an integer fits and is wanted. */
  lift(value: Value, span: Span, kind: Kind = "real"): Node {
    if (value instanceof Tensor) return value.node;
    if (typeof value === "number") return this.builder.constant(value, kind === "int" && Number.isInteger(value) ? "int" : "real");
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
