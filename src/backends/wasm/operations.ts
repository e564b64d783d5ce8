/** How scalar functions are computed: of one number, and of four side by side. What has no instruction is a call. */
import type { BinaryFunction, UnaryFunction } from "../../ir/kernel/kernel.js";
import type { ExponentialName, ImportedName } from "./functions.js";
import type { PlainOp } from "./encoder/opcodes.js";

export type UnaryRule =
  /** Of reals and of integers, one and four. */
  | { readonly real: readonly [PlainOp, PlainOp] }
  /** A function of four lanes in the module. */
  | { readonly vector: ExponentialName }
  | { readonly imported: ImportedName }
  | { readonly special: "negate" | "absolute" | "floor" | "not" };

export const unaryRules: { readonly [F in UnaryFunction]: UnaryRule } = {
  negate: { special: "negate" },
  absolute: { special: "absolute" },
  floor: { special: "floor" },
  not: { special: "not" },
  sqrt: { real: ["f32.sqrt", "f32x4.sqrt"] },
  exp: { vector: "exp" },
  tanh: { vector: "tanh" },
  sigmoid: { vector: "sigmoid" },
  log: { imported: "log" },
  log1p: { imported: "log1p" },
  sin: { imported: "sin" },
  cos: { imported: "cos" },
  erf: { imported: "erf" },
};

interface Both {
  readonly scalar: PlainOp;
  readonly vector: PlainOp;
  /** The vector instruction takes them the other way round. */
  readonly swapped?: true;
}

export type BinaryRule =
  /** By kind: `int` undefined where integers need more than an instruction. */
  | { readonly kind: "arithmetic"; readonly real: Both | ImportedName; readonly int: Both | "modulo" | "minimum" | "maximum" | undefined }
  | { readonly kind: "comparison"; readonly real: Both; readonly int: Both }
  | { readonly kind: "logic"; readonly both: Both };

const both = (scalar: PlainOp, vector: PlainOp): Both => ({ scalar, vector });

export const binaryRules: { readonly [F in BinaryFunction]: BinaryRule } = {
  add: { kind: "arithmetic", real: both("f32.add", "f32x4.add"), int: both("i32.add", "i32x4.add") },
  subtract: { kind: "arithmetic", real: both("f32.sub", "f32x4.sub"), int: both("i32.sub", "i32x4.sub") },
  multiply: { kind: "arithmetic", real: both("f32.mul", "f32x4.mul"), int: both("i32.mul", "i32x4.mul") },
  divide: { kind: "arithmetic", real: both("f32.div", "f32x4.div"), int: undefined },
  modulo: { kind: "arithmetic", real: "modulo", int: "modulo" },
  power: { kind: "arithmetic", real: "power", int: undefined },
  minimum: { kind: "arithmetic", real: both("f32.min", "f32x4.min"), int: "minimum" },
  maximum: { kind: "arithmetic", real: both("f32.max", "f32x4.max"), int: "maximum" },
  less: { kind: "comparison", real: both("f32.lt", "f32x4.lt"), int: both("i32.lt_s", "i32x4.lt_s") },
  lessEqual: { kind: "comparison", real: both("f32.le", "f32x4.le"), int: both("i32.le_s", "i32x4.le_s") },
  equal: { kind: "comparison", real: both("f32.eq", "f32x4.eq"), int: both("i32.eq", "i32x4.eq") },
  notEqual: { kind: "comparison", real: both("f32.ne", "f32x4.ne"), int: both("i32.ne", "i32x4.ne") },
  and: { kind: "logic", both: both("i32.and", "v128.and") },
  or: { kind: "logic", both: both("i32.or", "v128.or") },
};

/** Whether reals have no instruction for it. */
export function isImported(f: BinaryFunction): boolean {
  const rule = binaryRules[f];
  return rule.kind === "arithmetic" && typeof rule.real === "string";
}
