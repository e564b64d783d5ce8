/** How far outputs are from float32 where weights are quantised: measured on the caller's sample, and put into the report. */
import type { ModelReport, QuantisationError, QuantisationSample } from "../compile.js";
import { fail } from "../support/diagnostics.js";
import type { ModelOptions, TargetOptions } from "./options.js";
import type { CommandIo } from "./io.js";
import { type CommandCompilation, compileForCommand } from "./reading.js";
import { asUsage } from "./usage.js";

/** The compilation with the error of its one model in the report. What was asked for beside quantising does not change it. */
export async function withMeasuredError(compilation: CommandCompilation, file: string, options: ModelOptions & TargetOptions, io: CommandIo, sampleOf: (model: ModelReport) => Promise<QuantisationSample>): Promise<CommandCompilation> {
  const { report } = compilation;
  const [model] = report.models;
  if (model?.quantisation === undefined || options.quantize === undefined) return compilation;
  if (report.models.length > 1) fail("GF8005", `${file} has ${report.models.length} models: ${report.models.map(({ name }) => name).join(", ")}`, { help: "say with --models whose inputs the sample holds" });
  const { measureQuantisation } = await import("../compile.js");
  const sample = await sampleOf(model);
  const plain = { target: "wasm", relaxedSimd: false } as const;
  const float32 = await compileForCommand(file, options, io, plain);
  const quantised = await compileForCommand(file, options, io, { ...plain, quantize: options.quantize, keep: options.keep ?? [] });
  const error = await asUsage(() => measureQuantisation({ float32, quantised }, sample));
  return { ...compilation, report: { ...report, models: [{ ...model, quantisation: { ...model.quantisation, error } }] } };
}

/** A line for each model: what became integers, and what that costs where it was measured. */
export function quantisationText({ quantisation }: ModelReport): string {
  if (quantisation === undefined) return "";
  const { weights, parameters, error } = quantisation;
  const count = parameters.filter(({ quantised }) => quantised).length;
  return `, ${count} of ${parameters.length} parameters ${weights}${(error ?? []).map((each) => `\n  ${errorText(each)}`).join("")}`;
}

export function errorText({ output, largest, typical, outputSize, differing }: QuantisationError): string {
  const percent = (share: number): string => `${(100 * share).toPrecision(2)}%`;
  if (differing !== undefined) return `${output}: ${percent(differing)} differ from float32`;
  return `${output}: off from float32 by ${largest.toPrecision(2)} at most, ${typical.toPrecision(2)} typically${outputSize === 0 ? "" : `, ${percent(typical / outputSize)} of its size`}`;
}
