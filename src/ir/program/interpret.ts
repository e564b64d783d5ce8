/**
 * What a program means, slowly. It is the reference for the passes over programs and for backends; the graph's interpreter
 * is that for the lowering.
 */
import { seedKey } from "../graph/draw.js";
import { evaluateLength, type Length } from "../graph/length.js";
import { axisBounds, interpretKernel, type Elements, type KernelRun, type Rounding } from "../kernel/interpret.js";
import type { Axis, Buffer } from "../kernel/kernel.js";
import { at, defined, invariant } from "../../support/invariant.js";
import type { Instruction, Loop, Program, StreamProgram } from "./program.js";

export interface ProgramRunOptions {
  readonly parameters?: Readonly<Record<string, ArrayLike<number>>>;
  readonly inputs?: Readonly<Record<string, ArrayLike<number>>>;
  readonly lengths?: Readonly<Record<string, number>>;
  readonly seed?: number;
  readonly round?: Rounding;
}

export function interpretProgram(program: Program, options: ProgramRunOptions = {}): Record<string, readonly number[]> {
  const machine = new Machine(program, options);
  machine.start(program.inputs.map(({ name }) => name));
  machine.run(program.body);
  return machine.outputs();
}

/** A stream, step by step: the inputs of each step, and what it puts out. */
export function interpretStream(stream: StreamProgram, options: ProgramRunOptions, steps: readonly Readonly<Record<string, ArrayLike<number>>>[]): Record<string, readonly number[]>[] {
  const { program, loop, stepInputs, rows } = stream;
  const lengths = { ...Object.fromEntries(program.lengths.map((name) => [name, steps.length])), ...(rows === undefined ? {} : { [rows]: steps.length }), ...options.lengths };
  const machine = new Machine(program, { ...options, lengths });
  machine.start(program.inputs.map(({ name }) => name).filter((name) => !stepInputs.includes(name)));
  machine.run(program.body.slice(0, -1));
  return steps.map((inputs, t) => {
    machine.feed(stepInputs, inputs);
    machine.turn(loop, t);
    return machine.outputs();
  });
}

class Machine {
  readonly #program: Program;
  readonly #options: ProgramRunOptions;
  /** What lies under the name of a buffer: states change places. */
  readonly #memory = new Map<Buffer, Elements>();
  readonly #axes = new Map<Axis, number>();
  readonly #run: KernelRun;

  constructor(program: Program, options: ProgramRunOptions) {
    this.#program = program;
    this.#options = options;
    this.#run = {
      memory: (buffer) => this.#elements(buffer),
      length: (length) => this.#length(length),
      axes: this.#axes,
      seed: seedKey(options.seed ?? 0),
      round: options.round,
    };
  }

  start(inputs: readonly string[]): void {
    for (const { name, buffer } of this.#program.parameters) this.#fill(buffer, this.#options.parameters?.[name], `parameter ${name}`);
    this.run(this.#program.prepare);
    this.feed(inputs, this.#options.inputs ?? {});
  }

  feed(names: readonly string[], values: Readonly<Record<string, ArrayLike<number>>>): void {
    for (const { name, buffer, fallback } of this.#program.inputs) {
      if (!names.includes(name)) continue;
      if (values[name] === undefined && fallback !== undefined) for (const kernel of fallback) interpretKernel(kernel, this.#run);
      else this.#fill(buffer, values[name], `input ${name}`);
    }
  }

  run(instructions: readonly Instruction[]): void {
    for (const instruction of instructions) {
      if (instruction.op === "kernel") interpretKernel(instruction.kernel, this.#run);
      else if (instruction.op === "copy") this.#memory.set(instruction.to, [...this.#elements(instruction.from)]);
      else {
        const [start, end] = axisBounds(instruction.axis, this.#run);
        const count = Math.max(0, end - start);
        for (let i = 0; i < count; i++) this.turn(instruction, instruction.reverse ? end - 1 - i : start + i);
      }
    }
  }

  turn(loop: Loop, position: number): void {
    this.#axes.set(loop.axis, position);
    this.run(loop.body);
    this.#axes.delete(loop.axis);
    const next = loop.carried.map((pair) => this.#elements(pair.next));
    const current = loop.carried.map((pair) => this.#elements(pair.current));
    loop.carried.forEach((pair, i) => {
      if (pair.current === pair.next) return;
      this.#memory.set(pair.current, at(next, i));
      this.#memory.set(pair.next, at(current, i));
    });
  }

  outputs(): Record<string, readonly number[]> {
    return Object.fromEntries(this.#program.outputs.map(({ name, buffer }) => [name, Array.from(this.#elements(buffer), (value, i) => defined(value, `element ${i} of output ${name}`))]));
  }

  #fill(buffer: Buffer, values: ArrayLike<number> | undefined, what: string): void {
    const given = Array.from(defined(values, what));
    invariant(given.length === this.#size(buffer), () => `${what} has ${given.length} elements, not ${this.#size(buffer)}`);
    this.#memory.set(buffer, given);
  }

  #elements(buffer: Buffer): Elements {
    const known = this.#memory.get(buffer);
    if (known !== undefined) return known;
    const made: Elements = new Array<number | undefined>(this.#size(buffer)).fill(undefined);
    this.#memory.set(buffer, made);
    return made;
  }

  #size({ shape }: Buffer): number {
    return shape.reduce((product, length) => product * this.#length(length), 1);
  }

  #length(length: Length): number {
    return evaluateLength(length, (name) => defined(this.#options.lengths?.[name], `the length ${name}`));
  }
}
