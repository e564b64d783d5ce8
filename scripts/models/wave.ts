/** Reads the samples of a WAVE file with one channel of 16-bit samples, as numbers from -1 to 1. */
import { readFileSync } from "node:fs";
import { invariant } from "../../src/support/invariant.js";

export function readWave(file: string): Float32Array {
  const bytes = readFileSync(file);
  invariant(bytes.toString("latin1", 0, 4) === "RIFF" && bytes.toString("latin1", 8, 12) === "WAVE", `${file} is no WAVE file`);
  // A WAVE file is a row of chunks: four letters, a length, the content, padded to an even number of bytes.
  for (let offset = 12; offset + 8 <= bytes.length; ) {
    const [name, length] = [bytes.toString("latin1", offset, offset + 4), bytes.readUInt32LE(offset + 4)];
    const content = bytes.subarray(offset + 8, offset + 8 + length);
    if (name === "fmt ") {
      const [channels, bits] = [content.readUInt16LE(2), content.readUInt16LE(14)];
      invariant(channels === 1 && bits === 16, `${file} has ${channels} channels of ${bits} bits`);
    }
    if (name === "data") return Float32Array.from({ length: length >> 1 }, (_, index) => content.readInt16LE(2 * index) / 32768);
    offset += 8 + length + (length % 2);
  }
  throw new Error(`${file} holds no samples`);
}
