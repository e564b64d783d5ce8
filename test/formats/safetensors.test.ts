import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  dtypeBits,
  readSafetensors,
  safetensorsCodes as codes,
  tensorAsFloat32,
  type WritableTensor,
  writeSafetensors,
} from "../../src/formats/safetensors.js";
import { DiagnosticError } from "../../src/support/diagnostics.js";
import { checkProperty } from "../support/property.js";
import { codesOf, fileOf } from "./safetensors-samples.js";

describe("readSafetensors", () => {
  test.each(Object.entries(dtypeBits))("reads %s, %d bits an element", (dtype, bits) => {
    const file = fileOf(`{"t":{"dtype":"${dtype}","shape":[4,2],"data_offsets":[0,${bits}]}}`, new Uint8Array(bits));
    const tensor = readSafetensors(file).tensors.get("t");
    expect(tensor).toMatchObject({ name: "t", dtype, shape: [4, 2] });
    expect(tensor?.bytes).toHaveLength(bits);
  });

  test("gives views into the bytes, wherever those lie in their buffer", () => {
    const file = fileOf('{"t":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}', [7, 8, 9]);
    const shifted = new Uint8Array(file.length + 5);
    shifted.set(file, 5);
    const tensor = readSafetensors(shifted.subarray(5)).tensors.get("t");
    expect(tensor?.bytes).toEqual(new Uint8Array([7, 8, 9]));
    expect(tensor?.bytes.buffer).toBe(shifted.buffer);
  });

  test("treats no name as special", () => {
    const names = ["__proto__", "constructor", "toString", "", "\u{1f600}", "a\nb"];
    const header = names.map(
      (name, index) => `${JSON.stringify(name)}:{"dtype":"U8","shape":[],"data_offsets":[${index},${index + 1}]}`,
    );
    const meta = `"__metadata__":{"__proto__":"polluted","constructor":"x"}`;
    const { tensors, metadata } = readSafetensors(fileOf(`{${meta},${header.join(",")}}`, names.map((_, index) => index)));
    expect([...tensors.keys()]).toEqual(names);
    expect([...metadata]).toEqual([
      ["__proto__", "polluted"],
      ["constructor", "x"],
    ]);
    expect(({} as Record<string, unknown>)["dtype"]).toBeUndefined();
  });

  test("orders tensors by their place, not by the header, and lets empty ones share a place", () => {
    const file = fileOf(
      '{"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},"z":{"dtype":"F32","shape":[0,9],"data_offsets":[1,1]},' +
        '"y":{"dtype":"F32","shape":[0],"data_offsets":[1,1]},"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}',
      [1, 2, 3],
    );
    expect([...readSafetensors(file).tensors.keys()]).toEqual(["a", "y", "z", "b"]);
  });

  test("ignores keys of a tensor that it does not know", () => {
    const file = fileOf('{"t":{"dtype":"U8","strides":[1,{"x":null}],"shape":[],"data_offsets":[0,1]}}', [1]);
    expect(readSafetensors(file).tensors.size).toBe(1);
  });

  const entry = (fields: string) => fileOf(`{"t":{${fields}}}`, [0, 0, 0, 0]);
  test.each<[string, string, Uint8Array]>([
    ["a file of seven bytes", codes.fileTooShort, new Uint8Array(7)],
    ["a header of 2^63 bytes", codes.headerTooLarge, new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0x80])],
    ["a header of 100,000,001 bytes", codes.headerTooLarge, new Uint8Array([1, 0xe1, 0xf5, 5, 0, 0, 0, 0])],
    ["a header of 100,000,000 bytes in a short file", codes.headerBeyondFile, new Uint8Array([0, 0xe1, 0xf5, 5, 0, 0, 0, 0])],
    ["an empty header", codes.headerNotJson, fileOf("")],
    ["an array as header", codes.headerNotJson, fileOf("[]")],
    ["a byte order mark", codes.headerNotJson, fileOf("\ufeff{}")],
    ["text after the header", codes.headerNotJson, fileOf("{}{}")],
    ["zeros after the header", codes.headerNotJson, fileOf("{}\0\0")],
    ["a trailing comma", codes.headerNotJson, entry('"dtype":"F32","shape":[1,],"data_offsets":[0,4]')],
    ["a tensor that is a number", codes.headerNotJson, fileOf('{"t":1}')],
    ["metadata that are null", codes.badMetadata, fileOf('{"__metadata__":null}')],
    ["nested metadata", codes.badMetadata, fileOf('{"__metadata__":{"a":{}}}')],
    ["a key twice in a tensor", codes.duplicateKey, entry('"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]')],
    ["a key twice in the metadata", codes.duplicateKey, fileOf('{"__metadata__":{"a":"","a":""}}')],
    ["no element type", codes.badEntry, entry('"shape":[1],"data_offsets":[0,4]')],
    ["no shape", codes.badEntry, entry('"dtype":"F32","data_offsets":[0,4]')],
    ["no offsets", codes.badEntry, entry('"dtype":"F32","shape":[1]')],
    ["one offset", codes.badEntry, entry('"dtype":"F32","shape":[1],"data_offsets":[4]')],
    ["three offsets", codes.badEntry, entry('"dtype":"F32","shape":[1],"data_offsets":[0,4,4]')],
    ["an unknown element type", codes.unknownDtype, entry('"dtype":"f32","shape":[1],"data_offsets":[0,4]')],
    ["an element type from Object.prototype", codes.unknownDtype, entry('"dtype":"toString","shape":[1],"data_offsets":[0,4]')],
    ["a negative size", codes.headerNotJson, entry('"dtype":"F32","shape":[-1],"data_offsets":[0,4]')],
    ["a fractional size", codes.headerNotJson, entry('"dtype":"F32","shape":[1.0],"data_offsets":[0,4]')],
    ["a size of 2^32 squared", codes.overflow, entry('"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]')],
    ["an offset of 2^64", codes.overflow, entry('"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551616]')],
    ["offsets in reverse", codes.badOffsets, entry('"dtype":"F32","shape":[1],"data_offsets":[4,0]')],
    ["data that start late", codes.badOffsets, entry('"dtype":"U8","shape":[3],"data_offsets":[1,4]')],
    ["too few bytes for the shape", codes.sizeMismatch, entry('"dtype":"F64","shape":[1],"data_offsets":[0,4]')],
    ["half a byte", codes.sizeMismatch, entry('"dtype":"F4","shape":[7],"data_offsets":[0,4]')],
    ["data beyond the file", codes.dataLength, entry('"dtype":"F64","shape":[1],"data_offsets":[0,8]')],
    ["bytes that no tensor owns", codes.dataLength, entry('"dtype":"U8","shape":[3],"data_offsets":[0,3]')],
  ])("refuses %s", (_, code, file) => {
    expect(codesOf(() => readSafetensors(file))).toEqual([code]);
  });

  test("says what is wrong and where", () => {
    const file = fileOf('{"\u00e9":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}', new Uint8Array(8));
    expect(() => readSafetensors(file, { file: "w.safetensors" })).toThrow(
      'GF7012: tensor "\u00e9": data_offsets give it 8 bytes, but F32[3] takes 12 (byte 9 of the file)',
    );
    try {
      readSafetensors(file, { file: "w.safetensors" });
    } catch (thrown) {
      expect((thrown as DiagnosticError).diagnostics[0]?.span).toEqual({ file: "w.safetensors", start: 9, end: 9 });
    }
  });

  test("keeps its messages short and printable whatever the header holds", () => {
    const name = "\\u0007".repeat(100_000);
    const shape = Array.from({ length: 100_000 }, () => 1).join(",");
    const file = fileOf(`{"${name}":{"dtype":"U8","shape":[${shape}],"data_offsets":[0,2]}}`, [1, 2]);
    try {
      readSafetensors(file);
      expect.unreachable();
    } catch (thrown) {
      const message = (thrown as Error).message;
      expect(message.length).toBeLessThan(2000);
      expect(message).not.toContain("\u0007");
    }
  });
});

