/**
 * The graph: single-assignment dataflow over values with named dimensions.
 *
 * A node is immutable and never made by hand: the builder infers its type and gives back the same node for the same
 * operation on the same arguments, so common subexpressions are shared by construction. A graph is what its outputs reach.
 *
 * The only op with a region is the scan. Its region has parameters (`item`, `state`, `step`); whatever depends on them is
 * inside, whatever does not is outside and is simply captured. A scan has no node of its own: `scanOutput` (the sequence
 * of a value that the step computed) and `scanFinal` (a state after the last step) carry the region, and all of those that
 * carry the same region belong to one scan.
 */
import type { Span } from "../../support/span.js";
import type { Length } from "./length.js";

export type Kind = "real" | "int" | "condition";

/**
 * A named dimension.
 * - `sequence`: positions 0 to length-1 of a sequence or of a range.
 * - `index`: the running position of a `map` over another dimension. Inside the map the element is indexed by it, while
 *   the sequence that was captured keeps its own dimension. `level` counts the maps over the same dimension that enclose
 *   this one, so two maps side by side share their index and two nested ones don't.
 * - `window`: the positions of another dimension from `start` up to, not including, `end`, as far as they exist (the
 *   slice rule). Elements keep their positions: an index into a window is an index into the whole dimension.
 */
export interface Dim {
  readonly name: string;
  /** The name that is unique within a graph; what the text form prints. */
  readonly label: string;
  /** For a window, the length of the dimension that it restricts. */
  readonly length: Length;
  readonly origin: DimOrigin;
}

export type DimOrigin =
  | { readonly kind: "sequence" }
  | { readonly kind: "index"; readonly of: Dim; readonly level: number }
  | { readonly kind: "window"; readonly of: Dim; readonly start: Node; readonly end: Node };

/** The type of a value. `dims` is a set; its order, outermost first, only says how an output is laid out. */
export interface ValueType {
  readonly kind: Kind;
  readonly dims: readonly Dim[];
  /** Sizes of the vector axes. At least one; a scalar has [1]. */
  readonly shape: readonly number[];
}

/** How a parameter begins when it is trained. Without one, the compiler takes the usual one for its shape. */
export type Initialiser =
  | { readonly kind: "constant"; readonly value: number }
  /** One number for each of as many equal pieces, one after another. */
  | { readonly kind: "constants"; readonly values: readonly number[] }
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  | { readonly kind: "normal"; readonly deviation: number }
  | { readonly kind: "glorot" }
  | { readonly kind: "orthogonal" };

/** The body of a scan. Invariants are the verifier's. */
export interface Region {
  readonly id: number;
  readonly over: Dim;
  /** True: from the last position to the first. `step` is the position all the same. */
  readonly reverse: boolean;
  /** What is read along `over`, one element a step: the values outside, and the parameters that stand for them inside. */
  readonly sequences: readonly Node[];
  readonly items: readonly NodeOf<"item">[];
  /** The states before the first step, the parameters that stand for them inside, and their values after a step. */
  readonly starts: readonly Node[];
  readonly states: readonly NodeOf<"state">[];
  readonly nexts: readonly Node[];
  /** Values of each step that are seen outside, as sequences. */
  readonly outputs: readonly Node[];
  /** The source's names of the states and outputs, for people. */
  readonly stateNames: readonly string[];
  readonly outputNames: readonly string[];
}

export type UnaryOp =
  | "negate" | "exp" | "log" | "log1p" | "sqrt" | "absolute" | "sin" | "cos" | "tanh" | "sigmoid" | "erf" | "floor" | "not"
  /** An integer as a real. */
  | "toReal"
  /** The value itself; no gradient passes. */
  | "stopGradient";

export type BinaryOp =
  | "subtract" | "divide" | "modulo" | "power" | "minimum" | "maximum"
  | "less" | "lessEqual" | "equal" | "notEqual" | "and" | "or";

/** Sums and products take two arguments or more. */
export type VariadicOp = "add" | "multiply";

export type ElementwiseOp = UnaryOp | BinaryOp | VariadicOp | "select";

export type ReduceFunction = "sum" | "max" | "min";

