/**
 * The whole module: the runtime, the functions of every model, what it says of inputs, outputs and parameters, and `load`.
 * The text depends on nothing but the programs and the options.
 */
import { lengthText, staticLength } from "../../ir/graph/length.js";
import { type Kind, type ValueType } from "../../ir/graph/types.js";
import type { Buffer } from "../../ir/kernel/kernel.js";
import type { Instruction, Program, ProgramInput } from "../../ir/program/program.js";
import { helperText, type HelperName } from "../../runtime/helpers.js";
import { inputsText } from "../../runtime/inputs.js";
import { modelText } from "../../runtime/model.js";
import { placeText } from "../../runtime/place.js";
import { weightsText } from "../../runtime/weights.js";
import { defined } from "../../support/invariant.js";
import type { TargetFile, TargetModel, TargetResult, TargetStamp } from "../target.js";
import { declarations } from "./declarations.js";
import { arenaLayout, WeightsLayout, type ArenaLayout } from "./layout.js";
import { commentText, Names, propertyKey, stringLiteral } from "./names.js";
import { layoutPrepared } from "./prepare.js";
import { emitRunFunction, lengthExpression, type BufferPlace, type RunFunctionText } from "./run-function.js";

/** The version of the form of generated modules: of what `load` takes and gives. */
export const moduleFormat = 1;

export interface JsUnit {
  readonly models: readonly TargetModel[];
  /** The name of the module's file, without its ending. */
  readonly moduleName: string;
  readonly stamp: TargetStamp;
}

/** Identifiers that the runtime declares at the top level of the module. */
const runtimeNames =
  "exp tanh sigmoid erf insertTop drawX drawY threefry drawBegin drawMix drawEnd placeSlots readWeights bytesOf namedArrays readSafetensors " +
  "shapeText isList flatten readInputs checkNumbers Model Memory describe checkSeed prepare F I W V R Q o L seed0 seed1 stamp parameters load weights options";

export function emitJs(unit: JsUnit): TargetResult {
  return { files: [{ path: `${unit.moduleName}.js`, text: new ModuleEmitter(unit).emit() }, declarationFile(unit)] };
}

function declarationFile(unit: JsUnit): TargetFile {
  return { path: `${unit.moduleName}.d.ts`, text: declarations(unit) };
}

const runParameters = "F, I, W, V, o, L, seed0, seed1";

class ModuleEmitter {
  readonly #unit: JsUnit;
  readonly #names = new Names();
  readonly #weights = new WeightsLayout();
  readonly #helpers = new Set<HelperName>();

  constructor(unit: JsUnit) {
    this.#unit = unit;
    for (const name of runtimeNames.split(" ")) this.#names.fresh(name, name);
  }

