/**
 * The whole module: the runtime, the functions of every model, what it says of inputs, outputs and parameters, and `load`.
 * The text depends on nothing but the programs and the options.
 */
import { staticElements } from "../../ir/graph/length.js";
import type { Instruction, Program } from "../../ir/program/program.js";
import { runtimeNames, type HelperName } from "../../runtime/helpers.js";
import { inputsText } from "../../runtime/inputs.js";
import { modelText } from "../../runtime/model.js";
import { paddedText } from "../../runtime/padded.js";
import { describeText } from "../../runtime/describe.js";
import { examplesText, statesText } from "../../runtime/examples.js";
import { feedText } from "../../runtime/feed.js";
import { streamText } from "../../runtime/stream.js";
import { weightMemoryText, weightSetText } from "../../runtime/weight-memory.js";
import { declarationExtension, moduleFormat } from "../module-files.js";
import type { TargetResult, TargetUnit } from "../target.js";
import { declarations } from "../declarations.js";
import { helperText } from "../helper-text.js";
import { WeightsLayout } from "./layout.js";
import { emitModel, type ModelContext, type ModelText } from "./model.js";
import { commentText, Names, propertyKey, stringLiteral } from "../names.js";
import { featuresOf } from "../features.js";
import { placeHelpers } from "../place-text.js";
import { layoutPrepared } from "../prepare.js";
import { ordersText, runtimeTexts, weightsReader } from "../runtime-text.js";
import { programKernels } from "../../ir/program/traverse.js";
import { emitRunFunction, type RunFunctionRequest } from "./run-function.js";
import { defined } from "../../support/invariant.js";

export function emitJs(unit: TargetUnit): TargetResult {
  const { moduleName, extension = "js" } = unit;
  const types = `${moduleName}.${declarationExtension[extension]}`;
  const text = new ModuleEmitter(unit, types).emit();
  return {
    files: [
      { path: `${moduleName}.${extension}`, text },
      { path: types, text: declarations(unit) },
    ],
    code: () => text,
  };
}

/** One program of the module, of a model's run or of its stream. */
interface Part {
  readonly program: Program;
  /** Everything that runs after the weights were loaded. */
  readonly body: readonly Instruction[];
}

class ModuleEmitter {
  readonly #unit: TargetUnit;
  readonly #types: string;
  readonly #names = new Names();
  readonly #weights: WeightsLayout;
  readonly #parts: readonly Part[];
  readonly #helpers = new Set<HelperName>();

  /** @param types the file of the module's types, beside it */
  constructor(unit: TargetUnit, types: string) {
    this.#unit = unit;
    this.#types = types;
    for (const name of runtimeNames) this.#names.fresh(name, name);
    const programs = unit.models.flatMap(({ program, stream }) => ("program" in stream ? [program, stream.program] : [program]));
    this.#parts = programs.map((program) => ({ program, body: wholeBody(program) }));
    this.#weights = new WeightsLayout(this.#names, this.#parts.flatMap(({ body }) => programKernels(body)));
  }

