/**
 * From nodes to scalar expressions: the value of a node at a position, with everything inlined that has no buffer of its
 * own. Reductions come out one by one, each with a single accumulator; kernels join them afterwards.
 */
import type { Length } from "../../ir/graph/length.js";
import type { BinaryOp, Node, NodeOf, Region, UnaryOp } from "../../ir/graph/node.js";
import type { Dim } from "../../ir/graph/types.js";
import type { Accumulator, Axis, Buffer, Expr, ExprKind, Extent, Reduction } from "../../ir/kernel/kernel.js";
import { defined, InternalError, invariant } from "../../support/invariant.js";
import { alignAxes, dimIndex, movedPosition, type ExprPosition, type Indexing } from "./access.js";
import { AxisDependence, type Expressions } from "./expressions.js";
import { orderDims } from "./loop-order.js";

/** Where a stored value lies. */
export interface Location {
  readonly buffer: Buffer;
  index(position: ExprPosition): readonly Expr[];
}

export class Values {
  /** Nodes with buffers of their own; filled by whoever lays them out. */
  readonly locations = new Map<Node, Location>();
  private readonly memo = new Map<string, Expr>();
  private readonly drafts = new Map<string, Reduction>();
  private readonly axes = new Map<string, Axis>();
  readonly dependence = new AxisDependence();
  private readonly indexing: Indexing<Expr>;
  private readonly loopAxis: (region: Region) => Axis;
  private readonly scanAxes = new Set<Axis>();

  constructor(
    private readonly exprs: Expressions,
    private readonly regions: ReadonlyMap<number, Region>,
    loopAxis: (region: Region) => Axis,
    /** A canonical rank for nodes: products of one sum are chained in the order of their vectors. */
    private readonly rank: (node: Node) => number,
  ) {
    this.loopAxis = (region) => {
      const axis = loopAxis(region);
      this.scanAxes.add(axis);
      return axis;
    };
    this.indexing = {
      zero: this.zero,
      offset: (index, by) => exprs.offset(index, by),
      join: (outer, inner, size) => exprs.add(exprs.times(outer, size), inner),
      quotient: (index, size) => exprs.quotient(index, size),
      remainder: (index, size) => exprs.remainder(index, size),
      value: (node, position) => this.at(node, { dims: position.dims, axes: [this.zero] }),
    };
  }

  // ---- Axes.

  /** The loops over a value's own positions, outermost first, and the position that they make. */
  space(dims: readonly Dim[], shape: readonly number[]): { space: readonly Axis[]; position: ExprPosition } {
    const space: Axis[] = [];
    const indices = new Map<Dim, Expr>();
    for (const dim of orderDims(dims)) {
      const axis = this.dimAxis(dim, dim.label, { dims: indices, axes: [] });
      space.push(axis);
      indices.set(dim, this.exprs.axis(axis));
    }
    const axes = shape.map((size, i) => {
      if (size === 1) return this.zero;
      const axis = this.vectorAxis("ijlmn"[Math.max(0, 1 - (shape.length - 1 - i))] ?? `j${i}`, size);
      space.push(axis);
      return this.exprs.axis(axis);
    });
    return { space, position: { dims: indices, axes } };
  }

  private dimAxis(dim: Dim, name: string, position: ExprPosition): Axis {
    const extent = this.extent(dim, position);
    const bounds = extent.kind === "window" ? `${this.exprs.id(extent.start)} ${this.exprs.id(extent.end)}` : "";
    return this.internAxis(`${name} ${dim.label} ${bounds}`, name, extent);
  }

  private vectorAxis(name: string, size: number): Axis {
    return this.internAxis(`${name} ${size}`, name, { kind: "length", length: { constant: size, terms: [] } });
  }

  private internAxis(key: string, name: string, extent: Extent): Axis {
    const known = this.axes.get(key);
    if (known !== undefined) return known;
    const axis: Axis = { name, extent };
    this.axes.set(key, axis);
    return axis;
  }

