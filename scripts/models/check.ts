/** What every comparison with a published model has in common: what it is given, and what it gives back. */
import type { CompileOptions } from "../../src/compile.js";
import type { Comparison } from "./table.js";
import type { Tensor } from "./tensors.js";

/** The value of an output, or of one of a record by its dotted name, its elements row-major. */
export type Outputs = (name: string) => ArrayLike<number> & Iterable<number>;

/** One sequence's inputs: ids, or numbers row-major. */
export type Inputs = Readonly<Record<string, number | ArrayLike<number>>>;

/** A compiled model with its weights loaded. */
export interface CompiledModel {
  run(inputs: Inputs): Outputs;
  stream(): { step(inputs: Inputs): Outputs };
}

export type LoadModel = (weights: Readonly<Record<string, Tensor>>) => Promise<CompiledModel>;

/** How a model is compiled; for JavaScript where it is not said. */
export type ModelOptions = Pick<CompileOptions, "target" | "quantize">;

export interface CheckContext {
  /** The published model's folder. */
  readonly folder: string;
  /** Where all shared material lies. */
  readonly shared: string;
  /** Compiles a model of one of the model files beside this file, through the whole pipeline, and imports what comes out. */
  readonly compile: (file: string, model: string, options?: ModelOptions) => Promise<LoadModel>;
}

export interface Check {
  /** The folder of shared/models. */
  readonly name: string;
  compare(context: CheckContext): Promise<readonly Comparison[]>;
}
