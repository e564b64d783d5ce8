/** What code for one number and code for four need of the kernel around them: values of other expressions, and their locals. */
import type { Length } from "../../ir/graph/length.js";
import type { Axis, Buffer, Expr, Reduction } from "../../ir/kernel/kernel.js";
import type { Addresses, Lanes } from "./addresses.js";
import type { Affine } from "./affine.js";
import type { Code, Local, VectorConstant } from "./encoder/instructions.js";
import type { Functions, ImportedName } from "./functions.js";
import type { Place, ProgramBlock } from "./layout.js";
import type { FunctionNumbers } from "./loops.js";
import type { Scope } from "./scope.js";

export interface KernelContext {
  readonly block: ProgramBlock;
  readonly placement: (buffer: Buffer) => Place;
  readonly functions: Functions;
  readonly relaxed: boolean;
  /** The axis of the loop around the kernel, where there is one. */
  readonly turn?: Axis;
}

/** Where a reduction left what it came to: locals by slot and lanes. */
export interface Results {
  readonly scope: Scope;
  readonly locals: ReadonlyMap<string, Local>;
  /** For `top`, where its values and indices lie, by slot. */
  readonly tops: ReadonlyMap<number, TopMemory>;
}

export interface TopMemory {
  readonly values: number;
  readonly ids: number;
  readonly k: number;
}

export function resultKey(slot: number, lanes: Lanes): string {
  return `${slot}@${lanes.join()}`;
}

export interface ValueSource {
  readonly context: KernelContext;
  readonly numbers: FunctionNumbers;
  readonly addresses: Addresses;
  readonly scalars: ScalarSource;
  /** Which axis of the space is the vector axis in the code that is being made. */
  readonly vectorAxis: number | undefined;
  /** Whether a place may lie outside of its buffer, since what is being computed may be without need. */
  mayMiss(buffer: Buffer, index: readonly Expr[]): boolean;
  /** Runs what makes code that may be computed without need. */
  guarding<T>(body: () => T): T;
  scalar(expr: Expr, scope: Scope, lanes: Lanes): Code;
  /** One lane for each of four positions from `lanes` on. */
  vector(expr: Expr, scope: Scope, lanes: Lanes): Code;
  /** A vector that is known beforehand: loops should not make it anew. */
  constant(constant: VectorConstant): Code;
  /** Whether a scalar was computed where it can be seen. */
  isKnown(expr: Expr, scope: Scope, lanes: Lanes): boolean;
  /** Whether it costs next to nothing and cannot go wrong, so that it may be computed without need. */
  isFree(expr: Expr): boolean;
  /** Whether it is another number in each lane. */
  varies(expr: Expr): boolean;
  /** Whether it is another number at each position of some axis of the kernel. */
  variesByRow(expr: Expr): boolean;
  /** How many lanes of a vector count. */
  valid(lanes: Lanes): number;
  length(length: Length): Code;
  axisAffine(axis: Axis, lanes: Lanes): Affine;
  control(address: number): Local;
  results(reduction: Reduction): Results;
  /** What a reduction came to at a position; of a vector, the lane of the position. */
  resultOf(expr: Extract<Expr, { readonly op: "result" }>, lanes: Lanes): { readonly local: Local; readonly lane: number };
}

/** What code for four takes from code for one. */
export interface ScalarSource {
  imported(name: ImportedName, args: readonly Code[]): Code;
  select(expr: Extract<Expr, { readonly op: "select" }>, type: "i32" | "f32" | "v128", scope: Scope, lanes: Lanes, side: (side: Expr, inner: Scope) => Code): Code;
}
