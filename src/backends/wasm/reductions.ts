/**
 * One reduction: an accumulator for each slot and each position that is computed together, in locals, and loops around what
 * is added to them. Terms are added in the order of the loops, whatever the tile is, so a sum comes to the same number in
 * every tile.
 */
import type { Accumulator, Axis, Expr, Reduction } from "../../ir/kernel/kernel.js";
import { at, defined } from "../../support/invariant.js";
import type { Lanes } from "./addresses.js";
import { call, f32, get, i32, plain, set, type Code, type Instruction, type Local } from "./encoder/instructions.js";
import type { PlainOp } from "./encoder/opcodes.js";
import type { Scope } from "./scope.js";
import { resultKey, type TopMemory } from "./value-source.js";
import type { Values } from "./values.js";

export interface ReductionCode {
  /** What runs in each turn. */
  readonly turns: readonly ((inner: Scope) => void)[];
  /** What runs at the end. */
  readonly after: readonly (() => void)[];
}

type Folding = "sum" | "max" | "min";

const folds: { readonly [F in Folding]: { readonly real: readonly [PlainOp, PlainOp]; readonly int: readonly [PlainOp | undefined, PlainOp]; readonly empty: { readonly real: number; readonly int: number } } } = {
  sum: { real: ["f32.add", "f32x4.add"], int: ["i32.add", "i32x4.add"], empty: { real: 0, int: 0 } },
  max: { real: ["f32.max", "f32x4.max"], int: [undefined, "i32x4.max_s"], empty: { real: -Infinity, int: -2147483648 } },
  min: { real: ["f32.min", "f32x4.min"], int: [undefined, "i32x4.min_s"], empty: { real: Infinity, int: 2147483647 } },
};

export class ReductionEmitter {
  readonly #values: Values;
  readonly #reduction: Reduction;
  readonly #scope: Scope;
  readonly #locals = new Map<string, Local>();
  readonly #tops = new Map<number, TopMemory>();
  readonly #turns: ((inner: Scope) => void)[] = [];
  readonly #after: (() => void)[] = [];

  readonly unroll: number = 1;

  get axes(): readonly Axis[] {
    return this.#reduction.axes;
  }

  constructor(values: Values, reduction: Reduction, scope: Scope) {
    this.#values = values;
    this.#reduction = reduction;
    this.#scope = scope;
  }

  /** @param positions the tiled positions, with the vector axis in steps of four */
  begin(positions: readonly Lanes[]): ReductionCode {
    for (const [slot, accumulator] of this.#reduction.accumulators.entries()) {
      for (const lanes of positions) this.#accumulator(accumulator, slot, lanes);
    }
    return { turns: this.#turns, after: this.#after };
  }

  /** After the loops: others may read what it came to. */
  bind(): void {
    this.#values.bindResults(this.#reduction, { scope: this.#scope, locals: this.#locals, tops: this.#tops });
  }

  #accumulator(accumulator: Accumulator, slot: number, lanes: Lanes): void {
    const { f } = accumulator;
    if (f === "argmax") this.#largest(accumulator, slot, lanes);
    else if (f === "top") this.#top(accumulator, slot, lanes);
    else this.#fold(f, accumulator, slot, lanes);
  }