  extent(dim: Dim, position: ExprPosition): Extent {
    let bounds: { start: Expr; end: Expr } | undefined;
    for (let each = dim; each.origin.kind !== "sequence"; each = each.origin.of) {
      if (each.origin.kind === "index") continue;
      const start = this.at(each.origin.start, { dims: position.dims, axes: [this.zero] });
      const end = this.at(each.origin.end, { dims: position.dims, axes: [this.zero] });
      // A window of a window ends where either of them does.
      bounds = bounds === undefined ? { start, end } : { start: this.exprs.binary("maximum", bounds.start, start, "int"), end: this.exprs.binary("minimum", bounds.end, end, "int") };
    }
    return bounds === undefined ? { kind: "length", length: dim.length } : { kind: "window", length: dim.length, ...bounds };
  }

  // ---- Values.

  get zero(): Expr {
    return this.exprs.number(0, "int");
  }

  /** A node's value at a position: a load where it is stored, else its expression. */
  at(node: Node, position: ExprPosition): Expr {
    const location = this.locations.get(node);
    if (location !== undefined) {
      return this.exprs.load(location.buffer, location.index(position), node.type.kind);
    }
    return this.compute(node, position);
  }

  /** The expression of a node, whether it is stored or not. */
  compute(node: Node, position: ExprPosition): Expr {
    const dims = node.type.dims.map((dim) => `${dim.label}=${this.exprs.id(dimIndex(position, dim))}`);
    const key = `${node.id} ${dims.join(" ")} | ${position.axes.map((index) => this.exprs.id(index)).join(" ")}`;
    const known = this.memo.get(key);
    if (known !== undefined) return known;
    const result = this.expression(node, position);
    this.memo.set(key, result);
    return result;
  }

  private expression(node: Node, position: ExprPosition): Expr {
    const moved = movedPosition(node, position, this.indexing);
    if (moved !== undefined) return this.at(argument(node, 0), moved);
    const { exprs } = this;
    switch (node.op) {
      case "constant": return exprs.number(node.attributes.value, node.attributes.kind);
      case "iota": return position.axes[0] ?? this.zero;
      case "index": return dimIndex(position, node.attributes.dim);
      case "length": return exprs.length(node.attributes.length);
      case "step": return exprs.axis(this.loopAxis(this.region(node.attributes.region)));
      case "item": {
        const region = this.region(node.attributes.region);
        const xs = defined(region.sequences[node.attributes.slot], "a sequence for each item");
        const here = exprs.axis(this.loopAxis(region));
        return this.at(xs, { dims: new Map(position.dims).set(region.over, here), axes: position.axes });
      }
      case "toReal": case "stopGradient": return this.operand(node, 0, position);
      case "add": return this.sum(node, position);
      case "multiply": return this.fold(node, "multiply", node.args.map((_, i) => this.operand(node, i, position)));
      case "select": return exprs.select(this.operand(node, 0, position), this.operand(node, 1, position), this.operand(node, 2, position), node.type.kind, node.name);
      case "concat": return this.concat(node, position);
      case "at": return this.element(node, position);
      case "pick": return this.pick(node, position);
      case "draw": return exprs.draw(node.attributes.site, node.args.map((_, i) => this.operand(node, i, position)));
      case "contract": return this.contraction(node, position);
      case "reduce": case "argmax": case "top": return this.reduction(node, position);
      case "negate": case "exp": case "log": case "log1p": case "sqrt": case "absolute": case "sin": case "cos": case "tanh": case "sigmoid": case "erf": case "floor": case "not":
        return exprs.unary(node.op satisfies UnaryOp, this.operand(node, 0, position), node.type.kind, node.name);
      case "subtract": case "divide": case "modulo": case "power": case "minimum": case "maximum": case "less": case "lessEqual": case "equal": case "notEqual": case "and": case "or":
        return exprs.binary(node.op satisfies BinaryOp, this.operand(node, 0, position), this.operand(node, 1, position), node.type.kind, node.name);
      // Leaves and scans are found where they are stored, and ops that only move were dealt with before.
      case "input": case "param": case "state": case "history": case "scanOutput": case "scanFinal":
      case "sliceAxis": case "axisToDim": case "dimToAxis": case "view": case "broadcast":
        throw new InternalError(`${node.op} has no buffer`);
    }
  }

