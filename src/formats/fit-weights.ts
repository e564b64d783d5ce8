/**
 * Holds weights against the parameters of a model: what is missing, what no model has, and what has another shape, all of it
 * at once. What fits comes back as single-precision floats.
 */
import { DiagnosticError, error, fail, type Diagnostic } from "../support/diagnostics.js";
import { nearest } from "../support/nearest.js";
import { shown } from "../support/shown.js";
import { elementCount } from "./safetensors-format.js";
import { readSafetensors } from "./safetensors-read.js";
import { tensorAsFloat32 } from "./safetensors-values.js";

export interface ExpectedParameter {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The bytes of a safetensors file, or numbers by name, flat and row-major. */
export type GivenWeights = Uint8Array | Readonly<Record<string, ArrayLike<number>>>;

export interface FitOptions {
  /** How messages call what was given. */
  readonly source?: string;
  /** What names begin with that belong to no parameter: it is left out of them. */
  readonly prefix?: string;
  /** Names that may be there and are not needed. */
  readonly unused?: readonly string[];
  /** Whether anything else may not be there; true where it is not said. */
  readonly strict?: boolean;
}

/** Callers in JavaScript have no types that would tell a path from what the file holds. @param what was given, as messages call it */
export function checkGiven(given: unknown, what: string): void {
  if (given instanceof Uint8Array) return;
  const own = Object.prototype.toString.call(given);
  if (typeof given === "string") fail("GF5009", `${what}: ${shown(given)} is a path, and bytes are wanted`, { help: "read the file: readFileSync(path) in Node, new Uint8Array(await response.arrayBuffer()) of fetch" });
  if (own === "[object ArrayBuffer]") fail("GF5009", `${what}: an ArrayBuffer is no array of bytes`, { help: "make it one: new Uint8Array(buffer)" });
  if (own === "[object Map]") fail("GF5009", `${what}: a Map has no numbers by name`, { help: "make it an object: Object.fromEntries(map)" });
  if (typeof given !== "object" || given === null || Array.isArray(given) || ArrayBuffer.isView(given)) fail("GF5009", `${what}: ${shown(given)} is neither the bytes of a file nor numbers by name`, { help: "give a Uint8Array of a safetensors file, or { NAME: Float32Array }" });
  for (const [name, data] of Object.entries(given)) {
    const flat: unknown = data;
    if (!isNumbers(flat)) fail("GF5009", `${what}: ${JSON.stringify(name)} is ${shown(flat)}, no array of numbers`, { help: "give its numbers flat and row-major, as a Float32Array" });
    const at = Array.isArray(flat) ? flat.findIndex((value) => typeof value !== "number") : -1;
    if (at >= 0) fail("GF5009", `${what}: element ${at} of ${JSON.stringify(name)} is no number`, { help: "give its numbers flat and row-major, as a Float32Array" });
  }
}

/** What can be gone through as numbers; big integers are none. */
function isNumbers(value: unknown): boolean {
  return typeof value === "object" && value !== null && "length" in value && typeof value.length === "number" && !(value instanceof BigInt64Array || value instanceof BigUint64Array);
}

interface Found {
  readonly shape: readonly number[] | undefined;
  read(): Float32Array;
}

/** So many faults of one sort are told one by one. */
const mostTold = 20;

/** @throws DiagnosticError (GF7016, GF7017, GF7018) with everything that does not fit, or with what is wrong with the file */
export function fitWeights(parameters: readonly ExpectedParameter[], given: GivenWeights, { source = "the weights", prefix = "", unused = [], strict = true }: FitOptions = {}): Map<string, Float32Array> {
  checkGiven(given, source);
  const whole = given instanceof Uint8Array ? ofFile(given, source) : ofRecord(given);
  const found = withoutPrefix(prefix, whole);
  const names = new Set([...parameters.map(({ name }) => name), ...unused]);
  const missing = parameters.filter(({ name }) => !found.has(name));
  const unknown = strict ? [...found.keys()].filter((name) => !names.has(name)) : [];
  const left = missing.map(({ name }) => name);

  // Of the names as they are in the file: what was cut off may be a part of it, or of another.
  const common = commonPrefix(left, whole);
  if (common !== undefined && missing.length === parameters.length) fail("GF7016", `the names in ${source} begin with ${JSON.stringify(common)}, and those of the model do not`, { help: `leave it out of them: the option weightsPrefix (--prefix ${common})` });

  const misshapen = parameters.flatMap(({ name, shape }) => {
    const data = found.get(name);
    const has = data?.shape === undefined ? undefined : `[${data.shape.join(", ")}]`;
    if (data === undefined || has === `[${shape.join(", ")}]`) return [];
    const count = data.shape === undefined ? data.read().length : undefined;
    if (count !== undefined && count === elementCount(shape)) return [];
    return [error("GF7018", `${JSON.stringify(name)} ${has === undefined ? `has ${count ?? 0} numbers` : `has the shape ${has}`} in ${source}, the model needs [${shape.join(", ")}]`, { help: "give weights that were trained with the sizes of this model, or compile the model with theirs" })];
  });
  const faults = [
    ...told(missing.map(({ name, shape }) => error("GF7016", `${JSON.stringify(name)} is missing from ${source}; it has the shape [${shape.join(", ")}]`, { help: "give the weights of every parameter; gatefold inspect lists them" })), "are missing"),
    ...told(misshapen, "have another shape"),
    ...told(unknown.map((name) => {
      const close = nearest(name, left) ?? left.find((each) => each.endsWith(`.${name}`) || name.endsWith(`.${each}`));
      return error("GF7017", `${JSON.stringify(name)} of ${source} is no parameter of the model`, { help: close === undefined ? "leave it out" : `did you mean ${JSON.stringify(close)}?` });
    }), "are no parameters of the model"),
  ];
  const [first, ...others] = faults;
  if (first !== undefined) throw new DiagnosticError([first, ...others]);
  return new Map(parameters.map(({ name }) => [name, found.get(name)?.read() ?? new Float32Array()]));
}

function withoutPrefix(prefix: string, found: ReadonlyMap<string, Found>): ReadonlyMap<string, Found> {
  return new Map([...found].map(([name, value]) => [name.startsWith(prefix) ? name.slice(prefix.length) : name, value]));
}

/** What stands before all of these names in a file, where it has them all. */
function commonPrefix(names: readonly string[], found: ReadonlyMap<string, Found>): string | undefined {
  const [first] = names;
  if (first === undefined) return undefined;
  const prefixes = [...found.keys()].flatMap((name) => (name.endsWith(first) && name !== first ? [name.slice(0, -first.length)] : []));
  return prefixes.find((prefix) => names.every((name) => found.has(prefix + name)));
}

/** The first of them, and how many more there are. */
function told(faults: readonly Diagnostic[], what: string): Diagnostic[] {
  const [last] = faults.slice(mostTold);
  return [...faults.slice(0, mostTold), ...(last === undefined ? [] : [error(last.code, `${faults.length - mostTold} more ${what}`, { help: "mend those above first" })])];
}

function ofFile(bytes: Uint8Array, file: string): Map<string, Found> {
  const { tensors } = readSafetensors(bytes, { file });
  return new Map([...tensors].map(([name, tensor]) => [name, { shape: tensor.shape, read: () => tensorAsFloat32(tensor) }]));
}

function ofRecord(arrays: Readonly<Record<string, ArrayLike<number>>>): Map<string, Found> {
  return new Map(Object.entries(arrays).map(([name, data]) => [name, { shape: undefined, read: () => Float32Array.from(data) }]));
}

/** The numbers of all parameters, in the order of their names, as bytes. */
export function packWeights(weights: ReadonlyMap<string, Float32Array>): Uint8Array<ArrayBuffer> {
  const sorted = [...weights].sort(([a], [b]) => (a < b ? -1 : 1));
  const bytes = new Uint8Array(4 * sorted.reduce((sum, [, { length }]) => sum + length, 0));
  const view = new DataView(bytes.buffer);
  let position = 0;
  for (const [, data] of sorted) {
    for (const value of data) {
      view.setFloat32(position, value, true);
      position += 4;
    }
  }
  return bytes;
}
