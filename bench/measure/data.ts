/**
 * What a measuring process gets: a case, its numbers, and the modules that the compiler made. It is a folder with
 * `case.json` and `numbers.bin`, so that every process, in whatever language, reads the same.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Case } from "../cases.js";

export interface NumberArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** One member of a batch: its sequences by name. */
export type Member = Readonly<Record<string, NumberArray>>;

export interface CaseData {
  readonly case: Case;
  readonly weights: Readonly<Record<string, NumberArray>>;
  readonly members: readonly Member[];
  /** What the graph interpreter says; which part of the task it covers is `checked`. */
  readonly expected: Float32Array;
  /** The compiled modules by the names of our variants, as paths. */
  readonly modules: Readonly<Record<string, string>>;
  /** The same net with kernels for gpu.js, which races as a peer. */
  readonly gpuModule: string;
}

/** Of a stream, the first steps are checked; of a batch, the first and the last member. */
export const checkedSteps = 10;

export function checkedMembers(count: number): number[] {
  return count === 1 ? [0] : [0, count - 1];
}

interface Place {
  readonly shape: readonly number[];
  readonly offset: number;
}

/** The contents of case.json; offsets are counted in numbers. */
export interface CaseIndex {
  readonly case: Case;
  readonly weights: Readonly<Record<string, Place>>;
  readonly members: readonly Readonly<Record<string, Place>>[];
  readonly expected: Place;
  readonly modules: Readonly<Record<string, string>>;
  readonly gpuModule: string;
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function readCase(folder: string): CaseData {
  const index = JSON.parse(readFileSync(path.join(folder, "case.json"), "utf8")) as CaseIndex;
  const bytes = readFileSync(path.join(folder, "numbers.bin"));
  const numbers = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const array = ({ shape, offset }: Place): NumberArray => ({ shape, data: numbers.slice(offset, offset + elementCount(shape)) });
  const arrays = (places: Readonly<Record<string, Place>>): Record<string, NumberArray> => Object.fromEntries(Object.entries(places).map(([name, place]) => [name, array(place)]));
  return { case: index.case, weights: arrays(index.weights), members: index.members.map(arrays), expected: array(index.expected).data, modules: index.modules, gpuModule: index.gpuModule };
}

/** Collects arrays, and says where each lies in the file that is written in the end. */
export class NumberFile {
  readonly #parts: Float32Array[] = [];
  #length = 0;

  add({ shape, data }: { readonly shape: readonly number[]; readonly data: ArrayLike<number> }): Place {
    const offset = this.#length;
    this.#parts.push(Float32Array.from(data));
    this.#length += data.length;
    return { shape, offset };
  }

  bytes(): Uint8Array {
    const all = new Float32Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return new Uint8Array(all.buffer);
  }
}

export function weight({ weights }: Pick<CaseData, "weights">, name: string): Float32Array {
  const found = weights[name];
  if (found === undefined) throw new Error(`there is no weight ${name} among ${Object.keys(weights).join(", ")}`);
  return found.data;
}

export function sequence(member: Member | undefined, name: string): NumberArray {
  const found = member?.[name];
  if (found === undefined) throw new Error(`there is no input ${name}`);
  return found;
}

/** The rows of a sequence, each an array of its own. */
export function rows({ shape: [count = 0, width = 0], data }: NumberArray): Float32Array[] {
  return Array.from({ length: count }, (_, t) => data.slice(t * width, (t + 1) * width));
}

/** Members' sequences side by side, [time, member, width], as many frameworks want them. */
export function timeMajor(members: readonly Member[], name: string): NumberArray {
  const [count = 0, width = 0] = sequence(members[0], name).shape;
  const data = new Float32Array(count * members.length * width);
  members.forEach((member, b) => {
    const of = sequence(member, name).data;
    for (let t = 0; t < count; t++) data.set(of.subarray(t * width, (t + 1) * width), (t * members.length + b) * width);
  });
  return { shape: [count, members.length, width], data };
}

/** What is checked of a result that lies as [time, member, width]. */
export function checkedOf(result: ArrayLike<number>, turns: number, members: number): Float32Array {
  const width = result.length / (turns * members);
  return Float32Array.from(checkedMembers(members).flatMap((b) => Array.from({ length: turns * width }, (_, i) => result[(Math.floor(i / width) * members + b) * width + (i % width)] ?? Number.NaN)));
}
