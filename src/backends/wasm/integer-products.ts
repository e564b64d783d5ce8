/**
 * Sums of products of narrow integers, two terms at a time: one instruction multiplies eight pairs of 16 bits and adds the
 * products of neighbours, which gives four sums of 32 bits. Weights of 8 bits are widened as they are loaded. The pair of the
 * vector is copied to all lanes, as one number of 32 bits.
 *
 * A reduction has this shape where its last axis is the pair, of length 2 and the last index of both factors, and where the
 * weights of four neighbours on the vector axis lie side by side. What has another shape is summed term by term.
 */
import { staticLength } from "../../ir/graph/length.js";
import type { Axis, Buffer, Expr, Reduction } from "../../ir/kernel/kernel.js";
import { at } from "../../support/invariant.js";
import type { Lanes } from "./addresses.js";
import { constantAffine } from "./affine.js";
import { get, memory, plain, set, type Code, type Local } from "./encoder/instructions.js";
import type { ReductionCode } from "./reductions.js";
import type { Scope } from "./scope.js";
import { resultKey } from "./value-source.js";
import type { Values } from "./values.js";

type Load = Extract<Expr, { readonly op: "load" }>;

interface Factors {
  readonly weight: Load;
  readonly vector: Load;
}

export class IntegerProductEmitter {
  /** Over which loops run: the pair is no loop. */
  readonly axes: readonly Axis[];
  readonly #values: Values;
  readonly #reduction: Reduction;
  readonly #factors: readonly Factors[];
  readonly #scope: Scope;
  readonly #locals = new Map<string, Local>();

  private constructor(values: Values, reduction: Reduction, factors: readonly Factors[], scope: Scope) {
    this.#values = values;
    this.#reduction = reduction;
    this.#factors = factors;
    this.#scope = scope;
    this.axes = reduction.axes.slice(0, -1);
  }

  /** Undefined where the reduction has another shape. */
  static of(values: Values, reduction: Reduction, scope: Scope): IntegerProductEmitter | undefined {
    const { vectorAxis, kernel } = values;
    const axis = vectorAxis === undefined || vectorAxis >= reduction.depth ? undefined : kernel.space[vectorAxis];
    if (axis === undefined) return undefined;
    const factors = reduction.accumulators.flatMap(({ f, start, value }) => (f === "sum" && start === undefined ? (factorsOf(value, at(reduction.axes, reduction.axes.length - 1), axis, values) ?? []) : []));
    return factors.length === reduction.accumulators.length ? new IntegerProductEmitter(values, reduction, factors, scope) : undefined;
  }

  /** Few sums leave room for what two turns load ahead, and need it: each waits for its own last addition. */
  get unroll(): number {
    return this.#locals.size > fewSums ? 1 : 2;
  }

  begin(positions: readonly Lanes[]): ReductionCode {
    const values = this.#values;
    const sums = this.#factors.flatMap((factors, slot) => positions.map((lanes) => {
      const sum = values.numbers.local("v128", at(this.#reduction.accumulators, slot).source ?? "sum");
      this.#locals.set(resultKey(slot, lanes), sum);
      this.#scope.add(...values.vectors.constant(0, "int"), set(sum));
      return { factors, lanes, sum };
    }));
    const turn = (inner: Scope): void => {
      values.bindAxis(at(this.#reduction.axes, this.axes.length), constantAffine(0), inner);
      const loaded = new Map<string, Local>();
      const numbers = new Map<Load, number>();
      // A load that serves several sums is kept; each is made where it is first needed.
      const once = (load: Load, lanes: Lanes, code: () => Code): Code => {
        const number = numbers.get(load) ?? numbers.size;
        numbers.set(load, number);
        const key = `${number}@${values.lanesOf(load, lanes).join()}`;
        const users = sums.filter(({ factors, lanes: other }) => [factors.weight, factors.vector].includes(load) && values.lanesOf(load, other).join() === values.lanesOf(load, lanes).join());
        if (users.length === 1) return code();
        const known = loaded.get(key);
        if (known !== undefined) return [get(known)];
        const local = values.numbers.local("v128", "pairs");
        loaded.set(key, local);
        inner.add(...code(), set(local));
        return [get(local)];
      };
      for (const { factors: { weight, vector }, lanes, sum } of sums) {
        const [b, a] = [once(vector, lanes, () => this.#vector(vector, inner, lanes)), once(weight, lanes, () => this.#weights(weight, inner, lanes))];
        inner.add(...a, ...b, plain("i32x4.dot_i16x8_s"), get(sum), plain("i32x4.add"), set(sum));
      }
    };
    return { turns: [turn], after: [] };
  }

  bind(): void {
    this.#values.bindResults(this.#reduction, { scope: this.#scope, locals: this.#locals, tops: new Map() });
  }

  #weights({ buffer, index }: Load, scope: Scope, lanes: Lanes): Code {
    const { addresses } = this.#values;
    const { base, offset } = addresses.address(addresses.element(buffer, index, scope, lanes), false);
    return [...base, memory(buffer.element === "int8" ? "v128.load8x8_s" : "v128.load", offset)];
  }

  #vector({ buffer, index }: Load, scope: Scope, lanes: Lanes): Code {
    const { addresses } = this.#values;
    const { base, offset } = addresses.address(addresses.element(buffer, index, scope, lanes), false);
    return [...base, memory("v128.load32_splat", offset)];
  }
}

const fewSums = 4;

function factorsOf(value: Expr, pair: Axis, vectorAxis: Axis, values: Values): Factors | undefined {
  if (value.op !== "binary" || value.f !== "multiply" || staticLength(pair.extent.length) !== 2) return undefined;
  const { left, right } = value;
  if (left.op !== "load" || right.op !== "load") return undefined;
  const [weight, vector] = values.varies(left) ? [left, right] : [right, left];
  if (values.varies(vector) || vector.buffer.element !== "int16" || (weight.buffer.element !== "int16" && weight.buffer.element !== "int8")) return undefined;
  return isPaired(weight, pair) && isPaired(vector, pair) && isBlocked(weight, vectorAxis, values) ? { weight, vector } : undefined;
}

/** Whether the two of a pair lie side by side. */
function isPaired({ buffer, index }: Load, pair: Axis): boolean {
  const last = index.at(-1);
  return last?.op === "axis" && last.axis === pair && sizeOf(buffer, -1) === 2;
}

/** Whether positions of the vector axis lie side by side in whole vectors: at j modulo a multiple of four, in the block of j. */
function isBlocked({ buffer, index }: Load, axis: Axis, values: Values): boolean {
  const place = index.at(-2);
  const size = sizeOf(buffer, -2);
  if (place === undefined || size === undefined || size % 4 !== 0 || !isOf(place, "modulo", axis, size)) return false;
  return index.slice(0, -2).every((each) => !values.dependences(each).axes.has(axis) || (each.op === "unary" && each.f === "floor" && isOf(each.arg, "divide", axis, size)));
}

function isOf(expr: Expr, f: "modulo" | "divide", axis: Axis, by: number): boolean {
  return expr.op === "binary" && expr.f === f && expr.left.op === "axis" && expr.left.axis === axis && expr.right.op === "number" && expr.right.value === by;
}

function sizeOf({ shape }: Buffer, from: number): number | undefined {
  const length = shape.at(from);
  return length === undefined ? undefined : staticLength(length);
}
