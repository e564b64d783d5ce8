/**
 * How the text form writes the attributes of each op, and reads them again: one table for both directions, side by side.
 *
 * A node reads `%7 = contract over={head} axis (%3, %5) : {time}[128]  # forget`. Between the op and its arguments stand its
 * attributes: bare words and numbers where one cannot mistake them, else `key=value`, and bare flags. What the type at the
 * end says already is not written twice.
 */
import type { Attributes, Dim, Initialiser, Kind, Op, ReduceFunction, ValueType } from "./node.js";
import { lengthNotation, numberNotation, stringNotation } from "./notation.js";
import type { Length } from "./length.js";

/** The names that the text gives to what has an identity. */
export interface Names {
  dim(dim: Dim): string;
  /** A scan, by the id of its region. */
  scan(region: number): string;
}

/** Reads attributes, one after another; a fault is a syntax error at the place. */
export interface AttributeReader {
  string(): string;
  number(): number;
  integer(): number;
  word(what: string, words: readonly string[]): string;
  length(): Length;
  /** Whether the flag stands here; it is then read. */
  flag(name: string): boolean;
  /** Whether `name=` stands here; it is then read. */
  key(name: string): boolean;
  /** Reads `name=`. */
  expectKey(name: string): void;
  dim(): Dim;
  dims(): readonly Dim[];
  openScan(): number;
  closedScan(): Attributes["scanOutput"]["region"];
  initialiser(): Initialiser;
}

interface Syntax<A> {
  write(attributes: A, names: Names): readonly string[];
  /** What stands before the arguments, and how it makes the attributes when the type is known. */
  read(reader: AttributeReader): (type: ValueType) => A;
  /** The type must be written, since it says something that the rest does not. */
  readonly typed?: true;
}

/** The ops that stand in the header of a scan and are written there. */
export type HeaderOp = "item" | "state" | "step";

const plain: Syntax<Attributes["add"]> = { write: () => [], read: () => () => ({}) };

const dimList = (dims: readonly Dim[], names: Names): string => `{${dims.map((dim) => names.dim(dim)).join(", ")}}`;
const over = (dims: readonly Dim[], names: Names): string[] => (dims.length === 0 ? [] : [`over=${dimList(dims, names)}`]);
const readOver = (reader: AttributeReader): readonly Dim[] => (reader.key("over") ? reader.dims() : []);

const keyed = (reader: AttributeReader, name: string): number => {
  reader.expectKey(name);
  return reader.integer();
};
const keyedDim = (reader: AttributeReader, name: string): Dim => {
  reader.expectKey(name);
  return reader.dim();
};

export function initialiserText(init: Initialiser): string {
  switch (init.kind) {
    case "constant": return `constant(${numberNotation(init.value)})`;
    case "constants": return `constants(${init.values.map(numberNotation).join(", ")})`;
    case "uniform": return `uniform(${numberNotation(init.low)}, ${numberNotation(init.high)})`;
    case "normal": return `normal(${numberNotation(init.deviation)})`;
    case "glorot": case "orthogonal": return init.kind;
  }
}

const axisAndDim: Syntax<Attributes["axisToDim"]> = {
  write: ({ axis, dim }, names) => [`axis=${axis}`, `dim=${names.dim(dim)}`],
  read: (reader) => {
    const axis = keyed(reader, "axis");
    const dim = keyedDim(reader, "dim");
    return () => ({ axis, dim });
  },
};

const scanResult: Syntax<Attributes["scanOutput"]> = {
  write: ({ region, slot }, names) => [names.scan(region.id), `slot=${slot}`],
  read: (reader) => {
    const region = reader.closedScan();
    const slot = keyed(reader, "slot");
    return () => ({ region, slot });
  },
};

const reductions: readonly ReduceFunction[] = ["sum", "max", "min"];
export const kinds: readonly Kind[] = ["real", "int", "condition"];

