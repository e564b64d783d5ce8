/**
 * Where everything lies. A run has an arena; a module has one block of weights, which holds the parameters that kernels
 * read directly and what `prepare` makes of the others. Models of one module share what they have in common: parameters by
 * name, prepared buffers when they are computed alike from the same parameters.
 */
import { elementCount } from "../../ir/graph/types.js";
import { staticLength, type Length } from "../../ir/graph/length.js";
import type { Buffer } from "../../ir/kernel/kernel.js";
import type { Instruction, Program, ProgramParameter } from "../../ir/program/program.js";
import { instructionBuffers, programBuffers } from "../../ir/program/traverse.js";
import { invariant } from "../../support/invariant.js";
import type { BufferPlace } from "./run-function.js";
import type { MemoryBlock } from "./externals.js";

export function staticElements(shape: readonly Length[]): number | undefined {
  let count = 1;
  for (const size of shape) {
    const n = staticLength(size);
    if (n === undefined) return undefined;
    count *= n;
  }
  return count;
}

/** What a buffer of the arena needs at run time, when its place is not known before. */
export interface DynamicSlot {
  readonly shape: readonly Length[];
  readonly from: number;
  readonly to: number;
}

export interface ArenaLayout {
  readonly places: ReadonlyMap<Buffer, BufferPlace>;
  readonly slots: readonly DynamicSlot[];
  /** Elements, where every size is static. */
  readonly size: number | undefined;
}

/** The planner's arena, or, for a program that was not planned, every buffer in a place of its own. */
export function arenaLayout(program: Program): ArenaLayout {
  const places = new Map<Buffer, BufferPlace>();
  const { arena } = program;
  const wanted = [...programBuffers(program)].filter((buffer) => buffer.role !== "parameter" && buffer.role !== "prepared");
  if (arena !== undefined && arena.size !== undefined) {
    for (const { buffer, offset } of arena.slots) places.set(buffer, { block: "arena", offset, slot: undefined });
    checkAll(wanted, places);
    return { places, slots: [], size: arena.size };
  }
  if (arena !== undefined) {
    arena.slots.forEach(({ buffer }, slot) => places.set(buffer, { block: "arena", offset: undefined, slot }));
    checkAll(wanted, places);
    return { places, slots: arena.slots.map(({ elements, from, to }) => ({ shape: elements, from, to })), size: undefined };
  }
  let size: number | undefined = 0;
  for (const { shape } of wanted) {
    const count = staticElements(shape);
    size = size === undefined || count === undefined ? undefined : size + count;
  }
  let offset = 0;
  wanted.forEach((buffer, slot) => {
    places.set(buffer, size === undefined ? { block: "arena", offset: undefined, slot } : { block: "arena", offset, slot: undefined });
    offset += staticElements(buffer.shape) ?? 0;
  });
  const slots = size === undefined ? wanted.map(({ shape }) => ({ shape, from: 0, to: 0 })) : [];
  return { places, slots, size };
}

function checkAll(buffers: readonly Buffer[], places: ReadonlyMap<Buffer, BufferPlace>): void {
  for (const buffer of buffers) invariant(places.has(buffer), () => `the arena has no place for ${buffer.name}`);
}

/** Gives out places in the blocks of the module. */
export class WeightsLayout {
  readonly #sizes: { weights: number; scratch: number } = { weights: 0, scratch: 0 };
  readonly #parameters = new Map<string, { readonly parameter: ProgramParameter; readonly place: BufferPlace }>();
  readonly #places = new Map<Buffer, BufferPlace>();
  readonly #shared = new Map<string, BufferPlace>();

  size(block: "weights" | "scratch"): number {
    return this.#sizes[block];
  }

  place(buffer: Buffer): BufferPlace | undefined {
    return this.#places.get(buffer);
  }

  get parameters(): readonly { readonly parameter: ProgramParameter; readonly place: BufferPlace }[] {
    return [...this.#parameters.values()];
  }

  /** Parameters that some model reads directly are kept, the others are needed only while weights are prepared. */
  addParameters(programs: readonly { readonly program: Program; readonly body: readonly Instruction[] }[]): void {
    const kept = new Set<string>();
    for (const { program, body } of programs) {
      const used = instructionBuffers(body);
      for (const { name, buffer } of program.parameters) if (used.has(buffer)) kept.add(name);
    }
    for (const { program } of programs) {
      for (const parameter of program.parameters) {
        const { name, buffer, shape } = parameter;
        const known = this.#parameters.get(name);
        invariant(known === undefined || known.parameter.shape.join() === shape.join(), () => `two shapes of the parameter ${name}`);
        const place = known?.place ?? this.#take(kept.has(name) ? "weights" : "scratch", elementCount(shape));
        if (known === undefined) this.#parameters.set(name, { parameter, place });
        this.#places.set(buffer, place);
      }
    }
  }

  /** A prepared buffer; one that was made before under the same key shares its place. */
  addPrepared(buffer: Buffer, kept: boolean, key: string): { readonly place: BufferPlace; readonly shared: boolean } {
    const full = `${kept ? "weights" : "scratch"} ${key}`;
    const known = this.#shared.get(full);
    const size = staticElements(buffer.shape);
    invariant(size !== undefined, () => `${buffer.name} is prepared, but its size depends on the run`);
    const place = known ?? this.#take(kept ? "weights" : "scratch", size);
    this.#shared.set(full, place);
    this.#places.set(buffer, place);
    return { place, shared: known !== undefined };
  }

  #take(block: Exclude<MemoryBlock, "arena">, size: number): BufferPlace {
    const offset = this.#sizes[block];
    this.#sizes[block] += size;
    return { block, offset, slot: undefined };
  }
}
