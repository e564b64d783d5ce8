/**
 * The program level: buffers, and the order in which kernels run.
 *
 * `prepare` runs once when weights are loaded: it packs, slices and sums parameters into prepared buffers. `body` runs at
 * each call. A loop carries states from one turn to the next: a state that is updated in place has one buffer, every other
 * has two that change places after each turn.
 */
import type { Length } from "../graph/length.js";
import type { ValueType } from "../graph/types.js";
import type { Initialiser } from "../graph/node.js";
import type { Axis, Buffer, Kernel } from "../kernel/kernel.js";

export interface ProgramInput {
  readonly name: string;
  readonly buffer: Buffer;
  readonly type: ValueType;
  /** For ids: values run from 0 to classes-1. */
  readonly classes: number | undefined;
  /** The caller may leave it out: then these kernels' stores fill the buffer. */
  readonly fallback: readonly Kernel[] | undefined;
}

export interface ProgramParameter {
  readonly name: string;
  readonly buffer: Buffer;
  /** Sizes, the dimensions in front included. */
  readonly shape: readonly number[];
  readonly initialiser: Initialiser | undefined;
}

export interface ProgramOutput {
  readonly name: string;
  readonly buffer: Buffer;
  readonly type: ValueType;
}

/** A state of a loop. `next` is the same buffer where the update is in place. */
export interface Carried {
  readonly current: Buffer;
  readonly next: Buffer;
  readonly source: string | undefined;
}

export type Instruction =
  | { readonly op: "kernel"; readonly kernel: Kernel }
  | Loop
  /** The whole of one buffer into another of the same shape. */
  | { readonly op: "copy"; readonly from: Buffer; readonly to: Buffer };

export interface Loop {
  readonly op: "loop";
  readonly axis: Axis;
  readonly reverse: boolean;
  readonly carried: readonly Carried[];
  readonly body: readonly Instruction[];
  /** Of a scan the name of the dimension that it runs along, by which people choose it; of a loop that a pass made nothing. */
  readonly dimension: string | undefined;
}

export interface Program {
  readonly name: string;
  readonly inputs: readonly ProgramInput[];
  readonly parameters: readonly ProgramParameter[];
  readonly outputs: readonly ProgramOutput[];
  /** Every free length, by name: inputs decide them. */
  readonly lengths: readonly string[];
  readonly prepare: readonly Instruction[];
  readonly body: readonly Instruction[];
  /** Set by plan-buffers: where each state, temporary and output lies. */
  readonly arena: Arena | undefined;
}

/**
 * One block of memory for a run. Slots whose size is known lie at its beginning, at offsets that the compiler chose; the
 * module places the others behind them when it knows the lengths of the run, by the same rule. A slot lives from
 * instruction `from` to instruction `to` of the flattened body.
 */
export interface Arena {
  readonly slots: readonly Slot[];
  /** Elements (4 bytes each) of the slots with an offset. */
  readonly fixed: number;
  /** The same, when every size is static: the whole arena. */
  readonly size: number | undefined;
}

export interface Slot {
  readonly buffer: Buffer;
  readonly elements: readonly Length[];
  readonly from: number;
  readonly to: number;
  /** Undefined where some length is free. */
  readonly offset: number | undefined;
}

/**
 * A program whose one outer loop is driven by the caller, a turn a call. Everything that the loop reads and does not write
 * in the same turn lives from call to call.
 *
 * What comes in and goes out step by step has no axis for the streamed dimension. A history keeps rows of earlier steps:
 * its first axis is the number of rows, either fixed (a ring, indexed modulo) or the free length `rows`, which whoever runs
 * the stream raises as it goes on, keeping what is there.
 */
export interface StreamProgram {
  /** Its body ends with the loop. */
  readonly program: Program;
  readonly loop: Loop;
  /** Names of the program's inputs that each step takes; the others are given once, at the start. */
  readonly stepInputs: readonly string[];
  readonly histories: readonly Buffer[];
  /** The free length that stands for the rows so far, where steps look back over all of them. */
  readonly rows: string | undefined;
}
