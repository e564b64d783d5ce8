/**
 * The driver: from a model to files, through every level. It is the only part that knows them all.
 *
 *     source text -> model AST -> graph -> (graph passes) -> kernels and program -> (program passes) -> code
 *
 * A bad model is a diagnostic in what comes back, never a throw, and then there are no files; what is thrown is our own
 * mistake. Nothing here reads files or the environment, and the clock only where timings are asked for, so the same call
 * gives the same result in Node and in a browser.
 */
import { type InitialParameter, initialValues } from "./ir/graph/initialise.js";
import type { Graph } from "./ir/graph/node.js";
import type { Figures, StageFigures } from "./ir/program/figures.js";
import type { DebugOptions } from "./support/debug.js";
import type { Diagnostic } from "./support/diagnostics.js";
import type { SourceText } from "./support/span.js";

/** Finds the files that a model file imports. */
export interface SourceHost {
  /** The file that `specifier` means in the file `from`, or undefined where there is none. */
  resolve(specifier: string, from: string): SourceText | undefined;
}

/** The text of a model file; `file` is how messages call it. Without a host it may import nothing but the language. */
export interface ModelSource extends SourceText {
  readonly host?: SourceHost;
}

/** A model file, or graphs made with a GraphBuilder, each a model. */
export type Source = ModelSource | Graph | readonly Graph[];

export interface CompileOptions {
  readonly target?: "js";
  /** What the module is called; by default as the model file is. */
  readonly name?: string;
  /** Only these models of the file; by default all that it exports. */
  readonly models?: readonly string[];
  /** Values of settings: parameters of a model that are numbers with a default. */
  readonly settings?: Readonly<Record<string, number | string | boolean>>;
  /** Free lengths that are always the same, by name. */
  readonly lengths?: Readonly<Record<string, number>>;
  /** How many time steps are written out one after another; 1, a plain loop, where it is not said. */
  readonly unroll?: number;
  /** Whether products of inputs may leave the time loop; true where it is not said. */
  readonly hoist?: boolean;
  /** False: only the passes without which no program can be made. */
  readonly optimise?: boolean;
  readonly debug?: Partial<DebugOptions>;
}

export interface OutputFile {
  /** Relative, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Compilation {
  /** None where there is an error. */
  readonly files: readonly OutputFile[];
  readonly diagnostics: readonly Diagnostic[];
  /** The texts that the diagnostics point into. */
  readonly sources: readonly SourceText[];
  /** Of the models that were compiled; none where there is an error. */
  readonly report: CompileReport;
}

export interface CompileReport {
  readonly models: readonly ModelReport[];
  readonly emittedBytes: number;
  /** Only where asked for. */
  readonly timings?: readonly Timing[];
}

export interface ModelReport {
  readonly name: string;
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly optional: boolean }[];
  readonly outputs: readonly { readonly name: string; readonly type: string }[];
  readonly parameters: readonly ParameterReport[];
  readonly weightBytes: number;
  readonly stages: readonly StageFigures[];
  /** Undefined where it depends on the lengths of a run. */
  readonly arenaBytes: number | undefined;
  /** The free lengths; the figures of a run are those of a run in which each of them is 1. */
  readonly lengths: readonly string[];
  readonly load: Figures;
  readonly run: Figures;
  /** One step of the stream, or why the model has none. */
  readonly stream: { readonly step: Figures } | { readonly refused: string };
}

export interface ParameterReport extends InitialParameter {
  readonly bytes: number;
}

export interface Timing {
  readonly part: string;
  readonly milliseconds: number;
}

export function compile(_source: Source, _options: CompileOptions = {}): Compilation {
  throw new Error("not yet");
}

/** Whether a diagnostic is about how the compiler was called, and not about the model. */
export function isCallFault({ code }: Diagnostic): boolean {
  return callCodes.has(code);
}

const callCodes: ReadonlySet<string> = new Set(["GF4004", "GF4006"]);

/** Parameters that nothing was learned with yet, each drawn as the model says. */
export function initialWeights({ parameters }: Pick<ModelReport, "parameters">, seed = 0): Record<string, Float32Array> {
  return Object.fromEntries(parameters.map((parameter) => [parameter.name, initialValues(parameter, seed)]));
}
