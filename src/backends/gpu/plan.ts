/**
 * What the host does with a program: which kernels there are, what each reads and writes, and in which order they are
 * dispatched. It becomes a table of the module, which src/runtime/gpu/machine.ts carries out. The figures of a plan, such as
 * dispatches per step, are known from it without a device.
 */
import { staticLength } from "../../ir/graph/length.js";
import type { Axis, Buffer, Expr, Kernel } from "../../ir/kernel/kernel.js";
import { loadedBuffers, visitExprs } from "../../ir/kernel/traverse.js";
import type { Instruction, Loop, Program } from "../../ir/program/program.js";
import { programKernels, visitInstructions } from "../../ir/program/traverse.js";
import { fail } from "../../support/diagnostics.js";
import { at, defined } from "../../support/invariant.js";
import { drawFunction, hostExpression, type HostContext } from "./host-text.js";
import { kernelSource, type KernelText } from "./kernel-source.js";
import type { GpuLimits } from "./limits.js";
import { quadBuffers } from "./quads.js";
import { joinTwins, twinsOf } from "./twins.js";
import { FreeSizes, plainTexture, quadTexture, type Texture } from "./texture-layout.js";

export interface PlanKernel extends KernelText {
  readonly name: string;
  readonly into: Buffer;
  /** Its form for quads, where that is another one; "later": a twin after it computes what it would. */
  readonly quads: KernelText | "later" | undefined;
}

export type Step =
  | { readonly op: "kernel"; readonly kernel: number }
  | { readonly op: "copy"; readonly from: Buffer; readonly to: Buffer }
  /** The host draws, and hands over. `numbers` is the text of a function. */
  | { readonly op: "draw"; readonly into: Buffer; readonly numbers: string }
  | { readonly op: "collect"; readonly collect: number }
  | LoopStep;

export interface LoopStep {
  readonly op: "loop";
  readonly axis: number;
  readonly from: string;
  readonly to: string;
  readonly reverse: boolean;
  readonly carried: readonly (readonly [Buffer, Buffer])[];
  readonly body: readonly Step[];
  readonly collects: readonly Collect[];
}

export interface Collect {
  readonly row: Buffer;
  readonly into: Buffer;
}

export interface PlanOptions {
  readonly limits: GpuLimits;
  /** What the host knows of kernels that only move rows; see src/passes/program/collect-rows.ts. */
  readonly collected: (kernel: Kernel, loop: Loop | undefined) => { readonly row: Buffer; readonly rows: Buffer } | undefined;
  /** The loop that the caller drives, and its inputs. */
  readonly driven?: { readonly loop: Loop; readonly inputs: readonly string[] };
}

/** Plans one program; lists of instructions become steps in the order in which they are asked for. */
export class Plan {
  readonly sizes = new FreeSizes();
  readonly kernels: PlanKernel[] = [];
  readonly buffers: Buffer[] = [];
  /** Inputs that bounds of loops are computed of: the host keeps their numbers. */
  readonly onHost = new Set<Buffer>();
  readonly #options: PlanOptions;
  readonly #program: Program;
  readonly #places = new Map<Buffer, number>();
  readonly #textures = new Map<Buffer, Texture>();
  readonly #quadTextures = new Map<Buffer, Texture>();
  readonly #axes = new Map<Axis, number>();
  readonly #direct: ReadonlySet<Buffer>;
  readonly #quads: ReadonlySet<Buffer>;

  constructor(program: Program, options: PlanOptions) {
    this.#program = program;
    this.#options = options;
    this.#direct = directBuffers(program, options);
    // What the sums of a whole run read is read so often that a texture with four numbers a place pays for the kernel that makes it.
    const summed = options.driven === undefined ? summedBuffers(program) : new Set<Buffer>();
    this.#quads = quadBuffers(program, { collected: options.collected, direct: new Set([...this.#direct].filter((buffer) => !summed.has(buffer))) });
  }

