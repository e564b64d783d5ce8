/**
 * Writes a safetensors file of single-precision tensors. The same tensors give
 * the same bytes, whatever the order in which they were put into the map: names
 * are sorted, and the header is padded with blanks so that the data starts at a
 * multiple of 8, as the format's own library does.
 */
import { fail } from "../support/diagnostics.js";
import { shown } from "../support/shown.js";
import { elementCount, headerLimit, lengthBytes, metadataKey, safetensorsCodes, safetensorsHelp } from "./safetensors-format.js";

export interface WritableTensor {
  readonly dtype: "F32";
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** @throws DiagnosticError where a shape does not fit its data or a name cannot be written */
export function writeSafetensors(
  tensors: ReadonlyMap<string, WritableTensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array<ArrayBuffer> {
  if (!isA("Map", tensors)) fail(safetensorsCodes.unwritable, `tensors are ${shown(tensors)}, no Map`, { help: 'make it one: new Map(Object.entries(tensors)); each is { dtype: "F32", shape, data }' });
  if (!isA("Map", metadata)) fail(safetensorsCodes.unwritable, `metadata are ${shown(metadata)}, no Map`, { help: "make it one: new Map(Object.entries(metadata))" });
  const sorted = sortedEntries(tensors);
  let position = 0;
  const header: string[] = [];
  if (metadata.size > 0) {
    const pairs = sortedEntries(metadata).map(([key, value]) => `${jsonString(key)}:${jsonString(value)}`);
    header.push(`${jsonString(metadataKey)}:{${pairs.join(",")}}`);
  }
  for (const [name, tensor] of sorted) {
    checkTensor(name, tensor);
    const end = position + tensor.data.length * 4;
    header.push(
      `${jsonString(name)}:{"dtype":"F32","shape":[${tensor.shape.join(",")}],"data_offsets":[${position},${end}]}`,
    );
    position = end;
  }

  const headerBytes = new TextEncoder().encode(`{${header.join(",")}}`);
  const headerLength = Math.ceil(headerBytes.length / 8) * 8;
  if (headerLength > headerLimit) {
    fail(safetensorsCodes.unwritable, `the header would take ${headerLength} bytes, more than the format allows`, { help: safetensorsHelp.GF7015 });
  }
  const dataStart = lengthBytes + headerLength;
  const file = new Uint8Array(dataStart + position);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(headerLength), true);
  file.fill(0x20, lengthBytes, dataStart).set(headerBytes, lengthBytes);
  let offset = dataStart;
  for (const [, { data }] of sorted) {
    for (let index = 0; index < data.length; index++) {
      view.setFloat32(offset, data[index] ?? 0, true);
      offset += 4;
    }
  }
  return file;
}

/** By the engine's own name of it: that of another window is one, too. */
function isA(kind: "Map" | "Float32Array", value: unknown): boolean {
  return Object.prototype.toString.call(value) === `[object ${kind}]`;
}

function checkTensor(name: string, tensor: WritableTensor): void {
  const given: unknown = tensor;
  if (typeof given !== "object" || given === null || !("dtype" in given && given.dtype === "F32" && "data" in given && isA("Float32Array", given.data) && "shape" in given && Array.isArray(given.shape))) {
    fail(safetensorsCodes.unwritable, `tensor ${JSON.stringify(name)} is ${isA("Float32Array", given) ? "numbers without a shape" : shown(given)}, which is no tensor of float32`, { help: 'give { dtype: "F32", shape, data }, with the numbers flat in a Float32Array and their sizes in the array shape' });
  }
  const { shape, data } = tensor;
  if (name === metadataKey) fail(safetensorsCodes.unwritable, `no tensor can be called ${metadataKey}`, { help: safetensorsHelp.GF7015 });
  if (shape.some((size) => size < 0) || elementCount(shape) !== data.length) {
    fail(
      safetensorsCodes.unwritable,
      `tensor ${JSON.stringify(name)}: the shape [${shape.join(", ")}] does not fit ${data.length} elements`,
      { help: safetensorsHelp.GF7015 },
    );
  }
}

/** Sorted by UTF-16 units, which depends on no locale. */
function sortedEntries<T>(map: ReadonlyMap<string, T>): (readonly [string, T])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function jsonString(text: string): string {
  if (/\p{Surrogate}/u.test(text)) {
    fail(safetensorsCodes.unwritable, `${JSON.stringify(text)} holds half a surrogate pair, which UTF-8 cannot`, { help: safetensorsHelp.GF7015 });
  }
  return JSON.stringify(text);
}
