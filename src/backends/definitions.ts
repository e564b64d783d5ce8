/**
 * What a module says of its values - inputs, outputs, states - in the form in which the runtime of every target wants it. Where
 * a value lies only the target knows, and says it in its own words.
 */
import { staticLength, type Length } from "../ir/graph/length.js";
import type { Buffer } from "../ir/kernel/kernel.js";
import type { Program, ProgramInput, ProgramOutput, Slot, StreamProgram } from "../ir/program/program.js";
import { lengthExpression } from "./length-text.js";
import { stringLiteral } from "./names.js";
import { sizeText, valueSizes } from "./sizes.js";
import type { BatchedProgram } from "./target.js";

/** Where a buffer lies, as members of an object. */
export type Where = (buffer: Buffer) => string;

export class Definitions {
  constructor(readonly program: Pick<Program, "lengths">, readonly where: Where) {}

  /** Sizes that a run knows: numbers, and functions of its lengths. */
  sizes(sizes: readonly Length[]): string[] {
    return sizes.map((size) => (staticLength(size) === undefined ? `(L) => ${lengthExpression(size, this.program.lengths)}` : sizeText(size)));
  }

  /**
   * @param lengths whether the caller's arrays tell the free ones, or the module knows them when the program begins
   * @param more what the target says of it besides
   */
  input(input: ProgramInput, { fallback, lengths = "learned", more = "" }: { readonly fallback: string | undefined; readonly lengths?: "learned" | "known"; readonly more?: string }): string {
    const sizes = valueSizes(input.type).map((size) => (lengths === "learned" ? this.#learnedSize(size) : (this.sizes([size])[0] ?? "0")));
    const classes = input.classes === undefined ? "" : `, classes: ${input.classes}`;
    return `${this.#value(input)}, sizes: [${sizes.join(", ")}]${classes}${more}${fallback === undefined ? "" : `, optional: true, fallback: ${fallback}`}`;
  }

  output(output: ProgramOutput): string {
    return `${this.#value(output)}, sizes: [${this.sizes(valueSizes(output.type)).join(", ")}]`;
  }

  /** What a stream carries from step to step. Names of states are told apart by numbers. */
  states({ loop, histories }: StreamProgram): string[] {
    const used = new Map<string, number>();
    const state = (buffer: Buffer, source: string | undefined, grows: boolean): string => {
      const base = source ?? buffer.source ?? buffer.name;
      const count = (used.get(base) ?? 0) + 1;
      used.set(base, count);
      const name = count === 1 ? base : `${base}#${count}`;
      return `{ name: ${stringLiteral(name)}, element: ${stringLiteral(buffer.element)}, ${this.where(buffer)}, sizes: [${this.sizes(buffer.shape).join(", ")}]${grows ? ", grows: true" : ""} },`;
    };
    return [
      ...loop.carried.map(({ current, source }) => state(current, source, false)),
      ...histories.map((buffer) => state(buffer, undefined, buffer.shape[0] !== undefined && staticLength(buffer.shape[0]) === undefined)),
    ];
  }

  #value({ name, type, buffer }: Pick<ProgramInput, "name" | "type" | "buffer">): string {
    const dims = type.dims.map((dim) => stringLiteral(dim.name));
    return `name: ${stringLiteral(name)}, element: ${stringLiteral(buffer.element)}, dims: [${dims.join(", ")}], shape: [${valueSizes(type).map(sizeText).join(", ")}], ${this.where(buffer)}`;
  }

  /** A free length stands by its name: the caller's arrays tell it. */
  #learnedSize(size: Length): string {
    const [term] = size.terms;
    const bare = size.constant === 0 && size.terms.length === 1 && term?.coefficient === 1 && term.atom.kind === "free" ? term.atom.name : undefined;
    return bare === undefined ? (this.sizes([size])[0] ?? "0") : stringLiteral(bare);
  }
}

/** In a program for members side by side, which length is their number, and which inputs are lengths of each of them. */
export function memberLines({ program, members, lengths }: BatchedProgram): string[] {
  const ends = [...lengths].map(([length, input]) => ({ length, place: program.inputs.findIndex(({ name }) => name === input) })).filter(({ place }) => place >= 0);
  return [
    `members: ${stringLiteral(members)},`,
    `ends: [${ends.map(({ place }) => place).join(", ")}], endsOf: [${ends.map(({ length }) => stringLiteral(length)).join(", ")}],`,
  ];
}

/** How a stream's lengths differ from a run's: which one counts the rows that are kept, and which ones no step depends on. */
export function streamLengths({ program, loop, rows }: StreamProgram): string[] {
  const unseen = program.lengths.filter((name) => name !== rows && loop.axis.extent.length.terms.some(({ atom }) => atom.kind === "free" && atom.name === name));
  return [...(rows === undefined ? [] : [`rows: ${stringLiteral(rows)},`, `rowsIndex: ${program.lengths.indexOf(rows)},`]), `fixedLengths: [${unseen.map(stringLiteral).join(", ")}],`];
}

/** Where a stream's memory grows: of the slots that it places as lengths want, those that hold something from step to step. */
export function keptSlots({ program, loop, rows }: StreamProgram, slots: readonly Slot[], definitions: Definitions): string[] {
  if (rows === undefined) return [];
  // What the loop's kernels touch lives from here on.
  const ends = loop.carried.flatMap(({ current }) => program.arena?.slots.find(({ buffer }) => buffer === current) ?? []).map(({ to }) => to);
  const loopStart = ends.length === 0 ? 0 : Math.min(...ends);
  return [`kept: [${slots.flatMap((slot, i) => (slot.to >= loopStart ? [`{ slot: ${i}, sizes: [${definitions.sizes(slot.elements).join(", ")}] }`] : [])).join(", ")}],`];
}

/** From which to which number the integers of a step's input go. */
export function integerRange({ type, classes }: ProgramInput): readonly [low: number, high: number] {
  return type.kind === "condition" ? [0, 1] : classes === undefined ? [-2147483648, 2147483647] : [0, classes - 1];
}
