/**
 * The public interface: compiling models, and making them by hand as graphs. (Files on disk are the business of
 * `gatefold/node`, so that this part runs in a browser, too.)
 *
 * The same name, `gatefold`, is what model files import the words of the model language from.
 */
export {
  compile,
  fitModels,
  initialWeights,
  measureQuantisation,
  type BatchOrder,
  type WasmPlace,
  type WeightsForm,
  type Compilation,
  type CompileOptions,
  type CompileReport,
  type GpuKernelReport,
  type GpuLoopReport,
  type GpuReport,
  type ModelReport,
  type ModelSource,
  type OutputFile,
  type ParameterReport,
  type StreamedValue,
  type StreamReport,
  type QuantisationError,
  type QuantisationReport,
  type QuantisationSample,
  type QuantisedParameter,
  type Source,
  type SourceHost,
  type Timing,
} from "./compile.js";
export type { DebugOptions, PassDump } from "./support/debug.js";
export type { Diagnostic, DiagnosticNote, Severity } from "./support/diagnostics.js";
export { diagnosticToJson, formatDiagnostic, formatDiagnostics, type DiagnosticJson, type FormatOptions } from "./support/diagnostic-format.js";
export { InternalError } from "./support/invariant.js";
export type { SourceText, Span } from "./support/span.js";

// ---- Files of weights, and weights of other frameworks.
export { readSafetensors, tensorAsFloat32, writeSafetensors, type Dtype, type ReadSafetensorsOptions, type SafetensorsFile, type SafetensorsTensor, type WritableTensor } from "./formats/safetensors.js";
export type { GivenWeights } from "./formats/fit-weights.js";
export { convertRecurrentWeights, type ConvertRecurrentOptions, type NamedArray, type NamedArrays, type RecurrentCell, type RecurrentLayout } from "./formats/recurrent-weights.js";

// ---- Models as graphs.
export { GraphBuilder, type OpenRegion, type Origin, type RegionBody } from "./ir/graph/builder.js";
export { fixedLength, freeLength, type Length } from "./ir/graph/length.js";
export { interpret, type ArrayValue, type InterpretOptions, type OutputValue } from "./ir/graph/interpret.js";
export { printGraph } from "./ir/graph/print.js";
export { ShapeError } from "./ir/graph/infer.js";
export type { Attributes, Dim, Graph, GraphOutput, Initialiser, Kind, Node, NodeOf, Op, Region, ValueType } from "./ir/graph/node.js";

// ---- The words of the model language, for model files. A program that calls one is told that a model is compiled, not run.
export * from "./frontend/language/words.js";
