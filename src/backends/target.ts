/**
 * What every backend gets and gives: compiled models, and the text of files. A backend knows nothing of files on disk and
 * nothing of where models came from.
 */
import type { Program, StreamProgram } from "../ir/program/program.js";

/** The program for members of a batch side by side. */
export interface BatchedProgram {
  /** Its inputs are those of the program for one, in their order, and behind them the lengths of the members. */
  readonly program: Program;
  /** The free length that is the number of members. */
  readonly members: string;
  /** For each free length of one member, the input that says how long each is. */
  readonly lengths: ReadonlyMap<string, string>;
}

export interface TargetModel {
  readonly name: string;
  readonly program: Program;
  /** Where a batch was asked for: its members side by side, or why they run one after another. */
  readonly batched?: BatchedProgram | { readonly reasons: readonly string[] };
  /** The same model step by step; or why it cannot be run so. */
  readonly stream: StreamProgram | { readonly reasons: readonly string[] };
  /** Parameters that the source has and nothing depends on: their weights may be given, and are not needed. */
  readonly unusedParameters?: readonly string[];
  /** Parameters that become integers when they are loaded, and so must be finite. */
  readonly quantisedParameters?: readonly string[];
  /** What the source says of the model, for the documentation of its types. */
  readonly doc?: string;
}

export interface TargetFile {
  /** With `/` between folders, relative to the folder that was asked for. */
  readonly path: string;
  readonly text: string;
  /** What the file holds, where it is no text; its text is empty then. */
  readonly bytes?: Uint8Array;
}

export interface TargetStamp {
  readonly generator: string;
  readonly version: string;
}

export interface TargetUnit {
  readonly models: readonly TargetModel[];
  /** The name of the module's file, without its ending. */
  readonly moduleName: string;
  readonly stamp: TargetStamp;
  /** Every run takes a batch of so many members; without it one member, or a batch of any size. */
  readonly batch?: number;
  /** Batches may also be given as flat, padded arrays, and where the batch stands in them. */
  readonly layout?: BatchLayout;
  /** Weights that the module brings along: all parameters' numbers, in the order of their names, as float32 in base64. */
  readonly embeddedWeights?: string;
  /** The same where weights are quantised: the backend chooses what of them the module needs. */
  readonly weightsToQuantise?: ReadonlyMap<string, Float32Array>;
  /** In which form `load` takes weights; "safetensors" where it is not said. */
  readonly weightsForm?: WeightsForm;
  /** How the module's file ends; "js" where it is not said. */
  readonly extension?: ModuleExtension;
  /** For WebAssembly: whether a second body with relaxed SIMD is part of the module; true where it is not said. */
  readonly relaxedSimd?: boolean;
  /** For WebAssembly: where it is; "embedded" where it is not said. */
  readonly wasm?: WasmPlace;
}

/** Where a module has its WebAssembly: in itself, as text, or in a file beside it. */
export type WasmPlace = "embedded" | "beside";

/** What a model can be compiled to. `gpu`: kernels of gpu.js, in a module whose calls give promises. */
export type TargetName = "js" | "wasm" | "gpu";

/** Named arrays; or those and the bytes of any safetensors file, or of one of float32. */
export type WeightsForm = "arrays" | "safetensors" | "float32";

/** A file `.mjs` is an ES module wherever it lies; what a file `.js` is, the package.json around it says. */
export type ModuleExtension = "js" | "mjs";

/** Before all dimensions, [batch, time, features], or after the first one, [time, batch, features]. */
export type BatchOrder = "batch-first" | "time-first";

/** The order of all inputs and outputs, and of those that differ, by name. */
export interface BatchLayout {
  readonly all: BatchOrder;
  readonly of: Readonly<Record<string, BatchOrder>>;
}

export interface TargetResult {
  readonly files: readonly TargetFile[];
  /** The code that the files contain, as people read it. */
  readonly code: () => string;
}
