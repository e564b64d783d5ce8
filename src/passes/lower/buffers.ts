/**
 * Making buffers: one for each stored value, under a name of its own.
 */
import { fixedLength, type Length } from "../../ir/graph/length.js";
import type { ValueType } from "../../ir/graph/types.js";
import type { Buffer, BufferRole } from "../../ir/kernel/kernel.js";

export class Buffers {
  private readonly taken = new Set<string>();
  /** Below which number all names of a word are taken. */
  private readonly numbers = new Map<string, number>();
  private readonly outputs: Buffer[] = [];

  make(name: string, role: BufferRole, type: ValueType, source?: string): Buffer {
    const buffer: Buffer = { name: this.fresh(name), role, element: type.kind === "real" ? "float32" : "int32", shape: bufferShape(type), source };
    if (role === "output") this.outputs.push(buffer);
    return buffer;
  }

  /** The i-th output that was made. */
  output(i: number): Buffer | undefined {
    return this.outputs[i];
  }

  /** Which output a buffer is for, in the order in which they were made. */
  outputNumber(buffer: Buffer): number {
    return this.outputs.indexOf(buffer);
  }

  private fresh(name: string): string {
    let result = name;
    let number = this.numbers.get(name) ?? 2;
    while (this.taken.has(result)) result = `${name}#${number++}`;
    this.numbers.set(name, number);
    this.taken.add(result);
    return result;
  }
}

/** The dimensions in the type's order, then the axes; axes of size 1 take no part. */
export function bufferShape(type: ValueType): readonly Length[] {
  return [...type.dims.map((dim) => dim.length), ...type.shape.flatMap((size) => (size === 1 ? [] : [fixedLength(size)]))];
}
