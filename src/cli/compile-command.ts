/** `gatefold compile`: the module and its types into a folder, or, where there is an error, nothing. */
import path from "node:path";
import { writeSafetensors } from "../formats/safetensors.js";
import type { CompileOptions, ModelReport, OutputFile } from "../compile.js";
import { fail } from "../support/diagnostics.js";
import { visibleName } from "../support/diagnostic-format.js";
import { given } from "../support/given.js";
import { type CompileCommandOptions, targetChoices } from "./options.js";
import { bytesText } from "./figures-text.js";
import { fileName, readBytes, writeFiles } from "./files.js";
import { type CommandIo, type ExitStatus, exitStatus } from "./io.js";
import { moduleKindWarning } from "./project.js";
import { quantisationText, withMeasuredError } from "./quantisation.js";
import { type CommandCompilation, compileForCommand, count, say } from "./reading.js";
import { readInputs } from "./run-inputs.js";

export async function compileCommand(file: string, options: CompileCommandOptions, io: CommandIo): Promise<ExitStatus> {
  const { weights, prefix, embed, models } = options;
  if (embed && weights === undefined) fail("GF8005", "--embed wants weights to embed", { help: "name a safetensors file: --weights FILE --embed" });
  const bytes = weights === undefined ? undefined : await readBytes(weights, io.cwd);
  if (options.sample !== undefined && (options.quantize === undefined || weights === undefined)) fail("GF8005", "--sample is for measuring what quantised weights cost", { help: "say how they are quantised, and name the file of weights: --quantize int16 --weights FILE --sample FILE" });
  const plain = await compileForCommand(file, options, io, await moduleChoices(options, bytes));
  const compilation = await withSample(plain, file, options, bytes, io);
  const folder = path.resolve(io.cwd, options.out);
  const beside = compilation.status === exitStatus.done && bytes !== undefined && !embed ? [await weightsFile(compilation.files, compilation.report.models, bytes, given({ source: weights ?? "", strict: models === undefined, prefix }))] : [];
  const made = [...compilation.files, ...beside];
  const written = compilation.status === exitStatus.done ? await writeFiles(folder, made) : [];
  const files = made.map(({ path: name, text, bytes: binary }, index) => ({ path: fileName(written[index] ?? name, io.cwd), bytes: binary?.length ?? Buffer.byteLength(text) }));
  const { report } = compilation;
  const summary = report.models.map((model) => `${model.name}: ${count(model.run.kernels, "kernel")}, ${bytesText(model.weightBytes)} of weights${"step" in model.stream ? ", streams" : ""}${batchText(model)}${quantisationText(model)}`);
  const text = written.length === 0 ? "" : [...files.map((each) => `${visibleName(each.path)}  ${bytesText(each.bytes)}`), ...summary].join("\n");
  const [module] = written;
  const kind = module === undefined ? undefined : moduleKindWarning(module, io.cwd);
  const diagnostics = kind === undefined ? compilation.diagnostics : [...compilation.diagnostics, kind];
  say({ ...compilation, diagnostics }, options, io, text, { files: written.length === 0 ? [] : files, report });
  return compilation.status;
}

/** What the compiler is told beside the choice of models. @param bytes of the file of weights */
async function moduleChoices(options: CompileCommandOptions, bytes: Uint8Array | undefined): Promise<CompileOptions> {
  const { relaxedSimd, extension, stream, wasm, weightsForm, name, layout, weights, prefix, embed } = options;
  const minify = options.minify ? (await import("../minify.js")).minifier : undefined;
  const embedded = embed ? { weights: bytes, weightsName: weights, weightsPrefix: prefix } : {};
  return { ...targetChoices(options), ...given({ relaxedSimd, extension, streams: stream, wasm, weightsForm, minify, name, layout: layout?.all, layoutOf: layout?.of, ...embedded }) };
}

async function withSample(compilation: CommandCompilation, file: string, options: CompileCommandOptions, bytes: Uint8Array | undefined, io: CommandIo): Promise<CommandCompilation> {
  const { sample, weights, prefix, models } = options;
  if (compilation.status !== exitStatus.done || sample === undefined || bytes === undefined) return compilation;
  return withMeasuredError(compilation, file, options, io, async (model) => {
    const { fitModels } = await import("../compile.js");
    const fitted = fitModels([model], bytes, given({ source: weights ?? "", strict: models === undefined, prefix }));
    return { weights: Object.fromEntries(fitted), inputs: await readInputs({ inputs: sample, input: {} }, io) };
  });
}

/** How the members of a batch run, where one was asked for. */
function batchText({ batch }: ModelReport): string {
  if (batch === undefined) return "";
  return "run" in batch ? ", members of a batch side by side" : `, members of a batch one after another: ${batch.refused}`;
}

/** The weights beside the module: what the models need and nothing else, as float32. */
async function weightsFile([module]: readonly OutputFile[], models: readonly ModelReport[], bytes: Uint8Array, options: { readonly source: string; readonly strict: boolean; readonly prefix?: string }): Promise<OutputFile> {
  const { fitModels } = await import("../compile.js");
  const shapes = new Map(models.flatMap(({ parameters }) => parameters.map(({ name, shape }) => [name, shape] as const)));
  const tensors = [...fitModels(models, bytes, options)].map(([name, data]) => [name, { dtype: "F32" as const, shape: shapes.get(name) ?? [data.length], data }] as const);
  return { path: `${(module?.path ?? "weights").replace(/\.m?js$/, "")}.safetensors`, text: "", bytes: writeSafetensors(new Map(tensors)) };
}
