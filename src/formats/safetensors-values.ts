/**
 * Turns the bytes of a tensor into the numbers that Gatefold computes with:
 * single-precision floats. Half-precision types widen without loss; F64 is
 * rounded to nearest. Integers, booleans and the eight-bit and smaller floats
 * are no weights that a recurrent net is published in, and are refused rather
 * than guessed at (most need a scale that stands elsewhere).
 */
import { fail } from "../support/diagnostics.js";
import { unreachable } from "../support/invariant.js";
import { type Dtype, safetensorsCodes, safetensorsHelp, type SafetensorsTensor } from "./safetensors-format.js";

const convertible = ["F64", "F32", "F16", "BF16"] as const satisfies readonly Dtype[];
type Convertible = (typeof convertible)[number];

/**
 * The elements as a fresh array.
 * @throws DiagnosticError where the element type is not a float of 16 bits or more
 */
export function tensorAsFloat32(tensor: Pick<SafetensorsTensor, "name" | "dtype" | "bytes">): Float32Array<ArrayBuffer> {
  const { dtype, bytes } = tensor;
  if (!isConvertible(dtype)) {
    return fail(
      safetensorsCodes.notConvertible,
      `tensor ${JSON.stringify(tensor.name)} holds ${dtype}, which is not converted to single-precision floats`,
      { help: safetensorsHelp.GF7014 },
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (dtype) {
    case "F64":
      return fill(bytes.length / 8, (index) => view.getFloat64(index * 8, true));
    case "F32":
      return fill(bytes.length / 4, (index) => view.getFloat32(index * 4, true));
    case "F16":
      return fill(bytes.length / 2, (index) => halfToNumber(view.getUint16(index * 2, true)));
    case "BF16":
      return bfloat16(view);
    default:
      return unreachable(dtype, "element type");
  }
}

/** The value of an IEEE 754 half-precision number, given its 16 bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  // Without an exponent the leading one is not implied: zero and the subnormal numbers.
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** A bfloat16 is the upper half of a single-precision float. */
function bfloat16(view: DataView): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(view.byteLength / 2);
  for (let index = 0; index < bits.length; index++) bits[index] = view.getUint16(index * 2, true) << 16;
  return new Float32Array(bits.buffer);
}

function fill(length: number, value: (index: number) => number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(length);
  for (let index = 0; index < length; index++) result[index] = value(index);
  return result;
}

function isConvertible(dtype: Dtype): dtype is Convertible {
  return (convertible as readonly Dtype[]).includes(dtype);
}
