/**
 * The driver: from a model to files, through every level. It is the only part that knows them all.
 *
 *     source text -> model AST -> graph -> (graph passes) -> kernels and program -> (program passes) -> code
 *
 * A bad model is a diagnostic in what comes back, never a throw, and then there are no files; what is thrown is our own
 * mistake. Nothing here reads files or the environment, and the clock only where timings are asked for, so the same call
 * gives the same result in Node and in a browser.
 */
import { exhausted } from "./compile/exhausted.js";
import { checkMemory } from "./compile/memory.js";
import { checkNames, layoutOf } from "./compile/names.js";
import { checkOptions, type CompileOptions } from "./compile/options.js";
import { type CompileReport, type ModelReport, reportOf, type Timing } from "./compile/report.js";
import { checkFinite, checkKept, nothingQuantised, QuantisationLog } from "./compile/quantisation.js";
import { checkSource } from "./compile/source.js";
import { fitModels } from "./compile/weights.js";
import { targets, type TargetRules } from "./compile/targets.js";
import { parameterClashes, readModels, type SourceHost } from "./frontend/index.js";
import { minifiedModule } from "./backends/minify.js";
import type { TargetModel, TargetResult, TargetUnit } from "./backends/target.js";
import { base64 } from "./support/base64.js";
import { packWeights } from "./formats/fit-weights.js";
import type { Graph } from "./ir/graph/node.js";
import { printGraph } from "./ir/graph/print.js";
import { graphNodes } from "./ir/graph/traverse.js";
import { checkProgram } from "./ir/program/verify.js";
import type { Buffer } from "./ir/kernel/kernel.js";
import { printProgram } from "./ir/program/print.js";
import type { Program } from "./ir/program/program.js";
import { batchGraph } from "./passes/graph/batch.js";
import { hoist } from "./passes/graph/hoist.js";
import { dropDead } from "./passes/graph/drop-dead.js";
import { share } from "./passes/graph/share.js";
import { foldConstants } from "./passes/graph/fold-constants.js";
import { simplify } from "./passes/graph/simplify.js";
import { tabulate } from "./passes/graph/tabulate.js";
import { unroll } from "./passes/graph/unroll.js";
import { unrollTime } from "./passes/program/unroll-time.js";
import { streamDimension, streamGraph } from "./passes/graph/stream.js";
import { lowerGraph, lowerStream } from "./passes/lower/index.js";
import { fixLengths } from "./passes/graph/fix-lengths.js";
import { runPasses, type GraphPass } from "./passes/pass.js";
import { graphPasses } from "./passes/pipelines.js";
import { type ProgramPass, runProgramPasses, runStreamPasses } from "./passes/program/pipelines.js";
import { defaultDebugOptions, type DebugOptions, type PassDump } from "./support/debug.js";
import { type Diagnostic, DiagnosticSink, fail } from "./support/diagnostics.js";
import { LineMap, type SourceText } from "./support/span.js";
import { given } from "./support/given.js";
import { version } from "./support/version.js";

export type { BatchOrder, WasmPlace, WeightsForm } from "./backends/target.js";
export type { GpuKernelReport, GpuLoopReport, GpuReport } from "./backends/gpu/figures.js";
export type { CompileOptions } from "./compile/options.js";
export { isCallFault } from "./compile/call-faults.js";
export { fitModels, initialWeights } from "./compile/weights.js";
export { measureQuantisation } from "./compile/quantisation-error.js";
export type { QuantisationError, QuantisationSample } from "./compile/quantisation-error.js";
export type { QuantisationReport, QuantisedParameter } from "./compile/quantisation.js";
export type { CompileReport, ModelReport, ParameterReport, StreamedValue, StreamReport, Timing } from "./compile/report.js";
export type { SourceHost } from "./frontend/index.js";

/** The text of a model file; `file` is how messages call it. Without a host it may import nothing but the language. */
export interface ModelSource extends SourceText {
  readonly host?: SourceHost;
}

/** A model file, or graphs made with a GraphBuilder, each a model. */
export type Source = ModelSource | Graph | readonly Graph[];

