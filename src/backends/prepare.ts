/**
 * The `prepare` instructions of several programs as one function. Each prepared buffer gets a key that tells how it is
 * computed, from which parameters; buffers of one key are one buffer, and stores that would compute it again are left out.
 */
import { BufferNames } from "../ir/kernel/names.js";
import type { Buffer, Kernel, Reduction, Store } from "../ir/kernel/kernel.js";
import { printKernel } from "../ir/kernel/print.js";
import { accumulatorRoots, Dependences, loadedBuffers } from "../ir/kernel/traverse.js";
import type { Instruction, ProgramParameter } from "../ir/program/program.js";
import { instructionBuffers } from "../ir/program/traverse.js";

export interface PrepareUnit {
  readonly parameters: readonly ProgramParameter[];
  readonly prepare: readonly Instruction[];
  /** What runs later: prepared buffers that it loads are kept. */
  readonly body: readonly Instruction[];
}

/** What gives prepared buffers their places. */
export interface PreparedLayout {
  place(buffer: Buffer): unknown;
  /** @param key tells how it is computed: one that was added before under the same key is shared */
  addPrepared(buffer: Buffer, kept: boolean, key: string, hint: string): { readonly shared: boolean };
}

export interface Prepared {
  /** The instructions that are left. */
  readonly left: readonly Instruction[];
  /** The buffers that they fill: all but those that share the place of another. */
  readonly made: readonly Buffer[];
}

/** Gives prepared buffers their places. */
export function layoutPrepared(units: readonly PrepareUnit[], layout: PreparedLayout): Prepared {
  const left: Instruction[] = [];
  const made: Buffer[] = [];
  for (const [i, unit] of units.entries()) {
    const kept = instructionBuffers(unit.body);
    const origins = prepareOrigins(unit, `program ${i}`);
    const fresh = new Set<Buffer>();
    for (const buffer of instructionBuffers(unit.prepare)) {
      if (buffer.role === "parameter" || layout.place(buffer) !== undefined) continue;
      const { key, parameters } = origins.get(buffer) ?? { key: `program ${i} ${buffer.name}`, parameters: new Set<string>() };
      // A weight that was moved about is still best known by its name.
      const [only] = parameters;
      const hint = parameters.size === 1 && only !== undefined ? only : buffer.name;
      if (layout.addPrepared(buffer, kept.has(buffer), key, hint).shared) continue;
      fresh.add(buffer);
      made.push(buffer);
    }
    for (const instruction of unit.prepare) {
      if (instruction.op === "kernel") {
        const stores = instruction.kernel.stores.filter(({ buffer }) => fresh.has(buffer));
        if (stores.length > 0) left.push({ op: "kernel", kernel: onlyStores(instruction.kernel, stores) });
      } else if ([...instructionBuffers([instruction])].some((buffer) => fresh.has(buffer))) {
        left.push(instruction);
      }
    }
  }
  return { left, made };
}

/** Where the numbers of a prepared buffer come from. */
interface Origin {
  readonly key: string;
  readonly parameters: ReadonlySet<string>;
}

/** Names loaded buffers by how they are computed. */
class KeyNames extends BufferNames {
  constructor(readonly origins: ReadonlyMap<Buffer, Origin>, readonly stored: Buffer) {
    super(true);
  }

  override name(buffer: Buffer): string {
    return buffer === this.stored ? "it" : (this.origins.get(buffer)?.key ?? super.name(buffer));
  }
}

function prepareOrigins(unit: PrepareUnit, alone: string): ReadonlyMap<Buffer, Origin> {
  const origins = new Map<Buffer, Origin>();
  for (const { name, buffer } of unit.parameters) origins.set(buffer, { key: JSON.stringify(name), parameters: new Set([name]) });
  for (const instruction of unit.prepare) {
    if (instruction.op !== "kernel") {
      for (const buffer of instructionBuffers([instruction])) {
        if (buffer.role !== "parameter") origins.set(buffer, { key: `${alone} ${buffer.name}`, parameters: new Set() });
      }
      continue;
    }
    for (const store of instruction.kernel.stores) {
      const { buffer } = store;
      const kernel = onlyStores(instruction.kernel, [store]);
      const text = printKernel({ ...kernel, stage: 0 }, { canonical: true, names: new KeyNames(origins, buffer) });
      const before = origins.get(buffer);
      const parameters = new Set([...(before?.parameters ?? []), ...[...loadedBuffers(kernel)].flatMap((loaded) => [...(origins.get(loaded)?.parameters ?? [])])]);
      origins.set(buffer, { key: `{${before?.key ?? buffer.element} ${text}}`, parameters });
    }
  }
  return origins;
}

/** The part of a kernel that some of its stores need. */
function onlyStores(kernel: Kernel, stores: readonly Store[]): Kernel {
  if (stores.length === kernel.stores.length) return kernel;
  const needed = new Set<Reduction>();
  const dependences = new Dependences();
  const need = (reductions: Iterable<Reduction>): void => {
    for (const reduction of reductions) {
      if (needed.has(reduction)) continue;
      needed.add(reduction);
      for (const root of reduction.accumulators.flatMap(accumulatorRoots)) need(dependences.of(root).reductions);
      for (const { extent } of reduction.axes) if (extent.kind === "window") for (const bound of [extent.start, extent.end]) need(dependences.of(bound).reductions);
    }
  };
  for (const { index, value } of stores) for (const expr of [...index, value]) need(dependences.of(expr).reductions);
  return { ...kernel, reductions: kernel.reductions.filter((reduction) => needed.has(reduction)), stores };
}
