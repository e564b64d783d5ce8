/**
 * The module for GPUs: kernels of gpu.js as strings, which no minifier can break, and a host that dispatches them. Its one
 * dependency is gpu.js; it takes and gives what every module of Gatefold does, in promises.
 */
import type { Kernel } from "../../ir/kernel/kernel.js";
import type { Loop } from "../../ir/program/program.js";
import { runtimeNames } from "../../runtime/helpers.js";
import { inputsText } from "../../runtime/inputs.js";
import { describeText } from "../../runtime/describe.js";
import { examplesText, statesText } from "../../runtime/examples.js";
import { deviceText } from "../../runtime/gpu/device.js";
import { joinText } from "../../runtime/gpu/join.js";
import { machineText } from "../../runtime/gpu/machine.js";
import { gpuBatchText } from "../../runtime/gpu/batch.js";
import { gpuModelText } from "../../runtime/gpu/model.js";
import { gpuRuntimeNames } from "../../runtime/gpu/names.js";
import { gpuStreamText } from "../../runtime/gpu/stream.js";
import { membersText } from "../../runtime/members.js";
import { promisedPaddedText } from "../../runtime/padded.js";
import { declarations } from "../declarations.js";
import { featuresOf } from "../features.js";
import { helperText } from "../helper-text.js";
import { ordersText, runtimeTexts, weightsReader } from "../runtime-text.js";
import { commentText, Names, propertyKey, stringLiteral } from "../names.js";
import { declarationExtension } from "../module-files.js";
import type { TargetResult, TargetUnit } from "../target.js";
import { gpuCallStyle } from "./call-style.js";
import { gpuLimits, type GpuLimits } from "./limits.js";
import { emitModel, type ModelText } from "./model.js";
import type { Collect } from "./plan.js";

/** The version of the form of generated modules: of what `load` takes and gives. */
export const gpuModuleFormat = 1;

export interface GpuOptions {
  /** What the passes left of kernels that only move rows. */
  readonly collected: (kernel: Kernel, loop: Loop | undefined) => { readonly row: Collect["row"]; readonly rows: Collect["into"] } | undefined;
  readonly limits?: GpuLimits;
}

export function emitGpu(unit: TargetUnit, options: GpuOptions): TargetResult {
  const { moduleName, extension = "js" } = unit;
  const types = `${moduleName}.${declarationExtension[extension]}`;
  const text = emitModule(unit, types, options);
  return {
    code: () => text,
    files: [
      { path: `${moduleName}.${extension}`, text },
      { path: types, text: declarations(unit, { calls: gpuCallStyle }) },
    ],
  };
}

function emitModule(unit: TargetUnit, types: string, { collected, limits = gpuLimits }: GpuOptions): string {
  const { models, stamp, moduleName, batch } = unit;
  const names = new Names();
  for (const name of [...runtimeNames, ...gpuRuntimeNames]) names.fresh(name, name);
  const made = models.map((model) => emitModel(model, { names, limits, collected, batch }));
  const draws = made.some(({ text }) => text.includes("drawBegin("));
  const features = featuresOf(unit, []);
  const header = [
    // TypeScript finds the types by their name; Deno has to be told.
    `// @ts-self-types="./${types}"`,
    `// ${commentText(`${moduleName}: made by ${stamp.generator} ${stamp.version}. Do not edit.`)}`,
    `import { GPU, Input, input } from "gpu.js";`,
    "",
    `export const stamp = Object.freeze({ format: ${gpuModuleFormat}, generator: ${stringLiteral(stamp.generator)}, version: ${stringLiteral(stamp.version)}, target: "gpu" });`,
  ];
  const runtime = runtimeTexts([
    helperText(draws ? ["draw"] : []), inputsText, examplesText, deviceText, joinText, machineText, `${gpuModelText}\n${describeText}`,
    ...(features.has("batches") ? [membersText, gpuBatchText] : []), ...(unit.layout === undefined ? [] : [promisedPaddedText]),
    ...(features.has("streams") ? [statesText, gpuStreamText] : []), ...weightsReader(unit),
  ], features);
  return [`${header.join("\n")}\n`, ...runtime, parametersText(unit), ...made.map(({ text }) => text), loadText(unit, made)].join("\n");
}

function parametersText({ models }: TargetUnit): string {
  const parameters = new Map(models.flatMap(({ program, stream }) => [...program.parameters, ...("program" in stream ? stream.program.parameters : [])].map(({ name, shape }) => [name, shape])));
  const lines = [...parameters].map(([name, shape]) => `  ${propertyKey(name)}: [${shape.join(", ")}],`);
  const unused = new Set(models.flatMap(({ unusedParameters = [] }) => unusedParameters.filter((name) => !parameters.has(name))));
  return `${["/** The shapes of the weights, by name. */", "export const parameters = {", ...lines, "};", `const unusedWeights = [${[...unused].map(stringLiteral).join(", ")}];`].join("\n")}\n`;
}

function loadText({ embeddedWeights, layout, models: given }: TargetUnit, models: readonly ModelText[]): string {
  const [only] = models;
  const result = models.length === 1 && only !== undefined ? [`  return loader.model(${only.definition}, make);`] : ["  return {", ...models.map(({ name, definition }) => `    ${propertyKey(name)}: await loader.model(${definition}, make),`), "  };"];
  const made = layout === undefined ? "new Model(...parts)" : `new PaddedModel(${ordersText(layout)}, ...parts)`;
  const byDefault = embeddedWeights !== undefined ? " = unpackWeights(embeddedWeights, parameters)" : given.every(({ program }) => program.parameters.length === 0) ? " = {}" : "";
  const embedded = embeddedWeights === undefined ? [] : [`const embeddedWeights = ${stringLiteral(embeddedWeights)};`, ""];
  return `${[...embedded, `export async function load(weights${byDefault}, options) {`, "  const loader = new Loader(readWeights(weights, parameters, unusedWeights, options), options);", `  const make = (...parts) => ${made};`, ...result, "}"].join("\n")}\n`;
}
