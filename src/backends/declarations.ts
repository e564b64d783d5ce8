/**
 * The `.d.ts` beside the module: exact types of inputs and outputs, shapes as comments.
 */
import { typeText, type ValueType } from "../ir/graph/types.js";
import { lengthText } from "../ir/graph/length.js";
import type { ProgramInput, ProgramOutput } from "../ir/program/program.js";
import type { BatchLayout, TargetModel, TargetUnit, WeightsForm } from "./target.js";
import { commentText, Names, propertyKey } from "./names.js";
import { valueSizes } from "./sizes.js";

const common = `
/** Numbers, flat and row-major. */
export type Flat = readonly number[] | Float32Array | Float64Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;
/** A sequence: flat, or an array of rows. */
export type Rows = Flat | readonly Rows[];

export interface RunOptions {
  /** A whole number from 0 to 2^53-1; the same seed draws the same numbers. Default: 0. */
  readonly seed?: number;
  /** Lengths that the inputs don't tell. */
  readonly lengths?: Readonly<Record<string, number>>;
}

/** An array holds what is given to each member. With one seed, member i has seed + i. */
export interface BatchOptions {
  readonly seed?: number | readonly number[];
  readonly lengths?: Readonly<Record<string, number>> | readonly Readonly<Record<string, number>>[];
}

export interface ValueDescription {
  /** The named dimensions, outermost first; the vector's sizes follow in \`shape\`. */
  readonly dims: readonly string[];
  readonly shape: readonly (number | string)[];
  readonly element: "float32" | "int32";
  readonly classes?: number;
  readonly optional?: true;
}

WEIGHTS

export interface LoadOptions {
  /** Whether weights that this module does not have are an error, as those that are missing are. Default: true. */
  readonly strict?: boolean;
}

/** What made this module, and the version of its form. */
export declare const stamp: { readonly format: number; readonly generator: string; readonly version: string };
`.trimStart();

const numbersByName = "Readonly<Record<string, Float32Array | Float64Array | readonly number[]>> | ReadonlyMap<string, Float32Array>";

/** What `load` takes. */
const weightTypes: { readonly [F in WeightsForm]: string } = {
  safetensors: `/** Float32Arrays by name, or the bytes of a safetensors file; its F64, F32, F16 and BF16 tensors are read. */\nexport type Weights = ${numbersByName} | Uint8Array | ArrayBuffer;`,
  float32: `/** Float32Arrays by name, or the bytes of a safetensors file; its F32 tensors are read. */\nexport type Weights = ${numbersByName} | Uint8Array | ArrayBuffer;`,
  arrays: `/** Float32Arrays by name. */\nexport type Weights = ${numbersByName};`,
};

const padding = `
export interface PaddedOptions {
  readonly seed?: number | readonly number[];
  /** How many members there are, where neither lengths nor inputs tell. */
  readonly batch?: number;
  /** How long each member is along a dimension, or all are; without it as long as the arrays. */
  readonly lengths?: Readonly<Record<string, number | readonly number[]>>;
}

/** Flat and row-major; zero behind the end of a member. */
export interface Padded<A extends Float32Array | Int32Array> {
  readonly data: A;
  readonly shape: readonly number[];
}
`.trimStart();

const streaming = `
/** What a stream carries from step to step, as copies. */
export interface StreamState {
  /** How many steps were run. */
  readonly position: number;
  readonly arrays: Readonly<Record<string, Float32Array | Int32Array>>;
}
`.trimStart();

export interface DeclarationOptions {
  /** Whether the module can also be loaded without blocking, and chooses between bodies of code. */
  readonly asynchronous?: boolean;
  readonly calls?: CallStyle;
}

/** How a module is called: whether calls give promises, and what only it declares. */
export interface CallStyle {
  readonly promises: boolean;
  /** Declarations that only this target has. */
  readonly common: string;
  /** Members of a model and of a stream that only this target has. */
  readonly members: readonly string[];
  readonly streamMembers: readonly string[];
  /** What is said of the values that a step gives. */
  readonly stepResult: string;
}

/** Calls that give their values at once, in memory of the module's own. */
const atOnce: CallStyle = {
  promises: false,
  common: "",
  members: [],
  streamMembers: [],
  stepResult: "The next step. What it gives are views, which the next step of any stream of this model overwrites.",
};

/** More of what the module's own declarations say. */
const loadOptions = `
export interface LoadOptions {
  /** False: without relaxed SIMD, also where the engine has it, so that all engines compute the same numbers. */
  readonly relaxedSimd?: boolean;
}
`.trimStart();