export interface OutputFile {
  /** Relative, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** What the file holds, where it is no text; its text is empty then. */
  readonly bytes?: Uint8Array;
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

/** Compiles the models of a file, or graphs, to files. */
export function compile(source: Source, options: CompileOptions = {}): Compilation {
  const sink = new DiagnosticSink();
  sink.attempt(() => {
    checkOptions(options);
    checkSource(source);
  });
  if (sink.hasErrors) return { files: [], diagnostics: sink.diagnostics, sources: [], report: { models: [], emittedBytes: 0 } };
  return new Driver(options).compile(source);
}

/** What the front end makes of a source: graphs, each under the name of its model. */
interface Reading {
  readonly moduleName: string;
  readonly models: readonly { readonly name: string; readonly graph: Graph; readonly parameters?: readonly string[]; readonly doc?: string }[];
}

interface CompiledModel {
  readonly target: TargetModel;
  readonly report: ModelReport;
}

class Driver {
  readonly #options: CompileOptions;
  readonly #debug: DebugOptions;
  readonly #sink = new DiagnosticSink();
  readonly #sources: SourceText[] = [];
  readonly #timings: Timing[] = [];
  #dumps = 0;
  /** Of the model that is being compiled, where weights are to be quantised. */
  #quantisation: QuantisationLog | undefined;
  /** What every model's dumps are numbered below. */
  #mostDumps = 0;

  constructor(options: CompileOptions) {
    this.#options = options;
    this.#debug = { ...defaultDebugOptions, ...options.debug };
  }

