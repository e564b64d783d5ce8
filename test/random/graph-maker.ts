/**
 * The workshop in which random graphs are made: the values at hand, how large each can be, and the small constructions that
 * every move needs (a value of a wanted type, a dimension taken away).
 *
 * Every real value has a bound on its size, so that nothing blows up: what grows too large is squashed. Nothing depends on
 * a comparison of rounded numbers unless the graph is marked as discontinuous, so a result in float32 lies near the one in
 * float64.
 */
import { GraphBuilder } from "../../src/ir/graph/builder.js";
import { count, reduce } from "../../src/ir/graph/compose.js";
import { ShapeError, windowDims } from "../../src/ir/graph/infer.js";
import { addLengths, fixedLength, floorDivideLength, freeLength, scaleLength } from "../../src/ir/graph/length.js";
import type { Dim, Node, NodeOf, ValueType } from "../../src/ir/graph/node.js";
import { hasDim } from "../../src/ir/graph/types.js";
import type { Choices } from "./choices.js";

export type Feature = "scan" | "nested" | "reverse" | "map" | "window" | "draw" | "matrix" | "discontinuous" | "history" | "default" | "per" | "int";

export interface Scope {
  /** Dimensions that must not leave it. */
  readonly local: Set<Dim>;
  /** For a scan: its region while it is open. */
  readonly region?: { readonly id: number; readonly over: Dim; readonly step: Node; readonly reverse: boolean };
  /** For a map: what it runs along, inside and outside. */
  readonly map?: { readonly over: Dim; readonly index: Dim };
}

/** No longest run has more positions than this along a free dimension. */
export const longestFree = 6;

/** The largest size that a value is let have. */
const largest = 4;

export class GraphMaker {
  readonly b = new GraphBuilder();
  readonly inputs: NodeOf<"input">[] = [];
  readonly scopes: Scope[] = [{ local: new Set() }];
  pool: Node[] = [];
  discontinuous = false;
  private readonly bounds = new Map<Node, number>();
  private readonly knownDims = new Set<Dim>();
  private names = 0;

  constructor(readonly choices: Choices, readonly without: ReadonlySet<Feature>) {}

  allows(feature: Feature): boolean {
    return !this.without.has(feature);
  }

  get scope(): Scope {
    const scope = this.scopes.at(-1);
    if (scope === undefined) throw new Error("no scope");
    return scope;
  }

  /** Runs a construction that the shape rules may refuse; then nothing comes of it. */
  attempt<T>(make: () => T): T | undefined {
    try {
      return make();
    } catch (error) {
      if (error instanceof ShapeError) return undefined;
      throw error;
    }
  }

  // ---- Values.

  bound(node: Node): number {
    return this.bounds.get(node) ?? 1;
  }

  withBound(node: Node, bound: number): Node {
    this.bounds.set(node, bound);
    return node;
  }

  /** Puts a value among those at hand; one that could be too large, or runs along too many dimensions, is reduced first. */
  keep(node: Node, bound: number): Node {
    let kept = this.squash(this.withBound(node, bound), largest);
    for (let dims = removable(kept); kept.type.dims.length > 3; dims = removable(kept)) kept = this.removeDim(kept, this.choices.pick(dims));
    this.pool.push(kept);
    return kept;
  }

  /** The value itself, or one that depends on it and is at most so large. */
  squash(node: Node, limit: number): Node {
    if (node.type.kind === "condition" || this.bound(node) <= limit) return node;
    if (node.type.kind === "int") return this.withBound(this.b.apply("modulo", [node, this.b.constant(limit + 1, "int")]), limit);
    return this.withBound(this.b.apply(this.choices.pick(["tanh", "sin", "erf"] as const), [node]), 1);
  }

  private any(kind: ValueType["kind"], fits: (node: Node) => boolean): Node | undefined {
    const found = this.pool.filter((node) => node.type.kind === kind && fits(node));
    // The newest first: so graphs grow deep, and the simplest choice is the last value that was made.
    return found.length === 0 ? undefined : found[found.length - 1 - this.choices.below(Math.min(found.length, 8))];
  }

