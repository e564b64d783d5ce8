/**
 * Making scalar expressions: each distinct one is made once, so that equal subexpressions are one object and whoever emits
 * code computes them once. Integer arithmetic on loop variables is folded to `axis + constant` forms where it can be; real
 * arithmetic is left as it is written.
 */
import { addLengths, fixedLength, lengthText, staticLength, subtractLengths, type Length } from "../../ir/graph/length.js";
import type { Axis, BinaryFunction, Buffer, Expr, ExprKind, Extent, Reduction, UnaryFunction } from "../../ir/kernel/kernel.js";
import { exprChildren } from "../../ir/kernel/traverse.js";
import { defined } from "../../support/invariant.js";

export class Expressions {
  private readonly known = new Map<string, Expr>();
  private readonly ids = new Map<Expr, number>();
  private readonly objects = new Map<object, number>();
  private readonly limits = new Map<Buffer, number>();

  /** The elements of a buffer are integers from 0 to below a limit: ids that were checked when they came in. */
  limit(buffer: Buffer, below: number): void {
    this.limits.set(buffer, below);
  }

  /** A number for an expression, equal for equal ones. */
  id(expr: Expr): number {
    return defined(this.ids.get(expr), "an expression that was made here");
  }

  private object(object: object): number {
    const known = this.objects.get(object);
    if (known !== undefined) return known;
    const id = this.objects.size;
    this.objects.set(object, id);
    return id;
  }

  private intern(key: string, expr: Expr): Expr {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    this.known.set(key, expr);
    this.ids.set(expr, this.ids.size);
    return expr;
  }

  number(value: number, kind: ExprKind): Expr {
    return this.intern(`number ${kind} ${Object.is(value, -0) ? "-0" : value}`, { op: "number", kind, value });
  }

  axis(axis: Axis): Expr {
    return this.intern(`axis ${this.object(axis)}`, { op: "axis", kind: "int", axis });
  }

  length(length: Length): Expr {
    const size = staticLength(length);
    if (size !== undefined) return this.number(size, "int");
    return this.intern(`length ${lengthText(length)}`, { op: "length", kind: "int", length });
  }

  load(buffer: Buffer, index: readonly Expr[], kind: ExprKind): Expr {
    return this.intern(`load ${kind} ${this.object(buffer)} ${this.list(index)}`, { op: "load", kind, buffer, index });
  }

  unary(f: UnaryFunction, arg: Expr, kind: ExprKind, source?: string): Expr {
    return this.intern(`${f} ${kind} ${this.id(arg)}`, { op: "unary", kind, f, arg, ...named(source) });
  }

  binary(f: BinaryFunction, left: Expr, right: Expr, kind: ExprKind, source?: string): Expr {
    if (kind === "int") {
      const folded = this.foldInteger(f, left, right);
      if (folded !== undefined) return folded;
    }
    return this.intern(`${f} ${kind} ${this.id(left)} ${this.id(right)}`, { op: "binary", kind, f, left, right, ...named(source) });
  }

  select(condition: Expr, yes: Expr, no: Expr, kind: ExprKind, source?: string): Expr {
    if (condition.op === "number") return condition.value !== 0 ? yes : no;
    return this.intern(`select ${kind} ${this.list([condition, yes, no])}`, { op: "select", kind, condition, yes, no, ...named(source) });
  }

  draw(site: number, counters: readonly Expr[]): Expr {
    return this.intern(`draw ${site} ${this.list(counters)}`, { op: "draw", kind: "real", site, counters });
  }

  result(reduction: Reduction, slot: number, kind: ExprKind, rank?: Expr, part?: "values" | "ids"): Expr {
    const key = `result ${this.object(reduction)} ${slot} ${kind} ${rank === undefined ? "" : this.id(rank)} ${part ?? ""}`;
    return this.intern(key, { op: "result", kind, reduction, slot, ...(rank === undefined ? {} : { rank }), ...(part === undefined ? {} : { part }) });
  }

  private list(exprs: readonly Expr[]): string {
    return exprs.map((each) => this.id(each)).join(",");
  }

  add(left: Expr, right: Expr): Expr {
    return this.binary("add", left, right, "int");
  }

  offset(expr: Expr, by: number): Expr {
    return by === 0 ? expr : this.add(expr, this.number(by, "int"));
  }

  times(expr: Expr, by: number): Expr {
    return this.binary("multiply", expr, this.number(by, "int"), "int");
  }

  /** floor(expr / by) of an expression that is not negative. */
  quotient(expr: Expr, by: number): Expr {
    if (by === 1) return expr;
    if (expr.op === "number") return this.number(Math.floor(expr.value / by), "int");
    const split = this.multipleAndRest(expr, by);
    if (split !== undefined) return split.multiple;
    return this.unary("floor", this.binary("divide", expr, this.number(by, "int"), "real"), "int");
  }

