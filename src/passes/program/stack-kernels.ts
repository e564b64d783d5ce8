/**
 * Kernels that stand one after another and do the same with different buffers, as the products of each gate do, become one
 * kernel with a loop around it: its code is there once. Their buffers become one, with an axis in front that tells the parts
 * apart, wherever they are stored and read:
 *
 *     for t, j { a[t, j] = sum wa[j, k] * x[t, k] }
 *     for t, j { b[t, j] = sum wb[j, k] * x[t, k] }       =>      for part, t, j { ab[part, t, j] = sum w[part, j, k] * x[t, k] }
 *
 * Everything is computed in the order in which it was. Weights as the caller gave them have a layout that is not ours to
 * change: small ones, such as biases, are copied when weights are loaded; with large ones kernels stay apart.
 */
import { fixedLength, staticElements } from "../../ir/graph/length.js";
import type { Axis, Buffer, Expr, Kernel } from "../../ir/kernel/kernel.js";
import { loadedBuffers, rewriteKernel, storedBuffers } from "../../ir/kernel/traverse.js";
import type { Instruction, Program } from "../../ir/program/program.js";
import { mapKernels } from "../../ir/program/traverse.js";
import { at } from "../../support/invariant.js";
import { fixedBuffers, likenessOf, type Likeness } from "./alike-kernels.js";
import { changeReductions, inAxis } from "./outer-axes.js";
import { axisOf, loadOf, wholeNumber } from "./expressions.js";
import { mapFallbacks } from "./fallbacks.js";
import { FreshNames } from "./fresh-names.js";
import { restage } from "./restage.js";

export interface StackOptions {
  /** The most elements of a weight that is copied. */
  readonly copied: number;
}

export function stackKernels(options: StackOptions): (program: Program) => Program {
  return (program) => new Stacker(program, options).stack();
}

/** Where a buffer lies now. */
interface Part {
  readonly stack: Buffer;
  readonly place: number;
}

/** Weights that the caller gave, together. */
interface Copy {
  readonly stack: Buffer;
  readonly buffers: readonly Buffer[];
}

/** Kernels that become one: how many, and which stack each buffer of the first is the first part of. */
interface Group {
  readonly count: number;
  readonly stacks: ReadonlyMap<Buffer, Buffer>;
}

class Stacker {
  readonly #program: Program;
  readonly #options: StackOptions;
  readonly #names: FreshNames;
  readonly #axisNames: FreshNames;
  /** Buffers that stay what they are. */
  readonly #bound: ReadonlySet<Buffer>;
  readonly #parts = new Map<Buffer, Part>();
  readonly #copies: Copy[] = [];
  /** By their first kernel. */
  readonly #groups = new Map<Kernel, Group>();

  constructor(program: Program, options: StackOptions) {
    this.#program = program;
    this.#options = options;
    this.#names = FreshNames.ofBuffers(program);
    this.#axisNames = FreshNames.ofAxes(program);
    this.#bound = fixedBuffers(program);
  }

