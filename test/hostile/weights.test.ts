/**
 * Files of weights that nobody vouches for. Two readers take them: the compiler's, and the small one that every generated
 * module holds. Whatever a damaged file holds, both end soon, both refuse or both accept, what they accept is the same
 * numbers, and neither takes more memory than the file has bytes: twice as much, where its floats have 16 bits.
 */
import vm from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dtypeBits, readSafetensors, safetensorsCodes, tensorAsFloat32, writeSafetensors } from "../../src/formats/safetensors.js";
import { safetensorsText } from "../../src/runtime/safetensors.js";
import { DiagnosticError } from "../../src/support/diagnostics.js";
import { fileOf } from "../formats/safetensors-samples.js";
import { checkProperty } from "../support/property.js";

interface Found {
  readonly shape?: readonly number[];
  readonly data?: Float32Array;
  readonly fault?: string;
}

/** The reader of generated modules, in a realm that has counted every array it made. */
const embedded = (() => {
  const made = { elements: 0 };
  class Counted extends Float32Array {
    constructor(length: number) {
      super(length);
      made.elements += length;
    }
  }
  const script = new vm.Script(`(Float32Array, Uint8Array, ArrayBuffer, Map, Set) => { ${safetensorsText}\nreturn readSafetensors; }`);
  const make = script.runInThisContext() as (...globals: unknown[]) => (bytes: Uint8Array) => Map<string, Found>;
  return { read: make(Counted, Uint8Array, ArrayBuffer, Map, Set), made };
})();

const floats: ReadonlySet<string> = new Set(["F64", "F32", "F16", "BF16"]);

type Answer = { readonly refused: string } | { readonly tensors: readonly (readonly [string, string, readonly number[] | undefined, string])[] };

/** Their bytes, and one NaN for all. */
function hexOfFloats(floats: Float32Array): string {
  return Buffer.from(Float32Array.from(floats, (each) => (Number.isNaN(each) ? NaN : each)).buffer).toString("hex");
}

function byCompiler(file: Uint8Array): Answer {
  try {
    const tensors = [...readSafetensors(file).tensors.values()];
    return { tensors: tensors.map((tensor) => (floats.has(tensor.dtype) ? [tensor.name, "", tensor.shape, hexOfFloats(tensorAsFloat32(tensor))] as const : [tensor.name, tensor.dtype, undefined, ""] as const)) };
  } catch (thrown) {
    if (!(thrown instanceof DiagnosticError)) throw thrown;
    for (const { code } of thrown.diagnostics) expect(Object.values<string>(safetensorsCodes)).toContain(code);
    return { refused: thrown.message };
  }
}

function byModule(file: Uint8Array): Answer {
  embedded.made.elements = 0;
  try {
    const found = [...embedded.read(file)];
    expect(embedded.made.elements * 4).toBeLessThanOrEqual(2 * file.length);
    return { tensors: found.map(([name, { shape, data, fault }]) => [name, /^has the element type (\w+);/.exec(fault ?? "")?.[1] ?? "", shape, data === undefined ? "" : hexOfFloats(data)] as const) };
  } catch (thrown) {
    // Not an engine's own fault: a stack that is full, an array too large, a property of undefined.
    expect(thrown).toMatchObject({ name: "Error", message: expect.stringMatching(/^this is no safetensors file: /) as string });
    expect(embedded.made.elements * 4).toBeLessThanOrEqual(2 * file.length);
    return { refused: (thrown as Error).message };
  }
}

function expectAgreement(file: Uint8Array): boolean {
  const [one, other] = [byCompiler(file), byModule(file)];
  if ("refused" in one || "refused" in other) expect([one, other]).toEqual([{ refused: expect.anything() as unknown }, { refused: expect.anything() as unknown }]);
  else expect(other).toEqual(one);
  return "tensors" in one;
}

