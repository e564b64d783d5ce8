/**
 * The verifier of kernels: what holds of every kernel, whoever made it. A violation is a mistake of the compiler.
 *
 *  1. names: axes of a kernel and of the loops around it have different names.
 *  2. reductions: each has axes and accumulators, and a depth within the space; none is listed twice.
 *  3. scope: an expression uses only axes that are bound where it is computed: bounds of a window those outside it, a start
 *     the first `depth` axes of the space, a value those and the reduction's own, stores all of the space; and axes of
 *     enclosing loops.
 *  4. results: only of reductions listed before, and not placed deeper than where they are used.
 *  5. slots: a result names an accumulator; a rank and a part go with `top` and only with it.
 *  6. indices: loads and stores have one integer index for each axis of the buffer.
 *  7. kinds: each expression has the kind that follows from its parts, or claims `real` for `int`; conditions stand where
 *     conditions are due and numbers where numbers are; a load fits the buffer's element, and so does a stored value.
 *  8. folds: `argmax` and `top` have one axis and no start; `top` has a whole number k above 0, and only it has one.
 *  9. stores: there is one; none to a parameter.
 * 10. own stores: a buffer that a kernel stores is loaded by it only at the position that is being stored, or at places
 *     that are another part of it (ranges.ts).
 * 11. lanes: the first index of a buffer of lanes is a number, or the vector axis modulo the number of lanes, which is its tile.
 * 12. tiles: a whole number above 0 for each axis of the space; 1 where the kernel cannot be tiled (tile.ts).
 * 13. once: an axis along which neither the place nor the value of a store varies has a position in every run: what is stored
 *     once must be stored at all.
 */
import { staticLength } from "../graph/length.js";
import { ExprInterner } from "./intern.js";
import type { Accumulator, Axis, BinaryFunction, Buffer, Expr, Kernel, Reduction, Store, UnaryFunction } from "./kernel.js";
import { elementKind, naturalKind } from "./kinds.js";
import { areApart } from "./ranges.js";
import { needsOf } from "./prune.js";
import { isTileable } from "./tile.js";
import { Dependences, ExprRewriter, isNeverEmpty, kernelRoots, visitExprs } from "./traverse.js";

/** The invariants of the header, by number. */
export const kernelInvariants = {
  1: "names", 2: "reductions", 3: "scope", 4: "results", 5: "slots", 6: "indices", 7: "kinds", 8: "folds", 9: "stores",
  10: "own stores", 11: "lanes", 12: "tiles", 13: "once",
} as const;

export type KernelInvariant = keyof typeof kernelInvariants;

/** Every violation that was found. Of a sound kernel: none. @param enclosing axes of the loops around it */
export function verifyKernel(kernel: Kernel, enclosing: readonly Axis[] = []): string[] {
  return new KernelVerifier(kernel, enclosing).verify();
}

type Wanted = "number" | "condition" | "any";

const unaryWants: { readonly [F in UnaryFunction]: Wanted } = {
  negate: "number", exp: "number", log: "number", log1p: "number", sqrt: "number", absolute: "number", sin: "number", cos: "number",
  tanh: "number", sigmoid: "number", erf: "number", floor: "number", not: "condition",
};

const binaryWants: { readonly [F in BinaryFunction]: Wanted } = {
  add: "number", multiply: "number", subtract: "number", divide: "number", modulo: "number", power: "number", minimum: "number",
  maximum: "number", less: "number", lessEqual: "number", equal: "any", notEqual: "any", and: "condition", or: "condition",
};

class KernelVerifier {
  readonly #kernel: Kernel;
  readonly #enclosing: ReadonlySet<Axis>;
  readonly #dependences = new Dependences();
  readonly #violations = new Set<string>();

  constructor(kernel: Kernel, enclosing: readonly Axis[]) {
    this.#kernel = kernel;
    this.#enclosing = new Set(enclosing);
  }

