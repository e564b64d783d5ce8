/** Holds the reader against files of the format's own tests and what its library says of them. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { readSafetensors, safetensorsCodes as codes, tensorAsFloat32 } from "../../src/formats/safetensors.js";
import { describeShared } from "../support/shared.js";
import { codesOf } from "./safetensors-samples.js";

interface Case {
  readonly file: string;
  readonly bytes: number;
  /** Begins with "ok", or is the name of an error in the format's own library, or a rule in words. */
  readonly expect: string;
}

/** Our codes for the errors that the cases name. */
const expectedCodes: ReadonlyMap<string, readonly string[]> = new Map([
  ["HeaderTooSmall", [codes.fileTooShort]],
  ["HeaderTooLarge", [codes.headerTooLarge]],
  ["InvalidHeaderLength", [codes.headerBeyondFile]],
  ["InvalidHeader", [codes.headerNotUtf8]],
  ["InvalidHeaderDeserialization", [codes.headerNotJson]],
  ["InvalidOffset", [codes.badOffsets]],
  ["TensorInvalidInfo", [codes.sizeMismatch]],
  ["ValidationOverflow", [codes.overflow]],
  ["MetadataIncompleteBuffer", [codes.dataLength]],
  ["reject (README: no holes)", [codes.badOffsets]],
  ["README: duplicate keys disallowed (not all parsers respect this)", [codes.duplicateKey]],
  ["reject (README: metadata values must be strings)", [codes.badMetadata]],
]);

describeShared("safetensors conformance", "conformance/safetensors", (directory) => {
  const files = path.join(directory, "files");
  const cases = JSON.parse(readFileSync(path.join(files, "cases.json"), "utf8")) as readonly Case[];

  test("there are cases of both kinds", () => {
    expect(cases.filter((item) => item.expect.startsWith("ok")).length).toBeGreaterThan(3);
    expect(cases.filter((item) => !item.expect.startsWith("ok")).length).toBeGreaterThan(10);
  });

  test.each(cases)("$file: $expect", ({ file, bytes, expect: expected }) => {
    const content = readFileSync(path.join(files, file));
    expect(content).toHaveLength(bytes);
    const wanted = expected.startsWith("ok") ? [] : expectedCodes.get(expected);
    expect(codesOf(() => readSafetensors(content, { file }))).toEqual(wanted);
  });

  test("scalars and half-precision values are what the case says", () => {
    const { tensors, metadata } = readSafetensors(readFileSync(path.join(files, "ok_scalar_f16_bf16.safetensors")));
    const values = [...tensors].map(([name, tensor]) => [name, tensor.shape, [...tensorAsFloat32(tensor)]]);
    expect(values).toEqual([
      ["s", [], [1.5]],
      ["h", [2], [1, -2]],
      ["b", [2], [1, -2]],
    ]);
    expect([...metadata]).toEqual([["format", "pt"]]);
  });
});
