/**
 * The verifier of programs: what holds of every program after the lowering and after each pass. Kernels have invariants of
 * their own (../kernel/verify.ts).
 *
 *  1. names: buffers have different names; so have inputs, parameters and outputs among themselves.
 *  2. roles: an input's buffer has the role `input`, a parameter's `parameter`, an output's `output`, and no other is its;
 *     shapes fit the types.
 *  3. lengths: every free length that is used is declared.
 *  4. prepare: it loads parameters and prepared buffers, stores prepared ones, draws nothing, and depends on no free length.
 *  5. body: it stores no input, parameter or prepared buffer; a fallback stores its own input, and temporaries that nobody else uses.
 *  6. written: every buffer is written before it is read; in a loop before it, or in the same turn.
 *  7. stages: a kernel does not read what another one of its stage, in the same list, stores; another part of the same
 *     buffer it may read.
 *  8. carried: a state and its next have one shape, element and the role `state`, or are outputs; each is carried once; the
 *     state is written before the loop and its next value in every turn.
 *  9. loops: names of axes differ from those of the loops around.
 * 10. copies: of one shape and element, between two buffers.
 * 11. arena: every input, state, temporary and output has one slot, of its size, alive wherever it is used; what is alive
 *     together does not overlap; a slot has an offset exactly where its size is known, and all end within `fixed`.
 */
import { InternalError } from "../../support/invariant.js";
import { freeNames, lengthText, sameLength, staticElements, staticLength, type Length } from "../graph/length.js";
import type { Axis, Buffer, BufferRole, Kernel } from "../kernel/kernel.js";
import { areApart } from "../kernel/ranges.js";
import { axisRoots, buffersBelow, kernelRoots, loadedBuffers, storedBuffers, visitExprs } from "../kernel/traverse.js";
import { verifyKernel } from "../kernel/verify.js";
import type { Arena, Instruction, Loop, Program, StreamProgram } from "./program.js";
import { instructionBuffers, programBuffers, programKernels, programLoops } from "./traverse.js";

/** The invariants of the header, by number. */
export const programInvariants = {
  1: "names", 2: "roles", 3: "lengths", 4: "prepare", 5: "body", 6: "written", 7: "stages", 8: "carried", 9: "loops", 10: "copies", 11: "arena",
} as const;

export type ProgramInvariant = keyof typeof programInvariants;

/** Every violation that was found. Of a sound program: none. */
export function verifyProgram(program: Program): string[] {
  return new ProgramVerifier(program, []).verify();
}

/** What a step gets from its caller, and rows of earlier steps, are there when its loop begins. */
export function verifyStream({ program, loop, histories }: StreamProgram): string[] {
  const faults = new ProgramVerifier(program, histories).verify();
  if (program.body.at(-1) !== loop) faults.push("stream: the program does not end with its loop");
  return faults;
}

/**
 * @param whatRan the pass, or whatever else made the program
 * @param histories for the program of a stream, its rows of earlier steps
 */
export function checkProgram(program: Program, whatRan: string, histories: readonly Buffer[] = []): void {
  const violations = new ProgramVerifier(program, histories).verify();
  if (violations.length > 0) throw new InternalError(`${whatRan} made a broken program:\n  ${violations.slice(0, 20).join("\n  ")}`);
}

class ProgramVerifier {
  readonly #program: Program;
  readonly #violations = new Set<string>();
  readonly #written = new Set<Buffer>();

  constructor(program: Program, histories: readonly Buffer[]) {
    this.#program = program;
    for (const { buffer } of [...program.inputs, ...program.parameters]) this.#written.add(buffer);
    for (const history of histories) this.#written.add(history);
  }

