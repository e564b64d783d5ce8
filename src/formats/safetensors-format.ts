/**
 * The safetensors file format (github.com/huggingface/safetensors), in which
 * most published weights come: a header length (8 bytes, little-endian), a JSON
 * header that gives each tensor's element type, shape and place, and then the
 * tensors' bytes, which must cover the rest of the file without gap or overlap.
 */

import type { Code } from "../support/catalogue.js";

/** The bits that one element of each type takes: every type of the format. */
export const dtypeBits = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const satisfies Record<string, number>;

export type Dtype = keyof typeof dtypeBits;

const dtypeNames: ReadonlySet<string> = new Set(Object.keys(dtypeBits));

export function isDtype(name: string): name is Dtype {
  return dtypeNames.has(name);
}

/** One tensor of a file that was read. */
export interface SafetensorsTensor {
  readonly name: string;
  readonly dtype: Dtype;
  /** Sizes from the outermost axis inwards; empty for a scalar. */
  readonly shape: readonly number[];
  /** The elements, little-endian and row-major: a view into the file's bytes, not a copy. */
  readonly bytes: Uint8Array;
}

export interface SafetensorsFile {
  /** In the order in which their bytes stand in the file. */
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** The key of the header that holds the free-form metadata, so that no tensor can have it as its name. */
export const metadataKey = "__metadata__";

/** Bytes before the header: its length. */
export const lengthBytes = 8;

/** The limit that the format's own library sets, so that no header is expensive to read. */
export const headerLimit = 100_000_000;

/** The diagnostic of each way in which a file, or a request to write one, can be wrong. */
export const safetensorsCodes = {
  fileTooShort: "GF7001",
  headerTooLarge: "GF7002",
  headerBeyondFile: "GF7003",
  headerNotUtf8: "GF7004",
  headerNotJson: "GF7005",
  duplicateKey: "GF7006",
  badMetadata: "GF7007",
  badEntry: "GF7008",
  unknownDtype: "GF7009",
  overflow: "GF7010",
  badOffsets: "GF7011",
  sizeMismatch: "GF7012",
  dataLength: "GF7013",
  notConvertible: "GF7014",
  unwritable: "GF7015",
} as const satisfies Record<string, Code>;

const saveAgain = "save it again with the format's own library";
const copyAgain = "copy or download it again, whole";

/** What to do about each. */
export const safetensorsHelp: { readonly [W in keyof typeof safetensorsCodes as (typeof safetensorsCodes)[W]]: string } = {
  GF7001: copyAgain,
  GF7002: "is it a safetensors file? Weights of other formats are converted first",
  GF7003: copyAgain,
  GF7004: saveAgain,
  GF7005: saveAgain,
  GF7006: "give each tensor a name of its own",
  GF7007: "write every value of the metadata as a string",
  GF7008: saveAgain,
  GF7009: `the element types are ${Object.keys(dtypeBits).join(", ")}`,
  GF7010: saveAgain,
  GF7011: saveAgain,
  GF7012: saveAgain,
  GF7013: copyAgain,
  GF7014: "convert it to F64, F32, F16 or BF16 before saving",
  GF7015: "give as many numbers as the shape has elements, and names that are text",
};

/**
 * The number of elements of a shape, or undefined where it is not exact in a
 * double. Axes are multiplied in order, so a zero makes all that follow harmless.
 */
export function elementCount(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size)) return undefined;
    count *= size;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}
