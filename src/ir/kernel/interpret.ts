/**
 * What a kernel means, slowly: every position of the space in order, every expression computed anew, all numbers float64.
 * Backends are held against this. It refuses whatever a verified program never does: an index outside its axis, and a load
 * of an element that nothing has written.
 *
 * With `round: "float32"` what is stored is rounded as memory rounds it.
 */
import { uniformDraw, type WordPair } from "../graph/draw.js";
import type { Length } from "../graph/length.js";
import { binaryFunctions, isLarger, unaryFunctions, variadicFunctions } from "../graph/scalar.js";
import { at, defined, invariant } from "../../support/invariant.js";
import type { Accumulator, Axis, BinaryFunction, Buffer, Expr, Kernel, Reduction, Store } from "./kernel.js";

/** The elements of a buffer, row-major; undefined where nothing was written. */
export type Elements = (number | undefined)[];

export interface KernelRun {
  readonly memory: (buffer: Buffer) => Elements;
  readonly length: (length: Length) => number;
  /** Positions of the axes of enclosing loops. */
  readonly axes: ReadonlyMap<Axis, number>;
  readonly seed: WordPair;
  readonly round?: "float32" | undefined;
}

export function interpretKernel(kernel: Kernel, run: KernelRun): void {
  new KernelInterpreter(kernel, run).space(0);
}

/** Where an axis begins and ends, outside of any kernel: a loop of a program. */
export function axisBounds(axis: Axis, run: KernelRun): readonly [number, number] {
  return new KernelInterpreter({ name: `loop ${axis.name}`, stage: 0, space: [], reductions: [], stores: [] }, run).bounds(axis);
}

type Result = { readonly value: number } | { readonly values: readonly number[]; readonly ids: readonly number[] };

class KernelInterpreter {
  readonly #kernel: Kernel;
  readonly #run: KernelRun;
  readonly #axes: Map<Axis, number>;
  readonly #results = new Map<Reduction, readonly Result[]>();

  constructor(kernel: Kernel, run: KernelRun) {
    this.#kernel = kernel;
    this.#run = run;
    this.#axes = new Map(run.axes);
  }

  space(depth: number): void {
    for (const reduction of this.#kernel.reductions) if (reduction.depth === depth) this.#reduce(reduction);
    const axis = this.#kernel.space[depth];
    if (axis === undefined) this.#store();
    else this.#each(axis, () => this.space(depth + 1));
  }

  #each(axis: Axis, body: () => void): void {
    const [start, end] = this.bounds(axis);
    for (let i = start; i < end; i++) {
      this.#axes.set(axis, i);
      body();
    }
    this.#axes.delete(axis);
  }

  bounds({ extent }: Axis): readonly [number, number] {
    const length = this.#run.length(extent.length);
    if (extent.kind === "length") return [0, length];
    return [Math.max(0, this.#value(extent.start)), Math.min(length, this.#value(extent.end))];
  }

  #store(): void {
    // Every load of a position comes before its stores.
    const values = this.#kernel.stores.map((store) => ({ store, place: this.#place(store.buffer, store.index), value: this.#value(store.value) }));
    for (const { store, place, value } of values) this.#run.memory(store.buffer)[place] = this.#rounded(store, value);
  }

  #rounded({ buffer }: Store, value: number): number {
    if (buffer.element === "int32") return value | 0;
    return this.#run.round === "float32" ? Math.fround(value) : value;
  }

  #reduce(reduction: Reduction): void {
    const states = reduction.accumulators.map((accumulator) => new Fold(accumulator, accumulator.start === undefined ? undefined : this.#value(accumulator.start)));
    const turn = (depth: number): void => {
      const axis = reduction.axes[depth];
      if (axis !== undefined) {
        this.#each(axis, () => turn(depth + 1));
        return;
      }
      const position = this.#axes.get(at(reduction.axes, 0)) ?? 0;
      const values = states.map(({ accumulator }) => this.#value(accumulator.value));
      states.forEach((state, i) => state.add(at(values, i), position));
    };
    turn(0);
    this.#results.set(reduction, states.map((state) => state.result()));
  }

  #place(buffer: Buffer, index: readonly Expr[]): number {
    invariant(index.length === buffer.shape.length, () => `${buffer.name} has ${buffer.shape.length} axes, not ${index.length}`);
    return buffer.shape.reduce((place, length, axis) => {
      const size = this.#run.length(length);
      const i = this.#value(at(index, axis));
      invariant(Number.isInteger(i) && i >= 0 && i < size, () => `${this.#kernel.name}: index ${i} of ${buffer.name} is outside 0..${size - 1} of axis ${axis}`);
      return place * size + i;
    }, 0);
  }

  #value(expr: Expr): number {
    switch (expr.op) {
      case "number":
        return expr.value;
      case "axis":
        return defined(this.#axes.get(expr.axis), `the position along ${expr.axis.name}`);
      case "length":
        return this.#run.length(expr.length);
      case "load": {
        const value = this.#run.memory(expr.buffer)[this.#place(expr.buffer, expr.index)];
        return defined(value, `${this.#kernel.name}: a value in ${expr.buffer.name} that nothing wrote`);
      }
      case "unary":
        return unaryFunctions[expr.f](this.#value(expr.arg));
      case "binary":
        return binary(expr.f)(this.#value(expr.left), this.#value(expr.right));
      case "select":
        return this.#value(expr.condition) !== 0 ? this.#value(expr.yes) : this.#value(expr.no);
      case "draw":
        return uniformDraw(this.#run.seed, expr.site, expr.counters.map((counter) => this.#value(counter)));
      case "result": {
        const result = at(defined(this.#results.get(expr.reduction), "the result of a reduction that ran before"), expr.slot);
        if ("value" in result) return result.value;
        return at(expr.part === "ids" ? result.ids : result.values, expr.rank === undefined ? 0 : this.#value(expr.rank));
      }
    }
  }
}

function binary(f: BinaryFunction): (a: number, b: number) => number {
  return f === "add" || f === "multiply" ? variadicFunctions[f] : binaryFunctions[f];
}

/** One accumulator as it runs. */
class Fold {
  #value: number;
  #best: { value: number; id: number }[] = [];

  constructor(readonly accumulator: Accumulator, start: number | undefined) {
    const integer = accumulator.value.kind === "int";
    const empty = { sum: 0, max: integer ? -(2 ** 31) : -Infinity, min: integer ? 2 ** 31 - 1 : Infinity, argmax: 0, top: 0 };
    this.#value = start ?? empty[accumulator.f];
  }

  add(value: number, id: number): void {
    switch (this.accumulator.f) {
      case "sum":
        this.#value += value;
        return;
      case "max":
        this.#value = Math.max(this.#value, value);
        return;
      case "min":
        this.#value = Math.min(this.#value, value);
        return;
      case "argmax":
      case "top": {
        const place = this.#best.findIndex((other) => isLarger(value, other.value));
        this.#best.splice(place < 0 ? this.#best.length : place, 0, { value, id });
        this.#best.length = Math.min(this.#best.length, this.accumulator.f === "top" ? (this.accumulator.k ?? 1) : 1);
        return;
      }
    }
  }

  result(): Result {
    if (this.accumulator.f === "argmax") return { value: this.#best[0]?.id ?? 0 };
    if (this.accumulator.f !== "top") return { value: this.#value };
    const padded = Array.from({ length: this.accumulator.k ?? 1 }, (_, i) => this.#best[i] ?? { value: 0, id: 0 });
    return { values: padded.map(({ value }) => value), ids: padded.map(({ id }) => id) };
  }
}