  verify(): string[] {
    const { prepare, body, inputs } = this.#program;
    this.#names();
    this.#roles();
    this.#lengths();
    this.#prepare();
    this.#list(prepare, []);
    const others = instructionBuffers([...prepare, ...body]);
    for (const { name, fallback, buffer } of inputs) {
      for (const kernel of fallback ?? []) {
        this.#kernel(kernel, []);
        if ([...storedBuffers(kernel)].some((stored) => stored !== buffer && (stored.role !== "temporary" || others.has(stored)))) this.#fault(5, `the fallback of input ${name} stores another buffer`);
      }
    }
    for (const kernel of programKernels(body)) {
      for (const { role, name } of storedBuffers(kernel)) {
        if (role === "input" || role === "parameter" || role === "prepared") this.#fault(5, `${kernel.name} stores ${name}, ${role}`);
      }
    }
    this.#list(body, []);
    for (const { name, buffer } of this.#program.outputs) if (!this.#written.has(buffer)) this.#fault(6, `output ${name} is never written`);
    if (this.#program.arena !== undefined) this.#arena(this.#program.arena);
    return [...this.#violations];
  }

  #fault(invariant: ProgramInvariant, problem: string): void {
    this.#violations.add(`${programInvariants[invariant]}: ${problem}`);
  }

  #names(): void {
    const different = (what: string, names: readonly string[]): void => {
      const seen = new Set<string>();
      for (const name of names) {
        if (seen.has(name)) this.#fault(1, `two ${what} are called ${name}`);
        seen.add(name);
      }
    };
    const { inputs, parameters, outputs } = this.#program;
    different("buffers", [...programBuffers(this.#program)].map(({ name }) => name));
    different("inputs", inputs.map(({ name }) => name));
    different("parameters", parameters.map(({ name }) => name));
    different("outputs", outputs.map(({ name }) => name));
  }

  #roles(): void {
    const { inputs, parameters, outputs } = this.#program;
    const listed = new Map<Buffer, BufferRole>();
    const list = (role: BufferRole, named: readonly { readonly name: string; readonly buffer: Buffer }[]): void => {
      for (const { name, buffer } of named) {
        if (buffer.role !== role) this.#fault(2, `${role} ${name} lies in ${buffer.name}, ${buffer.role}`);
        listed.set(buffer, role);
      }
    };
    list("input", inputs);
    list("parameter", parameters);
    list("output", outputs);
    for (const buffer of programBuffers(this.#program)) {
      const { role, name } = buffer;
      if ((role === "input" || role === "parameter" || role === "output") && listed.get(buffer) !== role) this.#fault(2, `${name} is no ${role} of the program`);
    }
    for (const { name, buffer, shape } of parameters) {
      if (staticElements(buffer.shape) !== shape.reduce((product, size) => product * size, 1)) this.#fault(2, `parameter ${name} is [${shape.join(",")}], its buffer [${buffer.shape.map(lengthText).join(",")}]`);
    }
    for (const { name, buffer, type } of [...inputs, ...outputs]) {
      if (buffer.element !== (type.kind === "real" ? "float32" : "int32")) this.#fault(2, `${name} is ${type.kind} and lies in ${buffer.element}`);
    }
  }

  #lengths(): void {
    const declared = new Set(this.#program.lengths);
    const use = (length: Length): void => {
      for (const name of freeNames(length)) if (!declared.has(name)) this.#fault(3, `${name} is not declared`);
    };
    for (const { shape } of programBuffers(this.#program)) shape.forEach(use);
    for (const kernel of [...programKernels(this.#program.prepare), ...programKernels(this.#program.body)]) {
      for (const axis of [...kernel.space, ...kernel.reductions.flatMap(({ axes }) => axes)]) use(axis.extent.length);
      visitExprs(kernelRoots(kernel), (expr) => {
        if (expr.op === "length") use(expr.length);
      });
    }
    for (const { axis } of programLoops(this.#program.body)) use(axis.extent.length);
  }

  #prepare(): void {
    for (const kernel of programKernels(this.#program.prepare)) {
      for (const { role, name } of loadedBuffers(kernel)) if (role !== "parameter" && role !== "prepared") this.#fault(4, `${kernel.name} loads ${name}, ${role}`);
      for (const { role, name } of storedBuffers(kernel)) if (role !== "prepared") this.#fault(4, `${kernel.name} stores ${name}, ${role}`);
      visitExprs(kernelRoots(kernel), (expr) => {
        if (expr.op === "draw") this.#fault(4, `${kernel.name} draws`);
        if (expr.op === "length" && staticLength(expr.length) === undefined) this.#fault(4, `${kernel.name} depends on ${lengthText(expr.length)}`);
      });
      const axes = [...kernel.space, ...kernel.reductions.flatMap(({ axes }) => axes)];
      if (axes.some(({ extent }) => staticLength(extent.length) === undefined)) this.#fault(4, `${kernel.name} runs over a free length`);
    }
  }

  /** Instructions in order: what is read was written, and kernels of a stage don't read each other. */
  #list(instructions: readonly Instruction[], enclosing: readonly Axis[]): void {
    const stored = new Map<Buffer, Kernel[]>();
    for (const instruction of instructions) {
      switch (instruction.op) {
        case "kernel": {
          const { kernel } = instruction;
          visitExprs(kernelRoots(kernel), (expr) => {
            if (expr.op !== "load") return;
            for (const writer of stored.get(expr.buffer) ?? []) {
              const meets = writer.stores.some((store) => store.buffer === expr.buffer && !areApart(store.index, expr.index));
              if (writer.stage === kernel.stage && meets) this.#fault(7, `${kernel.name} reads ${expr.buffer.name}, which ${writer.name} of stage ${kernel.stage} stores`);
            }
          });
          this.#kernel(kernel, enclosing);
          for (const buffer of storedBuffers(kernel)) stored.set(buffer, [...(stored.get(buffer) ?? []), kernel]);
          break;
        }
        case "copy": {
          const { from, to } = instruction;
          this.#read(from, "a copy");
          if (from === to || from.element !== to.element || !sameShapes(from.shape, to.shape)) this.#fault(10, `${from.name} to ${to.name}`);
          this.#written.add(to);
          break;
        }
        case "loop":
          this.#loop(instruction, enclosing);
          break;
      }
    }
  }

  #kernel(kernel: Kernel, enclosing: readonly Axis[]): void {
    for (const violation of verifyKernel(kernel, enclosing)) this.#violations.add(violation);
    for (const buffer of loadedBuffers(kernel)) this.#read(buffer, kernel.name);
    for (const buffer of storedBuffers(kernel)) this.#written.add(buffer);
  }

  #read(buffer: Buffer, reader: string): void {
    if (!this.#written.has(buffer)) this.#fault(6, `${reader} reads ${buffer.name} before it is written`);
  }

  #loop({ axis, carried, body }: Loop, enclosing: readonly Axis[]): void {
    if (enclosing.some(({ name }) => name === axis.name)) this.#fault(9, `two loops over ${axis.name} inside each other`);
    for (const buffer of buffersBelow(axisRoots(axis))) this.#read(buffer, `the loop over ${axis.name}`);
    const currents = new Set(carried.map(({ current }) => current));
    if (currents.size !== carried.length) this.#fault(8, "a state is carried twice");
    if (new Set(carried.map(({ next }) => next)).size !== carried.length) this.#fault(8, "two states have one next value");
    const before = new Set(this.#written);
    const inside = new Set(programKernels(body).flatMap((kernel) => [...storedBuffers(kernel)]));
    for (const instruction of body) if (instruction.op === "copy") inside.add(instruction.to);
    for (const { current, next } of carried) {
      if (current.element !== next.element || !sameShapes(current.shape, next.shape)) this.#fault(8, `${current.name} becomes ${next.name}, of another shape or element`);
      for (const { role, name } of [current, next]) if (role !== "state" && role !== "output") this.#fault(8, `${name} is carried, but is ${role}`);
      if (next !== current && currents.has(next)) this.#fault(8, `${next.name} is a state and the next value of another`);
      if (!before.has(current)) this.#fault(8, `${current.name} has no value before the loop`);
      if (!inside.has(next)) this.#fault(8, `no turn writes ${next.name}`);
    }
    // A next value of the turn before lies under the name of the state: it must be written anew before it is read.
    for (const { current, next } of carried) if (next !== current) this.#written.delete(next);
    this.#list(body, [...enclosing, axis]);
    for (const { current } of carried) this.#written.add(current);
  }

  #arena({ slots, fixed, size }: Arena): void {
    const seen = new Set<Buffer>();
    for (const { buffer, elements: shape, offset } of slots) {
      if (seen.has(buffer)) this.#fault(11, `${buffer.name} has two slots`);
      seen.add(buffer);
      if (!sameShapes(shape, buffer.shape)) this.#fault(11, `the slot of ${buffer.name} has another size`);
      const count = staticElements(shape);
      if ((count === undefined) !== (offset === undefined)) this.#fault(11, `the slot of ${buffer.name} has ${offset === undefined ? "no" : "an"} offset`);
      if (count !== undefined && offset !== undefined && offset + count > fixed) this.#fault(11, `the slot of ${buffer.name} ends outside the arena`);
    }
    for (const buffer of programBuffers(this.#program)) {
      if (buffer.role !== "parameter" && buffer.role !== "prepared" && !seen.has(buffer)) this.#fault(11, `${buffer.name} has no slot`);
    }
    if (size !== undefined && (size !== fixed || slots.some(({ offset }) => offset === undefined))) this.#fault(11, "not all of the arena is fixed");
    for (const [i, a] of slots.entries()) {
      for (const b of slots.slice(0, i)) {
        if (a.offset === undefined || b.offset === undefined || a.from > b.to || b.from > a.to) continue;
        const apart = a.offset + (staticElements(a.elements) ?? 0) <= b.offset || b.offset + (staticElements(b.elements) ?? 0) <= a.offset;
        if (!apart) this.#fault(11, `${a.buffer.name} and ${b.buffer.name} overlap`);
      }
    }
    this.#alive(slots);
  }

  /** Every access lies within the life of its slot. Instructions are numbered as the planner does, from 1. */
  #alive(slots: Arena["slots"]): void {
    const lives = new Map(slots.map((slot) => [slot.buffer, slot]));
    let position = 0;
    const touch = (buffer: Buffer): void => {
      const life = lives.get(buffer);
      if (life !== undefined && (position < life.from || position > life.to)) this.#fault(11, `${buffer.name} is used at ${position}, alive from ${life.from} to ${life.to}`);
    };
    const visit = (instructions: readonly Instruction[]): void => {
      for (const instruction of instructions) {
        if (instruction.op === "loop") {
          visit(instruction.body);
          continue;
        }
        position += 1;
        const used = instruction.op === "kernel" ? [...loadedBuffers(instruction.kernel), ...storedBuffers(instruction.kernel)] : [instruction.from, instruction.to];
        used.forEach(touch);
      }
    };
    visit(this.#program.body);
  }
}

function sameShapes(a: readonly Length[], b: readonly Length[]): boolean {
  return a.length === b.length && a.every((length, i) => b[i] !== undefined && sameLength(length, b[i]));
}
