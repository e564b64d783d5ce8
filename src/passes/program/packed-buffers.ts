/**
 * The buffers into which a pass rearranges weights, and the kernels that fill them when weights are loaded. Equal packs,
 * such as those of a step that is written twice, are one buffer.
 */
import type { Buffer, Kernel } from "../../ir/kernel/kernel.js";
import { BufferNames } from "../../ir/kernel/names.js";
import { printKernel } from "../../ir/kernel/print.js";
import type { Instruction, Program } from "../../ir/program/program.js";
import { mapKernels, programBuffers } from "../../ir/program/traverse.js";
import { FreshNames } from "./fresh-names.js";
import { restage } from "./restage.js";

/** All of a packed buffer but what it is called. */
export type PackedForm = Omit<Buffer, "name" | "role">;

export class PackedBuffers {
  readonly #program: Program;
  readonly #names: FreshNames;
  readonly #prepare: Instruction[] = [];
  /** By the text of the kernels that fill them. */
  readonly #known = new Map<string, Buffer>();
  readonly #bufferNames = new BufferNames(false);

  constructor(program: Program) {
    this.#program = program;
    this.#names = FreshNames.ofBuffers(program);
    for (const buffer of programBuffers(program)) this.#bufferNames.name(buffer);
  }

  /** @param name the weight that it is made of; @param fill the kernels that store into a buffer what is packed; @param what it is packed as */
  buffer(name: string, form: PackedForm, fill: (buffer: Buffer) => readonly Kernel[], what = "packed"): Buffer {
    const made: Buffer = { ...form, name: "packed", role: "prepared" };
    const names = new KeyNames(this.#bufferNames);
    const key = fill(made).map((kernel) => printKernel(kernel, { names })).join("\n");
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const buffer: Buffer = { ...made, name: this.#names.fresh(`${name}.${what}`) };
    this.#known.set(key, buffer);
    for (const kernel of fill(buffer)) this.#prepare.push({ op: "kernel", kernel });
    return buffer;
  }

  /** The program whose kernels were changed so that they read packed buffers. */
  program(change: (kernel: Kernel) => Kernel): Program {
    return this.withBody(mapKernels(this.#program.body, change));
  }

  /** The program with another body, which reads packed buffers. */
  withBody(body: readonly Instruction[]): Program {
    return { ...this.#program, body, prepare: restage([...this.#program.prepare, ...this.#prepare]) };
  }
}

/** Names of a program, which stay apart from the buffer that is being made. */
class KeyNames extends BufferNames {
  constructor(readonly program: BufferNames) {
    super(false);
  }

  override name(buffer: Buffer): string {
    return buffer.name === "packed" && buffer.role === "prepared" ? "packed" : this.program.name(buffer);
  }
}
