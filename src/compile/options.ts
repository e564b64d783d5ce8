/** What a caller may tell the compiler, and what is refused of it whatever the model is. */
import type { Minifier } from "../backends/minify.js";
import type { BatchOrder, ModuleExtension, TargetName, WasmPlace, WeightsForm } from "../backends/target.js";
import { checkGiven, type GivenWeights } from "../formats/fit-weights.js";
import type { DebugOptions } from "../support/debug.js";
import { fail } from "../support/diagnostics.js";
import { quantisations, type Quantisation } from "../passes/program/quantised-blocks.js";
import { aFunction, byName, checkAgainst, countOr, names, oneOf, type OptionRules, text, trueOrFalse } from "./option-rules.js";
import { type TargetRules, targets } from "./targets.js";

export interface CompileOptions {
  /** JavaScript where it is not said. */
  readonly target?: TargetName;
  /** For WebAssembly: whether the module may use relaxed SIMD where an engine has it; true where it is not said. */
  readonly relaxedSimd?: boolean;
  /**
   * For WebAssembly: weights that products read are stored as integers of 8 or 16 bits, with a scale for each block of a row,
   * and multiplied as integers. The report says which.
   */
  readonly quantize?: Quantisation;
  /** Parameters that stay float32 all the same, by name; * stands for any letters. */
  readonly keep?: readonly string[];
  /** What the module is called; by default as the model file is. */
  readonly name?: string;
  /** How its file ends; by default "js". As "mjs" it is an ES module in projects of CommonJS, too. */
  readonly extension?: ModuleExtension;
  /** For WebAssembly: whether it is part of the module, as text, or a file `.wasm` beside it; "embedded" where it is not said. */
  readonly wasm?: WasmPlace;
  /** False: the module has no `stream()`, which makes it smaller. True where it is not said. */
  readonly streams?: boolean;
  /** Makes a module of fewer bytes, which people cannot read: `minifier` of `gatefold/minify`. */
  readonly minify?: Minifier;
  /**
   * What the module's `load` takes besides numbers by name: the bytes of any safetensors file, or only of one of float32,
   * such as Gatefold writes, or nothing ("arrays"). The less, the smaller it is; "safetensors" where it is not said.
   */
  readonly weightsForm?: WeightsForm;
  /** Only these models of the file; by default all that it exports. */
  readonly models?: readonly string[];
  /** Values of settings: parameters of a model that are numbers with a default. */
  readonly settings?: Readonly<Record<string, number | string | boolean>>;
  /** Free lengths that are always the same, by name. */
  readonly lengths?: Readonly<Record<string, number>>;
  /**
   * Scans over these dimensions are written out: so many steps one after another, in a loop over what is left, or, with
   * "all", every step (the length must be fixed). By default all stay loops.
   */
  readonly unroll?: Readonly<Record<string, number | "all">>;
  /**
   * Every run takes a batch of so many members; with "any" one member, or a batch of any size. Where the target can run
   * members side by side, the module has code for that, too; by default it has not, and members run one after another.
   */
  readonly batch?: number | "any";
  /**
   * Weights that the module brings along: the bytes of a safetensors file, or numbers by name. Its `load()` then needs none.
   * Where only some models of a file are compiled, those of the others may be there and are left out.
   */
  readonly weights?: GivenWeights;
  /** What their names begin with that is no part of the parameters' names, such as "model.". */
  readonly weightsPrefix?: string;
  /** How messages call them, such as the name of their file. */
  readonly weightsName?: string;
  /**
   * The module also takes batches as flat, padded arrays (`runPadded`): "batch-first" [batch, time, features] or
   * "time-first" [time, batch, features].
   */
  readonly layout?: BatchOrder;
  /** Inputs and outputs whose layout differs, by name; PyTorch's states are "time-first" even where batches come first. */
  readonly layoutOf?: Readonly<Record<string, BatchOrder>>;
  /** Whether products of inputs may leave the time loop; true where it is not said. */
  readonly hoist?: boolean;
  /** False: only the passes without which no program can be made. */
  readonly optimise?: boolean;
  readonly debug?: Partial<DebugOptions>;
}

const wasmPlaces: { readonly [P in WasmPlace]: true } = { embedded: true, beside: true };
const weightsForms: { readonly [F in WeightsForm]: true } = { safetensors: true, float32: true, arrays: true };
const extensions: { readonly [E in ModuleExtension]: true } = { js: true, mjs: true };
const orders: { readonly [B in BatchOrder]: true } = { "batch-first": true, "time-first": true };

const debugRules: OptionRules<DebugOptions> = {
  verifyBetweenPasses: trueOrFalse,
  timings: trueOrFalse,
  onDump: aFunction("give a function that takes the text after each pass"),
};

const rules: OptionRules<CompileOptions> = {
  target: oneOf("target", targets),
  relaxedSimd: trueOrFalse,
  quantize: oneOf("quantisation", quantisations),
  keep: names,
  name: text,
  extension: oneOf("extension", extensions),
  wasm: oneOf("place", wasmPlaces, " for WebAssembly"),
  streams: trueOrFalse,
  minify: aFunction("take the one of this package: import { minifier } from \"gatefold/minify\""),
  weightsForm: oneOf("form of weights", weightsForms),
  models: names,
  // What models make of the values of settings, lengths and factors, they say themselves.
  settings: byName("values"),
  lengths: byName("lengths"),
  unroll: byName("factors"),
  batch: countOr("any", "GF5003", (value) => `a batch cannot have ${value} members`, "it has a whole number of members from 1, or \"any\""),
  weights: (value) => checkGiven(value, "the option weights"),
  weightsPrefix: text,
  weightsName: text,
  layout: oneOf("layout", orders),
  layoutOf: byName("layouts", oneOf("layout", orders)),
  hoist: trueOrFalse,
  optimise: trueOrFalse,
  debug: (value) => checkAgainst(debugRules, value, "debug", "debug."),
};

/** Callers in JavaScript have no types that would show what is misspelt. */
export function checkOptions(options: CompileOptions): void {
  checkAgainst(rules, options, "compile");
  const { target = "js", wasm, quantize, keep = [], optimise = true } = options;
  if (wasm === "beside" && target !== "wasm") fail("GF5009", `the target ${target} has no WebAssembly to put beside the module`, { help: "take the target wasm, or leave it out" });
  if (quantize === undefined) {
    if (keep.length > 0) fail("GF5010", "nothing is quantised that could be kept", { help: "say how: --quantize int16 or --quantize int8" });
    return;
  }
  const able = Object.entries(targets).flatMap(([name, rules]: [string, TargetRules]) => (rules.quantised === undefined ? [] : [name]));
  if (targets[target].quantised === undefined) fail("GF5010", `the target ${target} multiplies no integers`, { help: `compile for ${able.join(" or ")}, or without quantisation` });
  if (!optimise) fail("GF5010", "without its passes the compiler quantises nothing", { help: "leave out --no-optimise, or --quantize" });
}
