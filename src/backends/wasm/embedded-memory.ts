/**
 * What a module with quantised weights brings along. It is not the parameters, which are float32, nor what kernels read in the
 * end, which is there more than once, laid out for each program: it is whatever between the two takes the fewest bytes, such as
 * integers with their scales, or the sum of two biases. Everything that a run reads is made of it by what is left of
 * `prepare`.
 */
import { staticElements } from "../../ir/graph/length.js";
import { kernelOperations } from "../../ir/program/figures.js";
import { interpretProgram } from "../../ir/program/interpret.js";
import type { Instruction, ProgramOutput } from "../../ir/program/program.js";
import { instructionBuffers, mapKernels, visitInstructions } from "../../ir/program/traverse.js";
import { type Buffer, elementBytes } from "../../ir/kernel/kernel.js";
import { loadedBuffers, rewriteKernel, storedBuffers } from "../../ir/kernel/traverse.js";
import { at, defined } from "../../support/invariant.js";
import { smallestCut } from "./smallest-cut.js";

export interface EmbeddedMemory {
  /** In the order in which their bytes follow each other. */
  readonly places: readonly { readonly address: number; readonly bytes: number }[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface Preparation {
  readonly instructions: readonly Instruction[];
  readonly parameters: readonly { readonly name: string; readonly buffer: Buffer }[];
  /** What runs read: parameters as they are, and prepared buffers. */
  readonly kept: ReadonlySet<Buffer>;
  /** Buffers of one address are one buffer. */
  readonly address: (buffer: Buffer) => number;
}

/** What is embedded, and the instructions that make everything else of it. */
export interface EmbeddedCut {
  readonly buffers: readonly Buffer[];
  readonly finish: readonly Instruction[];
}

/** More operations than this are left to the module: here they are interpreted, one by one. */
const mostOperations = 2e7;

export function embeddedCut({ instructions, parameters, kept, address }: Preparation): EmbeddedCut {
  const buffers = new Map<number, Buffer>();
  for (const buffer of [...parameters.map((parameter) => parameter.buffer), ...instructionBuffers(instructions), ...kept]) if (!buffers.has(address(buffer))) buffers.set(address(buffer), buffer);
  const steps = instructions.map((instruction) => ({ instruction, ...accessesOf(instruction, address) }));
  const slow = new Set(steps.flatMap(({ instruction, stored }) => (operations(instruction) > mostOperations ? stored : [])));
  const own = new Set(parameters.map(({ buffer }) => address(buffer)));
  const nodes = [...buffers].map(([place, buffer]) => ({
    node: place,
    cost: slow.has(place) ? Infinity : bytesOf(buffer),
    next: steps.flatMap(({ loaded, stored }) => (loaded.includes(place) ? stored.filter((each) => each !== place) : [])),
  }));
  const cut = defined(smallestCut(nodes, own, new Set([...kept].map(address))), "what is embedded: the parameters would do");
  const needed = new Set([...kept].map(address));
  const finish: Instruction[] = [];
  for (const { instruction, loaded, stored } of [...steps].reverse()) {
    if (!stored.some((place) => needed.has(place) && !cut.has(place))) continue;
    finish.unshift(instruction);
    for (const place of loaded) needed.add(place);
  }
  return { buffers: [...cut].sort((a, b) => a - b).map((place) => defined(buffers.get(place), "a buffer")), finish };
}

/** The numbers of what is embedded, computed as the module would. */
export function embeddedMemory(cut: EmbeddedCut, { instructions, parameters, address }: Preparation, weights: ReadonlyMap<string, Float32Array>): EmbeddedMemory {
  const first = new Map<number, Buffer>();
  const only = (buffer: Buffer): Buffer => {
    const known = first.get(address(buffer)) ?? buffer;
    first.set(address(buffer), known);
    return known;
  };
  const needed = new Set(cut.buffers.map(address));
  const before: Instruction[] = [];
  for (const instruction of [...instructions].reverse()) {
    const { loaded, stored } = accessesOf(instruction, address);
    if (!stored.some((place) => needed.has(place))) continue;
    before.unshift(instruction);
    for (const place of loaded) needed.add(place);
  }
  const named = new Map(parameters.map(({ name, buffer }) => [name, { name, buffer: only(buffer), shape: [...buffer.shape].map(({ constant }) => constant), initialiser: undefined }]));
  const outputs = cut.buffers.map((buffer, i): ProgramOutput => ({ name: String(i), buffer: only(buffer), type: { kind: "real", dims: [], shape: [] } }));
  const body = mapKernels(before, (kernel) => rewriteKernel(kernel, { buffer: only }));
  const program = { name: "embedded", inputs: [], parameters: [...named.values()], outputs, lengths: [], prepare: [], body, arena: undefined };
  const values = interpretProgram(program, { parameters: Object.fromEntries(weights), round: "operations" });
  const places = cut.buffers.map((buffer) => ({ address: address(buffer), bytes: bytesOf(buffer) }));
  const bytes = new Uint8Array(places.reduce((sum, each) => sum + each.bytes, 0));
  const view = new DataView(bytes.buffer);
  let position = 0;
  for (const [i, buffer] of cut.buffers.entries()) {
    for (const value of at(Object.values(values), i)) {
      writers[buffer.element](view, position, value);
      position += elementBytes[buffer.element];
    }
  }
  return { places, bytes };
}

const writers: { readonly [E in Buffer["element"]]: (view: DataView, position: number, value: number) => void } = {
  float32: (view, position, value) => view.setFloat32(position, value, true),
  int32: (view, position, value) => view.setInt32(position, value, true),
  int16: (view, position, value) => view.setInt16(position, value, true),
  int8: (view, position, value) => view.setInt8(position, value),
};

function bytesOf(buffer: Buffer): number {
  return elementBytes[buffer.element] * defined(staticElements(buffer.shape), "the size of what is prepared");
}

function accessesOf(instruction: Instruction, address: (buffer: Buffer) => number): { readonly loaded: readonly number[]; readonly stored: readonly number[] } {
  if (instruction.op === "kernel") return { loaded: [...loadedBuffers(instruction.kernel)].map(address), stored: [...storedBuffers(instruction.kernel)].map(address) };
  // A loop may read and write whatever it touches.
  const all = [...instructionBuffers([instruction])];
  return { loaded: all.map(address), stored: all.filter(({ role }) => role !== "parameter").map(address) };
}

function operations(instruction: Instruction): number {
  let sum = 0;
  visitInstructions([instruction], (each) => {
    if (each.op === "kernel") sum += kernelOperations(each.kernel, () => 1);
  });
  return sum;
}
