/**
 * The `prepare` instructions of several programs as one function. Each prepared buffer gets a key that tells how it is
 * computed, from which parameters; buffers of one key are one buffer, and kernels that would compute it again are left out.
 */
import type { Buffer, Kernel } from "../../ir/kernel/kernel.js";
import { printKernel } from "../../ir/kernel/print.js";
import { BufferNames } from "../../ir/kernel/names.js";
import type { Instruction, ProgramParameter } from "../../ir/program/program.js";
import { instructionBuffers } from "../../ir/program/traverse.js";
import { staticElements, type WeightsLayout } from "./layout.js";

export interface PrepareUnit {
  readonly parameters: readonly ProgramParameter[];
  readonly prepare: readonly Instruction[];
  /** What runs later: prepared buffers that it loads are kept. */
  readonly body: readonly Instruction[];
}

export interface Prepared {
  /** The instructions that are left. */
  readonly left: readonly Instruction[];
  /** Arrays that only they need, by the names of their places. */
  readonly scratch: readonly { readonly name: string; readonly type: string; readonly size: number }[];
}

/** Gives prepared buffers their places. */
export function layoutPrepared(units: readonly PrepareUnit[], layout: WeightsLayout): Prepared {
  const left: Instruction[] = [];
  const scratch: { name: string; type: string; size: number }[] = [];
  for (const [i, unit] of units.entries()) {
    const kept = instructionBuffers(unit.body);
    const keys = prepareKeys(unit, `program ${i}`);
    const fresh = new Set<Buffer>();
    for (const buffer of instructionBuffers(unit.prepare)) {
      if (buffer.role === "parameter" || layout.place(buffer) !== undefined) continue;
      const { shared } = layout.addPrepared(buffer, kept.has(buffer), keys.get(buffer) ?? `program ${i} ${buffer.name}`);
      if (shared) continue;
      fresh.add(buffer);
      const place = layout.place(buffer);
      if (place?.kind === "argument") scratch.push({ name: place.text, type: buffer.element === "int32" ? "Int32Array" : "Float64Array", size: staticElements(buffer.shape) ?? 0 });
    }
    for (const instruction of unit.prepare) {
      const written = instruction.op === "kernel" ? instruction.kernel.stores.map(({ buffer }) => buffer) : [...instructionBuffers([instruction])];
      if (written.some((buffer) => fresh.has(buffer))) left.push(instruction);
    }
  }
  return { left, scratch };
}

/** Names loaded buffers by how they are computed. */
class KeyNames extends BufferNames {
  constructor(readonly keys: ReadonlyMap<Buffer, string>) {
    super(true);
  }

  override name(buffer: Buffer): string {
    return this.keys.get(buffer) ?? super.name(buffer);
  }
}

function prepareKeys(unit: PrepareUnit, alone: string): ReadonlyMap<Buffer, string> {
  const keys = new Map<Buffer, string>();
  for (const { name, buffer } of unit.parameters) keys.set(buffer, JSON.stringify(name));
  for (const instruction of unit.prepare) {
    if (instruction.op !== "kernel") {
      for (const buffer of instructionBuffers([instruction])) if (buffer.role !== "parameter") keys.set(buffer, `${alone} ${buffer.name}`);
      continue;
    }
    const text = kernelKey(instruction.kernel, keys);
    for (const [slot, { buffer }] of instruction.kernel.stores.entries()) {
      keys.set(buffer, `{${keys.get(buffer) ?? buffer.element} ${slot} ${text}}`);
    }
  }
  return keys;
}

function kernelKey(kernel: Kernel, keys: ReadonlyMap<Buffer, string>): string {
  const own = new Set(kernel.stores.map(({ buffer }) => buffer));
  return printKernel(kernel, { canonical: true, names: new KeyNames(new Map([...keys].filter(([buffer]) => !own.has(buffer)))) });
}
