/** The inputs of `gatefold run`: of files and options, and how outputs are printed. */
import { constants } from "node:buffer";
import { fail } from "../support/diagnostics.js";
import { readBytes } from "./files.js";
import type { CommandIo } from "./io.js";
import type { RunCommandOptions } from "./options.js";

export type Inputs = Readonly<Record<string, unknown>>;

/** The inputs of one example, or, where the file holds several, of each. Those that are given by themselves are everyone's. */
export async function readInputs({ input, inputs }: Pick<RunCommandOptions, "input" | "inputs">, io: CommandIo): Promise<Inputs | readonly Inputs[]> {
  const value = inputs === undefined ? {} : await readJson(inputs, io);
  const single: [string, unknown][] = [];
  for (const [name, given] of Object.entries(input)) single.push([name, "file" in given ? await readJson(given.file, io) : given.value]);
  const example = (each: unknown): Inputs => {
    if (typeof each !== "object" || each === null || Array.isArray(each)) return fail("GF8006", `${inputs ?? ""} holds no JSON object of inputs by name`, { help: 'such as {"xs": [[1, 2], [3, 4]]}, or an array of such objects for a batch' });
    // Put together from entries: a name may be any string, "__proto__" too.
    return Object.fromEntries([...Object.entries(each), ...single]);
  };
  return Array.isArray(value) ? value.map(example) : example(value);
}

async function readJson(file: string, io: CommandIo): Promise<unknown> {
  const text = new TextDecoder().decode(await readBytes(file, io.cwd, constants.MAX_STRING_LENGTH));
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    return fail("GF8006", `${file} is no JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`, { help: "write numbers, arrays of numbers, or arrays of rows" });
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