describe("tensorAsFloat32", () => {
  const of = (dtype: keyof typeof dtypeBits, bytes: Uint8Array) => tensorAsFloat32({ name: "t", dtype, bytes });
  const little = (write: (view: DataView) => void, size: number) => {
    const bytes = new Uint8Array(size);
    write(new DataView(bytes.buffer));
    return bytes;
  };

  test("reads F32 bit for bit and F64 rounded to nearest", () => {
    checkProperty(200, fc.float(), (value) => {
      expect(of("F32", little((view) => view.setFloat32(0, value, true), 4))).toEqual(new Float32Array([value]));
    });
    checkProperty(200, fc.double(), (value) => {
      expect(of("F64", little((view) => view.setFloat64(0, value, true), 8))).toEqual(new Float32Array([value]));
    });
  });

  test.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x8400, -(2 ** -14)],
    [0x3555, 0.333251953125],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
    [0x7e00, NaN],
  ])("reads the F16 %i as %d", (bits, value) => {
    expect(of("F16", little((view) => view.setUint16(0, bits, true), 2))).toEqual(new Float32Array([value]));
  });

  test("reads BF16 as the upper half of an F32", () => {
    for (let bits = 0; bits < 0x10000; bits += 7) {
      const expected = new DataView(little((view) => view.setUint32(0, bits * 0x10000, true), 4).buffer).getFloat32(0, true);
      expect(of("BF16", little((view) => view.setUint16(0, bits, true), 2))[0]).toBe(expected);
    }
  });

  test("reads views that are not aligned", () => {
    const bytes = new Uint8Array(9);
    new DataView(bytes.buffer).setFloat32(1, 1.5, true);
    new DataView(bytes.buffer).setFloat32(5, -2, true);
    expect(of("F32", bytes.subarray(1))).toEqual(new Float32Array([1.5, -2]));
  });

  test.each(["I64", "U8", "BOOL", "F8_E4M3", "F4", "C64"] as const)("refuses %s, and says what to do", (dtype) => {
    expect(codesOf(() => of(dtype, new Uint8Array(8)))).toEqual([codes.notConvertible]);
  });
});