  verify(): string[] {
    const { space, reductions, stores, tile } = this.#kernel;
    this.#names();
    const seen = new Set<Reduction>();
    for (const [d, axis] of space.entries()) this.#window(axis, space.slice(0, d), seen, d);
    for (const reduction of reductions) {
      this.#reduction(reduction, seen);
      seen.add(reduction);
    }
    if (stores.length === 0) this.#fault(9, "it stores nothing");
    for (const store of stores) this.#store(store, seen);
    visitExprs(kernelRoots(this.#kernel), (expr) => this.#expr(expr));
    this.#ownStores();
    if (tile !== undefined && (tile.length !== space.length || !tile.every((count) => Number.isInteger(count) && count > 0))) {
      this.#fault(12, `tile (${tile.join(", ")}) of a space of ${space.length} axes`);
    }
    tile?.forEach((count, d) => {
      if (count > 1 && !isTileable(this.#kernel, d)) this.#fault(12, `${space[d]?.name ?? d} cannot be tiled`);
    });
    if (this.#violations.size === 0) stores.forEach((store) => this.#once(store));
    return [...this.#violations];
  }

  /** Of a kernel that is sound otherwise: what it needs can be told then. */
  #once({ buffer, index, value }: Store): void {
    const { axes } = needsOf([...index, value]);
    for (const axis of this.#kernel.space) if (!axes.has(axis) && !isNeverEmpty(axis)) this.#fault(13, `${buffer.name} is stored as often as ${axis.name} has positions, which may be none`);
  }

  #fault(invariant: KernelInvariant, problem: string): void {
    this.#violations.add(`kernel ${this.#kernel.name}: ${kernelInvariants[invariant]}: ${problem}`);
  }

  #names(): void {
    const axes = new Set<Axis>([...this.#enclosing, ...this.#kernel.space]);
    // Reductions beside each other may share an axis or its name: their loops are not inside each other.
    for (const names of [[...axes], ...this.#kernel.reductions.map((reduction) => [...axes, ...reduction.axes])]) {
      const found = new Map<string, Axis>();
      for (const axis of names) {
        if (found.has(axis.name)) this.#fault(1, `two axes are called ${axis.name}`);
        found.set(axis.name, axis);
      }
    }
    if (new Set(this.#kernel.space).size !== this.#kernel.space.length) this.#fault(1, "an axis stands twice in the space");
  }

  #reduction(reduction: Reduction, seen: ReadonlySet<Reduction>): void {
    const { axes, depth, accumulators } = reduction;
    const { space } = this.#kernel;
    if (axes.length === 0 || accumulators.length === 0) this.#fault(2, "a reduction without axes or accumulators");
    if (!Number.isInteger(depth) || depth < 0 || depth > space.length) this.#fault(2, `depth ${depth} in a space of ${space.length} axes`);
    if (seen.has(reduction)) this.#fault(2, "a reduction is listed twice");
    const outer = space.slice(0, depth);
    for (const [i, axis] of axes.entries()) this.#window(axis, [...outer, ...axes.slice(0, i)], seen, depth);
    for (const accumulator of accumulators) {
      this.#scope(accumulator.value, [...outer, ...axes], seen, depth);
      if (accumulator.start !== undefined) this.#scope(accumulator.start, outer, seen, depth);
      this.#fold(reduction, accumulator);
    }
  }

  #fold({ axes }: Reduction, { f, k, start, value }: Accumulator): void {
    const places = f === "argmax" || f === "top";
    if (places && (axes.length !== 1 || start !== undefined)) this.#fault(8, `${f} over ${axes.length} axes${start === undefined ? "" : ", with a start"}`);
    if ((f === "top") !== (k !== undefined) || (k !== undefined && !(Number.isInteger(k) && k > 0))) this.#fault(8, `${f} with k = ${String(k)}`);
    for (const each of [value, ...(start === undefined ? [] : [start])]) if (each.kind === "condition") this.#fault(7, `${f} of a condition`);
  }

  #window({ name, extent }: Axis, outer: readonly Axis[], seen: ReadonlySet<Reduction>, depth: number): void {
    if (extent.kind === "length") return;
    for (const bound of [extent.start, extent.end]) {
      this.#scope(bound, outer, seen, depth);
      if (bound.kind !== "int") this.#fault(7, `a bound of ${name} is no integer`);
    }
  }

  /** Invariants 3 and 4 of everything below an expression. */
  #scope(root: Expr, axes: readonly Axis[], seen: ReadonlySet<Reduction>, depth: number): void {
    const { axes: used, reductions } = this.#dependences.of(root);
    for (const axis of used) if (!axes.includes(axis) && !this.#enclosing.has(axis)) this.#fault(3, `${axis.name} is used where it is not bound`);
    for (const reduction of reductions) {
      if (!seen.has(reduction)) this.#fault(4, "the result of a reduction that has not run");
      else if (reduction.depth > depth) this.#fault(4, `the result of a reduction at depth ${reduction.depth} is used at depth ${depth}`);
    }
  }

  #store({ buffer, index, value }: Store, seen: ReadonlySet<Reduction>): void {
    const { space } = this.#kernel;
    for (const expr of [...index, value]) this.#scope(expr, space, seen, space.length);
    this.#indices(buffer, index);
    if (buffer.role === "parameter") this.#fault(9, `it stores to the parameter ${buffer.name}`);
    const fits = buffer.element === "float32" ? value.kind !== "condition" : value.kind !== "real";
    if (!fits) this.#fault(7, `a ${value.kind} is stored to ${buffer.name}, ${buffer.element}`);
  }

  #indices(buffer: Buffer, index: readonly Expr[]): void {
    if (index.length !== buffer.shape.length) this.#fault(6, `${buffer.name} has ${buffer.shape.length} axes and ${index.length} indices`);
    if (index.some(({ kind }) => kind !== "int")) this.#fault(6, `an index of ${buffer.name} is no integer`);
    const [lane] = index;
    if (buffer.lanes === true && (lane === undefined || !this.#isLane(buffer, lane))) this.#fault(11, `the lane of ${buffer.name} is not known`);
  }

  #isLane({ shape }: Buffer, lane: Expr): boolean {
    if (lane.op === "number") return true;
    const { space, tile } = this.#kernel;
    const count = shape[0] === undefined ? undefined : staticLength(shape[0]);
    if (lane.op !== "binary" || lane.f !== "modulo" || lane.left.op !== "axis" || lane.right.op !== "number") return false;
    return lane.left.axis === space.at(-1) && lane.right.value === count && tile?.at(-1) === count;
  }

  #expr(expr: Expr): void {
    const natural = naturalKind(expr);
    if (expr.op === "load") {
      this.#indices(expr.buffer, expr.index);
      const element = elementKind(expr.buffer);
      if (expr.kind !== element && !(element === "int" && expr.kind === "condition")) this.#fault(7, `a load of ${expr.buffer.name}, ${expr.buffer.element}, as ${expr.kind}`);
    } else if (expr.kind !== natural && !(natural === "int" && expr.kind === "real")) {
      this.#fault(7, `${expr.op} gives ${natural}, not ${expr.kind}`);
    }
    if (expr.op === "unary") this.#wants(expr.f, unaryWants[expr.f], [expr.arg]);
    if (expr.op === "binary") this.#wants(expr.f, binaryWants[expr.f], [expr.left, expr.right]);
    if (expr.op === "select") {
      this.#wants("select", "condition", [expr.condition]);
      if ((expr.yes.kind === "condition") !== (expr.no.kind === "condition")) this.#fault(7, `select of ${expr.yes.kind} and ${expr.no.kind}`);
    }
    if (expr.op === "draw" && expr.counters.some(({ kind }) => kind !== "int")) this.#fault(7, "a counter of a draw is no integer");
    if (expr.op === "result") {
      const accumulator = expr.reduction.accumulators[expr.slot];
      const top = accumulator?.f === "top";
      if (accumulator === undefined) this.#fault(5, `slot ${expr.slot} of ${expr.reduction.accumulators.length}`);
      else if (top !== (expr.rank !== undefined) || top !== (expr.part !== undefined)) this.#fault(5, `a result of ${accumulator.f} with ${expr.part ?? "no part"} and ${expr.rank === undefined ? "no rank" : "a rank"}`);
      if (expr.rank !== undefined && expr.rank.kind !== "int") this.#fault(7, "a rank is no integer");
    }
  }

  #wants(what: string, wanted: Wanted, args: readonly Expr[]): void {
    if (wanted === "any") {
      if (new Set(args.map(({ kind }) => kind === "condition")).size > 1) this.#fault(7, `${what} of ${args.map(({ kind }) => kind).join(" and ")}`);
      return;
    }
    for (const { kind } of args) if ((kind === "condition") !== (wanted === "condition")) this.#fault(7, `${what} takes a ${wanted}, not a ${kind}`);
  }

  #ownStores(): void {
    const interner = new ExprInterner();
    const rewriter = new ExprRewriter({ expr: (expr) => interner.intern(expr) });
    const places = new Map<Buffer, (readonly Expr[])[]>();
    const interned = (index: readonly Expr[]): readonly Expr[] => index.map((expr) => rewriter.expr(expr));
    for (const { buffer, index } of this.#kernel.stores) places.set(buffer, [...(places.get(buffer) ?? []), interned(index)]);
    visitExprs(kernelRoots(this.#kernel), (expr) => {
      if (expr.op !== "load") return;
      const index = interned(expr.index);
      for (const stored of places.get(expr.buffer) ?? []) {
        const same = index.every((each, axis) => each === stored[axis]);
        if (!same && !areApart(index, stored)) this.#fault(10, `${expr.buffer.name} is loaded elsewhere than it is stored`);
      }
    });
  }
}