export function declarations(unit: TargetUnit, { asynchronous = false, calls = atOnce }: DeclarationOptions = {}): string {
  const later = (type: string): string => (calls.promises ? `Promise<${type}>` : type);
  const names = new Names();
  for (const name of "Flat Rows Padded PaddedOptions RunOptions BatchOptions ValueDescription Weights LoadOptions StreamState Models stamp parameters load".split(" ")) names.fresh(name, name);
  const lines: string[] = [];
  const made = unit.models.map((model) => ({ model, type: declareModel(model, names, lines, unit, calls) }));
  const parameters = new Map(unit.models.flatMap(({ program }) => program.parameters.map(({ name, shape }) => [name, shape])));
  lines.push("/** The shapes of the weights, by name. */", "export declare const parameters: {");
  for (const [name, shape] of parameters) lines.push(`  readonly ${propertyKey(name)}: readonly [${shape.join(", ")}];`);
  lines.push("};", "");
  const [only] = made;
  const laterText = unit.wasm === "beside"
    ? "/** The same without blocking. Where files are fetched, as in browsers, only this can load: the code is a file beside the module. */"
    : "/** The same without blocking: browsers refuse to compile larger modules on the main thread of a page while it waits. */";
  const brings = unit.embeddedWeights !== undefined || unit.weightsToQuantise !== undefined;
  const given = brings || parameters.size === 0 ? "?" : "";
  const brought = !brings ? "" : " Without weights it takes those that this module brings along.";
  if (made.length === 1 && only !== undefined) {
    lines.push(`/** Makes the model. Throws one Error that lists everything wrong with the weights.${brought} */`, `export declare function load(weights${given}: Weights, options?: LoadOptions): ${later(only.type)};`);
    if (asynchronous) lines.push("", laterText, `export declare function loadAsync(weights${given}: Weights, options?: LoadOptions): Promise<${only.type}>;`);
  } else {
    lines.push("export interface Models {", ...made.map(({ model, type }) => `  readonly ${propertyKey(model.name)}: ${type};`), "}", "");
    lines.push(`/** Makes the models, which share their weights. Throws one Error that lists everything wrong with the weights.${brought} */`, `export declare function load(weights${given}: Weights, options?: LoadOptions): ${later("Models")};`);
    if (asynchronous) lines.push("", laterText, `export declare function loadAsync(weights${given}: Weights, options?: LoadOptions): Promise<Models>;`);
  }
  const streams = unit.models.some(({ stream }) => "program" in stream);
  return [`// ${commentText(`${unit.moduleName}: made by ${unit.stamp.generator} ${unit.stamp.version}. Do not edit.`)}\n`, common.replace("WEIGHTS", weightTypes[unit.weightsForm ?? "safetensors"]), ...(unit.layout === undefined ? [] : [padding]), ...(streams ? [streaming] : []), ...(asynchronous ? [loadOptions] : []), ...(calls.common === "" ? [] : [calls.common]), `${lines.join("\n")}\n`].join("\n");
}