  emit(): string {
    const { models, stamp } = this.#unit;
    const programs = models.map(({ program }) => ({ program, body: wholeBody(program) }));
    this.#weights.addParameters(programs);
    const left = layoutPrepared(programs.map(({ program, body }) => ({ parameters: program.parameters, prepare: program.prepare, body })), this.#weights);
    const prepare = this.#function({ instructions: left, place: (buffer) => this.#weightPlace(buffer), name: "prepare", prefix: "prepare", parameters: "W, V, R, Q", lengths: [] });
    const made = models.map((model) => this.#model(model));
    const header = [
      `// ${commentText(`${this.#unit.moduleName}: made by ${stamp.generator} ${stamp.version}. Do not edit.`)}`,
      `export const stamp = Object.freeze({ format: ${moduleFormat}, generator: ${stringLiteral(stamp.generator)}, version: ${stringLiteral(stamp.version)} });`,
    ].join("\n");
    const runtime = [helperText(this.#helpers), placeText, inputsText, modelText, weightsText].filter((text) => text !== "");
    return [`${header}\n`, ...runtime, this.#parameters(), prepare.text, ...made.map(({ text }) => text), this.#load(made)].join("\n");
  }

  #function(request: Omit<Parameters<typeof emitRunFunction>[0], "names">): RunFunctionText {
    const made = emitRunFunction({ ...request, names: this.#names });
    for (const helper of made.helpers) this.#helpers.add(helper);
    return made;
  }

  #weightPlace(buffer: Buffer): BufferPlace {
    return defined(this.#weights.place(buffer), `the place of ${buffer.name}`);
  }

  #parameters(): string {
    const lines = this.#weights.parameters.map(({ parameter }) => `  ${propertyKey(parameter.name)}: [${parameter.shape.join(", ")}],`);
    return `${["/** The shapes of the weights, by name. */", "export const parameters = {", ...lines, "};"].join("\n")}\n`;
  }

  #model(model: TargetModel): { readonly definition: string; readonly name: string; readonly text: string } {
    const { program } = model;
    const arena = arenaLayout(program);
    const place = (buffer: Buffer): BufferPlace => arena.places.get(buffer) ?? this.#weightPlace(buffer);
    const prefix = this.#names.fresh(model.name, "model");
    const common = { place, prefix, parameters: runParameters, lengths: program.lengths };
    const texts: string[] = [];
    const fallbacks = program.inputs.map((input) => {
      if (input.fallback === undefined) return undefined;
      const name = this.#names.fresh(`${prefix}_default_${input.name}`, "fallback");
      texts.push(this.#function({ ...common, instructions: input.fallback.map((kernel): Instruction => ({ op: "kernel", kernel })), name }).text);
      return name;
    });
    const run = this.#names.fresh(`${prefix}_run`, "run");
    texts.push(this.#function({ ...common, instructions: program.body, name: run }).text);
    const definition = this.#names.fresh(`${prefix}_definition`, "definition");
    texts.push(this.#definition(definition, model, arena, run, fallbacks));
    return { definition, name: model.name, text: texts.join("\n") };
  }

  #definition(name: string, { program, name: modelName }: TargetModel, arena: ArenaLayout, run: string, fallbacks: readonly (string | undefined)[]): string {
    const where = (buffer: Buffer): string => {
      const place = defined(arena.places.get(buffer), `the place of ${buffer.name}`);
      return place.slot === undefined ? `offset: ${place.offset ?? 0}` : `slot: ${place.slot}`;
    };
    const sizes = arena.slots.map(({ shape }) => shape.map((size) => lengthExpression(size, program.lengths)).join(" * ") || "1");
    const placing =
      arena.size === undefined
        ? `place: (L, o) => placeSlots([${sizes.join(", ")}], [${arena.slots.map(({ from }) => from).join(", ")}], [${arena.slots.map(({ to }) => to).join(", ")}], o),`
        : `place: () => ${arena.size},`;
    const inputs = program.inputs.map((input, i) => {
      const extra = [input.classes === undefined ? "" : `, classes: ${input.classes}`, fallbacks[i] === undefined ? "" : `, optional: true, fallback: ${fallbacks[i] ?? ""}`];
      return `    { name: ${stringLiteral(input.name)}, ${this.#value(input, program, true)}, ${where(input.buffer)}${extra.join("")} },`;
    });
    const outputs = program.outputs.map((output) => `    { name: ${stringLiteral(output.name)}, ${this.#value(output, program, false)}, ${where(output.buffer)} },`);
    return `${[
      `const ${name} = {`,
      `  name: ${stringLiteral(modelName)},`,
      `  lengths: [${program.lengths.map(stringLiteral).join(", ")}],`,
      "  inputs: [", ...inputs, "  ],",
      "  outputs: [", ...outputs, "  ],",
      `  ${placing}`,
      `  run: ${run},`,
      "};",
    ].join("\n")}\n`;
  }

  /** @param inferred whether a size may be learned from what the caller gives; then a free length stands there by name */
  #value({ type, buffer }: Pick<ProgramInput, "type" | "buffer">, program: Program, inferred: boolean): string {
    const sizes = valueSizes(type).map((size) => {
      const n = staticLength(size);
      if (n !== undefined) return String(n);
      const [term] = size.terms;
      const bare = size.constant === 0 && size.terms.length === 1 && term?.coefficient === 1 && term.atom.kind === "free" ? term.atom.name : undefined;
      return bare === undefined || !inferred ? `(L) => ${lengthExpression(size, program.lengths)}` : stringLiteral(bare);
    });
    const shape = valueSizes(type).map((size) => staticLength(size) ?? stringLiteral(lengthText(size)));
    const dims = type.dims.map(({ name }) => stringLiteral(name));
    return `element: ${stringLiteral(buffer.element)}, dims: [${dims.join(", ")}], shape: [${shape.join(", ")}], sizes: [${sizes.join(", ")}]`;
  }

  #load(models: readonly { readonly definition: string; readonly name: string }[]): string {
    const copies = this.#weights.parameters.map(({ parameter, place }) => `  ${place.block === "weights" ? "W" : "R"}.set(arrays[${stringLiteral(parameter.name)}], ${place.offset ?? 0});`);
    const [only] = models;
    const result =
      models.length === 1 && only !== undefined
        ? [`  return new Model(${only.definition}, W, V);`]
        : ["  return {", ...models.map(({ name, definition }) => `    ${propertyKey(name)}: new Model(${definition}, W, V),`), "  };"];
    return `${[
      "export function load(weights) {",
      "  const arrays = readWeights(weights, parameters);",
      `  const W = new Float32Array(${this.#weights.size("weights")}), V = new Int32Array(W.buffer);`,
      `  const R = new Float32Array(${this.#weights.size("scratch")}), Q = new Int32Array(R.buffer);`,
      ...copies,
      "  prepare(W, V, R, Q);",
      ...result,
      "}",
    ].join("\n")}\n`;
  }
}

/** The sizes of a value as a caller sees them: a scalar has no axis of its own. */
export function valueSizes(type: ValueType): readonly import("../../ir/graph/length.js").Length[] {
  const shape = type.shape.length === 1 && type.shape[0] === 1 ? [] : type.shape;
  return [...type.dims.map((dim) => dim.length), ...shape.map((constant) => ({ constant, terms: [] }))];
}

export function kindElement(kind: Kind): Buffer["element"] {
  return kind === "real" ? "float32" : "int32";
}

/** Everything that runs after the weights were loaded. */
function wholeBody(program: Program): readonly Instruction[] {
  const fallbacks = program.inputs.flatMap(({ fallback }) => fallback ?? []);
  return [...fallbacks.map((kernel): Instruction => ({ op: "kernel", kernel })), ...program.body];
}