/** Any set of tensors that can be written, with names that are not nice. */
const name = fc
  .oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("__proto__", "constructor", "a.b.weight"))
  .filter((text) => text !== "__metadata__" && !/\p{Surrogate}/u.test(text));
const tensor: fc.Arbitrary<WritableTensor> = fc
  .array(fc.nat(4), { maxLength: 4 })
  .chain((shape) => {
    const size = shape.reduce((product, axis) => product * axis, 1);
    return fc.tuple(fc.constant(shape), fc.array(fc.float(), { minLength: size, maxLength: size }));
  })
  .map(([shape, data]) => ({ dtype: "F32", shape, data: new Float32Array(data) }));
const tensors = fc.uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key, maxLength: 8 });
const metadata = fc.uniqueArray(fc.tuple(name, name), { selector: ([key]) => key, maxLength: 4 });

describe("writeSafetensors", () => {
  test("writes what readSafetensors reads", () => {
    checkProperty(300, fc.tuple(tensors, metadata), ([entries, pairs]) => {
      const file = readSafetensors(writeSafetensors(new Map(entries), new Map(pairs)));
      expect(new Map(file.metadata)).toEqual(new Map(pairs));
      expect(file.tensors.size).toBe(entries.length);
      for (const [key, { shape, data }] of entries) {
        const read = file.tensors.get(key);
        expect(read?.shape).toEqual(shape);
        expect(read && tensorAsFloat32(read)).toEqual(data);
      }
    });
  });

  test("gives the same bytes whatever the order of insertion, with aligned data", () => {
    checkProperty(200, fc.tuple(tensors, metadata), ([entries, pairs]) => {
      const file = writeSafetensors(new Map(entries), new Map(pairs));
      expect(writeSafetensors(new Map([...entries].reverse()), new Map([...pairs].reverse()))).toEqual(file);
      expect(new DataView(file.buffer).getBigUint64(0, true) % 8n).toBe(0n);
    });
  });

  test("writes the header that the format's own library writes", () => {
    const file = writeSafetensors(
      new Map<string, WritableTensor>([
        ["b", { dtype: "F32", shape: [], data: new Float32Array([1]) }],
        ["a", { dtype: "F32", shape: [1, 2], data: new Float32Array([2, 3]) }],
      ]),
      new Map([["format", "gatefold"]]),
    );
    const header =
      '{"__metadata__":{"format":"gatefold"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},' +
      '"b":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect(file).toEqual(fileOf(padded, new Uint8Array(new Float32Array([2, 3, 1]).buffer)));
  });

  const data = new Float32Array(4);
  test.each<[string, Map<string, WritableTensor>]>([
    ["a shape that does not fit", new Map([["t", { dtype: "F32", shape: [3], data }]])],
    ["negative sizes", new Map([["t", { dtype: "F32", shape: [-2, -2], data }]])],
    ["a size that is no number", new Map([["t", { dtype: "F32", shape: [NaN], data }]])],
    ["the name of the metadata", new Map([["__metadata__", { dtype: "F32", shape: [4], data }]])],
    ["a name that is not Unicode", new Map([["\ud800", { dtype: "F32", shape: [4], data }]])],
  ])("refuses %s", (_, map) => {
    expect(codesOf(() => writeSafetensors(map))).toEqual([codes.unwritable]);
  });
});
