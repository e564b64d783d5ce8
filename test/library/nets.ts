/** Compiles nets from text and runs them, with random weights and inputs that are the same each time. */
import { compile } from "../../src/compile.js";
import type { NamedArray, NamedArrays } from "../../src/formats/recurrent-weights.js";
import { formatDiagnostics } from "../../src/support/diagnostic-format.js";
import { runModule, type RunningModel } from "../backends/js/run-module.js";

export interface Net {
  /** The shapes of its parameters, by name. */
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  load(weights: NamedArrays): RunningModel;
}

/** A file whose one model is `net`; `body` may use the names that are imported. */
export function net(text: string): Net {
  const { files, diagnostics, sources } = compile({ file: "net.model.ts", text }, { name: "net" });
  const code = files.find(({ path }) => path === "net.js")?.text;
  if (code === undefined) throw new Error(formatDiagnostics(diagnostics, sources, { color: false }));
  const module = runModule(code);
  return { parameters: module.parameters, load: (weights) => module.load(Object.fromEntries(Object.entries(weights).map(([name, { data }]) => [name, data]))) };
}

/** What is wrong with a text, as it is shown. */
export function faults(text: string): string {
  const { diagnostics, sources } = compile({ file: "net.model.ts", text });
  return formatDiagnostics(diagnostics, sources, { color: false });
}

/** Numbers between -1 and 1 that depend on the seed alone. */
export function numbers(count: number, seed: number): Float32Array {
  let state = seed + 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) / 2 ** 23 - 1;
  });
}

export function array(shape: readonly number[], seed: number): NamedArray {
  return { shape, data: numbers(shape.reduce((product, size) => product * size, 1), seed) };
}

export function randomWeights(parameters: Net["parameters"], seed = 0): Record<string, NamedArray> {
  return Object.fromEntries(Object.entries(parameters).map(([name, shape], i) => [name, array(shape, 1000 * seed + i)]));
}

export function largestDifference(a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined): number {
  if (a === undefined || b === undefined || a.length !== b.length || a.length === 0) return NaN;
  return Array.from(a).reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] ?? NaN))), 0);
}