  /** expr % by of an expression that is not negative. */
  remainder(expr: Expr, by: number): Expr {
    if (by === 1) return this.number(0, "int");
    const split = this.multipleAndRest(expr, by);
    if (split !== undefined) return split.rest;
    return this.binary("modulo", expr, this.number(by, "int"), "int");
  }

  /** `d * by + j` where j runs below `by`: what cutting an axis and joining it again makes. */
  private multipleAndRest(expr: Expr, by: number): { multiple: Expr; rest: Expr } | undefined {
    const bounds = this.bounds(expr);
    if (bounds !== undefined && bounds.low >= 0 && bounds.high < by) return { multiple: this.number(0, "int"), rest: expr };
    if (expr.op !== "binary" || expr.f !== "add") return undefined;
    for (const [multiple, rest] of [[expr.left, expr.right], [expr.right, expr.left]] as const) {
      const range = this.bounds(rest);
      if (range === undefined || range.low < 0 || range.high >= by) continue;
      if (multiple.op === "number" && multiple.value % by === 0) return { multiple: this.number(multiple.value / by, "int"), rest };
      if (multiple.op === "binary" && multiple.f === "multiply" && multiple.right.op === "number" && multiple.right.value % by === 0) {
        return { multiple: this.times(multiple.left, multiple.right.value / by), rest };
      }
    }
    return undefined;
  }

  private foldInteger(f: BinaryFunction, left: Expr, right: Expr): Expr | undefined {
    if (left.kind !== "int" || right.kind !== "int") return undefined;
    const [a, b] = [left.op === "number" ? left.value : undefined, right.op === "number" ? right.value : undefined];
    switch (f) {
      case "add":
        if (a !== undefined && b !== undefined) return this.number(a + b, "int");
        if (b === 0) return left;
        if (a === 0) return right;
        if (a !== undefined) return this.binary("add", right, left, "int");
        if (right.op === "binary" && right.f === "modulo" && isQuotientTimes(left, right.left, right.right)) return right.left;
        if (b !== undefined && left.op === "binary" && left.f === "add" && left.right.op === "number") return this.offset(left.left, left.right.value + b);
        return undefined;
      case "subtract":
        if (a !== undefined && b !== undefined) return this.number(a - b, "int");
        if (b !== undefined) return this.offset(left, -b);
        return undefined;
      case "multiply":
        if (a !== undefined && b !== undefined) return this.number(a * b, "int");
        if (b === 1) return left;
        if (a === 1) return right;
        if (a === 0 || b === 0) return this.number(0, "int");
        if (a !== undefined) return this.binary("multiply", right, left, "int");
        return undefined;
      default:
        return undefined;
    }
  }

  // ---- What is known of an integer.

  /** Bounds that hold whatever the lengths are; undefined where nothing is known. */
  bounds(expr: Expr): { low: number; high: number } | undefined {
    switch (expr.op) {
      case "number": return { low: expr.value, high: expr.value };
      case "axis": return { low: 0, high: (staticLength(expr.axis.extent.length) ?? Infinity) - 1 };
      case "length": return { low: 0, high: Infinity };
      case "load": {
        const below = this.limits.get(expr.buffer);
        return below === undefined ? undefined : { low: 0, high: below - 1 };
      }
      case "unary": {
        if (expr.f !== "floor") return undefined;
        const inner = this.bounds(expr.arg);
        return inner === undefined ? undefined : { low: Math.floor(inner.low), high: Math.floor(inner.high) };
      }
      case "binary": {
        const [a, b] = [this.bounds(expr.left), this.bounds(expr.right)];
        if (b === undefined) return undefined;
        if (expr.f === "modulo" && b.low === b.high && b.low > 0 && a !== undefined && a.low >= 0) return { low: 0, high: Math.min(a.high, b.low - 1) };
        if (a === undefined) return undefined;
        if (expr.f === "add") return { low: a.low + b.low, high: a.high + b.high };
        if (expr.f === "subtract") return { low: a.low - b.high, high: a.high - b.low };
        if (expr.f === "multiply" && a.low >= 0 && b.low >= 0) return { low: a.low * b.low, high: b.high === 0 || a.high === 0 ? 0 : a.high * b.high };
        if (expr.f === "divide" && a.low >= 0 && b.low === b.high && b.low > 0) return { low: a.low / b.low, high: a.high / b.low };
        if (expr.f === "minimum") return { low: Math.min(a.low, b.low), high: Math.min(a.high, b.high) };
        if (expr.f === "maximum") return { low: Math.max(a.low, b.low), high: Math.max(a.high, b.high) };
        return undefined;
      }
      case "result": {
        const accumulator = expr.reduction.accumulators[expr.slot];
        const axis = expr.reduction.axes[0];
        if (axis === undefined || accumulator === undefined || (accumulator.f !== "argmax" && expr.part !== "ids")) return undefined;
        return { low: 0, high: (staticLength(axis.extent.length) ?? Infinity) - 1 };
      }
      default: return undefined;
    }
  }