/** Every pattern of 16 bits. */
const all16 = new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer);
const f32 = (shape: number[]) => ({ dtype: "F32" as const, shape, data: Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, i) => i / 3) });
const samples: readonly Uint8Array[] = [
  fileOf("{}"),
  fileOf(`{"__metadata__":{}}   `),
  writeSafetensors(new Map([["cell.weight", f32([4, 3])], ["cell.bias", f32([4])], ["__proto__", f32([1])], ["empty", f32([0, 5])]]), new Map([["format", "pt"], ["__proto__", "x"]])),
  writeSafetensors(new Map(Array.from({ length: 12 }, (_, i) => [`layer.${i}.w`, f32([i % 3, 2])] as const))),
  fileOf(
    '{"a":{"dtype":"BF16","shape":[1,2],"data_offsets":[0,4]},"b":{"shape":[1],"more":{"x":[1.5,{"y":null}]},"dtype":"F32","data_offsets":[4,8]},' +
      '"c":{"dtype":"I64","shape":[0,9],"data_offsets":[8,8]},"\\u00e9":{"dtype":"F64","shape":[],"data_offsets":[8,16]}}',
    new Uint8Array(16),
  ),
  fileOf('{"half":{"dtype":"F4","shape":[2,1],"data_offsets":[0,1]},"w":{"dtype":"F32","shape":[],"data_offsets":[1,5]}}', [1, 2, 3, 4, 5]),
];

/** Text of headers: what a damaged file may hold in place of what it should. */
const fragments: readonly string[] = [
  ...'"{}[],:0189-+.\\ \t\n',
  ..."e9 .5 1.0 1e1 -0 00 null true false NaN \\u0000 \\ud800 \\udc00\\ud800 \\u0022 4 8 12 18446744073709551615 9007199254740993 4294967296 2147483648".split(" "),
  ..."\u0000 \u00ff \ufeff \u2028 \ud83d\ude00".split(" "),
  ...['"shape"', '"dtype"', '"data_offsets"', '"__metadata__"', '"__proto__"', '"constructor"', '"F32"', '"F4"', '"F6_E2M3"', '"U8"', '"f32"', "[0,4]", "[4]", "[]", "[[]]", "{}", '{"a":1,"a":1}', `${"[".repeat(70)}${"]".repeat(70)}`, '"x":{"dtype":"F32","shape":[],"data_offsets":[0,4]},'],
];

interface Edit {
  readonly place: number;
  readonly remove: number;
  readonly insert: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  place: fc.nat(9999).map((part) => part / 10000),
  remove: fc.oneof(fc.nat(2), fc.nat(40)),
  insert: fc.oneof(fc.constant(""), fc.constantFrom(...fragments), fc.string({ maxLength: 4 })),
});

/** Damages any bytes of a file. */
function damageBytes(file: Uint8Array, { place, remove, insert }: Edit): Uint8Array {
  const start = Math.floor(place * file.length);
  return new Uint8Array([...file.subarray(0, start), ...new TextEncoder().encode(insert), ...file.subarray(start + remove)]);
}

/** Damages the header token by token and mends its length, so that the damage is found late, if at all. */
function damageTokens(file: Uint8Array, { place, remove, insert }: Edit): Uint8Array {
  if (file.length < 8) return file;
  const length = Math.min(new DataView(file.buffer, file.byteOffset).getUint32(0, true), file.length - 8);
  const header = new TextDecoder().decode(file.subarray(8, 8 + length));
  const tokens = header.match(/"[^"]*"|[0-9]+|[^]/g) ?? [];
  tokens.splice(Math.floor(place * tokens.length), remove % 3, insert);
  return fileOf(tokens.join(""), file.subarray(8 + length));
}

/** Replaces one number of the header by another one that is near it, or far beyond it. */
function damageNumbers(file: Uint8Array, { place, remove }: Edit): Uint8Array {
  if (file.length < 8) return file;
  const length = Math.min(new DataView(file.buffer, file.byteOffset).getUint32(0, true), file.length - 8);
  const parts = new TextDecoder().decode(file.subarray(8, 8 + length)).split(/(\b\d+\b)/);
  const at = 1 + 2 * Math.floor(place * Math.floor(parts.length / 2));
  const old = Number(parts[at] ?? 0);
  const others = [old + 1, old - 1, old + 4, old * 2, 2 ** 31, 2 ** 32 - 1, 2 ** 53, 2 ** 64, 0, 1];
  if (parts[at] !== undefined) parts[at] = String(Math.max(0, others[remove % others.length] ?? 0));
  return fileOf(parts.join(""), file.subarray(8 + length));
}

