/**
 * Writes a safetensors file of single-precision tensors. The same tensors give
 * the same bytes, whatever the order in which they were put into the map: names
 * are sorted, and the header is padded with blanks so that the data starts at a
 * multiple of 8, as the format's own library does.
 */
import { fail } from "../support/diagnostics.js";
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

function checkTensor(name: string, { shape, data }: WritableTensor): void {
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