  real(fits: (node: Node) => boolean = () => true): Node {
    return this.any("real", fits) ?? this.input();
  }

  vector(): Node {
    return this.any("real", (node) => node.type.shape.length === 1) ?? this.input();
  }

  int(): Node {
    return this.any("int", () => true) ?? this.withBound(this.b.constant(this.choices.below(5), "int"), 4);
  }

  /** A single integer at each position. */
  index(): Node {
    return this.any("int", (node) => node.type.shape.length === 1 && node.type.shape[0] === 1) ?? this.withBound(this.b.constant(this.choices.below(5), "int"), 4);
  }

  condition(): Node {
    const known = this.any("condition", () => true);
    if (known !== undefined && !this.choices.once(3)) return known;
    const op = this.choices.pick(["less", "equal", "lessEqual", "notEqual"] as const);
    return this.attempt(() => this.b.apply(op, [this.int(), this.int()])) ?? this.b.apply(op, [this.int(), this.b.constant(1, "int")]);
  }

  /** A real that can stand beside another in an elementwise op. */
  beside(x: Node): Node {
    const y = this.real();
    if (this.attempt(() => this.b.apply("add", [x, y])) !== undefined) return y;
    const size = x.type.shape.at(-1) ?? 1;
    if (y.type.shape.length === 1 && x.type.shape.length === 1) {
      const fitted = this.resize(y, size);
      if (this.attempt(() => this.b.apply("add", [x, fitted])) !== undefined) return fitted;
    }
    return this.constant();
  }

  constant(): Node {
    const value = this.choices.number(1);
    return this.withBound(this.b.constant(value), Math.abs(value));
  }

  // ---- The interface of the model.

  input(dims: readonly Dim[] = this.choices.some(this.inputDims(), 3)): Node {
    const shape = [1 + this.choices.below(4)];
    return this.declare({ kind: "real", dims, shape }, 1);
  }

  intInput(): Node {
    const classes = 1 + this.choices.below(5);
    return this.declare({ kind: "int", dims: this.choices.some(this.inputDims(), 3), shape: [1] }, classes - 1, classes);
  }

  private declare(type: ValueType, bound: number, classes?: number): Node {
    const name = `${type.kind === "int" ? "id" : "in"}${this.names++}`;
    const fallback = this.allows("default") && type.kind === "real" && this.choices.once(6) ? [this.b.constant(0.25, "real", this.choices.once(2) ? type.shape : [1])] : [];
    const node = this.b.make("input", fallback, classes === undefined ? { name, type } : { name, type, classes }, { name });
    this.inputs.push(node);
    this.pool.push(this.withBound(node, bound));
    return node;
  }

  param(shape: readonly number[], dims: readonly Dim[] = []): Node {
    const name = this.choices.pick(["w", "gate.weight", "layer.0.bias", "table"]) + String(this.names++);
    const init = this.choices.once(5) ? ([{ kind: "glorot" }, { kind: "uniform", low: -0.1, high: 0.1 }, { kind: "constant", value: -0 }, { kind: "normal", deviation: 1e-7 }] as const)[this.choices.below(4)] : undefined;
    const per = dims.length > 0 ? dims : this.allows("per") && this.choices.once(8) ? [this.fixedDim()] : [];
    return this.withBound(this.b.make("param", [], init === undefined ? { name, per, shape } : { name, per, shape, init }, { name }), 0.7);
  }

  // ---- Dimensions.

  inputDims(): Dim[] {
    return [this.b.dim("time", freeLength("time")), this.b.dim("source", freeLength("source")), this.b.dim("head", 2)];
  }

  fixedDim(): Dim {
    return this.choices.pick([this.b.dim("head", 2), this.b.dim("tap", 3), this.b.dim("one", 1)]);
  }

  /** Any sequence dimension: free, fixed, or as long as others make it. */
  sequenceDim(): Dim {
    const time = freeLength("time");
    const made: Dim = this.choices.pick([
      this.b.dim("time", time),
      this.b.dim("source", freeLength("source")),
      this.b.dim("tap", 3),
      this.b.dim("frame", floorDivideLength(addLengths(time, fixedLength(1)), 2)),
      this.b.dim("late", addLengths(time, fixedLength(-2))),
      this.b.dim("all", addLengths(scaleLength(time, 2), addLengths(freeLength("source"), fixedLength(1)))),
      this.b.dim("key", time),
    ]);
    return made;
  }

