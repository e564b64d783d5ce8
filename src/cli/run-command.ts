/**
 * `gatefold run`: compiles a model, runs it once, and prints its outputs as JSON. What runs is the very module that
 * `compile` would have written.
 */
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { ModelReport } from "../compile.js";
import { fail } from "../support/diagnostics.js";
import { type RunCommandOptions, targetChoices } from "./options.js";
import { readBytes } from "./files.js";
import { type CommandIo, type ExitStatus, exitStatus } from "./io.js";
import { compileForCommand, say } from "./reading.js";

/** The part of a generated module that is used here. */
interface GeneratedModel {
  run(inputs: Readonly<Record<string, unknown>>, options: { readonly seed: number }): Outputs | Promise<Outputs>;
  readonly outputs: Readonly<Record<string, { readonly dims: readonly string[]; readonly shape: readonly (number | string)[] }>>;
}

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
  const outputs = await asUsage(async () => {
    const loaded = await (options.target === "gpu" ? module.load(weights, { ...(options.mode === undefined ? {} : { mode: options.mode }), fallback: options.fallback }) : module.load(weights));
    const result = await loaded.run(inputs, { seed: options.seed ?? 0 });
    return Object.fromEntries(Object.entries(result).map(([name, data]) => [name, nested(data, loaded.outputs[name]?.shape ?? [])]));
  });
  say(compilation, options, io, JSON.stringify(outputs), { outputs });
  return exitStatus.done;
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

async function readWeights(model: ModelReport, { weights, random, models }: RunCommandOptions, io: CommandIo): Promise<Weights> {
  if (weights !== undefined && random !== undefined) fail("GF8005", "--weights and --random are two sources of the same parameters", { help: "give one of them" });
  const { fitModels, initialWeights } = await import("../compile.js");
  // Where one model of several is run, the file may have the weights of the others.
  if (weights !== undefined) return Object.fromEntries(fitModels([model], await readBytes(weights, io.cwd), { source: weights, strict: models === undefined }));
  if (random === undefined && model.parameters.length > 0) {
    fail("GF8005", `${model.name} has parameters and got no weights`, { help: "give a safetensors file with --weights, or try it with random ones: --random 1" });
  }
  return initialWeights(model, random ?? 0);
}

async function readInputs({ input, inputs }: RunCommandOptions, io: CommandIo): Promise<Record<string, unknown>> {
  // No object on the way: a name may be any string, "__proto__" too.
  const all = new Map<string, unknown>();
  if (inputs !== undefined) {
    const value = await readJson(inputs, io);
    if (typeof value !== "object" || value === null || Array.isArray(value)) fail("GF8006", `${inputs} holds no JSON object of inputs by name`, { help: 'such as {"xs": [[1, 2], [3, 4]]}' });
    for (const [name, each] of Object.entries(value)) all.set(name, each);
  }
  for (const [name, given] of Object.entries(input)) all.set(name, "file" in given ? await readJson(given.file, io) : given.value);
  return Object.fromEntries(all);
}

async function readJson(file: string, io: CommandIo): Promise<unknown> {
  const text = new TextDecoder().decode(await readBytes(file, io.cwd));
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    return fail("GF8006", `${file} is no JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`, { help: "write numbers, arrays of numbers, or arrays of rows" });
  }
}

/** What a generated module refuses - weights or inputs that do not fit - is the call's fault. */
async function asUsage<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (thrown) {
    // The module throws plain errors with a message for people; anything else is a mistake in it, which is ours.
    if (thrown instanceof Error && ["Error", "RangeError"].includes(thrown.name) && !("code" in thrown)) fail("GF8007", thrown.message, { help: "gatefold inspect shows the inputs and the parameters of the model" });
    throw thrown;
  }
}

/** The numbers as rows, where no more than one size is open; else flat. A scalar is a number. */
export function nested(data: ArrayLike<number>, shape: readonly (number | string)[]): unknown {
  const known = shape.reduce<number>((product, size) => (typeof size === "number" ? product * size : product), 1);
  if (shape.filter((size) => typeof size === "string").length > 1 || known === 0) return Array.from(data);
  const sizes = shape.map((size) => (typeof size === "number" ? size : data.length / known));
  let values: unknown[] = Array.from(data);
  for (const size of sizes.slice(1).reverse()) {
    const rows: unknown[] = [];
    for (let start = 0; start < values.length; start += size) rows.push(values.slice(start, start + size));
    values = rows;
  }
  return sizes.length === 0 ? values[0] : values;
}