  private region(id: number): Region {
    return defined(this.regions.get(id), "the region of a parameter");
  }

  private operand(node: Node, i: number, position: ExprPosition): Expr {
    const arg = argument(node, i);
    return this.at(arg, { dims: position.dims, axes: alignAxes(position.axes, arg.type.shape, this.zero) });
  }

  private fold(node: Node, f: "add" | "multiply", terms: readonly Expr[]): Expr {
    const [first, ...rest] = terms;
    invariant(first !== undefined, "a sum without terms");
    return rest.reduce((total, term, i) => {
      const name = i === rest.length - 1 ? node.name : undefined;
      if (f === "add" && term.op === "unary" && term.f === "negate") return this.exprs.binary("subtract", total, term.arg, node.type.kind, name);
      return this.exprs.binary(f, total, term, node.type.kind, name);
    }, first);
  }

  /**
   * A sum. Products in it share one accumulator: the first begins at the terms that hold no reduction, each other one
   * where the one before it ended. They are chained in the order of their vectors, so that the sums of all gates of a cell
   * run through the same loops.
   */
  private sum(node: NodeOf<"add">, position: ExprPosition): Expr {
    const plain: Expr[] = [];
    const products: { value: (start: Expr | undefined) => Expr; axes: ReadonlySet<Axis>; rank: number }[] = [];
    for (const [i, arg] of node.args.entries()) {
      if (arg.op !== "contract" || this.locations.has(arg) || node.type.kind !== "real") {
        plain.push(this.operand(node, i, position));
        continue;
      }
      const inner = { dims: position.dims, axes: alignAxes(position.axes, arg.type.shape, this.zero) };
      const alone = this.contraction(arg, inner);
      products.push({ value: (start) => this.contraction(arg, inner, start), axes: this.varies(alone), rank: this.vectorRank(arg) });
    }
    if (products.length === 0) return this.fold(node, "add", plain);
    products.sort((a, b) => a.rank - b.rank);
    // What may begin an accumulator: terms that hold no reduction and vary along nothing that the products don't vary along.
    const common = products.map((product) => product.axes).reduce((a, b) => (subset(a, b) ? a : b));
    const begin = plain.filter((term) => !this.holdsResult(term) && subset(this.varies(term), common));
    const rest = plain.filter((term) => !begin.includes(term));
    let total = begin.length > 0 ? this.fold(node, "add", begin) : undefined;
    const apart: Expr[] = [];
    for (const product of products) {
      if (total !== undefined && !subset(this.varies(total), product.axes)) {
        apart.push(total);
        total = undefined;
      }
      total = product.value(total);
    }
    return this.fold(node, "add", [...(total === undefined ? [] : [total]), ...apart, ...rest]);
  }

  /** The loops of its own kernel that an expression varies along; those of scans around it are the same for all. */
  private varies(expr: Expr): ReadonlySet<Axis> {
    return new Set([...this.dependence.of(expr)].filter((axis) => !this.scanAxes.has(axis)));
  }

  private holdsResult(expr: Expr): boolean {
    if (expr.op === "result") return true;
    if (expr.op === "unary") return this.holdsResult(expr.arg);
    if (expr.op === "binary") return this.holdsResult(expr.left) || this.holdsResult(expr.right);
    if (expr.op === "select") return this.holdsResult(expr.condition) || this.holdsResult(expr.yes) || this.holdsResult(expr.no);
    return false;
  }

  private vectorRank(contract: NodeOf<"contract">): number {
    const vector = contract.args.find((arg) => arg.type.shape.length === 1 && arg.op !== "param") ?? argument(contract, 1);
    return this.rank(vector);
  }