  compile(source: Source): Compilation {
    const done = this.#sink.attempt(() => {
      const reading = this.#read(source);
      if (reading === undefined) return undefined;
      const { models, moduleName } = reading;
      checkNames(this.#options, models.map(({ graph }) => graph));
      checkKept(this.#options.keep ?? [], models.flatMap(({ graph }) => parameterNames(graph)));
      const compiled = models.flatMap((model) => this.#sink.attempt(() => [this.#withinReach(model.name, () => this.#model(model))]) ?? []);
      if (this.#sink.hasErrors) return undefined;
      this.#sink.add(...nothingQuantised(compiled.map(({ report }) => report)));
      const { batch, extension = "js", relaxedSimd = true, weightsForm = "safetensors", wasm = "embedded" } = this.#options;
      const embedded = this.#embeddedWeights(compiled);
      const layout = layoutOf(this.#options, compiled.map(({ report }) => report));
      const members = batch === "any" ? undefined : batch;
      const unit = given({ ...embedded, layout, batch: members, models: compiled.map(({ target }) => target), moduleName, stamp: { generator: "gatefold", version }, extension, relaxedSimd, weightsForm, wasm });
      const { files, code } = this.#timed("emit", () => this.#withinReach(moduleName, () => this.#emit(unit)));
      this.#dumps = this.#mostDumps;
      this.#dump(moduleName, "code", "emit", code);
      return { files, models: compiled.map(({ report }) => report) };
    });
    const files = this.#sink.hasErrors ? [] : (done?.files ?? []);
    const models = this.#sink.hasErrors ? [] : (done?.models ?? []);
    const emittedBytes = files.reduce((sum, { text, bytes }) => sum + (bytes ?? new TextEncoder().encode(text)).length, 0);
    const timings = this.#debug.timings ? { timings: this.#timings } : {};
    return { files, diagnostics: this.#sink.diagnostics, sources: this.#sources, report: { models, emittedBytes, ...timings } };
  }

  #emit(unit: TargetUnit): TargetResult {
    const { files, code } = this.#target.emit(unit);
    const { minify } = this.#options;
    if (minify === undefined) return { files, code };
    return { files: files.map((file) => (file.path === `${unit.moduleName}.${unit.extension ?? "js"}` ? { ...file, text: minifiedModule(file.text, unit, minify) } : file)), code };
  }

  /** Undefined where what is wrong has been reported. */
  #read(source: Source): Reading | undefined {
    if ("text" in source) return this.#readText(source);
    const graphs = "outputs" in source ? [source] : source;
    const wanted = this.#options.models;
    for (const name of wanted ?? []) {
      if (!graphs.some((graph) => graph.name === name)) fail("GF4004", `there is no model ${name}`, { help: `the models are ${graphs.map((graph) => graph.name).join(", ")}` });
    }
    const chosen = graphs.filter((graph) => wanted === undefined || wanted.includes(graph.name));
    return { moduleName: this.#moduleName(chosen.length === 1 ? chosen[0]?.name : undefined), models: chosen.map((graph) => ({ name: graph.name, graph })) };
  }

  #readText({ file, text, host = noHost }: ModelSource): Reading | undefined {
    const { models, settings } = this.#options;
    const moduleName = this.#moduleName(moduleNameOf(file));
    const read = this.#timed("read", () => readModels({ file, text }, host, { models, settings }));
    for (const [name, text] of read.sources) this.#sources.push({ file: name, text });
    this.#sink.add(...read.diagnostics);
    if (this.#sink.hasErrors) return undefined;
    if (read.models.length === 0) {
      const notes = read.functions.slice(0, 3).map(({ name, parameter }) => ({ message: `${name} is a function, since this parameter is neither an input nor a setting`, span: parameter }));
      fail("GF5004", `${file} has no model`, { notes, help: "export a function whose parameters are all inputs - Real, Vec<8>, Id<65>, or a sequence of one of them - such as (xs: Seq<\"time\", Vec<8>>)" });
    }
    this.#sink.add(...parameterClashes(read.models));
    return this.#sink.hasErrors ? undefined : { moduleName, models: read.models };
  }

  /** The name of the module's files: of one file in one folder, on any system. */
  #moduleName(byDefault = "models"): string {
    const name = this.#options.name ?? byDefault;
    if (!/^[\p{L}\p{N}_$][\p{L}\p{N}_$.-]*$/u.test(name)) fail("GF5001", `${JSON.stringify(name)} cannot be the name of a module`, { help: "use letters, digits, - and _; the option name (--name) gives another name than the model file's" });
    return name;
  }

  #model({ name, graph, parameters, doc }: Reading["models"][number]): CompiledModel {
    const dumpIndex = this.#dumps;
    const { quantize, keep = [] } = this.#options;
    this.#quantisation = quantize === undefined ? undefined : new QuantisationLog(quantize, keep);
    this.#dump(name, "graph", "read", () => printGraph(graph));
    const canonical = this.#timed(`${name}: graph passes`, () => this.#runGraphPasses(name, graph, this.#graphPasses()));
    const { program, final } = this.#program(name, graph, canonical);
    const batched = this.#batched(name, graph, final);
    const stream = this.#timed(`${name}: stream`, () => this.#stream(name, canonical));
    const used = new Set(program.parameters.map((parameter) => parameter.name));
    const unusedParameters = (parameters ?? parameterNames(graph)).filter((each) => !used.has(each));
    const quantisation = this.#quantisation?.report(program);
    const quantised = quantisation?.parameters.flatMap((parameter) => (parameter.quantised ? [parameter.name] : [])) ?? [];
    const target: TargetModel = given({ name, program, stream, unusedParameters, quantisedParameters: quantised.length === 0 ? undefined : quantised, batched, doc });
    const report: ModelReport = { ...reportOf(canonical, target, unusedParameters), ...given({ quantisation }) };
    const own = this.#target.report?.(target);
    if (own !== undefined) this.#dump(name, "code", "gpu-kernels", own.kernels);
    // Every model's passes are numbered from the same number on.
    this.#dumps = dumpIndex;
    return { target, report: own === undefined ? report : { ...report, gpu: own.gpu } };
  }

  #embeddedWeights(compiled: readonly CompiledModel[]): Pick<TargetUnit, "embeddedWeights" | "weightsToQuantise"> {
    const { weights, weightsPrefix, weightsName = "the weights", models } = this.#options;
    if (weights === undefined) return {};
    const reports = compiled.map(({ report }) => report);
    const fitted = fitModels(reports, weights, given({ strict: models === undefined, source: weightsName, prefix: weightsPrefix }));
    const quantised = new Set(compiled.flatMap(({ target }) => target.quantisedParameters ?? []));
    if (quantised.size === 0) return { embeddedWeights: base64(packWeights(fitted)) };
    checkFinite(quantised, fitted, weightsName);
    return { weightsToQuantise: fitted };
  }

