/**
 * Code for one number. Reals are computed in float32; only what is made of integers alone, and rounded down to one again, is
 * computed in float64, in which every int32 is exact.
 */
import type { Expr, ExprKind } from "../../ir/kernel/kernel.js";
import { naturalKind } from "../../ir/kernel/kinds.js";
import { defined, invariant } from "../../support/invariant.js";
import type { Lanes } from "./addresses.js";
import { call, f32, f64, get, i32, memory, plain, set, tee, type Code, type Instruction, type Local } from "./encoder/instructions.js";
import type { PlainOp } from "./encoder/opcodes.js";
import type { ImportedName } from "./functions.js";
import { binaryRules, unaryRules } from "./operations.js";
import { Scope } from "./scope.js";
import type { ScalarSource, ValueSource } from "./value-source.js";

type Of<O extends Expr["op"]> = Extract<Expr, { readonly op: O }>;

export class Scalars implements ScalarSource {
  constructor(readonly values: ValueSource) {}

  /** What needs no local: constants, lengths, positions, results. */
  leaf(expr: Expr, lanes: Lanes): Code | undefined {
    switch (expr.op) {
      case "number":
        return [expr.kind === "real" ? f32(expr.value) : i32(expr.value)];
      case "length":
        return this.values.length(expr.length);
      case "axis":
        return this.values.addresses.number(this.values.axisAffine(expr.axis, lanes));
      case "result":
        return expr.rank === undefined ? this.#result(expr, lanes) : undefined;
      case "load":
      case "unary":
      case "binary":
      case "select":
      case "draw":
        return undefined;
    }
  }

