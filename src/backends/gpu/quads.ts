/**
 * Quads: textures of GL have four numbers in each place, and reading one place costs as much as reading one number. So a
 * buffer whose last axis is known to have some length lies there four elements to a place, along that axis; the last place
 * of each row may hold less. gpu.js calls such textures Array(4), and has them in its GL modes alone, so every kernel has
 * two forms: the plain one, for one number a place, and one for quads.
 *
 * What names stand for each other (a copy, a state and its next one, a row and the sequence it becomes part of) has one form.
 */
import { staticLength } from "../../ir/graph/length.js";
import type { Buffer, Kernel } from "../../ir/kernel/kernel.js";
import type { Instruction, Loop, Program } from "../../ir/program/program.js";

/** How many numbers a place of a texture has. */
export const quad = 4;

/** The function that reads a place in kernels for quads; the runtime gives it (src/runtime/gpu/device.ts). */
export const quadFunction = "quadAt";

/** The functions that put out a place besides the one that a kernel returns begin so. */
export const keepFunction = "keep";

export interface QuadOptions {
  readonly collected: (kernel: Kernel, loop: Loop | undefined) => { readonly row: Buffer; readonly rows: Buffer } | undefined;
  /** What the host hands over with the call of a kernel: that is one number a place. */
  readonly direct: ReadonlySet<Buffer>;
}

/** @param program one store a kernel, of its whole buffer */
export function quadBuffers(program: Program, { collected, direct }: QuadOptions): ReadonlySet<Buffer> {
  const groups = new Groups();
  const plain = new Set<Buffer>(direct);
  const note = (buffer: Buffer): void => {
    groups.add(buffer);
    const last = buffer.shape.at(-1);
    const size = last === undefined ? undefined : staticLength(last);
    if (size === undefined || size < quad) plain.add(buffer);
  };
  const kernel = (each: Kernel, loop: Loop | undefined): void => {
    const row = collected(each, loop);
    if (row !== undefined) {
      note(row.row);
      note(row.rows);
      groups.join(row.row, row.rows);
      return;
    }
    for (const { buffer } of each.stores) {
      note(buffer);
      // Places beyond the ends of a window are not computed, one by one.
      if (each.space.at(-1)?.extent.kind === "window") plain.add(buffer);
    }
  };
  const list = (instructions: readonly Instruction[], loop: Loop | undefined): void => {
    for (const instruction of instructions) {
      if (instruction.op === "kernel") kernel(instruction.kernel, loop);
      else if (instruction.op === "copy") {
        note(instruction.from);
        note(instruction.to);
        groups.join(instruction.from, instruction.to);
      } else {
        for (const { current, next } of instruction.carried) {
          note(current);
          note(next);
          groups.join(current, next);
        }
        list(instruction.body, instruction);
      }
    }
  };
  for (const { buffer, fallback = [] } of program.inputs) {
    note(buffer);
    for (const each of fallback) kernel(each, undefined);
  }
  for (const { buffer } of program.parameters) note(buffer);
  list(program.prepare, undefined);
  list(program.body, undefined);
  return groups.without(plain);
}

/** Buffers that share their form. */
class Groups {
  readonly #groups = new Map<Buffer, Set<Buffer>>();

  add(buffer: Buffer): Set<Buffer> {
    const known = this.#groups.get(buffer) ?? new Set([buffer]);
    this.#groups.set(buffer, known);
    return known;
  }

  join(a: Buffer, b: Buffer): void {
    const [one, other] = [this.add(a), this.add(b)];
    for (const buffer of other) {
      one.add(buffer);
      this.#groups.set(buffer, one);
    }
  }

  /** All that is in no group with one of these. */
  without(excluded: ReadonlySet<Buffer>): ReadonlySet<Buffer> {
    return new Set([...this.#groups].flatMap(([buffer, group]) => ([...group].some((each) => excluded.has(each)) ? [] : [buffer])));
  }
}