/** Writes the interfaces of one model; gives the name of the model's own. */
function declareModel(target: TargetModel, names: Names, lines: string[], { batch, layout }: TargetUnit, calls: CallStyle): string {
  const later = (type: string): string => (calls.promises ? `Promise<${type}>` : type);
  const { name, program, stream, doc } = target;
  const base = name.slice(0, 1).toUpperCase() + name.slice(1);
  const type = (part: string): string => names.fresh(`${base}${part}`, part);
  const record = (part: string, fields: readonly string[]): string => {
    const interfaceName = type(part);
    lines.push(...(fields.length === 0 ? [`export type ${interfaceName} = Readonly<Record<never, never>>;`, ""] : [`export interface ${interfaceName} {`, ...fields, "}", ""]));
    return interfaceName;
  };
  const inputs = record("Inputs", program.inputs.flatMap(inputField));
  const outputs = record("Outputs", program.outputs.flatMap(outputField));
  const members = [
    "  readonly name: string;",
    ...(batch === undefined
      ? [
          "  /** A batch: each member has its own lengths and gives what it gives alone. */",
          `  run(inputs: readonly ${inputs}[], options?: BatchOptions): ${later(`${outputs}[]`)};`,
          // Of a call that fits neither, TypeScript explains the last.
          "  /** One sequence. */",
          `  run(inputs: ${inputs}, options?: RunOptions): ${later(outputs)};`,
        ]
      : [
          `  /** A batch of ${batch}: each member has its own lengths and gives what it gives alone. */`,
          `  run(inputs: readonly ${inputs}[], options?: BatchOptions): ${later(`${outputs}[] & { readonly length: ${batch} }`)};`,
        ]),
  ];
  if (layout !== undefined) {
    const paddedInputs = record("PaddedInputs", program.inputs.map((input) => `  /** ${layoutText(input, layout)} */\n  readonly ${propertyKey(input.name)}${input.fallback === undefined ? "" : "?"}: Flat;`));
    const paddedOutputs = record("PaddedOutputs", program.outputs.map((output) => `  /** ${layoutText(output, layout)} */\n  readonly ${propertyKey(output.name)}: Padded<${output.type.kind === "real" ? "Float32Array" : "Int32Array"}>;`));
    members.push("  /** A batch in flat arrays, padded where members are shorter; each array's layout stands at its name. */", `  runPadded(inputs: ${paddedInputs}, options?: PaddedOptions): ${later(paddedOutputs)};`);
  }
  if ("program" in stream) {
    const isStep = ({ name: each }: ProgramInput): boolean => stream.stepInputs.includes(each);
    const start = stream.program.inputs.filter((input) => !isStep(input));
    const startInputs = record("StartInputs", start.flatMap(inputField));
    const stepInputs = record("StepInputs", stream.program.inputs.filter(isStep).flatMap(inputField));
    const stepOutputs = record("StepOutputs", stream.program.outputs.flatMap(outputField));
    const streamType = type("Stream");
    lines.push(
      `export interface ${streamType} {`,
      `  /** ${calls.stepResult} */`,
      `  step(inputs${stream.stepInputs.length === 0 ? "?" : ""}: ${stepInputs}): ${later(stepOutputs)};`,
      "  /** How many steps were run. */",
      "  readonly position: number;",
      `  state(): ${later("StreamState")};`,
      `  setState(state: StreamState): ${later("void")};`,
      "  /** Back to the start. */",
      `  reset(): ${later("void")};`,
      ...calls.streamMembers,
      "}", "",
    );
    const optional = start.every(({ fallback }) => fallback !== undefined) ? "?" : "";
    members.push("  /** The model step by step, its state kept inside. */", `  stream(inputs${optional}: ${startInputs}, options?: RunOptions): ${later(streamType)};`);
  } else {
    members.push(`  /** Throws: ${commentText(stream.reasons.join("; "))} */`, "  stream(): never;");
  }
  members.push("  readonly inputs: Readonly<Record<string, ValueDescription>>;", "  readonly outputs: Readonly<Record<string, ValueDescription>>;");
  members.push(...calls.members);
  const model = type("Model");
  if (doc !== undefined) lines.push("/**", ...doc.split(/\r\n|\r|\n/).map((line) => ` * ${commentText(line)}`.trimEnd()), " */");
  lines.push(`export interface ${model} {`, ...members, "}", "");
  return model;
}

function inputField({ name, type, classes, fallback }: ProgramInput): string[] {
  const range = type.kind === "condition" ? ", 0 or 1" : classes === undefined ? "" : `, from 0 to ${classes - 1}`;
  const single = type.dims.length === 0 && type.shape.every((size) => size === 1);
  const given = single ? `${type.kind === "condition" ? "boolean | " : ""}number | Flat` : "Rows";
  return [`  /** ${commentText(`${typeText(type)}${range}`)} */`, `  readonly ${propertyKey(name)}${fallback === undefined ? "" : "?"}: ${given};`];
}

function outputField({ name, type }: ProgramOutput): string[] {
  return [`  /** ${describe(type)} */`, `  readonly ${propertyKey(name)}: ${type.kind === "real" ? "Float32Array" : "Int32Array"};`];
}

/** [batch, time, 8]: the sizes of a batch of such values. */
function layoutText({ name, type }: Pick<ProgramInput, "name" | "type">, { all, of }: BatchLayout): string {
  const axes = valueSizes(type).map((size) => lengthText(size));
  const place = ((Object.hasOwn(of, name) ? of[name] : undefined) ?? all) === "time-first" && type.dims.length > 0 ? 1 : 0;
  return commentText(`[${[...axes.slice(0, place), "batch", ...axes.slice(place)].join(", ")}]`);
}

function describe(type: ValueType): string {
  return commentText(`${typeText(type)}${type.kind === "condition" ? ", 0 or 1" : ""}`);
}