export const attributeSyntax: { readonly [O in Exclude<Op, HeaderOp>]: Syntax<Attributes[O]> } = {
  input: {
    write: ({ name, classes }) => [stringNotation(name), ...(classes === undefined ? [] : [`classes=${classes}`])],
    read: (reader) => {
      const name = reader.string();
      const classes = reader.key("classes") ? reader.integer() : undefined;
      return (type) => (classes === undefined ? { name, type } : { name, type, classes });
    },
    typed: true,
  },
  param: {
    write: ({ name, init }) => [stringNotation(name), ...(init === undefined ? [] : [`init=${initialiserText(init)}`])],
    read: (reader) => {
      const name = reader.string();
      const init = reader.key("init") ? reader.initialiser() : undefined;
      return ({ dims: per, shape }) => (init === undefined ? { name, per, shape } : { name, per, shape, init });
    },
    typed: true,
  },
  constant: {
    write: ({ value }) => [numberNotation(value)],
    read: (reader) => {
      const value = reader.number();
      return ({ kind, shape }) => ({ value, kind, shape });
    },
    typed: true,
  },
  iota: { write: () => [], read: () => ({ shape }) => ({ size: shape[0] ?? 0 }), typed: true },
  index: { write: ({ dim }, names) => [`over=${names.dim(dim)}`], read: (reader) => { const dim = keyedDim(reader, "over"); return () => ({ dim }); } },
  length: { write: ({ length }) => [lengthNotation(length)], read: (reader) => { const length = reader.length(); return () => ({ length }); } },

  negate: plain, exp: plain, log: plain, log1p: plain, sqrt: plain, absolute: plain, sin: plain, cos: plain, tanh: plain,
  sigmoid: plain, erf: plain, floor: plain, not: plain, toReal: plain, stopGradient: plain,
  subtract: plain, divide: plain, modulo: plain, power: plain, minimum: plain, maximum: plain,
  less: plain, lessEqual: plain, equal: plain, notEqual: plain, and: plain, or: plain,
  add: plain, multiply: plain, select: plain, pick: plain,

  contract: {
    write: ({ dims, axis }, names) => [...over(dims, names), ...(axis ? ["axis"] : [])],
    read: (reader) => {
      const dims = readOver(reader);
      const axis = reader.flag("axis");
      return () => ({ dims, axis });
    },
  },
  reduce: {
    write: ({ f, dims, axis }, names) => [f, ...over(dims, names), ...(axis ? ["axis"] : [])],
    read: (reader) => {
      const f = reader.word("sum, max or min", reductions) as ReduceFunction;
      const dims = readOver(reader);
      const axis = reader.flag("axis");
      return () => ({ f, dims, axis });
    },
  },
  argmax: {
    write: ({ dim }, names) => (dim === undefined ? [] : [`over=${names.dim(dim)}`]),
    read: (reader) => {
      const dim = reader.key("over") ? reader.dim() : undefined;
      return () => (dim === undefined ? {} : { dim });
    },
  },
  top: {
    write: ({ k, part }) => [part, `k=${k}`],
    read: (reader) => {
      const part = reader.word("values or ids", ["values", "ids"]) as "values" | "ids";
      const k = keyed(reader, "k");
      return () => ({ k, part });
    },
  },
  sliceAxis: {
    write: ({ axis, start, size }) => [`axis=${axis}`, `start=${start}`, `size=${size}`],
    read: (reader) => {
      const [axis, start, size] = [keyed(reader, "axis"), keyed(reader, "start"), keyed(reader, "size")];
      return () => ({ axis, start, size });
    },
  },
  concat: { write: ({ axis }) => [`axis=${axis}`], read: (reader) => { const axis = keyed(reader, "axis"); return () => ({ axis }); } },
  axisToDim: axisAndDim,
  dimToAxis: axisAndDim,
  view: {
    write: ({ from, to }, names) => [`from=${names.dim(from)}`, `to=${names.dim(to)}`],
    read: (reader) => {
      const [from, to] = [keyedDim(reader, "from"), keyedDim(reader, "to")];
      return () => ({ from, to });
    },
  },
  broadcast: { write: ({ dims }, names) => over(dims, names), read: (reader) => { const dims = readOver(reader); return () => ({ dims }); } },
  at: { write: ({ dim }, names) => [`over=${names.dim(dim)}`], read: (reader) => { const dim = keyedDim(reader, "over"); return () => ({ dim }); } },
  draw: { write: ({ site }) => [`site=${site}`], read: (reader) => { const site = keyed(reader, "site"); return () => ({ site }); } },
  history: {
    write: ({ region, dim }, names) => [names.scan(region), `over=${names.dim(dim)}`],
    read: (reader) => {
      const region = reader.openScan();
      const dim = keyedDim(reader, "over");
      return () => ({ region, dim });
    },
  },
  scanOutput: scanResult,
  scanFinal: scanResult,
};
