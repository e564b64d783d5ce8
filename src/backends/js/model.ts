/**
 * What a module says of one model: the functions that run it, at once and step by step, and a definition that tells the
 * runtime where inputs and outputs lie.
 */
import { staticLength, type Length } from "../../ir/graph/length.js";
import type { Buffer } from "../../ir/kernel/kernel.js";
import type { Carried, Instruction, Program, ProgramInput, ProgramOutput, StreamProgram } from "../../ir/program/program.js";
import { defined } from "../../support/invariant.js";
import type { TargetModel } from "../target.js";
import type { Place, Placement } from "./externals.js";
import { arenaLayout, type ArenaLayout } from "./layout.js";
import { propertyOf, stringLiteral, type Names } from "../names.js";
import { lengthExpression } from "../length-text.js";
import { placeFunction } from "../place-text.js";
import type { RunFunctionRequest } from "./run-function.js";
import { sizeText, valueSizes } from "../sizes.js";

export interface ModelContext {
  readonly names: Names;
  readonly weightPlace: (buffer: Buffer) => Place;
  readonly runFunction: (request: Omit<RunFunctionRequest, "names">) => string;
  readonly batch: number | undefined;
}

export interface ModelText {
  readonly name: string;
  /** The constant that holds the definition. */
  readonly definition: string;
  readonly text: string;
}

const runParameters = ["F", "I", "o", "L", "seed0", "seed1"];
const stepParameters = ["F", "I", "o", "L", "t", "seed0", "seed1"];

export function emitModel(model: TargetModel, context: ModelContext): ModelText {
  const prefix = context.names.fresh(model.name, "model");
  const program = new ProgramText(model.program, prefix, context);
  const run = program.function("run", model.program.body);
  const parts = [...program.texts];
  const streamLines: string[] = [];
  if ("program" in model.stream) {
    const stream = new StreamText(model.stream, context.names.fresh(`${prefix}_stream`, "stream"), context);
    streamLines.push(`stream: {`, ...stream.definition().map((line) => `  ${line}`), "},");
    parts.push(...stream.program.texts);
  } else {
    streamLines.push(`whyNoStream: ${stringLiteral(model.stream.reasons.join("; "))},`);
  }
  const definition = context.names.fresh(`${prefix}_definition`, "definition");
  const batch = context.batch === undefined ? [] : [`batch: ${context.batch},`];
  const lines = [`name: ${stringLiteral(model.name)},`, ...batch, ...program.definition(model.program.inputs, model.program.outputs), `run: ${run},`, ...streamLines];
  parts.push(`const ${definition} = {\n${lines.map((line) => `  ${line}`).join("\n")}\n};\n`);
  return { name: model.name, definition, text: parts.join("\n") };
}

/** The functions and the description of one program. */
class ProgramText {
  readonly texts: string[] = [];
  readonly arena: ArenaLayout;
  readonly placement: Placement;
  readonly #fallbacks = new Map<string, string>();

  constructor(readonly program: Program, readonly prefix: string, readonly context: ModelContext) {
    this.arena = arenaLayout(program, prefix, context.names);
    this.placement = (buffer) => this.arena.places.get(buffer) ?? context.weightPlace(buffer);
    this.texts.push(this.arena.text);
    for (const { name, fallback } of program.inputs) {
      if (fallback === undefined) continue;
      this.#fallbacks.set(name, this.function(`default_${name}`, fallback.map((kernel): Instruction => ({ op: "kernel", kernel }))));
    }
  }

  function(hint: string, instructions: readonly Instruction[], more: Partial<RunFunctionRequest> = {}): string {
    const name = this.context.names.fresh(`${this.prefix}_${hint}`, hint);
    const { placement, prefix, program } = this;
    this.texts.push(this.context.runFunction({ instructions, placement, prefix, name, parameters: runParameters, lengths: program.lengths, ...more }));
    return name;
  }

  fallback(input: ProgramInput): string | undefined {
    return this.#fallbacks.get(input.name);
  }

  definition(inputs: readonly ProgramInput[], outputs: readonly ProgramOutput[]): string[] {
    const { arena, program } = this;
    return [
      `lengths: [${program.lengths.map(stringLiteral).join(", ")}],`,
      "inputs: [",
      ...inputs.map((input) => `  { ${this.input(input)} },`),
      "],",
      "outputs: [",
      ...outputs.map((output) => `  { ${this.output(output)} },`),
      "],",
      `place: ${placeFunction(arena.slots, program.lengths)},`,
    ];
  }

