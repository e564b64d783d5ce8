/**
 * Instructions as values. Code is a list of them in the order of execution, operands before what uses them; blocks hold
 * their bodies, so that code can be made inside out. Locals and functions are objects: their numbers are given when bytes
 * are made.
 */
import type { LaneMemoryOp, LaneOp, MemoryOp, PlainOp, ValueType } from "./opcodes.js";

/** A local variable. Identity counts; the name is for people. */
export interface Local {
  readonly type: ValueType;
  readonly name: string;
}

export interface FunctionType {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** What can be called: defined in the module or imported. */
export interface FunctionReference {
  readonly name: string;
  readonly type: FunctionType;
}

export interface GlobalReference {
  readonly name: string;
  readonly type: ValueType;
}

export type Instruction =
  | { readonly op: PlainOp }
  | { readonly op: "i32.const" | "f32.const" | "f64.const"; readonly value: number }
  /** Four lanes of 32 bits. */
  | { readonly op: "v128.const"; readonly bits: readonly [number, number, number, number] }
  | { readonly op: "local.get" | "local.set" | "local.tee"; readonly local: Local }
  | { readonly op: "global.get" | "global.set"; readonly global: GlobalReference }
  | { readonly op: MemoryOp; readonly offset: number }
  | { readonly op: LaneMemoryOp; readonly offset: number; readonly lane: number }
  | { readonly op: LaneOp; readonly lane: number }
  | { readonly op: "memory.copy" }
  | { readonly op: "call"; readonly callee: FunctionReference }
  | { readonly op: "if"; readonly result: ValueType | undefined; readonly yes: Code; readonly no: Code }
  /** Runs the body, which leaves a condition, again as long as that is not 0. */
  | { readonly op: "repeat"; readonly body: Code }
  /** Runs the body as long as the test leaves a number other than 0 on the stack. */
  | { readonly op: "while"; readonly test: Code; readonly body: Code };

export type Code = readonly Instruction[];

export const plain = (op: PlainOp): Instruction => ({ op });
export const get = (local: Local): Instruction => ({ op: "local.get", local });
export const set = (local: Local): Instruction => ({ op: "local.set", local });
export const tee = (local: Local): Instruction => ({ op: "local.tee", local });
export const i32 = (value: number): Instruction => ({ op: "i32.const", value: value | 0 });
export const f32 = (value: number): Instruction => ({ op: "f32.const", value });
export const f64 = (value: number): Instruction => ({ op: "f64.const", value });
export const memory = (op: MemoryOp, offset = 0): Instruction => ({ op, offset });
export const call = (callee: FunctionReference): Instruction => ({ op: "call", callee });

const scratch = new DataView(new ArrayBuffer(4));

/** The bits of a number as float32. */
export function floatBits(value: number): number {
  scratch.setFloat32(0, value, true);
  return scratch.getInt32(0, true);
}

export function floatOfBits(bits: number): number {
  scratch.setInt32(0, bits);
  return scratch.getFloat32(0);
}

export type VectorConstant = Extract<Instruction, { readonly op: "v128.const" }>;

export function vectorOfInts(value: number): VectorConstant {
  return { op: "v128.const", bits: [value | 0, value | 0, value | 0, value | 0] };
}

export function vectorOfFloats(value: number): VectorConstant {
  return vectorOfInts(floatBits(value));
}
