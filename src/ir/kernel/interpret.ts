/**
 * What a kernel means, plainly: every position of the space in order, every expression computed anew, all numbers float64.
 * Backends are held against this. It refuses whatever a verified program never does: an index outside its axis, and a load
 * of an element that nothing has written, and an integer that its memory is too narrow for.
 *
 * With `round: "float32"` what is stored is rounded as memory rounds it; with `round: "operations"` whatever is computed of
 * reals is, so that sums, products and quotients are to the bit what a machine of float32 gives.
 */
import { uniformDraw, type WordPair } from "../graph/draw.js";
import type { Length } from "../graph/length.js";
import { binaryFunctions, isLarger, unaryFunctions, variadicFunctions } from "../graph/scalar.js";
import { at, defined, InternalError, invariant } from "../../support/invariant.js";
import { type Accumulator, type Axis, type BinaryFunction, type Buffer, elementBytes, type Expr, type Kernel, type Reduction, type Store } from "./kernel.js";

/** The elements of a buffer, row-major; undefined where nothing was written. */
export type Elements = (number | undefined)[];

/** What is rounded to float32: what is stored, or the result of every operation on reals, too. */
export type Rounding = "float32" | "operations";

export interface KernelRun {
  readonly memory: (buffer: Buffer) => Elements;
  readonly length: (length: Length) => number;
  /** Positions of the axes of enclosing loops. */
  readonly axes: ReadonlyMap<Axis, number>;
  readonly seed: WordPair;
  readonly round?: Rounding | undefined;
}

export function interpretKernel(kernel: Kernel, run: KernelRun): void {
  new KernelInterpreter(kernel, run).space(0);
}

/** Where an axis begins and ends, outside of any kernel: a loop of a program. */
export function axisBounds(axis: Axis, run: KernelRun): readonly [number, number] {
  return new KernelInterpreter({ name: `loop ${axis.name}`, stage: 0, space: [], reductions: [], stores: [] }, run).bounds(axis);
}

type Result = { readonly value: number } | { readonly values: readonly number[]; readonly ids: readonly number[] };

/** Where an axis stands. */
interface Position {
  at: number | undefined;
}

/** What gives a value anew each time it is asked. */
type Computed = () => number;

class KernelInterpreter {
  readonly #kernel: Kernel;
  readonly #run: KernelRun;
  readonly #positions = new Map<Axis, Position>();
  readonly #results = new Map<Reduction, readonly Result[]>();
  /** What is computed at many positions is looked at once. */
  readonly #computed = new Map<Expr, Computed>();

  constructor(kernel: Kernel, run: KernelRun) {
    this.#kernel = kernel;
    this.#run = run;
    for (const [axis, at] of run.axes) this.#positions.set(axis, { at });
  }

  space(depth: number): void {
    for (const reduction of this.#kernel.reductions) if (reduction.depth === depth) this.#reduce(reduction);
    const axis = this.#kernel.space[depth];
    if (axis === undefined) this.#store();
    else this.#each(axis, () => this.space(depth + 1));
  }

  #position(axis: Axis): Position {
    const known = this.#positions.get(axis);
    if (known !== undefined) return known;
    const made: Position = { at: undefined };
    this.#positions.set(axis, made);
    return made;
  }

