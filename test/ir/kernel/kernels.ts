/** Kernels in their text form, for tests. */
import { fixedLength, freeLength, type Length } from "../../../src/ir/graph/length.js";
import type { Axis, Buffer, BufferRole, Kernel } from "../../../src/ir/kernel/kernel.js";
import { parseKernel } from "../../../src/ir/kernel/parse.js";

export function lengthOf(size: number | string): Length {
  return typeof size === "number" ? fixedLength(size) : freeLength(size);
}

export function buffer(name: string, shape: readonly (number | string)[], options: { role?: BufferRole; element?: Buffer["element"]; lanes?: true } = {}): Buffer {
  const { role = "temporary", element = "float32", lanes } = options;
  return { name, role, element, shape: shape.map(lengthOf), source: undefined, ...(lanes === undefined ? {} : { lanes }) };
}

export function axis(name: string, size: number | string): Axis {
  return { name, extent: { kind: "length", length: lengthOf(size) } };
}

export function kernelOf(text: string, buffers: readonly Buffer[], axes: readonly Axis[] = []): Kernel {
  return parseKernel(text, { buffer: (name) => buffers.find((each) => each.name === name), axes });
}