  input(input: ProgramInput): string {
    const sizes = valueSizes(input.type).map((size) => this.#learnedSize(size));
    const classes = input.classes === undefined ? "" : `, classes: ${input.classes}`;
    const fallback = this.fallback(input);
    return `${this.#value(input)}, sizes: [${sizes.join(", ")}]${classes}${fallback === undefined ? "" : `, optional: true, fallback: ${fallback}`}`;
  }

  output(output: ProgramOutput): string {
    return `${this.#value(output)}, sizes: [${this.sizes(valueSizes(output.type)).join(", ")}]`;
  }

  sizes(sizes: readonly Length[]): string[] {
    return sizes.map((size) => (staticLength(size) === undefined ? `(L) => ${lengthExpression(size, this.program.lengths)}` : sizeText(size)));
  }

  where(buffer: Buffer): string {
    const place = defined(this.arena.places.get(buffer), `the place of ${buffer.name}`);
    return place.kind === "constant" ? `array: ${defined(place.names[0], "an array")}` : place.kind === "arena" ? `slot: ${place.slot}` : "";
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

class StreamText {
  readonly program: ProgramText;

  constructor(readonly stream: StreamProgram, readonly prefix: string, readonly context: ModelContext) {
    this.program = new ProgramText(stream.program, prefix, context);
  }

  definition(): string[] {
    const { program, stream } = this;
    const { loop, stepInputs, rows } = stream;
    const before = program.function("before", stream.program.body.slice(0, -1), { carried: [] });
    const step = program.function("step", loop.body, { parameters: stepParameters, axes: new Map([[loop.axis, "t"]]), carried: loop.carried });
    const inputs = stream.program.inputs;
    const feed = this.#feed(inputs.filter(({ name }) => stepInputs.includes(name)));
    const kept = program.arena.slots.flatMap((slot, i) => (slot.to >= this.#loopStart() ? [`{ slot: ${i}, sizes: [${program.sizes(slot.elements).join(", ")}] }`] : []));
    return [
      ...program.definition(inputs.filter(({ name }) => !stepInputs.includes(name)), stream.program.outputs),
      `memory: ${program.arena.memory},`,
      "active: undefined,",
      ...(rows === undefined ? [] : [`rows: ${stringLiteral(rows)},`, `rowsIndex: ${stream.program.lengths.indexOf(rows)},`]),
      `fixedLengths: [${this.#unseenLengths().map(stringLiteral).join(", ")}],`,
      "states: [",
      ...this.#states().map((line) => `  ${line}`),
      "],",
      `kept: [${kept.join(", ")}],`,
      `before: ${before},`,
      `feed: ${feed},`,
      `step: ${step},`,
    ];
  }

  /** What the loop's kernels touch lives from here on. */
  #loopStart(): number {
    const slots = this.stream.program.arena?.slots;
    const carried = this.stream.loop.carried.flatMap(({ current }) => slots?.find(({ buffer }) => buffer === current) ?? []);
    return carried.length === 0 ? 0 : Math.min(...carried.map(({ to }) => to));
  }

  /** Free lengths that only say how long the streamed sequence is: no step depends on them. */
  #unseenLengths(): string[] {
    const { loop, program } = this.stream;
    return program.lengths.filter((name) => name !== this.stream.rows && loop.axis.extent.length.terms.some(({ atom }) => atom.kind === "free" && atom.name === name));
  }

  #states(): string[] {
    const used = new Map<string, number>();
    const line = (buffer: Buffer, source: string | undefined, grows: boolean): string => {
      const base = source ?? buffer.source ?? buffer.name;
      const count = (used.get(base) ?? 0) + 1;
      used.set(base, count);
      const name = count === 1 ? base : `${base}#${count}`;
      return `{ name: ${stringLiteral(name)}, element: ${stringLiteral(buffer.element)}, ${this.program.where(buffer)}, sizes: [${this.program.sizes(buffer.shape).join(", ")}]${grows ? ", grows: true" : ""} },`;
    };
    const carried = this.stream.loop.carried.map(({ current, source }: Carried) => line(current, source, false));
    return [...carried, ...this.stream.histories.map((buffer) => line(buffer, undefined, buffer.shape[0] !== undefined && staticLength(buffer.shape[0]) === undefined))];
  }

  /** A function that checks and takes over the inputs of a step, without allocating. */
  #feed(inputs: readonly ProgramInput[]): string {
    const name = this.context.names.fresh(`${this.prefix}_feed`, "feed");
    const lines = inputs.flatMap((input) => {
      const { buffer, classes, type } = input;
      const place = this.program.placement(buffer);
      const array = place.kind === "constant" ? defined(place.names[0], "an array") : buffer.element === "float32" ? "F" : "I";
      const offset = place.kind === "arena" ? `o[${place.slot}]` : "0";
      const count = buffer.shape.map((size) => lengthExpression(size, this.stream.program.lengths)).join(" * ") || "1";
      const value = propertyOf("inputs", input.name);
      const label = stringLiteral(input.name);
      const range = type.kind === "condition" ? "0, 1" : classes === undefined ? "-2147483648, 2147483647" : `0, ${classes - 1}`;
      const feed = buffer.element === "float32" ? `feedReals(${array}, ${offset}, ${count}, ${value}, ${label});` : `feedIntegers(${array}, ${offset}, ${count}, ${value}, ${range}, ${label});`;
      const fallback = this.program.fallback(input);
      return fallback === undefined ? [feed] : [`if (${value} === undefined) ${fallback}(F, I, o, L, seed0, seed1);`, `else ${feed}`];
    });
    const needed = inputs.length === 0 ? [] : [`if (inputs === undefined || inputs === null) throw new TypeError("a step takes a record of inputs by name");`];
    this.program.texts.push(`${[`function ${name}(F, I, o, L, t, seed0, seed1, inputs) {`, ...[...needed, ...lines].map((line) => `  ${line}`), "}"].join("\n")}\n`);
    return name;
  }
}
