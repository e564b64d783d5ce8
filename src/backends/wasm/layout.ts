/**
 * The linear memory of a module, in bytes:
 *
 *     0      nothing, so that no address of a vector that begins before its buffer is below 0
 *     16     how far memory may be read: its end less one vector
 *     64     for each program a block: its control words, then its buffers of known size as the planner placed them
 *     ..     weights that are read later, each at a multiple of 64
 *     heap   buffers whose size depends on the lengths of a run; before that, while weights are prepared, those that are
 *            needed only then
 *
 * Control words tell a program what is known only when it runs: where each buffer of the heap begins, lengths, the seed,
 * positions of the loops around a kernel. Kernels read them where they begin, so no function takes arguments.
 */
import { lengthText, staticElements, type Length } from "../../ir/graph/length.js";
import { elementCount } from "../../ir/graph/types.js";
import { type Axis, type Buffer, elementBytes } from "../../ir/kernel/kernel.js";
import type { Instruction, Program, Slot } from "../../ir/program/program.js";
import { instructionBuffers, programBuffers } from "../../ir/program/traverse.js";
import { invariant } from "../../support/invariant.js";
import type { PreparedLayout } from "../prepare.js";
import { separateArena } from "../sizes.js";

/** Where the address of the last readable vector is kept. */
export const limitAddress = 16;

/** Where the block of the first program begins. */
export const firstBlock = 64;

export type Place =
  | { readonly kind: "static"; readonly address: number }
  /** The control word that holds where it begins. */
  | { readonly kind: "slot"; readonly word: number };

function align(address: number, to: number): number {
  return Math.ceil(address / to) * to;
}

/** One program's block. Control words are given out as they are asked for, up to the room that was counted for them. */
export class ProgramBlock {
  readonly base: number;
  readonly end: number;
  readonly slots: readonly Slot[];
  readonly #places = new Map<Buffer, Place>();
  readonly #words = new Map<string, number>();
  readonly #axes = new Map<Axis, number>();
  readonly #lengths: { readonly length: Length; readonly address: number }[] = [];
  #next: number;
  readonly #wordsEnd: number;

  constructor(base: number, program: Pick<Program, "arena"> | undefined, buffers: readonly Buffer[], words: number) {
    this.base = base;
    this.#next = base;
    const arena = program?.arena ?? separateArena(buffers);
    const slots: Slot[] = [];
    this.#wordsEnd = base + 4 * (words + arena.slots.length + 2);
    const first = align(this.#wordsEnd, 64);
    for (const slot of arena.slots) {
      if (slot.offset !== undefined) {
        this.#places.set(slot.buffer, { kind: "static", address: first + 4 * slot.offset });
        continue;
      }
      this.#places.set(slot.buffer, { kind: "slot", word: this.#take(1) });
      slots.push(slot);
    }
    this.slots = slots;
    this.end = align(first + 4 * arena.fixed + 16, 64);
    for (const buffer of buffers) invariant(this.#places.has(buffer), () => `the arena has no place for ${buffer.name}`);
  }

  #take(count: number): number {
    const address = this.#next;
    this.#next += 4 * count;
    invariant(this.#next <= this.#wordsEnd, () => "there are more control words than were counted");
    return address;
  }

  place(buffer: Buffer): Place | undefined {
    return this.#places.get(buffer);
  }

  /** The words of the heap's offsets are the first of the block. */
  get firstSlotWord(): number {
    return this.base;
  }

  seed(word: 0 | 1): number {
    return this.#word(`seed ${word}`);
  }

  axis(axis: Axis): number {
    const known = this.#axes.get(axis) ?? this.#take(1);
    this.#axes.set(axis, known);
    return known;
  }

  length(length: Length): number {
    const key = `length ${lengthText(length)}`;
    const known = this.#words.get(key);
    if (known !== undefined) return known;
    const address = this.#word(key);
    this.#lengths.push({ length, address });
    return address;
  }

  /** The lengths that were asked for, with the addresses of their words. */
  get lengths(): readonly { readonly length: Length; readonly address: number }[] {
    return this.#lengths;
  }

  scratch(count: number): number {
    return this.#take(count);
  }

  #word(key: string): number {
    const known = this.#words.get(key) ?? this.#take(1);
    this.#words.set(key, known);
    return known;
  }
}

export interface ParameterPlace {
  readonly name: string;
  readonly shape: readonly number[];
  readonly address: number;
}

/** Weights: what is read later lies before the heap, what is needed only while they are prepared lies in it. */
export class WeightsLayout implements PreparedLayout {
  readonly #places = new Map<Buffer, Place>();
  readonly #parameters = new Map<string, ParameterPlace>();
  readonly #shared = new Map<string, Place>();
  /** What lies in the heap is placed when the heap's beginning is known. */
  readonly #later: { readonly bytes: number; set(address: number): void }[] = [];
  #next: number;
  /** The end of memory while weights are prepared. */
  #top = 0;

