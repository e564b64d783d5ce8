/**
 * Code for four numbers side by side, at four positions of the vector axis. Elements that lie side by side are one load;
 * others are loaded one by one. What has no vector instruction is computed lane by lane. A selection by lanes computes both
 * of its sides, so that addresses in it are checked.
 */
import { type Buffer, elementBytes, type Expr, type ExprKind } from "../../ir/kernel/kernel.js";
import { naturalKind } from "../../ir/kernel/kinds.js";
import { visitExprs } from "../../ir/kernel/traverse.js";
import { at } from "../../support/invariant.js";
import type { Address, Lanes } from "./addresses.js";
import { sameTerms, type Affine } from "./affine.js";
import { call, get, memory, plain, set, vectorOfFloats, vectorOfInts, type Code, type Instruction } from "./encoder/instructions.js";
import { exponentials } from "./exponentials.js";
import type { ExponentialName, ImportedName } from "./functions.js";
import { binaryRules, isImported, unaryRules } from "./operations.js";
import type { Scope } from "./scope.js";
import type { ValueSource } from "./value-source.js";

type Of<O extends Expr["op"]> = Extract<Expr, { readonly op: O }>;

export class Vectors {
  /** How many were written out. */
  #exponentials = 0;

  constructor(readonly values: ValueSource) {}

  /** The same number in all lanes. */
  splat(expr: Expr, scope: Scope, lanes: Lanes): Code {
    if (expr.op === "number") return this.constant(expr.value, expr.kind);
    if (expr.op === "load" && naturalKind(expr) === expr.kind && expr.kind !== "condition" && !isNarrow(expr.buffer) && !this.values.isKnown(expr, scope, lanes)) {
      const { addresses } = this.values;
      const { base, offset } = addresses.address(addresses.element(expr.buffer, expr.index, scope, lanes), this.values.mayMiss(expr.buffer, expr.index));
      return [...base, memory("v128.load32_splat", offset)];
    }
    const code = this.values.scalar(expr, scope, lanes);
    if (expr.kind === "real") return [...code, plain("f32x4.splat")];
    return expr.kind === "int" ? [...code, plain("i32x4.splat")] : [...code, plain("i32x4.splat"), plain("i32x4.neg")];
  }

  constant(value: number, kind: ExprKind): Code {
    return this.values.constant(kind === "real" ? vectorOfFloats(value) : vectorOfInts(kind === "condition" && value !== 0 ? -1 : value));
  }

  real(expr: Expr, scope: Scope, lanes: Lanes): Code {
    if (expr.kind === "real") return this.values.vector(expr, scope, lanes);
    if (expr.op === "number") return this.constant(expr.value, "real");
    const code = this.values.vector(expr, scope, lanes);
    return [...code, ...(expr.kind === "condition" ? [plain("i32x4.neg")] : []), plain("f32x4.convert_i32x4_s")];
  }

  plain(expr: Expr, scope: Scope, lanes: Lanes): Code {
    switch (expr.op) {
      case "number":
      case "length":
        return this.splat(expr, scope, lanes);
      case "axis":
        return [...this.#lane(expr, scope, lanes, 0), plain("i32x4.splat"), { op: "v128.const", bits: [0, 1, 2, 3] }, plain("i32x4.add")];
      case "load":
        return this.#load(expr, scope, lanes);
      case "unary":
        return this.#unary(expr, scope, lanes);
      case "binary":
        return this.#binary(expr, scope, lanes);
      case "select":
        return this.#select(expr, scope, lanes);
      case "draw":
        return this.#byLane(expr.kind, lanes, (lane) => this.#lane(expr, scope, lanes, lane));
      case "result": {
        if (expr.rank !== undefined) return this.#byLane(expr.kind, lanes, (lane) => this.#lane(expr, scope, lanes, lane));
        const { local } = this.values.resultOf(expr, lanes);
        return this.#claimed([get(local)], naturalKind(expr), expr.kind);
      }
    }
  }

  #claimed(code: Code, natural: ExprKind, kind: ExprKind): Code {
    return kind === "real" && natural !== "real" ? [...code, plain("f32x4.convert_i32x4_s")] : code;
  }

  /** The number at one of the positions. */
  #lane(expr: Expr, scope: Scope, lanes: Lanes, lane: number): Code {
    return this.values.scalar(expr, scope, this.#at(lanes, lane));
  }

