/**
 * How the text forms call buffers, axes and lengths.
 *
 * Names come from the model's source and may be any string; one that is not a plain word is written in quotes. In canonical
 * form buffers are numbered by role in the order of first use, so that two spellings of one model print the same text.
 */
import type { Length, LengthAtom } from "../graph/length.js";
import type { Buffer, BufferRole } from "./kernel.js";

const plainWord = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*$/;

/** A name as the text forms write it: bare where that is clear, else as a JSON string. */
export function quoteName(name: string): string {
  return plainWord.test(name) ? name : quoteText(name);
}

export function quoteText(text: string): string {
  return JSON.stringify(text).replace(/[\u2028\u2029\u007f-\u009f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** An axis is written without brackets, so it must not look like a value (`v0`), an accumulator (`a0`), a number or a literal. */
const reservedWord = /^(v\d+|a\d+|true|false|Infinity|NaN)$/;

export function quoteAxis(name: string): string {
  return plainWord.test(name) && !name.includes(".") && !reservedWord.test(name) ? name : quoteText(name);
}

/** Weights have one letter, whether a kernel reads them as they were loaded or as they were prepared: that is spelling. */
const rolePrefix: { readonly [R in BufferRole]: string } = {
  input: "x",
  parameter: "w",
  prepared: "w",
  state: "s",
  temporary: "m",
  output: "y",
};

/** Gives each buffer one name; share one object between kernels that are printed together. */
export class BufferNames {
  readonly #names = new Map<Buffer, string>();
  readonly #taken = new Set<string>();
  readonly #counts = new Map<string, number>();

  constructor(readonly canonical: boolean) {}

  name(buffer: Buffer): string {
    const known = this.#names.get(buffer);
    if (known !== undefined) return known;
    const name = this.canonical ? this.#numbered(buffer.role) : this.#unique(buffer.name);
    this.#names.set(buffer, name);
    return name;
  }

  #numbered(role: BufferRole): string {
    const prefix = rolePrefix[role];
    const count = this.#counts.get(prefix) ?? 0;
    this.#counts.set(prefix, count + 1);
    return `${prefix}${count}`;
  }

  /** Two buffers of one name break an invariant of programs; the text must tell them apart all the same. */
  #unique(name: string): string {
    let text = name;
    for (let i = 2; this.#taken.has(text); i++) text = `${name}#${i}`;
    this.#taken.add(text);
    return quoteName(text);
  }
}

/** A length with its names quoted where they have to be; `parseLength` reads it. */
export function printLength(length: Length): string {
  let text = "";
  for (const { coefficient, atom } of length.terms) {
    const sign = coefficient < 0 ? "-" : text === "" ? "" : "+";
    const factor = Math.abs(coefficient) === 1 ? "" : `${Math.abs(coefficient)}*`;
    text += `${sign}${factor}${printAtom(atom)}`;
  }
  if (text === "") return String(length.constant);
  if (length.constant === 0) return text;
  return `${text}${length.constant < 0 ? "-" : "+"}${Math.abs(length.constant)}`;
}

function printAtom(atom: LengthAtom): string {
  if (atom.kind === "free") return atom.name === "floor" ? quoteText(atom.name) : quoteAxis(atom.name);
  return `floor((${printLength(atom.numerator)})/${atom.divisor})`;
}