  #result(expr: Of<"result">, lanes: Lanes): Code {
    const { local, lane } = this.values.resultOf(expr, lanes);
    const natural = naturalKind(expr);
    if (local.type !== "v128") return this.#claimed([get(local)], natural, expr.kind);
    return this.#claimed([get(local), { op: natural === "real" ? "f32x4.extract_lane" : "i32x4.extract_lane", lane }], natural, expr.kind);
  }

  /** An expression may claim to be real where it is an integer. */
  #claimed(code: Code, natural: ExprKind, kind: ExprKind): Code {
    return kind === "real" && natural !== "real" ? [...code, plain("f32.convert_i32_s")] : code;
  }

  real(expr: Expr, scope: Scope, lanes: Lanes): Code {
    if (expr.op === "number") return [f32(expr.value)];
    const code = this.values.scalar(expr, scope, lanes);
    return expr.kind === "real" ? code : [...code, plain("f32.convert_i32_s")];
  }

  plain(expr: Expr, scope: Scope, lanes: Lanes): Code {
    switch (expr.op) {
      case "number":
      case "length":
      case "axis":
        return defined(this.leaf(expr, lanes), "the code of a leaf");
      case "load":
        return this.#load(expr, scope, lanes);
      case "unary":
        return this.#unary(expr, scope, lanes);
      case "binary":
        return this.#binary(expr, scope, lanes);
      case "select":
        return this.select(expr, expr.kind === "real" ? "f32" : "i32", scope, lanes, (side, inner) => (expr.kind === "real" ? this.real(side, inner, lanes) : this.values.scalar(side, inner, lanes)));
      case "draw":
        return this.#draw(expr, scope, lanes);
      case "result":
        return expr.rank === undefined ? this.#result(expr, lanes) : this.#ranked(expr, scope, lanes);
    }
  }

  #load(expr: Of<"load">, scope: Scope, lanes: Lanes): Code {
    const { addresses } = this.values;
    const { base, offset } = addresses.address(addresses.element(expr.buffer, expr.index, scope, lanes), this.values.mayMiss(expr.buffer, expr.index));
    if (expr.buffer.element === "float32") return [...base, memory("f32.load", offset)];
    const code: Code = [...base, memory(integerLoads[expr.buffer.element], offset)];
    if (expr.kind === "condition") return [...code, i32(0), plain("i32.ne")];
    return this.#claimed(code, "int", expr.kind);
  }

  #unary(expr: Of<"unary">, scope: Scope, lanes: Lanes): Code {
    const rule = unaryRules[expr.f];
    const real = (): Code => this.real(expr.arg, scope, lanes);
    if ("real" in rule) return [...real(), plain(rule.real[0])];
    if ("vector" in rule) return [...real(), plain("f32x4.splat"), call(this.values.context.functions.internal(rule.vector)), { op: "f32x4.extract_lane", lane: 0 }];
    if ("imported" in rule) return this.imported(rule.imported, [real()]);
    switch (rule.special) {
      case "not":
        return [...this.values.scalar(expr.arg, scope, lanes), plain("i32.eqz")];
      case "negate":
        return expr.kind === "real" ? [...real(), plain("f32.neg")] : [i32(0), ...this.values.scalar(expr.arg, scope, lanes), plain("i32.sub")];
      case "absolute": {
        if (expr.kind === "real") return [...real(), plain("f32.abs")];
        const x = this.values.numbers.local("i32", "x");
        return [i32(0), ...this.values.scalar(expr.arg, scope, lanes), tee(x), plain("i32.sub"), get(x), get(x), i32(0), plain("i32.lt_s"), plain("select")];
      }
      case "floor": {
        if (expr.arg.kind !== "real") return this.#claimed(this.values.scalar(expr.arg, scope, lanes), "int", expr.kind);
        const wide = this.#wide(expr.arg, scope, lanes);
        if (wide !== undefined) return this.#claimed([...wide, plain("f64.floor"), plain("i32.trunc_sat_f64_s")], "int", expr.kind);
        return [...real(), plain("f32.floor"), ...(expr.kind === "real" ? [] : [plain("i32.trunc_sat_f32_s")])];
      }
    }
  }

  /** Arithmetic of integers in float64; undefined where something else takes part. */
  #wide(expr: Expr, scope: Scope, lanes: Lanes): Code | undefined {
    if (expr.op === "number") return [f64(expr.value)];
    if (expr.kind === "int") return [...this.values.scalar(expr, scope, lanes), plain("f64.convert_i32_s")];
    if (expr.op === "unary" && expr.f === "negate") {
      const arg = this.#wide(expr.arg, scope, lanes);
      return arg === undefined ? undefined : [...arg, plain("f64.neg")];
    }
    if (expr.op !== "binary") return undefined;
    const op = wideOperations[expr.f];
    if (op === undefined) return undefined;
    const [left, right] = [this.#wide(expr.left, scope, lanes), this.#wide(expr.right, scope, lanes)];
    return left === undefined || right === undefined ? undefined : [...left, ...right, plain(op)];
  }

  /** A call of what is imported: of numbers in float64. */
  imported(name: ImportedName, args: readonly Code[]): Code {
    const callee = this.values.context.functions.imported(name);
    return [...args.flatMap((arg) => [...arg, plain("f64.promote_f32")]), call(callee), plain("f32.demote_f64")];
  }

  #binary(expr: Of<"binary">, scope: Scope, lanes: Lanes): Code {
    const rule = binaryRules[expr.f];
    const isReal = rule.kind === "arithmetic" ? expr.kind === "real" : expr.left.kind === "real" || expr.right.kind === "real";
    if (rule.kind !== "logic" && isReal) {
      const [left, right] = [this.real(expr.left, scope, lanes), this.real(expr.right, scope, lanes)];
      return typeof rule.real === "string" ? this.imported(rule.real, [left, right]) : [...left, ...right, plain(rule.real.scalar)];
    }
    const [left, right] = [this.values.scalar(expr.left, scope, lanes), this.values.scalar(expr.right, scope, lanes)];
    const op = rule.kind === "logic" ? rule.both : rule.int;
    if (op === undefined) throw new TypeError(`${expr.f} of integers gives a real`);
    if (typeof op === "object") return [...left, ...right, plain(op.scalar)];
    if (op === "modulo") return this.#remainder(left, right);
    const [a, b] = [this.values.numbers.local("i32", "a"), this.values.numbers.local("i32", "b")];
    return [...left, tee(a), ...right, tee(b), get(a), get(b), plain(op === "minimum" ? "i32.lt_s" : "i32.gt_s"), plain("select")];
  }

  /** Division by 0 would end the program; its remainder is stored as 0. */
  #remainder(left: Code, right: Code): Code {
    const [first] = right;
    if (right.length === 1 && first?.op === "i32.const" && first.value !== 0) return [...left, ...right, plain("i32.rem_s")];
    const [a, b] = [this.values.numbers.local("i32", "a"), this.values.numbers.local("i32", "b")];
    const divide: Instruction = { op: "if", result: "i32", yes: [get(a), get(b), plain("i32.rem_s")], no: [i32(0)] };
    return [...left, set(a), ...right, tee(b), divide];
  }

  /** A selection by one condition: only the chosen side is computed. */
  select(expr: Of<"select">, type: "i32" | "f32" | "v128", scope: Scope, lanes: Lanes, side: (side: Expr, inner: Scope) => Code): Code {
    const condition = this.values.scalar(expr.condition, scope, lanes);
    const [yes, no] = [expr.yes, expr.no].map((each): Code => {
      const inner = new Scope(scope, "branch");
      const value = side(each, inner);
      return [...inner.code, ...value];
    });
    invariant(yes !== undefined && no !== undefined, () => "a selection has two sides");
    if (type !== "v128" && this.values.isFree(expr.yes) && this.values.isFree(expr.no)) return [...yes, ...no, ...condition, plain("select")];
    return [...condition, { op: "if", result: type, yes, no }];
  }

  #draw(expr: Of<"draw">, scope: Scope, lanes: Lanes): Code {
    const { context, numbers } = this.values;
    const { functions, block } = context;
    // The state is kept in globals, so no counter may be computed by a draw between two of its steps.
    const locals = expr.counters.map((counter): Local => {
      const local = numbers.local("i32", "counter");
      scope.add(...this.values.scalar(counter, scope, lanes), set(local));
      return local;
    });
    const code: Instruction[] = [get(this.values.control(block.seed(0))), get(this.values.control(block.seed(1))), i32(expr.site), i32(locals.length), call(functions.internal("drawBegin"))];
    for (let i = 0; i < locals.length; i += 2) {
      for (const local of [locals[i], locals[i + 1]]) code.push(local === undefined ? i32(0) : get(local));
      code.push(call(functions.internal("drawMix")));
    }
    return [...code, call(functions.internal("drawEnd"))];
  }

  /** One of the largest, by rank. */
  #ranked(expr: Of<"result">, scope: Scope, lanes: Lanes): Code {
    const top = defined(this.values.results(expr.reduction).tops.get(expr.slot), "the memory of the largest");
    const rank = expr.rank === undefined ? [i32(0)] : this.values.scalar(expr.rank, scope, lanes);
    const isIds = expr.part === "ids";
    const accumulator = defined(expr.reduction.accumulators[expr.slot], "an accumulator");
    const code: Code = [...rank, i32(2), plain("i32.shl"), memory(isIds ? "i32.load" : "f32.load", isIds ? top.ids : top.values)];
    if (isIds) return this.#claimed(code, "int", expr.kind);
    if (accumulator.value.kind === "real") return code;
    // Integers are kept as floats among the largest.
    return expr.kind === "real" ? code : [...code, plain("i32.trunc_sat_f32_s")];
  }
}

const integerLoads = { int32: "i32.load", int16: "i32.load16_s", int8: "i32.load8_s" } as const;

const wideOperations: Partial<Record<Of<"binary">["f"], PlainOp>> = { add: "f64.add", subtract: "f64.sub", multiply: "f64.mul", divide: "f64.div" };
