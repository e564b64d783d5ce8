/** Which parameters a prepared buffer was made of, directly or by way of others. */
import type { Buffer } from "../../ir/kernel/kernel.js";
import { pruneKernel } from "../../ir/kernel/prune.js";
import { loadedBuffers } from "../../ir/kernel/traverse.js";
import type { Program } from "../../ir/program/program.js";
import { programKernels } from "../../ir/program/traverse.js";

export function weightOrigins({ parameters, prepare }: Pick<Program, "parameters" | "prepare">): (buffer: Buffer) => readonly string[] {
  const origins = new Map<Buffer, ReadonlySet<string>>(parameters.map(({ buffer, name }) => [buffer, new Set([name])]));
  for (const kernel of programKernels(prepare)) {
    for (const store of kernel.stores) {
      const from = [...loadedBuffers(pruneKernel({ ...kernel, stores: [store] }))].flatMap((buffer) => [...(origins.get(buffer) ?? [])]);
      origins.set(store.buffer, new Set([...(origins.get(store.buffer) ?? []), ...from]));
    }
  }
  return (buffer) => [...(origins.get(buffer) ?? [])];
}
