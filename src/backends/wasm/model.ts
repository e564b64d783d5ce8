/** What the JavaScript of a module says of one model: where its values lie, and which exported functions run it. */
import { staticLength, type Length } from "../../ir/graph/length.js";
import type { Buffer } from "../../ir/kernel/kernel.js";
import type { Instruction, Loop, Program, ProgramInput, ProgramOutput, StreamProgram } from "../../ir/program/program.js";
import { defined } from "../../support/invariant.js";
import { lengthExpression } from "../length-text.js";
import { placeFunction } from "../place-text.js";
import { stringLiteral } from "../names.js";
import { sizeText, valueSizes } from "../sizes.js";
import type { BatchedProgram, TargetModel } from "../target.js";
import type { ProgramBlock } from "./layout.js";

/** Makes the function of a list of instructions, or of one turn of a loop, and exports it; gives the name. */
export type RunFunctionMaker = (hint: string, block: ProgramBlock, instructions: readonly Instruction[], loop?: Loop) => string;

export interface ModelContext {
  readonly run: RunFunctionMaker;
  readonly blocks: ReadonlyMap<Program, ProgramBlock>;
  readonly batch: number | undefined;
}

/** The object that the runtime gets, as text. */
export function modelDefinition(model: TargetModel, context: ModelContext): string {
  const program = new ProgramText(model.program, context);
  const run = context.run("run", program.block, model.program.body);
  const stream = "program" in model.stream ? ["stream: {", ...indented(streamDefinition(model.stream, context)), "},"] : [`whyNoStream: ${stringLiteral(model.stream.reasons.join("; "))},`];
  const batched = model.batched === undefined || !("program" in model.batched) ? [] : ["batched: {", ...indented(batchedDefinition(model.batched, context)), "},"];
  const batch = context.batch === undefined ? [] : [`batch: ${context.batch},`];
  return `{\n${indented([`name: ${stringLiteral(model.name)},`, ...batch, ...program.definition(model.program.inputs, model.program.outputs), program.words(), `run: ${stringLiteral(run)},`, ...batched, ...stream]).join("\n")}\n}`;
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

class ProgramText {
  readonly block: ProgramBlock;
  readonly #fallbacks = new Map<string, string>();

  constructor(readonly program: Program, readonly context: ModelContext) {
    this.block = defined(context.blocks.get(program), "the block of a program");
    for (const { name, fallback } of program.inputs) {
      if (fallback === undefined) continue;
      this.#fallbacks.set(name, context.run("default", this.block, fallback.map((kernel): Instruction => ({ op: "kernel", kernel }))));
    }
  }

  /** @param lengths whether the caller's arrays tell the free ones, or the module knows them when the program begins */
  definition(inputs: readonly ProgramInput[], outputs: readonly ProgramOutput[], lengths: "learned" | "known" = "learned"): string[] {
    const { block, program } = this;
    return [
      `lengths: [${program.lengths.map(stringLiteral).join(", ")}],`,
      "inputs: [",
      ...inputs.map((input) => `  { ${this.input(input, lengths)} },`),
      "],",
      "outputs: [",
      ...outputs.map((output) => `  { ${this.#value(output)}, sizes: [${this.sizes(valueSizes(output.type)).join(", ")}] },`),
      "],",
      `base: ${block.base / 4}, end: ${block.end / 4}, seed0: ${block.seed(0) / 4}, seed1: ${block.seed(1) / 4},`,
      `place: ${placeFunction(block.slots, program.lengths)},`,
    ];
  }

  /** The words of lengths are known when all functions were made. */
  words(): string {
    return `words: [${this.block.lengths.map(({ length, address }) => `{ word: ${address / 4}, length: (L) => ${lengthExpression(length, this.program.lengths)} }`).join(", ")}],`;
  }

  input(input: ProgramInput, lengths: "learned" | "known"): string {
    const sizes = valueSizes(input.type).map((size) => (lengths === "learned" ? this.#learnedSize(size) : (this.sizes([size])[0] ?? "0")));
    const classes = input.classes === undefined ? "" : `, classes: ${input.classes}`;
    const fallback = this.#fallbacks.get(input.name);
    return `${this.#value(input)}, sizes: [${sizes.join(", ")}]${classes}${fallback === undefined ? "" : `, optional: true, fallback: ${stringLiteral(fallback)}`}`;
  }

  /** An input of a step: how it is checked and where it goes. */
  feed({ name, buffer, type, classes }: ProgramInput): string {
    const range = type.kind === "condition" ? "low: 0, high: 1" : classes === undefined ? "low: -2147483648, high: 2147483647" : `low: 0, high: ${classes - 1}`;
    const fallback = this.#fallbacks.get(name);
    return `{ name: ${stringLiteral(name)}, element: ${stringLiteral(buffer.element)}, ${this.where(buffer)}, sizes: [${this.sizes(buffer.shape).join(", ")}], ${range}${fallback === undefined ? "" : `, fallback: ${stringLiteral(fallback)}`} },`;
  }

  sizes(sizes: readonly Length[]): string[] {
    return sizes.map((size) => (staticLength(size) === undefined ? `(L) => ${lengthExpression(size, this.program.lengths)}` : sizeText(size)));
  }

  where(buffer: Buffer): string {
    const place = defined(this.block.place(buffer), `the place of ${buffer.name}`);
    return place.kind === "static" ? `at: ${place.address / 4}` : `slot: ${(place.word - this.block.base) / 4}`;
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

function batchedDefinition({ program, members, lengths }: BatchedProgram, context: ModelContext): string[] {
  const text = new ProgramText(program, context);
  const run = context.run("batch", text.block, program.body);
  const ends = [...lengths].map(([length, input]) => ({ length, place: program.inputs.findIndex(({ name }) => name === input) })).filter(({ place }) => place >= 0);
  return [
    ...text.definition(program.inputs, program.outputs, "known"),
    text.words(),
    `run: ${stringLiteral(run)},`,
    `members: ${stringLiteral(members)},`,
    `ends: [${ends.map(({ place }) => place).join(", ")}], endsOf: [${ends.map(({ length }) => stringLiteral(length)).join(", ")}],`,
  ];
}

function streamDefinition(stream: StreamProgram, context: ModelContext): string[] {
  const { program, loop, stepInputs, rows, histories } = stream;
  const text = new ProgramText(program, context);
  const { block } = text;
  const before = context.run("before", block, program.body.slice(0, -1));
  const step = context.run("step", block, loop.body, loop);
  const isStep = ({ name }: ProgramInput): boolean => stepInputs.includes(name);
  // What the loop's kernels touch lives from here on.
  const slots = program.arena?.slots;
  const ends = loop.carried.flatMap(({ current }) => slots?.find(({ buffer }) => buffer === current) ?? []).map(({ to }) => to);
  const loopStart = ends.length === 0 ? 0 : Math.min(...ends);
  const kept = block.slots.flatMap((slot, i) => (slot.to >= loopStart ? [`{ slot: ${i}, sizes: [${text.sizes(slot.elements).join(", ")}] }`] : []));
  const unseen = program.lengths.filter((name) => name !== rows && loop.axis.extent.length.terms.some(({ atom }) => atom.kind === "free" && atom.name === name));
  const used = new Map<string, number>();
  const state = (buffer: Buffer, source: string | undefined, grows: boolean): string => {
    const base = source ?? buffer.source ?? buffer.name;
    const count = (used.get(base) ?? 0) + 1;
    used.set(base, count);
    const name = count === 1 ? base : `${base}#${count}`;
    return `  { name: ${stringLiteral(name)}, element: ${stringLiteral(buffer.element)}, ${text.where(buffer)}, sizes: [${text.sizes(buffer.shape).join(", ")}]${grows ? ", grows: true" : ""} },`;
  };
  const states = [
    ...loop.carried.map(({ current, source }) => state(current, source, false)),
    ...histories.map((buffer) => state(buffer, undefined, buffer.shape[0] !== undefined && staticLength(buffer.shape[0]) === undefined)),
  ];
  return [
    ...text.definition(program.inputs.filter((input) => !isStep(input)), program.outputs),
    text.words(),
    ...(rows === undefined ? [] : [`rows: ${stringLiteral(rows)},`, `rowsIndex: ${program.lengths.indexOf(rows)},`]),
    `fixedLengths: [${unseen.map(stringLiteral).join(", ")}],`,
    "feeds: [",
    ...program.inputs.filter(isStep).map((input) => `  ${text.feed(input)}`),
    "],",
    "states: [",
    ...states,
    "],",
    `kept: [${kept.join(", ")}],`,
    `turn: ${block.axis(loop.axis) / 4}, before: ${stringLiteral(before)}, step: ${stringLiteral(step)},`,
  ];
}