  place(buffer: Buffer): number {
    const known = this.#places.get(buffer);
    if (known !== undefined) return known;
    this.#places.set(buffer, this.buffers.length);
    this.buffers.push(buffer);
    // Its texture is asked for here, so that what is too large is refused.
    this.texture(buffer);
    for (const length of buffer.shape) this.sizes.place(length);
    return this.buffers.length - 1;
  }

  /** How it lies in a texture of one number a place. */
  texture(buffer: Buffer): Texture {
    const known = this.#textures.get(buffer) ?? plainTexture(buffer, this.#options.limits);
    this.#textures.set(buffer, known);
    return known;
  }

  /** How it lies where places have four. */
  quadTexture(buffer: Buffer): Texture {
    if (!this.#quads.has(buffer)) return this.texture(buffer);
    const known = this.#quadTextures.get(buffer) ?? quadTexture(buffer, this.#options.limits);
    this.#quadTextures.set(buffer, known);
    return known;
  }

  isDirect(buffer: Buffer): boolean {
    return this.#direct.has(buffer);
  }

  axis(axis: Axis): number {
    const known = this.#axes.get(axis) ?? this.#axes.size;
    this.#axes.set(axis, known);
    return known;
  }

  steps(instructions: readonly Instruction[], loop?: Loop): readonly Step[] {
    return this.#list(instructions, loop, []);
  }

  #list(instructions: readonly Instruction[], loop: Loop | undefined, collects: Collect[]): readonly Step[] {
    const groups = loop === undefined ? new Map<Kernel, readonly Kernel[]>() : twinsOf(instructions, { mayStore: (buffer) => this.#quads.has(buffer), ...this.#options.limits.gl });
    const early = new Set([...groups.values()].flatMap((group) => group.slice(0, -1)));
    return instructions.map((instruction): Step => {
      if (instruction.op === "copy") {
        this.place(instruction.from);
        this.place(instruction.to);
        return { op: "copy", from: instruction.from, to: instruction.to };
      }
      if (instruction.op === "loop") return this.#loop(instruction);
      const { kernel } = instruction;
      const collected = this.#options.collected(kernel, loop);
      if (collected !== undefined) {
        this.place(collected.row);
        this.place(collected.rows);
        collects.push({ row: collected.row, into: collected.rows });
        return { op: "collect", collect: collects.length - 1 };
      }
      const store = at(kernel.stores, 0);
      if (isHostDraw(kernel)) return { op: "draw", into: this.#placed(store.buffer), numbers: drawFunction(kernel, this.#host) };
      return { op: "kernel", kernel: this.#kernel(kernel, store.buffer, early.has(kernel) ? "later" : groups.get(kernel)) };
    });
  }

  #placed(buffer: Buffer): Buffer {
    this.place(buffer);
    return buffer;
  }

  #kernel(kernel: Kernel, into: Buffer, twins: readonly Kernel[] | "later" | undefined): number {
    const { limits } = this.#options;
    const text = kernelSource(kernel, { texture: (buffer) => this.texture(buffer), sizes: this.sizes });
    const quads = twins === "later" ? twins : kernelSource(twins === undefined ? kernel : joinTwins(twins), { texture: (buffer) => this.quadTexture(buffer), sizes: this.sizes });
    for (const buffer of [into, ...text.loads]) this.place(buffer);
    for (const argument of text.numbers) if (argument.kind === "axis") this.axis(argument.axis);
    if (text.loads.length > limits.loads) {
      fail("GF5104", `${kernel.name} reads ${text.loads.length} values, more than ${limits.loads}: ${text.loads.map(({ name }) => name).join(", ")}`, { help: "split the sum in which they meet into several, each with a name" });
    }
    this.kernels.push({ ...text, name: kernel.name, into, quads: quads !== "later" && quads.source === text.source ? undefined : quads });
    return this.kernels.length - 1;
  }

  #loop(loop: Loop): LoopStep {
    const { axis, reverse, carried, body } = loop;
    const place = this.axis(axis);
    const size = this.sizes.place(axis.extent.length);
    const length = size === undefined ? String(staticLength(axis.extent.length)) : `S[${size}]`;
    const bound = (expr: Expr): string => hostExpression(expr, this.#host);
    const [from, to] = axis.extent.kind === "length" ? ["0", length] : [`Math.max(0, ${bound(axis.extent.start)})`, `Math.min(${length}, ${bound(axis.extent.end)})`];
    const collects: Collect[] = [];
    const steps = this.#list(body, loop, collects);
    return { op: "loop", axis: place, from, to, reverse, carried: carried.map(({ current, next }) => [this.#placed(current), this.#placed(next)]), body: steps, collects };
  }

  get #host(): HostContext {
    return {
      sizes: this.sizes,
      axis: (axis) => `A[${defined(this.#axes.get(axis), `the loop over ${axis.name}`)}]`,
      numbers: (buffer) => {
        if (buffer.role !== "input") return undefined;
        this.onHost.add(buffer);
        return `H(${this.place(buffer)})`;
      },
    };
  }

  get program(): Program {
    return this.#program;
  }
}

/**
 * Numbers of the host that only one kernel reads, each time they are given: they are handed over with its call, which saves
 * the kernel that would make a texture of them.
 */
function directBuffers(program: Program, { driven }: PlanOptions): ReadonlySet<Buffer> {
  const given = new Map<Buffer, readonly Instruction[]>();
  for (const { name, buffer, fallback } of program.inputs) {
    if (fallback !== undefined) continue;
    if (driven === undefined) given.set(buffer, program.body);
    else if (driven.inputs.includes(name)) given.set(buffer, driven.loop.body);
  }
  const note = (list: readonly Instruction[]): void => {
    for (const instruction of list) {
      if (instruction.op === "loop") note(instruction.body);
      if (instruction.op === "kernel" && isHostDraw(instruction.kernel)) given.set(at(instruction.kernel.stores, 0).buffer, list);
    }
  };
  note(program.body);
  const direct = new Set<Buffer>();
  for (const [buffer, list] of given) {
    const readers = list.filter((each) => each.op === "kernel" && loadedBuffers(each.kernel).has(buffer));
    if (readers.length === (driven === undefined ? 1 : readers.length) && readers.length === countReaders(program, buffer)) direct.add(buffer);
  }
  return direct;
}

/** What is read within sums. */
function summedBuffers({ body }: Program): ReadonlySet<Buffer> {
  const found = new Set<Buffer>();
  for (const { reductions } of programKernels(body)) {
    visitExprs(reductions.flatMap(({ accumulators }) => accumulators.map(({ value }) => value)), (expr) => {
      if (expr.op === "load") found.add(expr.buffer);
    });
  }
  return found;
}

/** Whether the host can carry a kernel out: it does nothing but draw, at positions that are known beforehand. */
function isHostDraw({ reductions, stores }: Kernel): boolean {
  const [store] = stores;
  if (store?.value.op !== "draw" || stores.length !== 1 || reductions.length > 0) return false;
  let known = true;
  visitExprs(store.value.counters, (expr) => {
    if (expr.op === "load" || expr.op === "result" || expr.op === "draw") known = false;
  });
  return known;
}

function countReaders(program: Program, buffer: Buffer): number {
  let count = program.inputs.flatMap(({ fallback }) => fallback ?? []).filter((kernel) => loadedBuffers(kernel).has(buffer)).length;
  if (program.outputs.some((output) => output.buffer === buffer)) count += 1;
  visitInstructions(program.body, (instruction) => {
    if (instruction.op === "kernel" && loadedBuffers(instruction.kernel).has(buffer)) count += 1;
    if (instruction.op === "copy" && instruction.from === buffer) count += 1;
  });
  return count;
}
