/**
 * Damages well-formed files in thousands of ways. Whatever comes out, the reader
 * must either refuse it with a diagnostic or give tensors that lie inside the
 * file, side by side, and have the sizes that their shapes say.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { dtypeBits, readSafetensors, safetensorsCodes, writeSafetensors } from "../../src/formats/safetensors.js";
import { checkProperty } from "../support/property.js";
import { codesOf, fileOf } from "./safetensors-samples.js";

const samples: readonly Uint8Array[] = [
  fileOf("{}"),
  writeSafetensors(new Map([["w", { dtype: "F32", shape: [2, 3], data: new Float32Array([1, 2, 3, 4, 5, 6]) }]])),
  fileOf(
    '{"__metadata__":{"format":"pt","__proto__":"x"},"a.b":{"dtype":"BF16","shape":[1,2],"data_offsets":[0,4]},' +
      '"c":{"dtype":"I64","shape":[0,9],"data_offsets":[4,4]},"\\u00e9":{"dtype":"F64","shape":[],"data_offsets":[4,12]}}',
    new Uint8Array(12),
  ),
];

/** Text of headers: what a damaged file may hold in place of what it should. */
const fragments: readonly string[] = [
  ...'"{}[],:019-\\ ',
  ...["e9", ".5", "null", "\\u0000", "\\ud800", "\0", "\u00ff", "4", "8", "12", "18446744073709551615", "4294967296"],
  ...['"shape"', '"dtype"', '"data_offsets"', '"__metadata__"', '"F32"', '"F4"', '"U8"', "[0,4]", "[4]", "[]"],
];

/** Replaces `remove` bytes, or tokens, at a place (a fraction of the whole) by others. */
interface Edit {
  readonly place: number;
  readonly remove: number;
  readonly insert: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  // Not fc.double: that is even over the doubles, nearly all of which lie close to zero.
  place: fc.nat(9999).map((part) => part / 10000),
  remove: fc.oneof(fc.nat(2), fc.nat(40)),
  insert: fc.oneof(fc.constant(""), fc.constantFrom(...fragments), fc.string({ maxLength: 4 })),
});

/** Damages any bytes of a file, most often its beginning's or its header's form. */
function damageBytes(file: Uint8Array, { place, remove, insert }: Edit): Uint8Array {
  const start = Math.floor(place * file.length);
  const bytes = new TextEncoder().encode(insert);
  return new Uint8Array([...file.subarray(0, start), ...bytes, ...file.subarray(start + remove)]);
}

/** Damages the header token by token and mends its length, so that the damage is found late, if at all. */
function damageTokens(file: Uint8Array, { place, remove, insert }: Edit): Uint8Array {
  const length = new DataView(file.buffer).getUint32(0, true);
  const header = new TextDecoder().decode(file.subarray(8, 8 + length));
  const tokens = header.match(/"[^"]*"|[0-9]+|[^]/g) ?? [];
  tokens.splice(Math.floor(place * tokens.length), remove % 3, insert);
  return fileOf(tokens.join(""), file.subarray(8 + length));
}

const sampleAndEdits = fc.tuple(fc.constantFrom(...samples), fc.array(edit, { minLength: 1, maxLength: 3 }));

test.each([
  { kind: "bytes", damage: damageBytes },
  { kind: "tokens of the header", damage: damageTokens },
])("a file with damaged $kind is refused with a diagnostic, or is still consistent", ({ damage }) => {
  const known = new Set<string>(Object.values(safetensorsCodes));
  const seen = new Set<string>();
  checkProperty(4000, sampleAndEdits, ([sample, edits]) => {
    const file = edits.reduce(damage, sample);
    const refused = codesOf(() => readSafetensors(file));
    for (const code of refused) {
      expect(known).toContain(code);
      seen.add(code);
    }
    if (refused.length === 0) expectConsistent(file);
  });
  // The damage is worth nothing if it only ever breaks the first thing that is looked at.
  expect(seen.size).toBeGreaterThan(3);
});

function expectConsistent(file: Uint8Array): void {
  const header = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  let position = file.byteOffset + 8 + header;
  for (const { dtype, shape, bytes } of readSafetensors(file).tensors.values()) {
    expect(bytes.buffer).toBe(file.buffer);
    expect(bytes.byteOffset).toBe(position);
    expect(bytes.length * 8).toBe(shape.reduce((product, size) => product * size, 1) * dtypeBits[dtype]);
    position += bytes.length;
  }
  expect(position).toBe(file.byteOffset + file.length);
}
