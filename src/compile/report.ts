/** What a compilation tells of its models, in figures that depend on no clock. */
import type { GpuReport } from "../backends/gpu/figures.js";
import type { TargetModel } from "../backends/target.js";
import type { InitialParameter } from "../ir/graph/initialise.js";
import type { Graph } from "../ir/graph/node.js";
import { elementCount, outputType, typeText } from "../ir/graph/types.js";
import type { QuantisationReport } from "./quantisation.js";
import { type Figures, instructionFigures, programStages, type StageFigures } from "../ir/program/figures.js";
import type { Program, ProgramInput, StreamProgram } from "../ir/program/program.js";

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
  /** Parameters that the source has and no output needs. */
  readonly unusedParameters: readonly string[];
  readonly weightBytes: number;
  readonly stages: readonly StageFigures[];
  /** Undefined where it depends on the lengths of a run. */
  readonly arenaBytes: number | undefined;
  /** The free lengths; the figures of a run are those of a run in which each of them is 1. */
  readonly lengths: readonly string[];
  readonly load: Figures;
  readonly run: Figures;
  /** One step of the stream, or why the model has none. */
  readonly stream: StreamReport | { readonly refused: string };
  /** Where a batch was asked for: whether its members run side by side, or why one after another. */
  readonly batch?: { readonly run: Figures } | { readonly refused: string };
  /** Kernels and dispatches; only of models that were compiled for GPUs. */
  readonly gpu?: GpuReport;
  /** Where weights were to be quantised: which are, and why others are not. */
  readonly quantisation?: QuantisationReport;
}

export interface StreamReport {
  readonly step: Figures;
  /** The inputs that each step takes an element of; the others are given at the start. */
  readonly inputs: readonly StreamedValue[];
  /** The outputs that each step gives an element of. */
  readonly outputs: readonly StreamedValue[];
}

/** A value that steps take or give element by element, and along which of its axes. */
export interface StreamedValue {
  readonly name: string;
  readonly axis: number;
}

export interface ParameterReport extends InitialParameter {
  readonly bytes: number;
}

export interface Timing {
  readonly part: string;
  readonly milliseconds: number;
}

export function reportOf(graph: Graph, { name, program, batched, stream }: TargetModel, unusedParameters: readonly string[]): ModelReport {
  const one = (): number => 1;
  const parameters = program.parameters.map((parameter) => ({ name: parameter.name, shape: parameter.shape, initialiser: parameter.initialiser, bytes: 4 * elementCount(parameter.shape) }));
  return {
    name,
    inputs: graph.inputs.map(({ attributes, type, args }) => ({ name: attributes.name, type: typeText(type), optional: args.length > 0 })),
    outputs: graph.outputs.map((output) => ({ name: output.name, type: typeText(outputType(output)) })),
    parameters,
    unusedParameters,
    weightBytes: parameters.reduce((sum, { bytes }) => sum + bytes, 0),
    stages: programStages(program),
    arenaBytes: arenaBytes(program),
    lengths: program.lengths,
    load: instructionFigures(program.prepare, one),
    run: instructionFigures(program.body, one),
    stream: "program" in stream ? streamReport(program, stream, instructionFigures(stream.loop.body, one)) : { refused: stream.reasons.join("; ") },
    ...(batched === undefined ? {} : { batch: "program" in batched ? { run: instructionFigures(batched.program.body, one) } : { refused: batched.reasons.join("; ") } }),
  };
}

function streamReport({ inputs, outputs }: Program, { program, stepInputs }: StreamProgram, step: Figures): StreamReport {
  type Values = readonly Pick<ProgramInput, "name" | "type">[];
  // An element has the dimensions of the whole but one: the one that is streamed.
  const streamed = (name: string, wholes: Values, elements: Values): StreamedValue => {
    const [whole = [], element = []] = [wholes, elements].map((values) => values.find((value) => value.name === name)?.type.dims.map((dim) => dim.name));
    return { name, axis: whole.findIndex((dim, i) => dim !== element[i]) };
  };
  return { step, inputs: stepInputs.map((name) => streamed(name, inputs, program.inputs)), outputs: program.outputs.map(({ name }) => streamed(name, outputs, program.outputs)) };
}

function arenaBytes({ arena }: Program): number | undefined {
  return arena?.size === undefined ? undefined : 4 * arena.size;
}