  #at(lanes: Lanes, lane: number): Lanes {
    return lanes.map((each, d) => (d === this.values.vectorAxis ? each + lane : each));
  }

  /** A vector put together of numbers; lanes that do not count hold the first. */
  #byLane(kind: ExprKind, lanes: Lanes, code: (lane: number) => Code): Code {
    const result: Instruction[] = [...code(0), plain(kind === "real" ? "f32x4.splat" : "i32x4.splat")];
    for (let lane = 1; lane < this.values.valid(lanes); lane++) result.push(...code(lane), { op: kind === "real" ? "f32x4.replace_lane" : "i32x4.replace_lane", lane });
    if (kind === "condition") result.push(plain("i32x4.neg"));
    return result;
  }

  #load(expr: Of<"load">, scope: Scope, lanes: Lanes): Code {
    if (isNarrow(expr.buffer)) return this.#byLane(expr.kind, lanes, (lane) => this.#lane(expr, scope, lanes, lane));
    const code = this.#elements(expr.buffer, expr.index, scope, lanes);
    if (expr.kind === "condition") return [...code, ...this.constant(0, "int"), plain("i32x4.ne")];
    return this.#claimed(code, naturalKind(expr), expr.kind);
  }

  #elements(buffer: Buffer, index: readonly Expr[], scope: Scope, lanes: Lanes): Code {
    const { addresses } = this.values;
    const guarded = this.values.mayMiss(buffer, index);
    const places = this.places(buffer, index, scope, lanes);
    const first = at(places, 0);
    if (isStep(places, 4)) {
      const { base, offset } = addresses.address(first, guarded);
      return [...base, memory("v128.load", offset)];
    }
    const splat = addresses.address(first, guarded);
    if (isStep(places, 0)) return [...splat.base, memory("v128.load32_splat", splat.offset)];
    // The addresses of the later lanes lie under the vector.
    const later = places.slice(1).map((place) => addresses.address(place, guarded));
    const loads = later.map(({ offset }, i): Instruction => ({ op: "v128.load32_lane", offset, lane: i + 1 }));
    return [...[...later].reverse().flatMap(({ base }) => base), ...splat.base, memory("v128.load32_splat", splat.offset), ...loads];
  }

  /** The addresses of the lanes that count. */
  places(buffer: Buffer, index: readonly Expr[], scope: Scope, lanes: Lanes): readonly Affine[] {
    return Array.from({ length: this.values.valid(lanes) }, (_, lane) => this.values.addresses.element(buffer, index, scope, this.#at(lanes, lane)));
  }

  #unary(expr: Of<"unary">, scope: Scope, lanes: Lanes): Code {
    const rule = unaryRules[expr.f];
    const real = (): Code => this.real(expr.arg, scope, lanes);
    if ("real" in rule) return [...real(), plain(rule.real[1])];
    if ("vector" in rule) return this.#exponential(rule.vector, real());
    if ("imported" in rule) return this.#imported(rule.imported, [real()], lanes);
    switch (rule.special) {
      case "not":
        return [...this.values.vector(expr.arg, scope, lanes), plain("v128.not")];
      case "negate":
        return expr.kind === "real" ? [...real(), plain("f32x4.neg")] : [...this.values.vector(expr.arg, scope, lanes), plain("i32x4.neg")];
      case "absolute":
        return expr.kind === "real" ? [...real(), plain("f32x4.abs")] : [...this.values.vector(expr.arg, scope, lanes), plain("i32x4.abs")];
      case "floor":
        if (expr.arg.kind !== "real") return this.#claimed(this.values.vector(expr.arg, scope, lanes), "int", expr.kind);
        if (isOfIntegers(expr.arg)) return this.#byLane(expr.kind, lanes, (lane) => this.#lane(expr, scope, lanes, lane));
        return [...real(), plain("f32x4.floor"), ...(expr.kind === "real" ? [] : [plain("i32x4.trunc_sat_f32x4_s")])];
    }
  }

  /** Written out, with its constants before the loops, unless there are so many that a call is no worse. */
  #exponential(name: ExponentialName, arg: Code): Code {
    const { context, numbers } = this.values;
    if (this.#exponentials >= mostInlined) return [...arg, call(context.functions.internal(name))];
    this.#exponentials += 1;
    const x = numbers.local("v128", "x");
    return [...arg, set(x), ...exponentials[name](x, { relaxed: context.relaxed, constant: (constant) => this.values.constant(constant) })];
  }

  /** What is imported takes one number at a time. */
  #imported(name: ImportedName, args: readonly Code[], lanes: Lanes): Code {
    const locals = args.map(() => this.values.numbers.local("v128", "arg"));
    const before = args.flatMap((arg, i) => [...arg, set(at(locals, i))]);
    const lane = (index: number): Code => this.values.scalars.imported(name, locals.map((local) => [get(local), { op: "f32x4.extract_lane", lane: index }]));
    return [...before, ...this.#byLane("real", lanes, lane)];
  }

  #binary(expr: Of<"binary">, scope: Scope, lanes: Lanes): Code {
    const rule = binaryRules[expr.f];
    const isReal = rule.kind === "arithmetic" ? expr.kind === "real" : expr.left.kind === "real" || expr.right.kind === "real";
    if (rule.kind !== "logic" && isReal) {
      const [left, right] = [this.real(expr.left, scope, lanes), this.real(expr.right, scope, lanes)];
      return typeof rule.real === "string" ? this.#imported(rule.real, [left, right], lanes) : [...left, ...right, plain(rule.real.vector)];
    }
    const op = rule.kind === "logic" ? rule.both : rule.int;
    if (op === "modulo" || op === undefined) return this.#byLane(expr.kind, lanes, (lane) => this.#lane(expr, scope, lanes, lane));
    const [left, right] = [this.values.vector(expr.left, scope, lanes), this.values.vector(expr.right, scope, lanes)];
    return [...left, ...right, plain(op === "minimum" ? "i32x4.min_s" : op === "maximum" ? "i32x4.max_s" : op.vector)];
  }

  #select(expr: Of<"select">, scope: Scope, lanes: Lanes): Code {
    const side = (each: Expr, inner: Scope): Code => (expr.kind === "real" ? this.real(each, inner, lanes) : this.values.vector(each, inner, lanes));
    if (!this.values.varies(expr.condition) && !this.#choosesByRow(expr)) return this.values.scalars.select(expr, "v128", scope, lanes, side);
    const [yes, no] = this.values.guarding(() => [side(expr.yes, scope), side(expr.no, scope)] as const);
    return [...yes, ...no, ...this.values.vector(expr.condition, scope, lanes), plain("v128.bitselect")];
  }

  /**
   * Whether it chooses anew for each row, such as between what a member of a batch computes and, behind its end, what it had:
   * most rows choose alike, and what stands in one block is computed faster than what stands behind branches.
   */
  #choosesByRow({ condition, yes, no }: Of<"select">): boolean {
    if (!this.values.variesByRow(condition)) return false;
    let slow = false;
    visitExprs([yes, no], (expr) => {
      slow ||= expr.op === "draw" || (expr.op === "unary" && "imported" in unaryRules[expr.f]) || (expr.op === "binary" && isImported(expr.f));
    });
    return !slow;
  }

  /** Stores the lanes that count; `value` is a vector as memory holds it, of 32 bits a lane. */
  store({ element }: Buffer, places: readonly Affine[], value: Code): Code {
    const { addresses, numbers } = this.values;
    if (element === "int16" || element === "int8") return this.#storeNarrow(element, places, value);
    const first = addresses.address(at(places, 0), false);
    if (isStep(places, 4) && places.length === 4) return [...first.base, ...value, memory("v128.store", first.offset)];
    const local = numbers.local("v128", "stored");
    const code: Instruction[] = [...value, set(local)];
    const lane = (index: number): void => {
      const { base, offset } = addresses.address(at(places, index), false);
      code.push(...base, get(local), { op: "v128.store32_lane", offset, lane: index });
    };
    let next = 0;
    if (isStep(places, 4) && places.length >= 2) {
      code.push(...first.base, get(local), { op: "v128.store64_lane", offset: first.offset, lane: 0 });
      next = 2;
    }
    for (; next < places.length; next++) lane(next);
    return code;
  }

  /** Integers that fit. */
  #storeNarrow(element: "int16" | "int8", places: readonly Affine[], value: Code): Code {
    const { addresses, numbers } = this.values;
    const local = numbers.local("v128", "stored");
    const address = (index: number): Address => addresses.address(at(places, index), false);
    if (places.length === 4 && isStep(places, elementBytes[element])) {
      const { base, offset } = address(0);
      const halves: Code = [...value, set(local), ...base, get(local), get(local), plain("i16x8.narrow_i32x4_s")];
      if (element === "int16") return [...halves, { op: "v128.store64_lane", offset, lane: 0 }];
      return [...halves, set(local), get(local), get(local), plain("i8x16.narrow_i16x8_s"), { op: "v128.store32_lane", offset, lane: 0 }];
    }
    const lanes = places.flatMap((_, index): Code => {
      const { base, offset } = address(index);
      return [...base, get(local), { op: "i32x4.extract_lane", lane: index }, memory(narrowStores[element], offset)];
    });
    return [...value, set(local), ...lanes];
  }
}

function isNarrow({ element }: Buffer): boolean {
  return elementBytes[element] < 4;
}

/** More exponentials than this in a kernel are calls: their code would be large. */
const mostInlined = 12;

/** The stores of one narrow integer. */
export const narrowStores = { int16: "i32.store16", int8: "i32.store8" } as const;

/** Whether each place lies so many bytes behind the one before. */
export function isStep(places: readonly Affine[], bytes: number): boolean {
  const first = at(places, 0);
  return places.every((place, i) => place.constant === first.constant + i * bytes && sameTerms(place, first));
}

/** Real arithmetic of integers, which float32 might round. */
function isOfIntegers(expr: Expr): boolean {
  if (expr.op === "number" || expr.kind === "int") return true;
  if (expr.op === "unary") return expr.f === "negate" && isOfIntegers(expr.arg);
  return expr.op === "binary" && ["add", "subtract", "multiply", "divide"].includes(expr.f) && isOfIntegers(expr.left) && isOfIntegers(expr.right);
}