  /** A dimension that is made inside the present scope must not leave it. */
  local(dim: Dim): Dim {
    if (!this.knownDims.has(dim)) this.scope.local.add(dim);
    this.knownDims.add(dim);
    return dim;
  }

  /** Runs a construction inside a scope; the values that it makes are gone afterwards. */
  within<T>(scope: Scope, begin: readonly Node[], make: () => T): T {
    const outside = this.pool;
    this.pool = [...outside, ...begin];
    this.scopes.push(scope);
    try {
      return make();
    } finally {
      this.scopes.pop();
      this.pool = outside;
      for (const dim of scope.local) this.knownDims.delete(dim);
    }
  }

  /** How many positions a dimension can have. */
  longest(dim: Dim): number {
    return dim.length.terms.length === 0 ? dim.length.constant : dim.name === "all" ? 3 * longestFree + 1 : longestFree;
  }

  /** The value without a dimension: summed, the largest taken, one element taken, averaged. */
  removeDim(x: Node, dim: Dim): Node {
    const { b } = this;
    if (x.type.kind === "condition") return this.removeDim(this.withBound(b.apply("select", [x, b.constant(1), b.constant(-0.5)]), 1), dim);
    const way = this.choices.below(x.type.kind === "int" ? 2 : 5);
    const bound = this.bound(x);
    switch (way) {
      case 0: return this.withBound(b.make("at", [x, this.indexInto(dim)], { dim }), bound);
      case 1: {
        const sum = reduce(b, "sum", x, dim);
        if (x.type.kind === "int") return this.squash(this.withBound(sum, bound * this.longest(dim)), 7);
        return this.withBound(b.apply("multiply", [sum, b.constant(0.25)]), (bound * this.longest(dim)) / 4);
      }
      // The largest of nothing is -Infinity, which no tolerance can compare.
      case 2: return this.withBound(b.apply("maximum", [reduce(b, "max", x, dim), b.constant(-1)]), Math.max(1, bound));
      case 3: return this.withBound(b.apply("minimum", [b.constant(1), reduce(b, "min", x, dim)]), Math.max(1, bound));
      default: return this.withBound(b.apply("divide", [reduce(b, "sum", x, dim), b.apply("maximum", [count(b, x, dim), b.constant(1, "int")])]), bound);
    }
  }

  /** The scan whose step is being written, if any. */
  innermostScan(): Scope["region"] {
    return [...this.scopes].reverse().find((scope) => scope.region !== undefined)?.region;
  }

  /** An index along a dimension: inside, at its ends, or outside. Its own dimensions are none. */
  private indexInto(dim: Dim): Node {
    const { b, choices } = this;
    const step = this.innermostScan()?.step;
    switch (choices.below(step === undefined ? 3 : 4)) {
      case 0: return b.constant(choices.below(4), "int");
      case 1: return b.constant(choices.pick([-1, 6, 100]), "int");
      case 2: return b.apply("subtract", [b.make("length", [], { length: dim.length }), b.constant(1 + choices.below(2), "int")]);
      default: return b.apply("subtract", [step ?? b.constant(0, "int"), b.constant(choices.below(3), "int")]);
    }
  }

  // ---- Values of a wanted type.

  linear(x: Node, size: number, bias: boolean): Node {
    const n = x.type.shape.at(-1) ?? 1;
    const product = this.b.make("contract", [this.param([size, n], this.choices.once(10) && this.allows("per") ? [this.b.dim("head", 2)] : []), x], { dims: [], axis: true });
    const bound = 0.7 * n * this.bound(x);
    return bias ? this.withBound(this.b.apply("add", [product, this.param([size])]), bound + 0.7) : this.withBound(product, bound);
  }