  #fold(f: Folding, accumulator: Accumulator, slot: number, lanes: Lanes): void {
    const values = this.#values;
    const { value, start } = accumulator;
    const isReal = value.kind === "real" || start?.kind === "real";
    const isVector = values.vectorAxis !== undefined && values.vectorAxis < this.#reduction.depth;
    const source = isVector ? values.vectors : values.scalars;
    const number = (expr: Expr, scope: Scope): Code => (isReal ? source.real(expr, scope, lanes) : isVector ? values.vector(expr, scope, lanes) : values.scalar(expr, scope, lanes));
    const local = values.numbers.local(isVector ? "v128" : isReal ? "f32" : "i32", accumulator.source ?? "sum");
    this.#locals.set(resultKey(slot, lanes), local);
    const rule = folds[f];
    const empty = isReal ? rule.empty.real : rule.empty.int;
    const first: Code = start !== undefined ? number(start, this.#scope) : isVector ? values.vectors.constant(empty, isReal ? "real" : "int") : [isReal ? f32(empty) : i32(empty)];
    this.#scope.add(...first, set(local));
    this.#turns.push((inner) => {
      const product = isReal && isVector && f === "sum" && values.context.relaxed ? this.#product(value) : undefined;
      if (product !== undefined) {
        const [left, right] = [values.vectors.real(product.left, inner, lanes), values.vectors.real(product.right, inner, lanes)];
        inner.add(...left, ...right, get(local), plain("f32x4.relaxed_madd"), set(local));
        return;
      }
      const term = number(value, inner);
      const op = isReal ? rule.real[isVector ? 1 : 0] : rule.int[isVector ? 1 : 0];
      if (op !== undefined) {
        inner.add(get(local), ...term, plain(op), set(local));
        return;
      }
      const other = values.numbers.local("i32", "term");
      inner.add(...term, set(other), get(local), get(other), get(local), get(other), plain(f === "max" ? "i32.gt_s" : "i32.lt_s"), plain("select"), set(local));
    });
  }

  /** Two factors that nothing else needs as a product. */
  #product(value: Expr): { readonly left: Expr; readonly right: Expr } | undefined {
    return value.op === "binary" && value.f === "multiply" && value.kind === "real" && !this.#values.isShared(value) ? value : undefined;
  }

  #position(inner: Scope, lanes: Lanes): Code {
    const axis = at(this.#reduction.axes, 0);
    return this.#values.scalar({ op: "axis", kind: "int", axis }, inner, lanes);
  }

  /** The place of the first largest value. NaN is larger than every number. */
  #largest({ value }: Accumulator, slot: number, lanes: Lanes): void {
    const values = this.#values;
    const place = values.numbers.local("i32", "place");
    const best = values.numbers.local("f32", "best");
    const term = values.numbers.local("f32", "term");
    this.#locals.set(resultKey(slot, lanes), place);
    this.#scope.add(i32(-1), set(place), f32(-Infinity), set(best));
    this.#turns.push((inner) => {
      inner.add(...values.scalars.real(value, inner, lanes), set(term));
      const isNaN: Code = [get(term), get(term), plain("f32.ne"), get(best), get(best), plain("f32.eq"), plain("i32.and")];
      const larger: Code = [get(place), i32(0), plain("i32.lt_s"), get(term), get(best), plain("f32.gt"), plain("i32.or"), ...isNaN, plain("i32.or")];
      const position = this.#position(inner, lanes);
      const take: Instruction = { op: "if", result: undefined, yes: [get(term), set(best), ...position, set(place)], no: [] };
      inner.add(...larger, take);
    });
    // Of nothing, the place is 0.
    this.#after.push(() => this.#scope.add(i32(0), get(place), get(place), i32(0), plain("i32.lt_s"), plain("select"), set(place)));
  }

  /** The k largest, kept in memory of their own: values, then indices. */
  #top(accumulator: Accumulator, slot: number, lanes: Lanes): void {
    const values = this.#values;
    const k = accumulator.k ?? 1;
    const memory = values.context.block.scratch(2 * k);
    this.#tops.set(slot, { values: memory, ids: memory + 4 * k, k });
    const count = values.numbers.local("i32", "count");
    this.#scope.add(i32(0), set(count));
    for (let i = 0; i < 2 * k; i++) this.#scope.add(i32(0), i32(0), { op: "i32.store", offset: memory + 4 * i });
    const insert = values.context.functions.internal("insertTop");
    this.#turns.push((inner) => {
      const term = values.scalars.real(defined(accumulator.value, "a value"), inner, lanes);
      inner.add(i32(memory), i32(k), get(count), ...term, ...this.#position(inner, lanes), call(insert), set(count));
    });
  }
}
