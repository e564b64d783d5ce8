/**
 * Kernels that do the same with different buffers, as the projections of a sequence for each gate do: told by their text, in
 * which buffers are numbered. Passes that make one kernel of several go by this.
 */
import { lengthText } from "../../ir/graph/length.js";
import type { Buffer, Kernel } from "../../ir/kernel/kernel.js";
import { BufferNames } from "../../ir/kernel/names.js";
import { printKernel } from "../../ir/kernel/print.js";
import type { Program } from "../../ir/program/program.js";
import { boundBuffers, programKernels } from "../../ir/program/traverse.js";

/** A kernel, and what tells which others do the same. */
export interface Likeness {
  readonly kernel: Kernel;
  /** Equal for kernels that differ in buffers alone, whose shapes are equal. */
  readonly text: string;
  /** The buffers in the order in which the text names them. */
  readonly buffers: readonly Buffer[];
}

export function likenessOf(kernel: Kernel): Likeness {
  const names = new RecordedNames(true);
  const text = printKernel({ ...kernel, stage: 0 }, { canonical: true, names });
  const buffers = [...names.order];
  return { kernel, text: `${text} ${buffers.map(shapeKey).join(" ")}`, buffers };
}

/** Equal for buffers that could be parts of one. */
export function shapeKey({ element, shape }: Buffer): string {
  return `${element} ${shape.map(lengthText).join(",")}`;
}

class RecordedNames extends BufferNames {
  readonly order = new Set<Buffer>();

  override name(buffer: Buffer): string {
    this.order.add(buffer);
    return super.name(buffer);
  }
}

/** Buffers that something other than a kernel uses, or that several kernels of the body write: their shape is not a pass's to change. */
export function fixedBuffers(program: Program): Set<Buffer> {
  const bound = boundBuffers([...program.prepare, ...program.body]);
  for (const { buffer } of [...program.inputs, ...program.outputs]) bound.add(buffer);
  const written = new Set<Buffer>();
  for (const { buffer } of programKernels(program.body).flatMap(({ stores }) => stores)) {
    if (written.has(buffer)) bound.add(buffer);
    written.add(buffer);
  }
  return bound;
}
