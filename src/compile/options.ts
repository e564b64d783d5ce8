/** What a caller may tell the compiler, and what is refused of it whatever the model is. */
import type { Minifier } from "../backends/minify.js";
import type { BatchOrder, ModuleExtension, TargetName, WasmPlace, WeightsForm } from "../backends/target.js";
import type { GivenWeights } from "../formats/fit-weights.js";
import type { DebugOptions } from "../support/debug.js";
import { fail } from "../support/diagnostics.js";
import { nearest } from "../support/nearest.js";
import { quantisations, type Quantisation } from "../passes/program/quantised-blocks.js";
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

const optionNames: { readonly [O in keyof Required<CompileOptions>]: true } = {
  target: true, relaxedSimd: true, quantize: true, keep: true, wasm: true, streams: true, minify: true, weightsForm: true, name: true, extension: true, models: true, settings: true,
  lengths: true, unroll: true, batch: true,
  weights: true, weightsPrefix: true, weightsName: true, layout: true, layoutOf: true, hoist: true, optimise: true, debug: true,
};

const wasmPlaces: { readonly [P in WasmPlace]: true } = { embedded: true, beside: true };
const weightsForms: { readonly [F in WeightsForm]: true } = { safetensors: true, float32: true, arrays: true };

/** Callers in JavaScript have no types that would show what is misspelt. */
export function checkOptions(options: CompileOptions): void {
  const help = (name: string, among: readonly string[]): { readonly help: string } => {
    const close = nearest(name, among);
    return { help: close === undefined ? `there are ${among.join(", ")}` : `did you mean ${close}?` };
  };
  for (const name of Object.keys(options)) if (!Object.hasOwn(optionNames, name)) fail("GF5009", `compile has no option ${JSON.stringify(name)}`, help(name, Object.keys(optionNames)));
  const { target, minify, weightsForm, wasm, quantize, keep = [], optimise = true } = options;
  if (target !== undefined && !Object.hasOwn(targets, target)) fail("GF5009", `there is no target ${JSON.stringify(target)}`, help(String(target), Object.keys(targets)));
  if (minify !== undefined && typeof minify !== "function") fail("GF5009", `minify is ${String(minify)}, no function`, { help: "take the one of this package: import { minifier } from \"gatefold/minify\"" });
  if (wasm !== undefined && !Object.hasOwn(wasmPlaces, wasm)) fail("GF5009", `there is no place ${JSON.stringify(wasm)} for WebAssembly`, help(String(wasm), Object.keys(wasmPlaces)));
  if (wasm === "beside" && target !== "wasm") fail("GF5009", `the target ${target ?? "js"} has no WebAssembly to put beside the module`, { help: "take the target wasm, or leave it out" });
  if (weightsForm !== undefined && !Object.hasOwn(weightsForms, weightsForm)) fail("GF5009", `there is no form of weights ${JSON.stringify(weightsForm)}`, help(String(weightsForm), Object.keys(weightsForms)));
  if (quantize === undefined) {
    if (keep.length > 0) fail("GF5010", "nothing is quantised that could be kept", { help: "say how: --quantize int16 or --quantize int8" });
    return;
  }
  if (!Object.hasOwn(quantisations, quantize)) fail("GF5009", `there is no quantisation ${JSON.stringify(quantize)}`, help(String(quantize), Object.keys(quantisations)));
  const able = Object.entries(targets).flatMap(([name, rules]: [string, TargetRules]) => (rules.quantised === undefined ? [] : [name]));
  if (targets[target ?? "js"].quantised === undefined) fail("GF5010", `the target ${target ?? "js"} multiplies no integers`, { help: `compile for ${able.join(" or ")}, or without quantisation` });
  if (!optimise) fail("GF5010", "without its passes the compiler quantises nothing", { help: "leave out --no-optimise, or --quantize" });
}
