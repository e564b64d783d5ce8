/** Runs generated modules in this process, and brings runs of the interpreters into the form that modules take. */
import type { InterpretOptions } from "../../../src/ir/graph/interpret.js";
import { emitJs } from "../../../src/backends/js/module.js";
import { minifiedModule } from "../../../src/backends/minify.js";
import { minifier } from "../../../src/minify.js";
import type { TargetModel, TargetResult, TargetUnit } from "../../../src/backends/target.js";
import type { Program } from "../../../src/ir/program/program.js";

export type Values = Record<string, Float32Array | Int32Array>;

export interface StreamState {
  readonly position: number;
  readonly arrays: Values;
}

export interface RunningStream {
  step(inputs?: Record<string, unknown>): Values;
  state(): StreamState;
  setState(state: unknown): void;
  reset(): void;
  readonly position: number;
}

export interface RunningModel {
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  readonly outputs: Record<string, { readonly shape: readonly (number | string)[] }>;
  run(inputs: Record<string, unknown>, options?: unknown): Values;
  run(inputs: readonly Record<string, unknown>[], options?: unknown): Values[];
  stream(inputs?: Record<string, unknown>, options?: unknown): RunningStream;
}

export interface RunningModule {
  readonly parameters: Record<string, readonly number[]>;
  readonly stamp: { readonly format: number; readonly generator: string; readonly version: string };
  load(weights: unknown, options?: unknown): RunningModel & Record<string, RunningModel>;
}

export const testStamp = { generator: "gatefold", version: "0.0.0" };

export function emitModels(models: readonly TargetModel[], emit = emitJs): string {
  const file = emit({ models, moduleName: "test", stamp: testStamp }).files.find(({ path }) => path === "test.js");
  if (file === undefined) throw new Error("no module was made");
  return file.text;
}

/** The same module with as few letters as it needs. */
export function minified(emit: (unit: TargetUnit) => TargetResult): (unit: TargetUnit) => TargetResult {
  return (unit) => {
    const { files, code } = emit(unit);
    return { files: files.map((file) => (file.path.endsWith(".js") ? { ...file, text: minifiedModule(file.text, unit, minifier) } : file)), code };
  };
}

export function emitProgram(program: Program, emit = emitJs): string {
  return emitModels([{ name: program.name, program, stream: { reasons: ["it was not asked for"] } }], emit);
}

/** A module has no imports, so it runs as the body of a function. */
export function runModule(text: string): RunningModule {
  const body = text.replace(/(^|[;}])export (const|function|async function)/gm, "$1$2");
  return new Function(`"use strict";\n${body}\nreturn { load, parameters, stamp };`)() as RunningModule;
}

export function moduleWeights(run: InterpretOptions): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(run.parameters ?? {}).map(([name, { data }]) => [name, Float32Array.from(data)]));
}

export function moduleInputs(run: InterpretOptions): Record<string, number[]> {
  return Object.fromEntries(Object.entries(run.inputs ?? {}).map(([name, value]) => [name, typeof value === "number" ? [value] : Array.from(value.data)]));
}
