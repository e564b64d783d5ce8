/**
 * The kernel level: fused loop nests over buffers. No tensors are left, only loops, loads, scalar arithmetic and stores.
 *
 * A kernel has one index space: nested loops, outermost first, of which the last is the vector axis (where there is one).
 * Reductions run inside it. Each is placed at a depth: it depends on the first `depth` axes of the space and runs once for
 * each of their positions, before the deeper axes begin. So the mean of a layer norm runs before the loop over the
 * components, and four gates of a cell share one loop over the hidden state. What the kernel computes is stored, one value
 * or more, at each position of the space.
 *
 * Expressions are shared nodes of a directed acyclic graph; printing and emitting name those that are used twice.
 */
import type { Length } from "../graph/length.js";

/** A loop variable. Identity counts, the name is for people; names are unique within a kernel and its enclosing loops. */
export interface Axis {
  readonly name: string;
  readonly extent: Extent;
}

/**
 * How far a loop runs: 0 to length-1, or, in a window, from max(0, start) up to, not including, min(length, end), where
 * the bounds are integer expressions of enclosing axes.
 */
export type Extent =
  | { readonly kind: "length"; readonly length: Length }
  | { readonly kind: "window"; readonly length: Length; readonly start: Expr; readonly end: Expr };

export type BufferRole =
  /** From the caller: inputs, and parameters as they were loaded. */
  | "input" | "parameter"
  /** Computed from parameters alone, once at load: packed and summed weights, tables. */
  | "prepared"
  /** Kept between the steps of a loop, or between the calls of a stream. */
  | "state"
  /** Lives within a run. */
  | "temporary"
  /** Handed to the caller. */
  | "output";

/** What memory holds, with the bytes of each: int32 also conditions, as 0 or 1; the narrow ones what was quantised. */
export const elementBytes = { float32: 4, int32: 4, int16: 2, int8: 1 } as const;

export type Element = keyof typeof elementBytes;

/** Memory with a shape, row-major. */
export interface Buffer {
  readonly name: string;
  readonly role: BufferRole;
  readonly element: Element;
  /** Sizes, outermost first; free ones are lengths of the run. A scalar has no axes. */
  readonly shape: readonly Length[];
  /** What the source calls the value, for comments. */
  readonly source: string | undefined;
  /** Packed weights whose first axis is the lane of a tile: wherever it is indexed the index is known, so that a backend may make an array of each lane. */
  readonly lanes?: true;
}

export type UnaryFunction =
  | "negate" | "exp" | "log" | "log1p" | "sqrt" | "absolute" | "sin" | "cos" | "tanh" | "sigmoid" | "erf" | "floor" | "not";

export type BinaryFunction =
  | "add" | "multiply" | "subtract" | "divide" | "modulo" | "power" | "minimum" | "maximum"
  | "less" | "lessEqual" | "equal" | "notEqual" | "and" | "or";

export type ExprKind = "real" | "int" | "condition";

/**
 * Scalar expressions. A `select` computes only the chosen side, so a load may stand behind the test that makes its index
 * legal.
 */
export type Expr =
  | { readonly op: "number"; readonly kind: ExprKind; readonly value: number }
  | { readonly op: "axis"; readonly kind: "int"; readonly axis: Axis }
  | { readonly op: "length"; readonly kind: "int"; readonly length: Length }
  | { readonly op: "load"; readonly kind: ExprKind; readonly buffer: Buffer; readonly index: readonly Expr[] }
  | { readonly op: "unary"; readonly kind: ExprKind; readonly f: UnaryFunction; readonly arg: Expr; readonly source?: string }
  | { readonly op: "binary"; readonly kind: ExprKind; readonly f: BinaryFunction; readonly left: Expr; readonly right: Expr; readonly source?: string }
  | { readonly op: "select"; readonly kind: ExprKind; readonly condition: Expr; readonly yes: Expr; readonly no: Expr; readonly source?: string }
  /** A uniform draw from (0, 1): of the run's seed, the place, and integer counters. */
  | { readonly op: "draw"; readonly kind: "real"; readonly site: number; readonly counters: readonly Expr[] }
  /** What a reduction's accumulator came to. For `top`, the value or index of the given rank. */
  | { readonly op: "result"; readonly kind: ExprKind; readonly reduction: Reduction; readonly slot: number; readonly rank?: Expr; readonly part?: "values" | "ids" };

/**
 * `sum`, `max`, `min` fold the value; `argmax` gives the index of the first largest value (of the reduction's single
 * axis), NaN counting as largest; `top` keeps the k largest, first ones first.
 */
export interface Accumulator {
  readonly f: "sum" | "max" | "min" | "argmax" | "top";
  /** For `top`, how many. */
  readonly k?: number;
  /** Where a sum begins (a bias, or what another reduction came to); without it 0, -Infinity or Infinity. */
  readonly start?: Expr;
  readonly value: Expr;
  /** What the source calls it. */
  readonly source: string | undefined;
}

export interface Reduction {
  readonly axes: readonly Axis[];
  /** It runs inside the first `depth` axes of the kernel's space. */
  readonly depth: number;
  readonly accumulators: readonly Accumulator[];
}

/** A store whose index does not vary along the deeper axes of the space has a value that does not either: once is enough. */
export interface Store {
  readonly buffer: Buffer;
  readonly index: readonly Expr[];
  readonly value: Expr;
  /** What the source calls the value. */
  readonly source: string | undefined;
}

/** Axes of enclosing program loops may occur free in a kernel's expressions. */
export interface Kernel {
  readonly name: string;
  /** Dependence level within its region: kernels of one stage don't read each other. */
  readonly stage: number;
  readonly space: readonly Axis[];
  /** Each after those that it reads. */
  readonly reductions: readonly Reduction[];
  readonly stores: readonly Store[];
  /**
   * How many positions of each axis of the space are computed together, so that what is loaded for one serves all of them;
   * the last tile may be smaller. Without it 1 of each. It changes nothing of what the kernel means.
   */
  readonly tile?: readonly number[];
}