const damaged = fc.tuple(fc.constantFrom(...samples), fc.array(edit, { minLength: 1, maxLength: 3 }));

describe("both readers of weights", () => {
  test.each(["F16", "BF16"])("read every number that %s has", (dtype) => {
    expect(expectAgreement(fileOf(`{"w":{"dtype":"${dtype}","shape":[65536],"data_offsets":[0,131072]}}`, all16))).toBe(true);
  });

  test("take every good file, and find the same in it", () => {
    for (const sample of samples) expect(expectAgreement(sample)).toBe(true);
  });

  test.each([
    { kind: "bytes", damage: damageBytes, some: 5 },
    { kind: "tokens of the header", damage: damageTokens, some: 50 },
    { kind: "numbers of the header", damage: damageNumbers, some: 50 },
  ])("say the same of files with damaged $kind", ({ damage, some }) => {
    let accepted = 0;
    checkProperty(3400, damaged, ([sample, edits]) => {
      if (expectAgreement(edits.reduce(damage, sample))) accepted += 1;
    });
    // What is always refused says nothing of what was read.
    expect(accepted).toBeGreaterThan(some);
  });

  test("say the same of every file that is cut off, and of every one that has a byte too many", () => {
    for (const sample of samples) {
      for (let length = 0; length < sample.length; length++) expectAgreement(sample.subarray(0, length));
      expectAgreement(new Uint8Array([...sample, 0]));
    }
  });

  test.each(Object.entries(dtypeBits))("know the size of %s", (dtype, bits) => {
    for (const bytes of [0, 1, 2, 3, 4, 6, 8, 12, 16, 24]) {
      for (const count of [0, 1, 2, 3, 4, 8]) {
        const file = fileOf(`{"w":{"dtype":"${dtype}","shape":[${count}],"data_offsets":[0,${bytes}]}}`, new Uint8Array(bytes));
        expect(expectAgreement(file)).toBe(count * bits === bytes * 8);
      }
    }
  });

  test.each([
    ["a header that claims to be as long as any file", Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 123, 125)],
    ["a header of 2^53 bytes", Uint8Array.of(0, 0, 0, 0, 0, 0, 32, 0, 123, 125)],
    ["a tensor of 2^40 elements", fileOf('{"w":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}')],
    ["a tensor whose size is more than a number holds", fileOf('{"w":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,0]}}')],
    ["sizes that overflow before they come to nothing", fileOf('{"w":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}')],
    ["many tensors of the same bytes", fileOf(`{${Array.from({ length: 2000 }, (_, i) => `"w${i}":{"dtype":"F32","shape":[64],"data_offsets":[0,256]}`).join(",")}}`, new Uint8Array(256))],
    ["deep nesting", fileOf(`{"w":{"more":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`)],
    ["one long string", fileOf(`{"__metadata__":{"${"\\\\".repeat(200_000)}`)],
    ["quotes without end", fileOf(`{${'"\\"'.repeat(100_000)}}`)],
    ["a shape of very many axes", fileOf(`{"w":{"dtype":"F32","shape":[${"1,".repeat(100_000)}0],"data_offsets":[0,4]}}`, new Uint8Array(4))],
    ["two tensors of one name, spelt in two ways", fileOf('{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"\\u0061":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', new Uint8Array(4))],
    ["two tensors called __proto__", fileOf('{"__proto__":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"__proto__":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', new Uint8Array(4))],
    ["an element type that objects inherit", fileOf('{"w":{"dtype":"constructor","shape":[],"data_offsets":[0,4]}}', new Uint8Array(4))],
    ["a hidden part", fileOf('{"w":{"dtype":"F32","shape":[],"data_offsets":[4,8]}}', new Uint8Array(8))],
    ["a byte order mark", fileOf("\ufeff{}")],
  ])("refuse %s", (_, file) => {
    expect(expectAgreement(file)).toBe(false);
  });
});
