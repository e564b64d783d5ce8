/**
 * What a module says of one model: the functions that run it, at once and step by step, and a definition that tells the
 * runtime where inputs and outputs lie.
 */
import type { Buffer } from "../../ir/kernel/kernel.js";
import type { Instruction, Program, ProgramInput, ProgramOutput, StreamProgram } from "../../ir/program/program.js";
import { defined } from "../../support/invariant.js";
import { Definitions, integerRange, keptSlots, streamLengths } from "../definitions.js";
import type { TargetModel } from "../target.js";
import type { Place, Placement } from "./externals.js";
import { arenaLayout, type ArenaLayout } from "./layout.js";
import { isInherited, propertyOf, stringLiteral, type Names } from "../names.js";
import { lengthExpression } from "../length-text.js";
import { placeFunction } from "../place-text.js";
import type { RunFunctionRequest } from "./run-function.js";

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
  readonly values: Definitions;
  readonly #fallbacks = new Map<string, string>();

  constructor(readonly program: Program, readonly prefix: string, readonly context: ModelContext) {
    this.arena = arenaLayout(program, prefix, context.names);
    this.placement = (buffer) => this.arena.places.get(buffer) ?? context.weightPlace(buffer);
    this.values = new Definitions(program, (buffer) => this.#where(buffer));
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
    const { arena, program, values } = this;
    return [
      `lengths: [${program.lengths.map(stringLiteral).join(", ")}],`,
      "inputs: [",
      ...inputs.map((input) => `  { ${values.input(input, { fallback: this.fallback(input) })} },`),
      "],",
      "outputs: [",
      ...outputs.map((output) => `  { ${values.output(output)} },`),
      "],",
      `place: ${placeFunction(arena.slots, program.lengths)},`,
    ];
  }

  #where(buffer: Buffer): string {
    const place = defined(this.arena.places.get(buffer), `the place of ${buffer.name}`);
    return place.kind === "constant" ? `array: ${defined(place.names[0], "an array")}` : place.kind === "arena" ? `slot: ${place.slot}` : "";
  }
}

class StreamText {
  readonly program: ProgramText;

  constructor(readonly stream: StreamProgram, readonly prefix: string, readonly context: ModelContext) {
    this.program = new ProgramText(stream.program, prefix, context);
  }

  definition(): string[] {
    const { program, stream } = this;
    const { loop, stepInputs } = stream;
    const before = program.function("before", stream.program.body.slice(0, -1), { carried: [] });
    const step = program.function("step", loop.body, { parameters: stepParameters, axes: new Map([[loop.axis, "t"]]), carried: loop.carried });
    const inputs = stream.program.inputs;
    const feed = this.#feed(inputs.filter(({ name }) => stepInputs.includes(name)));
    return [
      ...program.definition(inputs.filter(({ name }) => !stepInputs.includes(name)), stream.program.outputs),
      `memory: ${program.arena.memory},`,
      "active: undefined,",
      ...streamLengths(stream),
      "states: [",
      ...program.values.states(stream).map((line) => `  ${line}`),
      "],",
      ...keptSlots(stream, program.arena.slots, program.values),
      `before: ${before},`,
      `feed: ${feed},`,
      `step: ${step},`,
    ];
  }

  /** A function that checks and takes over the inputs of a step, without allocating. */
  #feed(inputs: readonly ProgramInput[]): string {
    const name = this.context.names.fresh(`${this.prefix}_feed`, "feed");
    const lines = inputs.flatMap((input) => {
      const { buffer } = input;
      const place = this.program.placement(buffer);
      const array = place.kind === "constant" ? defined(place.names[0], "an array") : buffer.element === "float32" ? "F" : "I";
      const offset = place.kind === "arena" ? `o[${place.slot}]` : "0";
      const count = buffer.shape.map((size) => lengthExpression(size, this.stream.program.lengths)).join(" * ") || "1";
      const value = this.context.names.fresh(`${this.prefix}_value`, "value");
      const label = stringLiteral(input.name);
      const range = integerRange(input).join(", ");
      const feed = buffer.element === "float32" ? `feedReals(${array}, ${offset}, ${count}, ${value}, ${label});` : `feedIntegers(${array}, ${offset}, ${count}, ${value}, ${range}, ${label});`;
      const read = `const ${value} = ${isInherited(input.name) ? `ownOf(inputs, ${label})` : propertyOf("inputs", input.name)};`;
      const fallback = this.program.fallback(input);
      return fallback === undefined ? [read, feed] : [read, `if (${value} === undefined) ${fallback}(F, I, o, L, seed0, seed1);`, `else ${feed}`];
    });
    const known = this.context.names.fresh(`${this.prefix}_feeds`, "feeds");
    const checks = [`if (t === 0) checkStep(inputs, ${known});`, ...(inputs.length === 0 ? [] : ["checkRecord(inputs);"])];
    this.program.texts.push(`${[`const ${known} = [${inputs.map((input) => `{ name: ${stringLiteral(input.name)} }`).join(", ")}];`, `function ${name}(F, I, o, L, t, seed0, seed1, inputs) {`, ...[...checks, ...lines].map((line) => `  ${line}`), "}"].join("\n")}\n`);
    return name;
  }
}
