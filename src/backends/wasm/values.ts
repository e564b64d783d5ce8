/**
 * Where values of expressions are computed. A value that is used twice, or that does not change in the loop that uses it, is
 * kept in a local of the outermost block in which everything that it needs is known; what stands behind a test stays there,
 * unless computing it needlessly is harmless. Every axis that is tiled gives several instances of the values that depend on
 * it.
 *
 * A value comes in two shapes. The vector axis is computed four positions at a time: what varies along it is a vector, one
 * lane for each position, and anything else a scalar, which is copied to all lanes where a vector needs it. Reals are
 * float32, integers int32; a condition is 0 or 1, or, in a lane, all bits or none.
 */
import { staticLength, type Length } from "../../ir/graph/length.js";
import type { Axis, Buffer, Expr, Kernel, Reduction } from "../../ir/kernel/kernel.js";
import { isInside } from "../../ir/kernel/ranges.js";
import { alwaysComputed, countUses, Dependences, exprChildren, kernelRoots, Numbering, visitExprs } from "../../ir/kernel/traverse.js";
import { defined } from "../../support/invariant.js";
import { Addresses, readControl, type AddressHost, type Lanes } from "./addresses.js";
import { addAffine, constantAffine, variableAffine, type Affine } from "./affine.js";
import { f32, floatOfBits, get, i32, plain, set, type Code, type Local, type VectorConstant } from "./encoder/instructions.js";
import type { Place } from "./layout.js";
import { FunctionNumbers } from "./loops.js";
import { Scalars } from "./scalars.js";
import { deeper, Scope } from "./scope.js";
import { resultKey, type KernelContext, type Results, type ValueSource } from "./value-source.js";
import { Vectors } from "./vectors.js";

type Shape = "scalar" | "vector";

export class Values implements AddressHost, ValueSource {
  readonly root = new Scope(undefined);
  readonly numbers = new FunctionNumbers();
  readonly addresses: Addresses;
  readonly scalars: Scalars;
  readonly vectors: Vectors;
  /** Positions of each axis that are computed together in the code that is being made. */
  counts: readonly number[];
  /** Which axis of the space is the vector axis in that code. */
  vectorAxis: number | undefined;
  readonly #uses: ReadonlyMap<Expr, number>;
  readonly #dependences = new Dependences();
  readonly #ids = new Numbering<Expr>();
  readonly #unconditional: ReadonlySet<Expr>;
  readonly #axes = new Map<Axis, { readonly affine: Affine; readonly scope: Scope }>();
  readonly #results = new Map<Reduction, Results>();
  /** Above 0: what is being computed may be without need, so that indices may be any. */
  #guards = 0;

