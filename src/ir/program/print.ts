/**
 * The text form of programs; parse.ts reads it back and gives the grammar.
 *
 *   program charRnn (time) {
 *     input text = x0 {time}[1]int classes 65
 *     parameter encoder.weight = w0 [128,64]
 *     output logits = y0 {time}[65]
 *     buffer x0: input int32[time]
 *     ...
 *     prepare { ... }
 *     body {
 *       loop t:time carry s0 to s1, s2 to s2 {
 *         kernel ...
 *       }
 *     }
 *   }
 *
 * In canonical form buffers are numbered by first use and kernels by their order.
 */
import { TextWriter } from "../../support/text-writer.js";
import type { ValueType } from "../graph/types.js";
import type { Buffer } from "../kernel/kernel.js";
import { BufferNames, printLength, quoteAxis, quoteName, quoteText } from "../kernel/names.js";
import { axisText, writeKernel } from "../kernel/print.js";
import type { Instruction, Program, ProgramInput } from "./program.js";
import { programBuffers } from "./traverse.js";

export interface PrintProgramOptions {
  /** Buffers numbered by first use, kernels by order: equal for every spelling of a model. */
  readonly canonical?: boolean;
  /** What the source calls each value, as comments. Never in canonical form. */
  readonly comments?: boolean;
}

export function printProgram(program: Program, options: PrintProgramOptions = {}): string {
  const printer = new ProgramPrinter(options);
  printer.program(program);
  return printer.writer.toString();
}

/** Only the instructions: the text in which two spellings of a model are compared. */
export function printInstructions(instructions: readonly Instruction[], options: PrintProgramOptions = {}): string {
  const printer = new ProgramPrinter(options);
  printer.instructions(instructions);
  return printer.writer.toString();
}

class ProgramPrinter {
  readonly writer = new TextWriter();
  readonly #options: PrintProgramOptions;
  readonly #names: BufferNames;
  #kernels = 0;

  constructor(options: PrintProgramOptions) {
    this.#options = options;
    this.#names = new BufferNames(options.canonical ?? false);
  }

  program(program: Program): void {
    const lengths = program.lengths.map(quoteAxis).join(", ");
    this.writer.block(`program ${quoteName(program.name)} (${lengths}) {`, () => {
      for (const input of program.inputs) this.#input(input);
      for (const { name, buffer, shape, initialiser } of program.parameters) {
        const init = initialiser === undefined ? "" : ` init ${quoteText(JSON.stringify(initialiser))}`;
        this.writer.line(`parameter ${quoteName(name)} = ${this.#name(buffer)} [${shape.join(",")}]${init}`);
      }
      for (const { name, buffer, type } of program.outputs) this.writer.line(`output ${quoteName(name)} = ${this.#name(buffer)} ${valueTypeText(type)}`);
      for (const buffer of programBuffers(program)) this.#buffer(buffer);
      if (program.prepare.length > 0) this.writer.block("prepare {", () => this.instructions(program.prepare));
      this.writer.block("body {", () => this.instructions(program.body));
      const { arena } = program;
      if (arena === undefined) return;
      this.writer.block(`arena ${arena.fixed} {`, () => {
        for (const { buffer, elements, from, to, offset } of arena.slots) {
          this.writer.line(`${this.#name(buffer)} [${elements.map(printLength).join(",")}] from ${from} to ${to}${offset === undefined ? "" : ` = ${offset}`}`);
        }
      });
    });
  }

  instructions(instructions: readonly Instruction[]): void {
    for (const instruction of instructions) this.#instruction(instruction);
  }

  #input({ name, buffer, type, classes, fallback }: ProgramInput): void {
    const line = `input ${quoteName(name)} = ${this.#name(buffer)} ${valueTypeText(type)}${classes === undefined ? "" : ` classes ${classes}`}`;
    if (fallback === undefined) this.writer.line(line);
    else this.writer.block(`${line} or {`, () => this.instructions(fallback.map((kernel): Instruction => ({ op: "kernel", kernel }))));
  }

  #buffer(buffer: Buffer): void {
    const source = buffer.source === undefined || this.#options.canonical === true ? "" : ` source ${quoteText(buffer.source)}`;
    this.writer.line(`buffer ${this.#name(buffer)}: ${buffer.role} ${buffer.lanes === true ? "lanes " : ""}${buffer.element}[${buffer.shape.map(printLength).join(",")}]${source}`);
  }

  #instruction(instruction: Instruction): void {
    switch (instruction.op) {
      case "kernel":
        writeKernel(this.writer, instruction.kernel, { ...this.#options, names: this.#names, name: `k${this.#kernels++}` });
        return;
      case "copy":
        this.writer.line(`copy ${this.#name(instruction.from)} to ${this.#name(instruction.to)}`);
        return;
      case "loop": {
        const { axis, reverse, carried, body, dimension } = instruction;
        const carry = carried.map(({ current, next, source }) => {
          const called = source === undefined || this.#options.canonical === true ? "" : ` source ${quoteText(source)}`;
          return `${this.#name(current)} to ${this.#name(next)}${called}`;
        });
        const parts = [`loop ${axisText(axis, this.#names)}`, reverse ? "reverse" : "", dimension === undefined ? "" : `over ${quoteName(dimension)}`, carry.length === 0 ? "" : `carry ${carry.join(", ")}`];
        this.writer.block(`${parts.filter((part) => part !== "").join(" ")} {`, () => this.instructions(body));
        return;
      }
    }
  }

  #name(buffer: Buffer): string {
    return this.#names.name(buffer);
  }
}

/** The notation of the language, with names quoted where they have to be. */
export function valueTypeText(type: ValueType): string {
  const dims = type.dims.map((dim) => {
    const length = printLength(dim.length);
    const name = quoteAxis(dim.name);
    return length === name ? name : `${name}:(${length})`;
  });
  return `${dims.length === 0 ? "" : `{${dims.join(", ")}}`}[${type.shape.join(",")}]${type.kind === "real" ? "" : type.kind}`;
}

