/**
 * `gatefold run`: compiles a model, runs it, and prints its outputs as JSON: for one example, for each member of a batch, or
 * step by step. What runs is the very module that `compile` would have written.
 */
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { ModelReport } from "../compile.js";
import { fail } from "../support/diagnostics.js";
import { given } from "../support/given.js";
import { type RunCommandOptions, targetChoices } from "./options.js";
import { readBytes } from "./files.js";
import { type CommandIo, type ExitStatus, exitStatus } from "./io.js";
import { compileForCommand, say } from "./reading.js";
import { type Inputs, nested, readInputs } from "./run-inputs.js";
import { errorText, withMeasuredError } from "./quantisation.js";
import { stepsOf } from "./steps.js";
import { asUsage } from "./usage.js";

/** The part of a generated module that is used here. */
interface GeneratedModel {
  run(inputs: Inputs | readonly Inputs[], options: RunOptions): Outputs | readonly Outputs[] | Promise<Outputs | readonly Outputs[]>;
  stream(inputs: Inputs, options: RunOptions): GeneratedStream | Promise<GeneratedStream>;
  readonly inputs: Shapes;
  readonly outputs: Shapes;
}

interface GeneratedStream {
  step(inputs: Inputs): Outputs | Promise<Outputs>;
}

type RunOptions = { readonly seed: number };
type Shapes = Readonly<Record<string, { readonly shape: readonly (number | string)[] }>>;
type Outputs = Readonly<Record<string, Float32Array | Int32Array>>;

/** Modules for GPUs give promises; others give the same at once. */
interface GeneratedModule {
  load(weights: Weights, options?: { readonly mode?: string; readonly fallback?: boolean }): GeneratedModel | Promise<GeneratedModel>;
}

type Weights = Readonly<Record<string, Float32Array>>;

export async function runCommand(file: string, options: RunCommandOptions, io: CommandIo): Promise<ExitStatus> {
  const compilation = await compileForCommand(file, options, io, targetChoices(options));
  if (compilation.status !== exitStatus.done) {
    say(compilation, options, io, "", {});
    return compilation.status;
  }
  const { models } = compilation.report;
  const [model] = models;
  if (model === undefined || models.length > 1) {
    fail("GF8005", `${file} has ${models.length} models: ${models.map(({ name }) => name).join(", ")}`, { help: "say with --models which one is to run" });
  }
  const code = compilation.files.find(({ path }) => path.endsWith(".js"))?.text ?? "";
  const module = await importText(options.target === "gpu" ? withGpuJs(code, io) : code);
  const weights = await readWeights(model, options, io);
  const inputs = await readInputs(options, io);
  const seed = { seed: options.seed ?? 0 };
  if (options.steps !== undefined && !options.stream) fail("GF8005", "--steps says how many steps a stream takes", { help: "run it step by step: --stream --steps 10" });
  const outputs = await asUsage(async () => {
    const loaded = await (options.target === "gpu" ? module.load(weights, given({ mode: options.mode, fallback: options.fallback })) : module.load(weights));
    if (options.stream) return runSteps(loaded, model, inputs, seed, options.steps);
    const show = (result: Outputs): Shown => shown(result, (name) => loaded.outputs[name]?.shape ?? []);
    const result = await loaded.run(inputs, seed);
    return isSeveral(result) ? result.map(show) : show(result);
  });
  const measured = options.stream ? compilation : await withMeasuredError(compilation, file, options, io, async () => ({ weights, inputs, ...seed }));
  const errors = measured.report.models.flatMap(({ quantisation }) => quantisation?.error ?? []);
  if (options.format === "text") for (const error of errors) io.err(`${options.quantize ?? ""}: ${errorText(error)}\n`);
  say(compilation, options, io, options.stream && Array.isArray(outputs) ? outputs.map((each) => `${JSON.stringify(each)}\n`).join("") : JSON.stringify(outputs), { outputs, ...(errors.length === 0 ? {} : { quantisation: errors }) });
  return exitStatus.done;
}

type Shown = Readonly<Record<string, unknown>>;

/** Feeds a stream element by element; gives what each step gave. */
async function runSteps(loaded: GeneratedModel, { name, stream }: ModelReport, inputs: Inputs | readonly Inputs[], seed: RunOptions, count: number | undefined): Promise<Shown[]> {
  if ("refused" in stream) return fail("GF8005", `${name} has no stream: ${stream.refused}`, { help: "run it without --stream" });
  if (isSeveral(inputs)) return fail("GF8005", "a stream takes one example, and these are several", { help: "give one object of inputs, or run them without --stream" });
  const steps = stepsOf(inputs, stream, loaded.inputs, count);
  const started = await loaded.stream(Object.fromEntries(Object.entries(inputs).filter(([input]) => !stream.inputs.some((each) => each.name === input))), seed);
  const outputs: Shown[] = [];
  for (const step of steps) {
    const elementShape = (output: string): readonly (number | string)[] => (loaded.outputs[output]?.shape ?? []).filter((_, axis) => axis !== stream.outputs.find((each) => each.name === output)?.axis);
    // The next step overwrites what this one gave.
    outputs.push(shown(await started.step(step), elementShape));
  }
  return outputs;
}

function shown(outputs: Outputs, shapeOf: (name: string) => readonly (number | string)[]): Shown {
  return Object.fromEntries(Object.entries(outputs).map(([name, data]) => [name, nested(data, shapeOf(name))]));
}

/** TypeScript does not tell arrays that may not be changed from records. */
function isSeveral<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

async function importText(text: string): Promise<GeneratedModule> {
  return (await import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(text).toString("base64")}`)) as GeneratedModule;
}

/** A module that is no file finds no package by its name: it gets the path of gpu.js, of the caller's project or of ours. */
function withGpuJs(code: string, io: CommandIo): string {
  for (const from of [path.join(io.cwd, "index.js"), import.meta.url]) {
    try {
      return code.replace(/from "gpu\.js";/, () => `from ${JSON.stringify(pathToFileURL(createRequire(from).resolve("gpu.js")).href)};`);
    } catch {
      // The next place may have it.
    }
  }
  return fail("GF8005", "--target gpu runs on gpu.js, which is not installed here", { help: "npm install gpu.js" });
}

async function readWeights(model: ModelReport, { weights, prefix, random, models }: RunCommandOptions, io: CommandIo): Promise<Weights> {
  if (weights !== undefined && random !== undefined) fail("GF8005", "--weights and --random are two sources of the same parameters", { help: "give one of them" });
  const { fitModels, initialWeights } = await import("../compile.js");
  // Where one model of several is run, the file may have the weights of the others.
  if (weights !== undefined) return Object.fromEntries(fitModels([model], await readBytes(weights, io.cwd), given({ source: weights, strict: models === undefined, prefix })));
  if (random === undefined && model.parameters.length > 0) {
    fail("GF8005", `${model.name} has parameters and got no weights`, { help: "give a safetensors file with --weights, or try it with random ones: --random 1" });
  }
  return initialWeights(model, random ?? 0);
}