  private concat(node: NodeOf<"concat">, position: ExprPosition): Expr {
    const { axis } = node.attributes;
    const index = defined(position.axes[axis], "an index on the joined axis");
    let result: Expr | undefined;
    let end = node.type.shape[axis] ?? 0;
    for (const part of [...node.args].reverse()) {
      const begin = end - (part.type.shape[axis] ?? 0);
      end = begin;
      if (index.op === "number" && !(index.value >= begin && index.value < begin + (part.type.shape[axis] ?? 0))) continue;
      const axes = position.axes.map((old, i) => (i === axis ? this.exprs.offset(index, -begin) : old));
      const value = this.at(part, { dims: position.dims, axes: alignAxes(axes, part.type.shape, this.zero) });
      if (result === undefined) result = value;
      else result = this.exprs.select(this.exprs.binary("lessEqual", this.exprs.number(begin + (part.type.shape[axis] ?? 0), "int"), index, "condition"), result, value, node.type.kind);
    }
    return defined(result, "a part for each component");
  }

  /** `condition ? value : 0`, where the condition is that an index lies inside. */
  private inside(index: Expr, length: Length, window: { start: Expr; end: Expr } | undefined, kind: ExprKind, value: () => Expr): Expr {
    const { exprs } = this;
    if (exprs.outside(index, length)) return exprs.number(0, kind);
    const tests: Expr[] = [];
    if (!exprs.notNegative(index)) tests.push(exprs.binary("lessEqual", this.zero, index, "condition"));
    if (!exprs.below(index, length)) tests.push(exprs.binary("less", index, exprs.length(length), "condition"));
    if (window !== undefined) tests.push(exprs.binary("lessEqual", window.start, index, "condition"), exprs.binary("less", index, window.end, "condition"));
    const [first, ...rest] = tests;
    if (first === undefined) return value();
    return exprs.select(rest.reduce((all, test) => exprs.binary("and", all, test, "condition"), first), value(), exprs.number(0, kind), kind);
  }

  /** A value that counts only inside some windows: 0 outside. */
  within(windows: readonly Dim[], position: ExprPosition, kind: ExprKind, value: () => Expr): Expr {
    const [first, ...rest] = windows;
    if (first === undefined) return value();
    const extent = this.extent(first, position);
    const window = extent.kind === "window" ? extent : undefined;
    const inner = this.within(rest, position, kind, value);
    return this.inside(dimIndex(position, first), first.length, window, kind, () => inner);
  }

  private element(node: NodeOf<"at">, position: ExprPosition): Expr {
    const { dim } = node.attributes;
    const index = this.indexing.value(argument(node, 1), position);
    const extent = this.extent(dim, position);
    const window = extent.kind === "window" ? extent : undefined;
    return this.inside(index, dim.length, window, node.type.kind, () => this.at(argument(node, 0), { dims: new Map(position.dims).set(dim, index), axes: position.axes }));
  }

  private pick(node: NodeOf<"pick">, position: ExprPosition): Expr {
    const table = argument(node, 0);
    const index = this.indexing.value(argument(node, 1), position);
    const size = table.type.shape[0] ?? 1;
    const axes = table.type.shape.length === 1 ? [index] : [index, ...position.axes];
    return this.inside(index, { constant: size, terms: [] }, undefined, node.type.kind, () => this.at(table, { dims: position.dims, axes }));
  }

  // ---- Reductions.

  /** The loops of a reduction, and the position inside them. */
  private loops(dims: readonly Dim[], vector: number | undefined, position: ExprPosition): { axes: Axis[]; dims: Map<Dim, Expr>; last: Expr | undefined } {
    const axes: Axis[] = [];
    const inner = new Map(position.dims);
    for (const dim of orderDims(dims)) {
      const axis = this.dimAxis(dim, `r_${dim.label}`, { dims: inner, axes: [] });
      axes.push(axis);
      inner.set(dim, this.exprs.axis(axis));
    }
    let last: Expr | undefined;
    if (vector !== undefined) {
      last = this.zero;
      if (vector > 1) {
        const axis = this.vectorAxis("k", vector);
        axes.push(axis);
        last = this.exprs.axis(axis);
      }
    }
    return { axes, dims: inner, last };
  }

