/**
 * Weights and expected values as the folders of published models hold them: one file of float32 numbers, and a manifest
 * that says where in it each tensor lies. And the two rearrangements that other frameworks' layouts need.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { at, defined, invariant } from "../../src/support/invariant.js";

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

interface Manifest {
  readonly file: string;
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[]; readonly byteOffset: number; readonly length: number }[];
}

/** The tensors of a folder with a manifest.json, by name; asking for one that is not there is an error. */
export function readTensors(folder: string): (name: string) => Tensor {
  const manifest = JSON.parse(readFileSync(path.join(folder, "manifest.json"), "utf8")) as Manifest;
  const bytes = readFileSync(path.join(folder, manifest.file));
  const tensors = new Map(
    manifest.tensors.map(({ name, shape, byteOffset, length }) => [name, { shape, data: floats(bytes.subarray(byteOffset, byteOffset + 4 * length)) }]),
  );
  return (name) => defined(tensors.get(name), `${name} in ${folder}`);
}

/** A file that holds nothing but the numbers of one tensor. */
export function readRaw(file: string, shape: readonly number[]): Tensor {
  return reshaped({ shape, data: floats(readFileSync(file)) }, shape);
}

function floats(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.byteLength / 4 }, (_, index) => view.getFloat32(4 * index, true));
}

/** The same numbers under another shape. */
export function reshaped(tensor: Tensor, shape: readonly number[]): Tensor {
  invariant(shape.reduce((product, size) => product * size, 1) === tensor.data.length, `[${tensor.shape.join(", ")}] has no shape [${shape.join(", ")}]`);
  return { shape, data: tensor.data };
}

/** Frameworks that write x W keep a matrix as [in, out]; Gatefold, which writes W x, as [out, in]. */
export function transposed({ shape, data }: Tensor): Tensor {
  const [rows, columns] = [at(shape, 0), at(shape, 1)];
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = at(data, row * columns + column);
  }
  return { shape: [columns, rows], data: result };
}

/** The kernel of a convolution, stored as [out, in, tap]: as the matrix over a window that has its taps one after another. */
export function overWindow({ shape, data }: Tensor): Tensor {
  const [outputs, inputs, taps] = [at(shape, 0), at(shape, 1), at(shape, 2)];
  const result = new Float32Array(data.length);
  for (let out = 0; out < outputs; out++) {
    for (let input = 0; input < inputs; input++) {
      for (let tap = 0; tap < taps; tap++) result[(out * taps + tap) * inputs + input] = at(data, (out * inputs + input) * taps + tap);
    }
  }
  return { shape: [outputs, taps * inputs], data: result };
}
