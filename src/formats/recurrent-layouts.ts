/**
 * How frameworks lay out the weights of recurrent layers. They compute the same cells, but stack the gates in different
 * orders, transpose the matrices or not, and have one bias or two:
 *
 *     torch        weight_ih_l0 [gates, in], weight_hh_l0, bias_ih_l0, bias_hh_l0, ..._reverse     i f g o    r z n
 *     onnx         W [directions, gates, in], R, B [directions, both biases]                       i o f c    z r h
 *     keras        kernel [in, gates], recurrent_kernel, bias (of a GRU with reset_after [2, gates])  i f c o    z r h
 *     tensorflow   kernel [in + state, gates], bias: BasicLSTMCell, which adds 1 to forget's bias when it runs   i j f o
 *
 * Reading a layout gives the gates by their names, writing puts them in another's order, so that two layouts never need to
 * know each other.
 */
import { fail } from "../support/diagnostics.js";
import { at, defined } from "../support/invariant.js";

/** Numbers, row-major. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export type NamedArrays = Readonly<Record<string, NamedArray>>;

export type RecurrentCell = "lstm" | "gru" | "rnn";
export type RecurrentLayout = "torch" | "onnx" | "keras" | "tensorflow";
export type Gate = "input" | "forget" | "candidate" | "output" | "reset" | "update";

/** In which order the gates are stacked; none where a framework has no such layer. */
export const gateOrders: { readonly [L in RecurrentLayout]: { readonly [C in RecurrentCell]?: readonly Gate[] } } = {
  torch: { lstm: ["input", "forget", "candidate", "output"], gru: ["reset", "update", "candidate"], rnn: ["candidate"] },
  onnx: { lstm: ["input", "output", "forget", "candidate"], gru: ["update", "reset", "candidate"], rnn: ["candidate"] },
  keras: { lstm: ["input", "forget", "candidate", "output"], gru: ["update", "reset", "candidate"], rnn: ["candidate"] },
  tensorflow: { lstm: ["input", "candidate", "forget", "output"] },
};

/** The weights of one gate: matrices [hidden, input] and [hidden, hidden], and the bias of each product. */
export interface GateWeights {
  readonly x: Float32Array;
  readonly h: Float32Array;
  readonly bias: { readonly x: Float32Array; readonly h: Float32Array } | undefined;
}

/** One direction of one layer. */
export interface DirectionWeights {
  readonly hidden: number;
  readonly input: number;
  readonly gates: ReadonlyMap<Gate, GateWeights>;
}

export interface LayoutOptions {
  readonly cell: RecurrentCell;
  /** Which layer of a stack, where the names say so (PyTorch); 0 where it is not said. */
  readonly layer: number;
  /** Of a GRU: whether the reset gate acts after the product with the state. */
  readonly resetAfter: boolean;
}

/** A stack of gates, as matrices [gates * hidden, columns], before the gates are told apart. */
interface Stacked {
  readonly x: NamedArray;
  readonly h: NamedArray;
  readonly bias: { readonly x: Float32Array; readonly h: Float32Array } | undefined;
}

interface Layout {
  read(weights: Given, options: LayoutOptions): readonly Stacked[];
  write(directions: readonly Stacked[], options: LayoutOptions): NamedArrays;
}

