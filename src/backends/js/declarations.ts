/**
 * The `.d.ts` beside the module: exact types of inputs and outputs, shapes as comments.
 */
import { typeText, type ValueType } from "../../ir/graph/types.js";
import type { TargetModel } from "../target.js";
import { commentText, Names, propertyKey } from "./names.js";
import type { JsUnit } from "./module.js";

const common = `
/** Numbers, flat and row-major. */
export type Flat = readonly number[] | Float32Array | Float64Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;
/** A sequence: flat, or an array of rows. */
export type Rows = Flat | readonly Rows[];

export interface RunOptions {
  /** A whole number from 0 to 2^53-1; the same seed draws the same numbers. In a batch, member i has seed + i, or the i-th of an array. Default: 0. */
  readonly seed?: number;
  /** Lengths that the inputs don't tell. */
  readonly lengths?: Readonly<Record<string, number>>;
}

export interface BatchOptions extends Omit<RunOptions, "seed"> {
  readonly seed?: number | readonly number[];
}

export interface ValueDescription {
  /** The named dimensions, outermost first; the vector's sizes follow in \`shape\`. */
  readonly dims: readonly string[];
  readonly shape: readonly (number | string)[];
  readonly element: "float32" | "int32";
  readonly classes?: number;
  readonly optional?: true;
}

/** Float32Arrays by name, or the bytes of a safetensors file of F32 tensors. */
export type Weights = Readonly<Record<string, Float32Array | Float64Array | readonly number[]>> | ReadonlyMap<string, Float32Array> | Uint8Array | ArrayBuffer;

/** What made this module, and the version of its form. */
export declare const stamp: { readonly format: number; readonly generator: string; readonly version: string };
`.trimStart();

export function declarations(unit: JsUnit): string {
  const names = new Names();
  for (const name of "Flat Rows RunOptions BatchOptions ValueDescription Weights Models".split(" ")) names.fresh(name, name);
  const lines: string[] = [];
  const made = unit.models.map((model) => ({ model, type: model1(model, names, lines) }));
  const parameters = new Map(unit.models.flatMap(({ program }) => program.parameters.map(({ name, shape }) => [name, shape])));
  lines.push("/** The shapes of the weights, by name. */", "export declare const parameters: {");
  for (const [name, shape] of parameters) lines.push(`  readonly ${propertyKey(name)}: readonly [${shape.join(", ")}];`);
  lines.push("};", "");
  const [only] = made;
  if (made.length === 1 && only !== undefined) {
    lines.push("/** Makes the model. Throws one Error that lists everything wrong with the weights. */", `export declare function load(weights: Weights): ${only.type};`);
  } else {
    lines.push("export interface Models {", ...made.map(({ model, type }) => `  readonly ${propertyKey(model.name)}: ${type};`), "}", "");
    lines.push("/** Makes the models, which share their weights. Throws one Error that lists everything wrong with the weights. */", "export declare function load(weights: Weights): Models;");
  }
  return `${common}\n${lines.join("\n")}\n`;
}

function model1({ name, program, doc }: TargetModel, names: Names, lines: string[]): string {
  const base = name.slice(0, 1).toUpperCase() + name.slice(1);
  const type = (part: string): string => names.fresh(`${base}_${part}`.replace("_", ""), part);
  const [inputs, outputs, model] = [type("Inputs"), type("Outputs"), type("Model")];
  const recordOf = <T extends { readonly name: string; readonly type: ValueType }>(values: readonly T[], each: (value: T) => string): string[] =>
    values.flatMap((value) => [`  /** ${commentText(`${typeText(value.type)}${describe(value)}`)} */`, `  readonly ${each(value)};`]);
  lines.push(`export interface ${inputs} {`);
  lines.push(...recordOf(program.inputs, (input) => `${propertyKey(input.name)}${input.fallback === undefined ? "" : "?"}: ${input.type.dims.length === 0 && isScalar(input.type) ? "number | Flat" : "Rows"}`));
  lines.push("}", "", `export interface ${outputs} {`);
  lines.push(...recordOf(program.outputs, (output) => `${propertyKey(output.name)}: ${output.type.kind === "real" ? "Float32Array" : "Int32Array"}`));
  lines.push("}", "");
  if (doc !== undefined) lines.push("/**", ...doc.split(/\r\n|\r|\n/).map((line) => ` * ${commentText(line)}`.trimEnd()), " */");
  lines.push(`export interface ${model} {`, "  readonly name: string;");
  lines.push(`  run(inputs: ${inputs}, options?: RunOptions): ${outputs};`);
  lines.push("  /** A batch: each member has its own lengths and gives what it gives alone. */");
  lines.push(`  run(inputs: readonly ${inputs}[], options?: BatchOptions): ${outputs}[];`);
  lines.push("  readonly inputs: Readonly<Record<string, ValueDescription>>;", "  readonly outputs: Readonly<Record<string, ValueDescription>>;", "}", "");
  return model;
}

function isScalar(type: ValueType): boolean {
  return type.shape.every((size) => size === 1);
}

function describe(value: { readonly type: ValueType; readonly classes?: number | undefined }): string {
  if (value.type.kind === "condition") return ", 0 or 1";
  return value.classes === undefined ? "" : `, from 0 to ${value.classes - 1}`;
}
