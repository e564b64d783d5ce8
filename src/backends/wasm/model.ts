/** What the JavaScript of a module says of one model: where its values lie, and which exported functions run it. */
import type { Buffer } from "../../ir/kernel/kernel.js";
import type { Instruction, Loop, Program, ProgramInput, ProgramOutput, StreamProgram } from "../../ir/program/program.js";
import { defined } from "../../support/invariant.js";
import { lengthExpression } from "../length-text.js";
import { placeFunction } from "../place-text.js";
import { Definitions, integerRange, keptSlots, memberLines, streamLengths } from "../definitions.js";
import { stringLiteral } from "../names.js";
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
  readonly values: Definitions;
  /** For inputs that may be left out: the name of the function that makes them, as text. */
  readonly #fallbacks = new Map<string, string>();

  constructor(readonly program: Program, readonly context: ModelContext) {
    this.block = defined(context.blocks.get(program), "the block of a program");
    this.values = new Definitions(program, (buffer) => this.#where(buffer));
    for (const { name, fallback } of program.inputs) {
      if (fallback === undefined) continue;
      this.#fallbacks.set(name, stringLiteral(context.run("default", this.block, fallback.map((kernel): Instruction => ({ op: "kernel", kernel })))));
    }
  }

  /** @param lengths whether the caller's arrays tell the free ones, or the module knows them when the program begins */
  definition(inputs: readonly ProgramInput[], outputs: readonly ProgramOutput[], lengths: "learned" | "known" = "learned"): string[] {
    const { block, program, values } = this;
    return [
      `lengths: [${program.lengths.map(stringLiteral).join(", ")}],`,
      "inputs: [",
      ...inputs.map((input) => `  { ${values.input(input, { fallback: this.#fallbacks.get(input.name), lengths })} },`),
      "],",
      "outputs: [",
      ...outputs.map((output) => `  { ${values.output(output)} },`),
      "],",
      `base: ${block.base / 4}, end: ${block.end / 4}, seed0: ${block.seed(0) / 4}, seed1: ${block.seed(1) / 4},`,
      `place: ${placeFunction(block.slots, program.lengths)},`,
    ];
  }

  /** The words of lengths are known when all functions were made. */
  words(): string {
    return `words: [${this.block.lengths.map(({ length, address }) => `{ word: ${address / 4}, length: (L) => ${lengthExpression(length, this.program.lengths)} }`).join(", ")}],`;
  }

  /** An input of a step: how it is checked and where it goes. */
  feed(input: ProgramInput): string {
    const { name, buffer } = input;
    const [low, high] = integerRange(input);
    const range = buffer.element === "int32" ? `, low: ${low}, high: ${high}` : "";
    const fallback = this.#fallbacks.get(name);
    return `{ name: ${stringLiteral(name)}, element: ${stringLiteral(buffer.element)}, ${this.#where(buffer)}, sizes: [${this.values.sizes(buffer.shape).join(", ")}]${range}${fallback === undefined ? "" : `, fallback: ${fallback}`} },`;
  }

  #where(buffer: Buffer): string {
    const place = defined(this.block.place(buffer), `the place of ${buffer.name}`);
    return place.kind === "static" ? `at: ${place.address / 4}` : `slot: ${(place.word - this.block.base) / 4}`;
  }
}

function batchedDefinition(batched: BatchedProgram, context: ModelContext): string[] {
  const { program } = batched;
  const text = new ProgramText(program, context);
  const run = context.run("batch", text.block, program.body);
  return [
    ...text.definition(program.inputs, program.outputs, "known"),
    text.words(),
    `run: ${stringLiteral(run)},`,
    ...memberLines(batched),
  ];
}

function streamDefinition(stream: StreamProgram, context: ModelContext): string[] {
  const { program, loop, stepInputs } = stream;
  const text = new ProgramText(program, context);
  const { block } = text;
  const before = context.run("before", block, program.body.slice(0, -1));
  const step = context.run("step", block, loop.body, loop);
  const isStep = ({ name }: ProgramInput): boolean => stepInputs.includes(name);
  return [
    ...text.definition(program.inputs.filter((input) => !isStep(input)), program.outputs),
    text.words(),
    ...streamLengths(stream),
    "feeds: [",
    ...program.inputs.filter(isStep).map((input) => `  ${text.feed(input)}`),
    "],",
    "states: [",
    ...text.values.states(stream).map((line) => `  ${line}`),
    "],",
    ...keptSlots(stream, block.slots, text.values),
    `turn: ${block.axis(loop.axis) / 4}, before: ${stringLiteral(before)}, step: ${stringLiteral(step)},`,
  ];
}