  /** A model may be within all limits and still be too much for the engine that compiles it. That is said, and not thrown. */
  #withinReach<T>(name: string, body: () => T): T {
    try {
      return body();
    } catch (thrown) {
      const why = exhausted(thrown);
      if (why === undefined) throw thrown;
      return fail("GF5007", `${name} is too large for the compiler: ${why}`, { help: "repeat with a scan or a map over range(\"step\", n) instead of writing out, and unroll less" });
    }
  }

  #program(name: string, source: Graph, canonical: Graph): { readonly program: Program; readonly final: Graph } {
    const final = this.#timed(`${name}: graph passes for a run`, () => this.#runGraphPasses(name, canonical, this.#runPasses()));
    return { program: this.#lowered(name, source, final, ""), final };
  }

  /** For members side by side; undefined where no batch was asked for. */
  #batched(name: string, source: Graph, final: Graph): TargetModel["batched"] {
    const { batch = 1, target = "js" } = this.#options;
    if (batch === 1) return undefined;
    const { refusesBatch } = this.#target;
    if (refusesBatch === undefined) return { reasons: [`the target ${target} runs one example at a time`] };
    const batched = this.#timed(`${name}: batch`, () => batchGraph(final));
    if ("reasons" in batched) return batched;
    const { graph, members, lengths } = batched;
    this.#dump(name, "graph", "batch", () => printGraph(graph));
    const made = { program: this.#lowered(name, source, graph, "batch-"), members, lengths };
    const reasons = refusesBatch(made);
    return reasons.length > 0 ? { reasons } : made;
  }