  stack(): Program {
    const [body, prepare] = [this.#joined(this.#program.body), this.#joined(this.#program.prepare)];
    if (this.#groups.size === 0) return this.#program;
    const moved = (instructions: readonly Instruction[]): readonly Instruction[] => mapKernels(instructions, (kernel) => this.#moved(kernel));
    return {
      ...this.#program,
      inputs: mapFallbacks(this.#program, moved),
      prepare: restage([...this.#copies.flatMap(copyKernels), ...moved(prepare)]),
      body: restage(moved(body)),
    };
  }

  /** Without the kernels that are part of another one, which itself is still what it was. */
  #joined(instructions: readonly Instruction[]): readonly Instruction[] {
    const left: Instruction[] = [];
    let run: Likeness[] = [];
    const end = (): void => {
      left.push(...(this.#join(run) ? run.slice(0, 1) : run).map(({ kernel }): Instruction => ({ op: "kernel", kernel })));
      run = [];
    };
    for (const instruction of instructions) {
      if (instruction.op !== "kernel") {
        end();
        left.push(instruction.op === "loop" ? { ...instruction, body: this.#joined(instruction.body) } : instruction);
        continue;
      }
      const likeness = likenessOf(instruction.kernel);
      if (run.length > 0 && run[0]?.text !== likeness.text) end();
      run.push(likeness);
    }
    end();
    return left;
  }

  #join(run: readonly Likeness[]): boolean {
    const [first] = run;
    if (first === undefined || run.length < 2) return false;
    const stored = new Set(run.flatMap(({ kernel }) => [...storedBuffers(kernel)]));
    if (run.some(({ kernel }) => [...loadedBuffers(kernel)].some((buffer) => stored.has(buffer)))) return false;
    // Which of their buffers differ.
    const columns = first.buffers.map((_, position) => run.map(({ buffers }) => at(buffers, position))).filter((column) => column.some((buffer) => buffer !== column[0]));
    if (!columns.every((column) => this.#canStack(column)) || new Set(columns.flat()).size < columns.length * run.length) return false;
    // What each of them stores must be apart.
    if (![...storedBuffers(first.kernel)].every((buffer) => columns.some((column) => column[0] === buffer))) return false;
    this.#groups.set(first.kernel, { count: run.length, stacks: new Map(columns.map((column) => [at(column, 0), this.#stackOf(column)])) });
    return true;
  }

  #canStack(column: readonly Buffer[]): boolean {
    const [first] = column;
    if (first === undefined || new Set(column).size < column.length || column.some(({ role, lanes }) => role !== first.role || lanes === true)) return false;
    switch (first.role) {
      case "parameter":
        return column.every(({ shape }) => (staticElements(shape) ?? Infinity) <= this.#options.copied);
      case "prepared":
      case "temporary":
        if (column.some((buffer) => this.#bound.has(buffer))) return false;
        // One that is a part of a stack already must be the same part of the same.
        return column.every((buffer) => !this.#parts.has(buffer)) || this.#knownStack(column) !== undefined;
      case "input":
      case "state":
      case "output":
        return false;
    }
  }

  /** The stack that is made of these buffers, in this order. */
  #knownStack(column: readonly Buffer[]): Buffer | undefined {
    const stack = this.#parts.get(at(column, 0))?.stack;
    const isWhole = stack?.shape[0]?.constant === column.length;
    return isWhole && column.every((buffer, place) => this.#parts.get(buffer)?.stack === stack && this.#parts.get(buffer)?.place === place) ? stack : undefined;
  }

  #stackOf(column: readonly Buffer[]): Buffer {
    const known = this.#knownStack(column) ?? this.#copies.find(({ buffers }) => buffers.length === column.length && buffers.every((buffer, i) => buffer === column[i]))?.stack;
    if (known !== undefined) return known;
    const first = at(column, 0);
    const role = first.role === "parameter" ? "prepared" : first.role;
    const stack: Buffer = { name: this.#names.fresh(`${first.name}.stack`), role, element: first.element, shape: [fixedLength(column.length), ...first.shape], source: undefined };
    if (first.role === "parameter") this.#copies.push({ stack, buffers: column });
    else column.forEach((buffer, place) => this.#parts.set(buffer, { stack, place }));
    return stack;
  }

  /** A kernel with the buffers that there are now; the first of a group with the loop over its parts. */
  #moved(kernel: Kernel): Kernel {
    const group = this.#groups.get(kernel);
    const part: Axis | undefined = group === undefined ? undefined : { name: this.#axisNames.fresh("part"), extent: { kind: "length", length: fixedLength(group.count) } };
    const place = (buffer: Buffer): { readonly stack: Buffer; readonly index: Expr } | undefined => {
      const stack = group?.stacks.get(buffer);
      if (stack !== undefined && part !== undefined) return { stack, index: axisOf(part) };
      const known = this.#parts.get(buffer);
      return known === undefined ? undefined : { stack: known.stack, index: wholeNumber(known.place) };
    };
    const expr = (each: Expr): Expr => {
      const found = each.op === "load" ? place(each.buffer) : undefined;
      return each.op !== "load" || found === undefined ? each : { ...each, buffer: found.stack, index: [found.index, ...each.index] };
    };
    const rewritten = rewriteKernel(kernel, { expr });
    const stores = rewritten.stores.map((store) => {
      const found = place(store.buffer);
      return found === undefined ? store : { ...store, buffer: found.stack, index: [found.index, ...store.index] };
    });
    const moved = { ...rewritten, stores };
    return part === undefined ? moved : inAxis(withoutSources(moved), part);
  }
}

/** Without what the source calls the sums and values: of another part it calls them something else. */
function withoutSources(kernel: Kernel): Kernel {
  const unnamed = changeReductions(kernel, (reduction) => ({ ...reduction, accumulators: reduction.accumulators.map((accumulator) => ({ ...accumulator, source: undefined })) }));
  return { ...unnamed, stores: unnamed.stores.map((store) => ({ ...store, source: undefined })) };
}

/** Small weights, one after another. */
function copyKernels({ stack, buffers }: Copy): readonly Instruction[] {
  return buffers.map((buffer, place): Instruction => {
    const space = buffer.shape.map((length, i): Axis => ({ name: `p${i}`, extent: { kind: "length", length } }));
    const index = space.map(axisOf);
    return { op: "kernel", kernel: { name: `stack.${buffer.name}`, stage: 0, space, reductions: [], stores: [{ buffer: stack, index: [wholeNumber(place), ...index], value: loadOf(buffer, index), source: undefined }] } };
  });
}