  emit(): string {
    const { models, stamp, moduleName } = this.#unit;
    this.#weights.addParameters(this.#parts);
    const prepare = this.#prepare();
    const context: ModelContext = {
      names: this.#names,
      batch: this.#unit.batch,
      weightPlace: (buffer) => defined(this.#weights.place(buffer), `the place of ${buffer.name}`),
      runFunction: (request) => this.#function(request),
    };
    const made = models.map((model) => emitModel(model, context));
    const header = [
      // TypeScript finds the types by their name; Deno has to be told.
      `// @ts-self-types="./${this.#types}"`,
      `// ${commentText(`${moduleName}: made by ${stamp.generator} ${stamp.version}. Do not edit.`)}`,
      `export const stamp = Object.freeze({ format: ${moduleFormat}, generator: ${stringLiteral(stamp.generator)}, version: ${stringLiteral(stamp.version)} });`,
    ];
    const texts = made.map(({ text }) => text);
    const features = featuresOf(this.#unit, texts);
    const runtime = runtimeTexts([
      helperText(this.#helpers), ...placeHelpers(texts), inputsText, examplesText, `${modelText}\n${describeText}`, ...(this.#unit.layout === undefined ? [] : [paddedText]),
      ...(features.has("streams") ? [statesText, `${streamText}\n${feedText}`] : []), ...weightsReader(this.#unit), weightMemoryText,
    ], features);
    return [
      `${header.join("\n")}\n`, ...runtime, this.#weights.text, weightSetText, this.#parameters(), prepare,
      ...texts, this.#load(made),
    ].join("\n");
  }

  #function(request: Omit<RunFunctionRequest, "names">): string {
    const made = emitRunFunction({ ...request, names: this.#names });
    for (const helper of made.helpers) this.#helpers.add(helper);
    return made.text;
  }

  #prepare(): string {
    const { left, made } = layoutPrepared(this.#parts.map(({ program, body }) => ({ parameters: program.parameters, prepare: program.prepare, body })), this.#weights);
    const scratch = made.flatMap((buffer) => {
      const place = this.#weights.place(buffer);
      return place?.kind === "argument" ? [{ name: place.text, type: buffer.element === "int32" ? "Int32Array" : "Float64Array", size: staticElements(buffer.shape) ?? 0 }] : [];
    });
    const memory = scratch.map(({ name, type, size }) => `const ${name} = new ${type}(${size});\n`).join("");
    const placement = (buffer: Parameters<WeightsLayout["place"]>[0]) => defined(this.#weights.place(buffer), `the place of ${buffer.name}`);
    const text = this.#function({ instructions: left, placement, name: "prepare", prefix: "prepare", parameters: ["arrays", ...scratch.map(({ name }) => name)], lengths: [], comments: false });
    this.#scratch = { memory, names: scratch.map(({ name }) => name) };
    return text;
  }

  /** Arrays that live only while weights are prepared. */
  #scratch: { readonly memory: string; readonly names: readonly string[] } = { memory: "", names: [] };

  #parameters(): string {
    const lines = this.#weights.parameters.map(({ parameter }) => `  ${propertyKey(parameter.name)}: [${parameter.shape.join(", ")}],`);
    const used = new Set(this.#weights.parameters.map(({ parameter }) => parameter.name));
    const unused = new Set(this.#unit.models.flatMap(({ unusedParameters = [] }) => unusedParameters.filter((name) => !used.has(name))));
    const text = ["/** The shapes of the weights, by name. */", "export const parameters = {", ...lines, "};", `const unusedWeights = [${[...unused].map(stringLiteral).join(", ")}];`];
    return `${text.join("\n")}\n`;
  }

  #load(models: readonly ModelText[]): string {
    const { embeddedWeights } = this.#unit;
    const copies = this.#weights.parameters.flatMap(({ parameter, place }) => (place.kind === "constant" ? place.names.map((name) => `  ${name}.set(arrays[${stringLiteral(parameter.name)}]);`) : []));
    const [only] = models;
    const { layout } = this.#unit;
    const orders = layout === undefined ? "" : ordersText(layout);
    const made = (definition: string) => (layout === undefined ? `new Model(${definition}, set)` : `new PaddedModel(${orders}, ${definition}, set)`);
    const result =
      models.length === 1 && only !== undefined
        ? [`  return ${made(only.definition)};`]
        : ["  return {", ...models.map(({ name, definition }) => `    ${propertyKey(name)}: ${made(definition)},`), "  };"];
    return `${[
      ...(embeddedWeights === undefined ? [] : [`const embeddedWeights = ${stringLiteral(embeddedWeights)};`, ""]),
      `export function load(weights${embeddedWeights !== undefined ? " = unpackWeights(embeddedWeights, parameters)" : this.#weights.parameters.length === 0 ? " = {}" : ""}, options) {`,
      "  const arrays = readWeights(weights, parameters, unusedWeights, options);",
      "  const set = new WeightSet();",
      "  set.activate();",
      ...copies,
      ...this.#scratch.memory.split("\n").filter((line) => line !== "").map((line) => `  ${line}`),
      `  prepare(${["arrays", ...this.#scratch.names].join(", ")});`,
      ...result,
      "}",
    ].join("\n")}\n`;
  }
}

/** Everything that runs after the weights were loaded. */
function wholeBody(program: Program): readonly Instruction[] {
  const fallbacks = program.inputs.flatMap(({ fallback }) => fallback ?? []);
  return [...fallbacks.map((kernel): Instruction => ({ op: "kernel", kernel })), ...program.body];
}