export const layouts: { readonly [L in RecurrentLayout]: Layout } = {
  torch: {
    read(weights, { layer }) {
      return ["", "_reverse"].filter((suffix) => suffix === "" || weights.has(`weight_ih_l${layer}${suffix}`)).map((suffix) => {
        const named = (name: string) => `${name}_l${layer}${suffix}`;
        if (weights.has(named("weight_hr"))) misfit(`${named("weight_hr")} projects the state, which no other layout has`, "keep such a layer in PyTorch's layout: gatefold/torch has it");
        const bias = weights.has(named("bias_ih")) ? { x: weights.take(named("bias_ih"), 1).data, h: weights.take(named("bias_hh"), 1).data } : undefined;
        return { x: weights.take(named("weight_ih"), 2), h: weights.take(named("weight_hh"), 2), bias };
      });
    },
    write(directions, { cell, layer, resetAfter }) {
      if (cell === "gru" && !resetAfter) misfit("PyTorch has no GRU that resets before the product", "use such weights with gatefold/onnx or gatefold/keras");
      if (directions.length > 2) misfit(`PyTorch has one direction or two, not ${directions.length}`, "convert one layer at a time");
      return Object.fromEntries(directions.flatMap(({ x, h, bias }, direction): [string, NamedArray][] => {
        const named = (name: string) => `${name}_l${layer}${direction === 0 ? "" : "_reverse"}`;
        const matrices: [string, NamedArray][] = [[named("weight_ih"), x], [named("weight_hh"), h]];
        return bias === undefined ? matrices : [...matrices, [named("bias_ih"), vector(bias.x)], [named("bias_hh"), vector(bias.h)]];
      }));
    },
  },

  onnx: {
    read(weights) {
      if (weights.has("P")) misfit("P holds peepholes, which no other layout has", "keep such a layer in ONNX's layout: gatefold/onnx has it");
      const [W, R] = [weights.take("W", 3), weights.take("R", 3)];
      const B = weights.has("B") ? weights.take("B", 2) : undefined;
      return Array.from({ length: at(W.shape, 0) }, (_, direction) => {
        const both = B === undefined ? undefined : part(B, direction).data;
        const bias = both === undefined ? undefined : { x: both.slice(0, both.length / 2), h: both.slice(both.length / 2) };
        return { x: part(W, direction), h: part(R, direction), bias };
      });
    },
    write(directions) {
      const biases = directions.flatMap(({ bias }) => (bias === undefined ? [] : [vector(joined([bias.x, bias.h]))]));
      return { W: layered(directions.map(({ x }) => x)), R: layered(directions.map(({ h }) => h)), ...(biases.length === directions.length ? { B: layered(biases) } : {}) };
    },
  },

  keras: {
    read(weights, { cell, resetAfter }) {
      const [kernel, recurrent] = [transposed(weights.take("kernel", 2)), transposed(weights.take("recurrent_kernel", 2))];
      const two = cell === "gru" && resetAfter;
      if (!weights.has("bias")) return [{ x: kernel, h: recurrent, bias: undefined }];
      const bias = weights.take("bias", two ? 2 : 1);
      return [{ x: kernel, h: recurrent, bias: two ? { x: part(bias, 0).data, h: part(bias, 1).data } : { x: bias.data, h: new Float32Array(bias.data.length) } }];
    },
    write(directions, { cell, resetAfter }) {
      const { x, h, bias } = single(directions, "Keras");
      const matrices = { kernel: transposed(x), recurrent_kernel: transposed(h) };
      if (bias === undefined) return matrices;
      return { ...matrices, bias: cell === "gru" && resetAfter ? layered([vector(bias.x), vector(bias.h)]) : vector(bias.x.map((value, i) => value + at(bias.h, i))) };
    },
  },

  tensorflow: {
    read(weights) {
      const [kernel, bias] = [transposed(weights.take("kernel", 2)), weights.take("bias", 1).data];
      const [rows, columns] = [at(kernel.shape, 0), at(kernel.shape, 1)];
      const hidden = rows / 4;
      const cut = (from: number, to: number): NamedArray => transposed(rowsOf(transposed(kernel), from, to));
      if (columns <= hidden) misfit(`kernel has ${columns} rows, which are to be those of the input and the ${hidden} of the state`, "give BasicLSTMCell's kernel as TensorFlow stores it, [in + state, 4 * state]");
      return [{ x: cut(0, columns - hidden), h: cut(columns - hidden, columns), bias: { x: forgetShifted(bias, 1), h: new Float32Array(rows) } }];
    },
    write(directions) {
      const { x, h, bias } = single(directions, "TensorFlow's BasicLSTMCell");
      const rows = at(x.shape, 0);
      const [a, b] = [transposed(x), transposed(h)];
      const sum = Float32Array.from({ length: rows }, (_, i) => (bias === undefined ? 0 : at(bias.x, i) + at(bias.h, i)));
      return { kernel: { shape: [at(a.shape, 0) + at(b.shape, 0), rows], data: joined([a.data, b.data]) }, bias: vector(forgetShifted(sum, -1)) };
    },
  },
};

/** BasicLSTMCell adds 1 to its third gate when it runs. */
function forgetShifted(bias: Float32Array, shift: number): Float32Array {
  const size = bias.length / 4;
  return bias.map((value, i) => (Math.floor(i / size) === 2 ? value + shift : value));
}

/** The weights that a caller gives; what is not there, or not as it is said to be, is a diagnostic. */
export class Given {
  readonly #taken = new Set<string>();

  constructor(private readonly arrays: NamedArrays, private readonly layout: RecurrentLayout) {}

  has(name: string): boolean {
    return Object.hasOwn(this.arrays, name);
  }

  take(name: string, rank: number): NamedArray {
    this.#taken.add(name);
    if (!this.has(name)) misfit(`${name} is missing from the weights`, `${this.layout} has it; given are ${Object.keys(this.arrays).join(", ") || "none"}`);
    const array = defined(this.arrays[name], name);
    const size = array.shape.reduce((product, each) => product * each, 1);
    if (array.shape.length !== rank || size !== array.data.length) misfit(`${name} has the shape [${array.shape.join(", ")}] and ${array.data.length} numbers`, `${this.layout} stores it with ${rank === 1 ? "one axis" : `${rank} axes`}`);
    return array;
  }

  /** What nobody asked for would be lost without a word. */
  expectAllTaken(ignored: (name: string) => boolean): void {
    const rest = Object.keys(this.arrays).filter((name) => !this.#taken.has(name) && !ignored(name));
    if (rest.length > 0) misfit(`${rest.join(", ")} ${rest.length === 1 ? "is" : "are"} not part of such a layer in ${this.layout}'s layout`, "give the weights of one layer");
  }
}

export function misfit(message: string, help: string): never {
  return fail("GF7015", message, { help });
}

export function vector(data: Float32Array): NamedArray {
  return { shape: [data.length], data };
}

export function joined(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((sum, each) => sum + each.length, 0));
  let start = 0;
  for (const each of parts) {
    result.set(each, start);
    start += each.length;
  }
  return result;
}

/** Element `index` of the first axis. */
function part({ shape, data }: NamedArray, index: number): NamedArray {
  const size = data.length / at(shape, 0);
  return { shape: shape.slice(1), data: data.slice(index * size, (index + 1) * size) };
}

export function rowsOf({ shape, data }: NamedArray, from: number, to: number): NamedArray {
  const size = data.length / at(shape, 0);
  return { shape: [to - from, ...shape.slice(1)], data: data.slice(from * size, to * size) };
}

function layered(arrays: readonly NamedArray[]): NamedArray {
  return { shape: [arrays.length, ...at(arrays, 0).shape], data: joined(arrays.map(({ data }) => data)) };
}

function transposed({ shape, data }: NamedArray): NamedArray {
  const [rows, columns] = [at(shape, 0), at(shape, 1)];
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = at(data, row * columns + column);
  }
  return { shape: [columns, rows], data: result };
}

function single(directions: readonly Stacked[], who: string): Stacked {
  if (directions.length !== 1) misfit(`${who} keeps the weights of each direction apart`, "convert one direction at a time");
  return at(directions, 0);
}