  /** Is 0 <= expr known? */
  notNegative(expr: Expr): boolean {
    const bounds = this.bounds(expr);
    return bounds !== undefined && bounds.low >= 0;
  }

  /** Is it known that expr is below 0 or not below the length? */
  outside(expr: Expr, length: Length): boolean {
    const bounds = this.bounds(expr);
    const size = staticLength(length);
    return bounds !== undefined && (bounds.high < 0 || (size !== undefined && bounds.low >= size));
  }

  /** Is expr < length known, whatever the free lengths are? */
  below(expr: Expr, length: Length): boolean {
    const size = staticLength(length);
    const bounds = this.bounds(expr);
    if (size !== undefined && bounds !== undefined && bounds.high < size) return true;
    const largest = this.largest(expr);
    if (largest === undefined) return false;
    const slack = subtractLengths(subtractLengths(length, fixedLength(1)), largest);
    return slack.terms.length === 0 && slack.constant >= 0;
  }

  /** The largest value as a length, for axis + constant and length + constant. */
  private largest(expr: Expr): Length | undefined {
    if (expr.op === "number") return fixedLength(expr.value);
    if (expr.op === "axis") return subtractLengths(expr.axis.extent.length, fixedLength(1));
    if (expr.op === "length") return expr.length;
    if (expr.op !== "binary") return undefined;
    const left = this.largest(expr.left);
    if (left === undefined) return undefined;
    if (expr.f === "add") {
      const right = this.largest(expr.right);
      return right === undefined ? undefined : addLengths(left, right);
    }
    if (expr.f === "subtract" && (this.bounds(expr.right)?.low ?? -1) >= 0) return left;
    return undefined;
  }
}

/** Is it floor(of / by) * by? Together with of % by that is `of` again. */
function isQuotientTimes(expr: Expr, of: Expr, by: Expr): boolean {
  if (expr.op !== "binary" || expr.f !== "multiply" || expr.right !== by) return false;
  const floor = expr.left;
  return floor.op === "unary" && floor.f === "floor" && floor.arg.op === "binary" && floor.arg.f === "divide" && floor.arg.left === of && floor.arg.right === by;
}

function named(source: string | undefined): { source: string } | Record<string, never> {
  return source === undefined ? {} : { source };
}

export function extentOperands(extent: Extent): readonly Expr[] {
  return extent.kind === "window" ? [extent.start, extent.end] : [];
}

/** What a reduction reads: the values it folds, where it starts, and how far it runs. */
export function reductionOperands(reduction: Reduction): readonly Expr[] {
  const parts: Expr[] = reduction.axes.flatMap((axis) => [...extentOperands(axis.extent)]);
  for (const { value, start } of reduction.accumulators) {
    parts.push(value);
    if (start !== undefined) parts.push(start);
  }
  return parts;
}

/** Finds the loop variables that expressions vary along; a reduction's own are bound inside it. */
export class AxisDependence {
  private readonly known = new Map<Expr, ReadonlySet<Axis>>();
  private readonly reductions = new Map<Reduction, ReadonlySet<Axis>>();

  of(expr: Expr): ReadonlySet<Axis> {
    const known = this.known.get(expr);
    if (known !== undefined) return known;
    const axes = new Set<Axis>();
    if (expr.op === "axis") {
      axes.add(expr.axis);
      for (const bound of extentOperands(expr.axis.extent)) for (const axis of this.of(bound)) axes.add(axis);
    }
    if (expr.op === "result") for (const axis of this.ofReduction(expr.reduction)) axes.add(axis);
    for (const operand of exprChildren(expr)) for (const axis of this.of(operand)) axes.add(axis);
    this.known.set(expr, axes);
    return axes;
  }

  ofReduction(reduction: Reduction): ReadonlySet<Axis> {
    const known = this.reductions.get(reduction);
    if (known !== undefined) return known;
    const axes = new Set<Axis>();
    for (const part of reductionOperands(reduction)) for (const axis of this.of(part)) axes.add(axis);
    for (const axis of reduction.axes) axes.delete(axis);
    this.reductions.set(reduction, axes);
    return axes;
  }
}