  constructor(first: number) {
    this.#next = align(first, 64);
  }

  place(buffer: Buffer): Place | undefined {
    return this.#places.get(buffer);
  }

  get heap(): number {
    return this.#next;
  }

  get top(): number {
    return this.#top;
  }

  get parameters(): readonly ParameterPlace[] {
    return [...this.#parameters.values()];
  }

  addParameters(programs: readonly { readonly program: Pick<Program, "parameters">; readonly body: readonly Instruction[] }[]): void {
    const kept = new Set(programs.flatMap(({ program, body }) => {
      const used = instructionBuffers(body);
      return program.parameters.filter(({ buffer }) => used.has(buffer)).map(({ name }) => name);
    }));
    const buffers = new Map<string, Buffer[]>();
    for (const { program } of programs) for (const { name, buffer } of program.parameters) buffers.set(name, [...(buffers.get(name) ?? []), buffer]);
    const seen = new Map<string, readonly number[]>();
    for (const { program } of programs) {
      for (const { name, shape } of program.parameters) {
        const known = seen.get(name);
        invariant(known === undefined || known.join() === shape.join(), () => `two shapes of the parameter ${name}`);
        if (known !== undefined) continue;
        seen.set(name, shape);
        this.#parameters.set(name, { name, shape, address: 0 });
        this.#allocate(kept.has(name), 4 * elementCount(shape), (address) => {
          this.#parameters.set(name, { name, shape, address });
          for (const buffer of buffers.get(name) ?? []) this.#places.set(buffer, { kind: "static", address });
        });
      }
    }
  }

  addPrepared(buffer: Buffer, kept: boolean, key: string): { readonly shared: boolean } {
    const full = `${kept ? "kept" : "scratch"} ${key}`;
    const known = this.#shared.get(full);
    if (known !== undefined) {
      this.#places.set(buffer, known);
      return { shared: true };
    }
    const size = staticElements(buffer.shape);
    invariant(size !== undefined, () => `${buffer.name} is prepared, but its size depends on the run`);
    const place = { kind: "static" as const, address: 0 };
    this.#places.set(buffer, place);
    this.#shared.set(full, place);
    this.#allocate(kept, elementBytes[buffer.element] * size, (address) => {
      place.address = address;
    });
    return { shared: false };
  }

  #allocate(kept: boolean, bytes: number, set: (address: number) => void): void {
    if (!kept) {
      this.#later.push({ bytes, set });
      return;
    }
    set(this.#next);
    this.#next = align(this.#next + bytes + 16, 64);
  }

  /** After everything that is kept has its place. */
  placeRest(): void {
    let next = this.#next;
    for (const { bytes, set } of this.#later) {
      set(next);
      next = align(next + bytes + 16, 64);
    }
    this.#top = next;
  }
}

/** The buffers of a program that are no weights. */
export function arenaBuffers(program: Program): readonly Buffer[] {
  return [...programBuffers(program)].filter(({ role }) => role !== "parameter" && role !== "prepared");
}