/** The attributes of each op: what it needs beside its arguments. */
export interface Attributes extends Record<ElementwiseOp, Readonly<Record<string, never>>> {
  /** A value from the caller. With an argument: what it is when the caller leaves it out. `classes` bounds an id. */
  readonly input: { readonly name: string; readonly type: ValueType; readonly classes?: number };
  /** A trained tensor. `per` dimensions are fixed and stored in front of the shape. */
  readonly param: { readonly name: string; readonly per: readonly Dim[]; readonly shape: readonly number[]; readonly init?: Initialiser };
  /** The same number in every component. */
  readonly constant: { readonly value: number; readonly kind: Kind; readonly shape: readonly number[] };
  /** The vector 0, 1, ... size-1. */
  readonly iota: { readonly size: number };
  /** The position along a dimension. */
  readonly index: { readonly dim: Dim };
  readonly length: { readonly length: Length };
  /** Parameters of the region with this id. */
  readonly item: { readonly region: number; readonly slot: number; readonly type: ValueType };
  readonly state: { readonly region: number; readonly slot: number; readonly type: ValueType };
  readonly step: { readonly region: number };
  /** Sum of the products of two arguments over dimensions that both... or one of them has, and over the last axis of both. */
  readonly contract: { readonly dims: readonly Dim[]; readonly axis: boolean };
  /** Over dimensions, and over the last axis (which leaves size 1 of a vector, and goes from a matrix). */
  readonly reduce: { readonly f: ReduceFunction; readonly dims: readonly Dim[]; readonly axis: boolean };
  /** The index of the largest (the first of equals; NaN counts as largest), over a dimension or, without one, the vector. */
  readonly argmax: { readonly dim?: Dim };
  /** The k largest of a vector, largest first (the first of equals first), or where they stood. */
  readonly top: { readonly k: number; readonly part: "values" | "ids" };
  readonly sliceAxis: { readonly axis: number; readonly start: number; readonly size: number };
  /** Joins along an axis; the other axes are equal; each argument is carried along the dimensions of all. */
  readonly concat: { readonly axis: number };
  /** Axis of size n*m to a dimension of length n (the outer part) and an axis of size m. */
  readonly axisToDim: { readonly axis: number; readonly dim: Dim };
  /** The inverse. */
  readonly dimToAxis: { readonly axis: number; readonly dim: Dim };
  /** The value seen along another dimension: an index or a new name of the same length, or a window of it. Position p of `to` is position p of `from`. */
  readonly view: { readonly from: Dim; readonly to: Dim };
  /** Repeated along dimensions that it lacks. */
  readonly broadcast: { readonly dims: readonly Dim[] };
  /** (xs, index): the element at an index along a dimension of xs, zero outside. Other dimensions are matched by name. */
  readonly at: { readonly dim: Dim };
  /** (table, id): component of a vector, row of a matrix; zero outside. */
  readonly pick: Readonly<Record<string, never>>;
  /** A uniform draw from the open interval (0, 1), a pure function of the run's seed, the place and the integer arguments. */
  readonly draw: { readonly site: number };
  /**
   * Inside a region, of a value that the region computes: what it was in this and the earlier steps, along the scanned
   * dimension or a window or index of it. Position p of `dim` is the value of the step at position p; a position whose step
   * has not run yet may not be read. Only graphs that stream have it; keys and values, delays and convolutions are kept so.
   */
  readonly history: { readonly region: number; readonly dim: Dim };
  readonly scanOutput: { readonly region: Region; readonly slot: number };
  readonly scanFinal: { readonly region: Region; readonly slot: number };
}

export type Op = keyof Attributes;

export interface NodeOf<O extends Op> {
  /** Unique within a builder; arguments have smaller ids than their users. */
  readonly id: number;
  readonly op: O;
  readonly args: readonly Node[];
  readonly attributes: Attributes[O];
  readonly type: ValueType;
  /** What the source calls it, and where it stands. No meaning depends on either. */
  readonly name: string | undefined;
  readonly span: Span | undefined;
}

export type Node = { [O in Op]: NodeOf<O> }[Op];

/** One model: inputs in the order of declaration, outputs by dotted name. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly NodeOf<"input">[];
  readonly outputs: readonly GraphOutput[];
}

export interface GraphOutput {
  readonly name: string;
  readonly node: Node;
  /** The order in which the caller sees the dimensions; without it, that of the node's type. Passes may change the latter. */
  readonly dims?: readonly Dim[];
}