  /** A real vector of another size that depends on the vector. */
  resize(x: Node, size: number): Node {
    const own = x.type.shape[0] ?? 1;
    if (own === size) return x;
    if (own > size && this.choices.once(2)) return this.withBound(this.b.make("sliceAxis", [x], { axis: 0, start: this.choices.below(own - size + 1), size }), this.bound(x));
    // A parameter along a dimension of its own would give the result that dimension.
    const product = this.b.make("contract", [this.plainParam([size, own]), x], { dims: [], axis: true });
    return this.withBound(product, 0.7 * own * this.bound(x));
  }

  private plainParam(shape: readonly number[]): Node {
    const name = `fit${this.names++}.weight`;
    return this.withBound(this.b.make("param", [], { name, per: [], shape }, { name }), 0.7);
  }

  /** A value that depends on another and has just the type; of reals, no larger than 1. */
  coerce(x: Node, { kind, dims, shape }: ValueType): Node {
    const { b } = this;
    let y = x;
    if (y.type.kind === "condition") y = this.withBound(b.apply("select", [y, b.constant(1, kind === "int" ? "int" : "real"), b.constant(0, kind === "int" ? "int" : "real")]), 1);
    if (y.type.kind === "int" && kind === "real") y = this.withBound(b.apply("multiply", [b.apply("toReal", [y]), b.constant(0.125)]), this.bound(y) / 8);
    if (y.type.kind === "real" && kind === "int") {
      // No rounding of a real that was computed: only its place counts.
      y = this.withBound(b.constant(this.choices.below(5), "int"), 4);
    }
    y = this.removeDims(y, (dim) => !dims.includes(dim));
    while (y.type.shape.length > shape.length) y = this.lastElement(y);
    if (shape.length === 1 && kind === "real") y = this.resize(y, shape[0] ?? 1);
    if (y.type.shape.some((size, axis) => size !== shape[axis]) || y.type.shape.length !== shape.length) y = this.fill(y, { kind, dims: [], shape });
    const missing = dims.filter((dim) => !hasDim(y.type, dim));
    if (missing.length > 0) y = this.withBound(b.make("broadcast", [y], { dims: missing }), this.bound(y));
    return this.squash(y, kind === "int" ? 7 : 1);
  }

  /** A larger axis of zeros to which the value's first element is added. */
  private fill(y: Node, { kind, shape }: ValueType): Node {
    let single = y;
    while (single.type.shape.length > 1) single = this.lastElement(single);
    if (single.type.shape[0] !== 1) single = this.withBound(this.b.make("sliceAxis", [single], { axis: 0, start: 0, size: 1 }), this.bound(y));
    return this.withBound(this.b.apply("add", [single, this.b.constant(0, kind === "int" ? "int" : "real", shape)]), this.bound(y));
  }

  /** A matrix loses its last axis. */
  lastElement(x: Node): Node {
    if (x.type.kind === "condition") return this.lastElement(this.withBound(this.b.apply("select", [x, this.b.constant(1), this.b.constant(0)]), 1));
    return this.withBound(this.b.make("reduce", [x], { f: "sum", dims: [], axis: true }), this.bound(x) * (x.type.shape.at(-1) ?? 1));
  }

  /** Takes away every dimension that is not wanted; windows go before what their bounds vary along. */
  removeDims(x: Node, unwanted: (dim: Dim) => boolean): Node {
    let y = x;
    for (;;) {
      // A window that is wanted goes, too, where its bounds vary along something that is not.
      const doomed = y.type.dims.filter((dim) => unwanted(dim) || windowDims(dim).some(unwanted));
      const next = removable(y).find((dim) => doomed.includes(dim));
      if (next === undefined) return y;
      y = this.removeDim(y, next);
    }
  }

  /** A value that may leave the present scope: without what is local to it. */
  settle(x: Node, extra: (dim: Dim) => boolean = () => false): Node {
    const { local } = this.scope;
    return this.removeDims(x, (dim) => local.has(dim) || extra(dim));
  }
}

/** The dimensions that no window of the value depends on. */
export function removable(node: Node): readonly Dim[] {
  return node.type.dims.filter((dim) => !node.type.dims.some((other) => windowDims(other).includes(dim)));
}