  private innerAxes(arg: Node, position: ExprPosition, last: Expr | undefined): readonly Expr[] {
    if (last === undefined) return alignAxes(position.axes, arg.type.shape, this.zero);
    const outer = position.axes.slice(Math.max(0, position.axes.length - (arg.type.shape.length - 1)));
    return arg.type.shape.length === 1 ? [last] : [...outer, last];
  }

  private contraction(node: NodeOf<"contract">, position: ExprPosition, start?: Expr): Expr {
    const { dims, axis } = node.attributes;
    const { axes, dims: inner, last } = this.loops(dims, axis ? (argument(node, 0).type.shape.at(-1) ?? 1) : undefined, position);
    const factors = node.args.map((arg) => this.at(arg, { dims: inner, axes: this.innerAxes(arg, position, last) }));
    const value = this.exprs.binary("multiply", defined(factors[0], "a factor"), defined(factors[1], "a factor"), "real");
    if (axes.length === 0) return start === undefined ? value : this.exprs.binary("add", start, value, "real");
    return this.draft(axes, { f: "sum", value, source: node.name, ...(start === undefined ? {} : { start }) }, "real");
  }

  private reduction(node: NodeOf<"reduce"> | NodeOf<"argmax"> | NodeOf<"top">, position: ExprPosition): Expr {
    const x = argument(node, 0);
    const dims = node.op === "reduce" ? node.attributes.dims : node.op === "argmax" && node.attributes.dim !== undefined ? [node.attributes.dim] : [];
    const vector = node.op === "top" || (node.op === "reduce" ? node.attributes.axis : node.attributes.dim === undefined);
    const { axes, dims: inner, last } = this.loops(dims, vector ? (x.type.shape.at(-1) ?? 1) : undefined, position);
    const value = this.at(x, { dims: inner, axes: this.innerAxes(x, position, last) });
    if (axes.length === 0) return node.op === "reduce" || (node.op === "top" && node.attributes.part === "values") ? value : this.zero;
    switch (node.op) {
      case "reduce": return this.draft(axes, { f: node.attributes.f, value, source: node.name }, node.type.kind);
      case "argmax": return this.draft(axes, { f: "argmax", value, source: node.name }, "int");
      case "top": {
        const reduction = this.draftReduction(axes, { f: "top", k: node.attributes.k, value, source: node.name });
        return this.exprs.result(reduction, 0, node.type.kind, position.axes[0] ?? this.zero, node.attributes.part);
      }
    }
  }

  private draft(axes: readonly Axis[], accumulator: Accumulator, kind: ExprKind): Expr {
    return this.exprs.result(this.draftReduction(axes, accumulator), 0, kind);
  }

  /** One reduction for each distinct accumulator; where it runs is decided when its kernel is made. */
  private draftReduction(axes: readonly Axis[], accumulator: Accumulator): Reduction {
    const { f, k, value, start } = accumulator;
    const key = `${axes.map((axis) => this.exprs.id(this.exprs.axis(axis))).join(",")} ${f} ${k ?? ""} ${this.exprs.id(value)} ${start === undefined ? "" : this.exprs.id(start)}`;
    const known = this.drafts.get(key);
    if (known !== undefined) return known;
    const reduction: Reduction = { axes, depth: 0, accumulators: [accumulator] };
    this.drafts.set(key, reduction);
    return reduction;
  }
}

function argument(node: Node, i: number): Node {
  return defined(node.args[i], `argument ${i} of ${node.op}`);
}

function subset<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  for (const each of a) if (!b.has(each)) return false;
  return true;
}