  constructor(readonly kernel: Kernel, readonly context: KernelContext) {
    this.counts = kernel.space.map(() => 1);
    this.addresses = new Addresses(this);
    this.scalars = new Scalars(this);
    this.vectors = new Vectors(this);
    const roots = kernelRoots(kernel);
    this.#uses = countUses(roots);
    this.#unconditional = alwaysComputed(roots);
    visitExprs(roots, (expr) => this.#ids.id(expr));
  }

  // ---- What stands outside.

  place(buffer: Buffer): Place {
    return this.context.placement(buffer);
  }

  control(address: number): Local {
    const key = `control ${address}`;
    const known = this.root.own(key);
    if (known !== undefined) return known;
    const local = this.numbers.local("i32", "word");
    this.root.add(...readControl(address), set(local));
    this.root.define(key, local);
    return local;
  }

  lengthWord(length: Length): number {
    return this.context.block.length(length);
  }

  length(length: Length): Code {
    const size = staticLength(length);
    return size === undefined ? [get(this.control(this.lengthWord(length)))] : [{ op: "i32.const", value: size }];
  }

  bindAxis(axis: Axis, affine: Affine, scope: Scope): void {
    this.#axes.set(axis, { affine, scope });
  }

  axisAffine(axis: Axis, lanes: Lanes): Affine {
    const bound = this.#axes.get(axis);
    if (bound === undefined) return variableAffine(this.addresses.variable(this.control(this.context.block.axis(axis)), this.root, true));
    const d = this.kernel.space.indexOf(axis);
    const lane = d < 0 ? 0 : (lanes[d] ?? 0);
    return lane === 0 ? bound.affine : addAffine(bound.affine, constantAffine(lane));
  }

  bindResults(reduction: Reduction, results: Results): void {
    this.#results.set(reduction, results);
  }

  results(reduction: Reduction): Results {
    return defined(this.#results.get(reduction), "the result of a reduction that ran before");
  }

  // ---- What varies.

  dependences(expr: Expr): ReturnType<Dependences["of"]> {
    return this.#dependences.of(expr);
  }

  dependsOnSpace(expr: Expr, d: number): boolean {
    const { axes, reductions } = this.#dependences.of(expr);
    const axis = this.kernel.space[d];
    if (axis !== undefined && axes.has(axis)) return true;
    return [...reductions].some((reduction) => d < reduction.depth);
  }

  /** Whether it is another number in each lane. */
  varies(expr: Expr): boolean {
    return this.vectorAxis !== undefined && this.dependsOnSpace(expr, this.vectorAxis);
  }

  variesByRow(expr: Expr): boolean {
    return this.kernel.space.some((_, d) => this.dependsOnSpace(expr, d));
  }

  lanesOf(expr: Expr, lanes: Lanes): Lanes {
    return lanes.map((lane, d) => (lane !== 0 && this.dependsOnSpace(expr, d) ? lane : 0));
  }

  /** How many lanes of a vector count. */
  valid(lanes: Lanes): number {
    const d = this.vectorAxis ?? 0;
    return Math.min(4, (this.counts[d] ?? 1) - (lanes[d] ?? 0));
  }

  mayMiss(buffer: Buffer, index: readonly Expr[]): boolean {
    return this.#guards > 0 && !isInside(buffer, index);
  }

  /** Runs what makes code that may be computed without need. */
  guarding<T>(body: () => T): T {
    this.#guards += 1;
    try {
      return body();
    } finally {
      this.#guards -= 1;
    }
  }

  isShared(expr: Expr): boolean {
    return (this.#uses.get(expr) ?? 0) > 1;
  }

  // ---- Values.

  scalar(expr: Expr, scope: Scope, lanes: Lanes): Code {
    return this.#value(expr, scope, lanes, "scalar");
  }

  /** One lane for each of four positions from `lanes` on. */
  vector(expr: Expr, scope: Scope, lanes: Lanes): Code {
    return this.#value(expr, scope, lanes, "vector");
  }

  /** A vector that is known beforehand: loops should not make it anew. */
  constant(instruction: VectorConstant): Code {
    const key = `constant ${instruction.bits.join()}`;
    const known = this.root.own(key) ?? this.numbers.local("v128", "constant");
    if (this.root.own(key) === undefined) {
      this.root.add(...shortest(instruction), set(known));
      this.root.define(key, known);
    }
    return [get(known)];
  }

  /** Whether a scalar was computed where it can be seen. */
  isKnown(expr: Expr, scope: Scope, lanes: Lanes): boolean {
    return scope.find(this.#key(expr, this.lanesOf(expr, lanes), "scalar")) !== undefined;
  }

  #value(expr: Expr, scope: Scope, lanes: Lanes, shape: Shape): Code {
    if (shape === "vector" && expr.op === "number") return this.vectors.constant(expr.value, expr.kind);
    if (shape === "scalar") {
      const leaf = this.scalars.leaf(expr, lanes);
      if (leaf !== undefined) return leaf;
    }
    const own = this.lanesOf(expr, lanes);
    const key = this.#key(expr, own, shape);
    const known = scope.find(key);
    if (known !== undefined) return [get(known.local)];
    if (shape === "vector" && expr.op === "result" && expr.rank === undefined && this.varies(expr)) return this.#plain(expr, scope, own, shape);
    const target = this.#target(expr, scope);
    const hoisted = target.unconditional !== scope.unconditional;
    const repeated = this.isShared(expr) || this.counts.some((count, d) => count > (d === this.vectorAxis && shape === "vector" ? 4 : 1) && !this.dependsOnSpace(expr, d) && !(d === this.vectorAxis && shape === "scalar"));
    if (!hoisted && !repeated) return this.#plain(expr, scope, own, shape);
    return [get(this.#define(key, expr, target, scope, own, shape))];
  }

  /** The same scalar, as a local. */
  named(expr: Expr, scope: Scope, lanes: Lanes): { readonly local: Local; readonly scope: Scope } {
    const own = this.lanesOf(expr, lanes);
    const key = this.#key(expr, own, "scalar");
    const known = scope.find(key);
    if (known !== undefined) return known;
    const target = this.#target(expr, scope);
    return { local: this.#define(key, expr, target, scope, own, "scalar"), scope: target };
  }

  #key(expr: Expr, own: Lanes, shape: Shape): string {
    return `${shape} ${this.#ids.id(expr)}@${own.join()}`;
  }

  #define(key: string, expr: Expr, target: Scope, scope: Scope, lanes: Lanes, shape: Shape): Local {
    // Before a loop without a turn it would not have been computed.
    let early = false;
    for (let each = scope; each !== target && each.parent !== undefined; each = each.parent) early ||= each.kind === "maybe";
    const code = early ? this.guarding(() => this.#plain(expr, target, lanes, shape)) : this.#plain(expr, target, lanes, shape);
    const type = shape === "vector" ? "v128" : expr.kind === "real" ? "f32" : "i32";
    const local = this.numbers.local(type, "source" in expr ? (expr.source ?? "v") : "v");
    target.add(...code, set(local));
    target.define(key, local);
    return local;
  }

  /** The block in which an expression is computed when it is needed in `scope`. */
  #target(expr: Expr, scope: Scope): Scope {
    const home = this.#home(expr);
    const free = this.#unconditional.has(expr) || this.isFree(expr) || this.#guards > 0;
    let target = scope;
    while (target.depth > home.depth && target.parent !== undefined && !(target.kind === "branch" && !free)) target = target.parent;
    return target;
  }

  /** The outermost block in which all that an expression needs is known. */
  #home(expr: Expr): Scope {
    const { axes, reductions } = this.#dependences.of(expr);
    let home = this.root;
    for (const axis of axes) home = deeper(home, this.#axes.get(axis)?.scope ?? this.root);
    for (const reduction of reductions) home = deeper(home, this.results(reduction).scope);
    return home;
  }

  readonly #freeKnown = new Map<Expr, boolean>();

  /** Whether it costs next to nothing and cannot go wrong, so that it may be computed without need. */
  isFree(expr: Expr): boolean {
    const known = this.#freeKnown.get(expr);
    if (known !== undefined) return known;
    const cheap =
      expr.op === "number" || expr.op === "axis" || expr.op === "length" || (expr.op === "result" && expr.rank === undefined) ||
      (expr.op === "unary" && (expr.f === "negate" || expr.f === "not" || expr.f === "absolute" || expr.f === "floor")) ||
      (expr.op === "binary" && expr.f !== "power" && expr.f !== "modulo" && expr.f !== "divide");
    const free = cheap && exprChildren(expr).every((child) => this.isFree(child));
    this.#freeKnown.set(expr, free);
    return free;
  }

  #plain(expr: Expr, scope: Scope, lanes: Lanes, shape: Shape): Code {
    if (shape === "scalar") return this.scalars.plain(expr, scope, lanes);
    return this.varies(expr) ? this.vectors.plain(expr, scope, lanes) : this.vectors.splat(expr, scope, lanes);
  }

  /** What a reduction came to at a position; of a vector, the lane of the position. */
  resultOf(expr: Extract<Expr, { readonly op: "result" }>, lanes: Lanes): { readonly local: Local; readonly lane: number } {
    const { locals } = this.results(expr.reduction);
    const d = this.vectorAxis;
    const isVector = d !== undefined && d < expr.reduction.depth;
    const lane = isVector ? (lanes[d] ?? 0) % 4 : 0;
    const own = lanes.map((each, i) => (i >= expr.reduction.depth ? 0 : i === d && isVector ? each - lane : each));
    return { local: defined(locals.get(resultKey(expr.slot, own)), "an accumulator"), lane };
  }

}

/** One number, copied to all lanes, takes fewer bytes than four. */
function shortest(instruction: VectorConstant): Code {
  const [first, ...others] = instruction.bits;
  if (others.some((bits) => bits !== first)) return [instruction];
  const value = floatOfBits(first);
  return Number.isNaN(value) || first === first << 25 >> 25 ? [i32(first), plain("i32x4.splat")] : [f32(value), plain("f32x4.splat")];
}