  #each(axis: Axis, body: () => void): void {
    const [start, end] = this.bounds(axis);
    const position = this.#position(axis);
    for (let i = start; i < end; i++) {
      position.at = i;
      body();
    }
    position.at = undefined;
  }

  bounds({ extent }: Axis): readonly [number, number] {
    const length = this.#run.length(extent.length);
    if (extent.kind === "length") return [0, length];
    return [Math.max(0, this.#value(extent.start)), Math.min(length, this.#value(extent.end))];
  }

  #stores: readonly { readonly store: Store; readonly place: Computed; readonly value: Computed }[] | undefined;

  #store(): void {
    this.#stores ??= this.#kernel.stores.map((store) => ({ store, place: this.#place(store.buffer, store.index), value: this.#compute(store.value) }));
    // Every load of a position comes before its stores.
    const values = this.#stores.map(({ store, place, value }) => ({ store, place: place(), value: value() }));
    for (const { store, place, value } of values) this.#run.memory(store.buffer)[place] = this.#rounded(store, value);
  }

  #rounded({ buffer: { name, element } }: Store, value: number): number {
    if (element === "float32") return this.#run.round === undefined ? value : Math.fround(value);
    const whole = value | 0;
    const range = 2 ** (8 * elementBytes[element] - 1);
    invariant(whole >= -range && whole < range, () => `${this.#kernel.name}: ${whole} is stored to ${name}, ${element}`);
    return whole;
  }

  #reduce(reduction: Reduction): void {
    const states = reduction.accumulators.map((accumulator) => new Fold(accumulator, accumulator.start === undefined ? undefined : this.#value(accumulator.start), this.#run.round === "operations" && accumulator.value.kind === "real" ? Math.fround : (value) => value));
    const terms = states.map(({ accumulator }) => this.#compute(accumulator.value));
    const [first] = reduction.axes;
    const place = first === undefined ? undefined : this.#position(first);
    const turn = (depth: number): void => {
      const axis = reduction.axes[depth];
      if (axis !== undefined) {
        this.#each(axis, () => turn(depth + 1));
        return;
      }
      const position = place?.at ?? 0;
      for (const [i, term] of terms.entries()) at(states, i).add(term(), position);
    };
    turn(0);
    this.#results.set(reduction, states.map((state) => state.result()));
  }

  #place(buffer: Buffer, index: readonly Expr[]): Computed {
    invariant(index.length === buffer.shape.length, () => `${buffer.name} has ${buffer.shape.length} axes, not ${index.length}`);
    const axes = buffer.shape.map((length, axis) => ({ size: this.#run.length(length), i: this.#compute(at(index, axis)) }));
    return () => {
      let place = 0;
      for (const { size, i: computed } of axes) {
        const i = computed();
        if (!(Number.isInteger(i) && i >= 0 && i < size)) throw new InternalError(`${this.#kernel.name}: index ${i} of ${buffer.name} is outside 0..${size - 1}`);
        place = place * size + i;
      }
      return place;
    };
  }

  #value(expr: Expr): number {
    return this.#compute(expr)();
  }

  #compute(expr: Expr): Computed {
    const known = this.#computed.get(expr);
    if (known !== undefined) return known;
    const exact = this.#make(expr);
    // Quotients of integers are places, which machines compute exactly.
    const rounds = this.#run.round === "operations" && expr.kind === "real" && !(expr.op === "binary" && expr.left.kind === "int" && expr.right.kind === "int");
    const made: Computed = rounds ? () => Math.fround(exact()) : exact;
    this.#computed.set(expr, made);
    return made;
  }

  #make(expr: Expr): Computed {
    switch (expr.op) {
      case "number":
        return () => expr.value;
      case "axis": {
        const position = this.#position(expr.axis);
        const what = `the position along ${expr.axis.name}`;
        return () => defined(position.at, what);
      }
      case "length": {
        const length = this.#run.length(expr.length);
        return () => length;
      }
      case "load": {
        const { memory } = this.#run;
        const place = this.#place(expr.buffer, expr.index);
        const what = `${this.#kernel.name}: a value in ${expr.buffer.name} that nothing wrote`;
        return () => defined(memory(expr.buffer)[place()], what);
      }
      case "unary": {
        const [f, arg] = [unaryFunctions[expr.f], this.#compute(expr.arg)];
        return () => f(arg());
      }
      case "binary": {
        const [f, left, right] = [binary(expr.f), this.#compute(expr.left), this.#compute(expr.right)];
        return () => f(left(), right());
      }
      case "select": {
        const [condition, yes, no] = [this.#compute(expr.condition), this.#compute(expr.yes), this.#compute(expr.no)];
        return () => (condition() !== 0 ? yes() : no());
      }
      case "draw": {
        const counters = expr.counters.map((counter) => this.#compute(counter));
        return () => uniformDraw(this.#run.seed, expr.site, counters.map((counter) => counter()));
      }
      case "result": {
        const rank = expr.rank === undefined ? undefined : this.#compute(expr.rank);
        return () => {
          const result = at(defined(this.#results.get(expr.reduction), "the result of a reduction that ran before"), expr.slot);
          if ("value" in result) return result.value;
          return at(expr.part === "ids" ? result.ids : result.values, rank?.() ?? 0);
        };
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

  constructor(readonly accumulator: Accumulator, start: number | undefined, readonly round: (value: number) => number) {
    const integer = accumulator.value.kind === "int";
    const empty = { sum: 0, max: integer ? -(2 ** 31) : -Infinity, min: integer ? 2 ** 31 - 1 : Infinity, argmax: 0, top: 0 };
    this.#value = start ?? empty[accumulator.f];
  }

  add(value: number, id: number): void {
    switch (this.accumulator.f) {
      case "sum":
        this.#value = this.round(this.#value + value);
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