  /** @param prefix of the passes' names */
  #lowered(name: string, source: Graph, final: Graph, prefix: "" | "batch-"): Program {
    const lowered = this.#timed(`${name}: ${prefix}lower`, () => lowerGraph(final));
    checkMemory(name, source, lowered);
    this.#dump(name, "kernels", `${prefix}lower`, () => printProgram(lowered, { comments: true }));
    this.#checkProgram(lowered, "the lowering");
    const onPass = (pass: string, made: Program): void => {
      this.#checkProgram(made, `the pass ${pass}`);
      this.#dump(name, "program", `${prefix}${pass}`, () => printProgram(made, { comments: true }));
    };
    const program = this.#timed(`${name}: ${prefix}program passes`, () => runProgramPasses(lowered, this.#unrolling(this.#programPasses("run")), onPass));
    checkMemory(name, source, program);
    return program;
  }

  /** The model step by step, from the canonical graph: in a stream nothing of a later step can be computed beforehand. */
  #stream(name: string, canonical: Graph): TargetModel["stream"] {
    if (this.#options.streams === false) return { reasons: ["it was compiled without streams"] };
    const dim = streamDimension(canonical);
    const streamed = isRefused(dim) ? dim : streamGraph(canonical, dim);
    if (isRefused(streamed)) return { reasons: streamed.map((reason) => this.#reason(reason)) };
    // What does not run along it is no part of a step; that another scan gave it says nothing.
    const outputs = streamed.graph.outputs.filter(({ node }) => node.op === "scanOutput" && node.attributes.region.over === streamed.over);
    this.#dump(name, "stream", "stream", () => printGraph(streamed.graph));
    const graph = this.#runGraphPasses(name, { ...streamed.graph, outputs }, this.#isOptimised() ? streamPasses : [], "stream");
    const lowered = lowerStream(graph);
    this.#dump(name, "stream", "stream-lower", () => printProgram(lowered.program, { comments: true }));
    this.#checkProgram(lowered.program, "the lowering of a stream", lowered.histories);
    const onPass = (pass: string, made: Program): void => {
      this.#checkProgram(made, `the pass ${pass}, in a stream,`, lowered.histories);
      this.#dump(name, "stream", `stream-${pass}`, () => printProgram(made, { comments: true }));
    };
    return runStreamPasses(lowered, this.#programPasses("stream"), onPass);
  }

  /** Why a model has no stream is no fault of it; but where the source looks ahead is worth a line. */
  #reason({ message, span: place }: Diagnostic): string {
    const source = place === undefined ? undefined : this.#sources.find(({ file }) => file === place.file);
    // What of, whoever tells the reason says before it.
    const why = message.replace(/^.*? cannot be run step by step: /s, "");
    if (place === undefined || source === undefined) return why;
    const { line, column } = new LineMap(source.text).position(place.start);
    return `${place.file}:${line}:${column}: ${why}`;
  }

  #runGraphPasses(name: string, graph: Graph, passes: readonly GraphPass[], level: "graph" | "stream" = "graph"): Graph {
    return runPasses(graph, passes, {
      verify: this.#debug.verifyBetweenPasses,
      onPass: (pass, made) => this.#dump(name, level, level === "stream" ? `stream-${pass}` : pass, () => printGraph(made)),
    });
  }

  #checkProgram(program: Program, whatRan: string, histories: readonly Buffer[] = []): void {
    if (this.#debug.verifyBetweenPasses) checkProgram(program, whatRan, histories);
  }

  #graphPasses(): readonly GraphPass[] {
    const { lengths = {} } = this.#options;
    const fixed = Object.keys(lengths).length > 0 ? [fixLengths(lengths)] : [];
    return this.#isOptimised() ? [...fixed, ...graphPasses] : fixed;
  }

  /** What a stream must not have: it takes its steps as they come. */
  #runPasses(): readonly GraphPass[] {
    const over = Object.entries(this.#options.unroll ?? {}).flatMap(([name, factor]) => (factor === "all" ? [name] : []));
    const passes = [...(this.#mayHoist() ? [hoist({ mode: this.#target.hoist })] : []), ...(this.#isOptimised() ? [tabulate()] : [])];
    return over.length === 0 ? passes : [...passes, unroll({ over }), simplify, foldConstants, dropDead];
  }

  get #target(): TargetRules {
    return targets[this.#options.target ?? "js"];
  }

  #programPasses(way: "run" | "stream"): readonly ProgramPass[] {
    const { passes, quantised, plainPasses } = this.#target;
    if (quantised !== undefined && this.#quantisation !== undefined) return quantised(this.#quantisation.options)[way];
    return (this.#isOptimised() ? passes : plainPasses)[way];
  }

  /** Copies of a step share its packed weights, so loops are unrolled when these lie fast; memory is planned last. */
  #unrolling(passes: readonly ProgramPass[]): readonly ProgramPass[] {
    const factors = new Map(Object.entries(this.#options.unroll ?? {}).flatMap(([name, factor]) => (factor === "all" ? [] : [[name, factor] as const])));
    if (factors.size === 0) return passes;
    if (this.#target.unrolls === "before") return [unrollTime({ factors }), ...passes];
    const [before, after] = [passes.filter(({ afterUnrolling }) => afterUnrolling !== true), passes.filter(({ afterUnrolling }) => afterUnrolling === true)];
    return [...before, unrollTime({ factors }), ...after];
  }

  #isOptimised(): boolean {
    return this.#options.optimise ?? true;
  }

  #mayHoist(): boolean {
    return this.#isOptimised() && (this.#options.hoist ?? true);
  }

  #dump(model: string, level: PassDump["level"], pass: string, text: () => string): void {
    this.#debug.onDump?.({ model, level, index: this.#dumps, pass, text: text() });
    this.#dumps += 1;
    this.#mostDumps = Math.max(this.#mostDumps, this.#dumps);
  }

  #timed<T>(part: string, body: () => T): T {
    if (!this.#debug.timings) return body();
    const started = performance.now();
    const result = body();
    this.#timings.push({ part, milliseconds: performance.now() - started });
    return result;
  }
}

/** What is left to do after a model was turned into one step: drop what only the last state needed. */
const streamPasses: readonly GraphPass[] = [simplify, share, dropDead, tabulate()];

function isRefused<T extends object>(result: T | readonly Diagnostic[]): result is readonly Diagnostic[] {
  return Array.isArray(result);
}

const noHost: SourceHost = { resolve: () => undefined };

/** A module is called as its model file is: nets/char-rnn.model.ts makes char-rnn.js. */
function moduleNameOf(file: string): string {
  const base = file.split(/[\\/]/).at(-1) ?? file;
  return base.replace(/(\.model)?\.[^.]*$/, "") || "models";
}

function parameterNames(graph: Graph): string[] {
  return [...new Set(graphNodes(graph).flatMap((node) => (node.op === "param" ? [node.attributes.name] : [])))];
}
