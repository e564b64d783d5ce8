/**
 * Bundles: several buffers of one shape as one, with an axis more, for targets whose kernels read few buffers and are costly
 * to start.
 *
 * - `bundleKernels`: kernels that do the same with different weights, as the projections of a sequence for each gate do,
 *   become one kernel, whose weights and whose results are bundles.
 * - `bundleWeights`: weights of one shape that a kernel reads together become a bundle.
 *
 * Neither knows a gate. Everything is computed as before; what a kernel reads lies elsewhere.
 */
import { fixedLength, staticElements } from "../../ir/graph/length.js";
import type { Axis, Buffer, Expr, Kernel } from "../../ir/kernel/kernel.js";
import { pruneKernel } from "../../ir/kernel/prune.js";
import { loadedBuffers, rewriteKernel } from "../../ir/kernel/traverse.js";
import type { Instruction, Program } from "../../ir/program/program.js";
import { instructionBuffers, mapKernels, programKernels } from "../../ir/program/traverse.js";
import { at, defined } from "../../support/invariant.js";
import { fixedBuffers, likenessOf, shapeKey, type Likeness } from "./alike-kernels.js";
import { axisOf, ofIntegers, wholeNumber } from "./expressions.js";
import { FreshNames } from "./fresh-names.js";
import { restage } from "./restage.js";
import { isWhole } from "./whole-stores.js";

export interface BundleOptions {
  /** The most buffers that a kernel may read. */
  readonly loads: number;
  /** The most rows of a bundle: elements but for the last axis. */
  readonly rows: number;
}

/** @param program one store a kernel, of its whole buffer */
export function bundleKernels(options: BundleOptions): (program: Program) => Program {
  return (program) => {
    const bundler = new KernelBundler(program, options);
    const body = bundler.list(program.body);
    return bundler.finish(body);
  };
}

/** @param program one store a kernel, of its whole buffer */
export function bundleWeights(options: BundleOptions): (program: Program) => Program {
  return (program) => {
    const bundles = new Bundles(program, options);
    const groups = new Map<Buffer, Set<Buffer>>();
    // A row that is collected is taken as a whole.
    const taken = new Set(programKernels(program.body).flatMap((kernel) => (isMove(kernel) ? [...loadedBuffers(kernel)] : [])));
    for (const kernel of programKernels(program.body)) {
      const byShape = new Map<string, Buffer[]>();
      for (const buffer of loadedBuffers(kernel)) {
        if (!isWeight(buffer) || taken.has(buffer)) continue;
        const key = shapeKey(buffer);
        byShape.set(key, [...(byShape.get(key) ?? []), buffer]);
      }
      for (const buffers of byShape.values()) {
        const group = new Set(buffers.flatMap((buffer) => [...(groups.get(buffer) ?? [buffer])]));
        if (group.size > 1 && bundles.fits([...group])) for (const buffer of group) groups.set(buffer, group);
      }
    }
    const places = new Map<Buffer, { readonly bundle: Buffer; readonly place: number }>();
    for (const group of new Set(groups.values())) {
      const buffers = [...group];
      const bundle = bundles.make(buffers);
      buffers.forEach((buffer, place) => places.set(buffer, { bundle, place }));
    }
    if (places.size === 0) return program;
    const body = mapKernels(program.body, (kernel) => pointTo(kernel, (buffer) => places.get(buffer)));
    return { ...program, prepare: restage([...program.prepare, ...bundles.prepare]), body: restage(body) };
  };
}

/** Reads parts of bundles instead of buffers of their own. */
function pointTo(kernel: Kernel, place: (buffer: Buffer) => { readonly bundle: Buffer; readonly place: number } | undefined): Kernel {
  return rewriteKernel(kernel, {
    expr: (expr) => {
      const found = expr.op === "load" ? place(expr.buffer) : undefined;
      return expr.op !== "load" || found === undefined ? expr : { ...expr, buffer: found.bundle, index: [wholeNumber(found.place), ...expr.index] };
    },
  });
}

function isWeight({ role, shape }: Buffer): boolean {
  return (role === "prepared" || role === "parameter") && staticElements(shape) !== undefined;
}

/** Whether a kernel only moves values. */
function isMove({ reductions, stores }: Kernel): boolean {
  return reductions.length === 0 && stores.every(({ value }) => value.op === "load");
}

/** Makes bundles of weights, and the kernels that fill them at load. */
class Bundles {
  readonly prepare: Instruction[] = [];
  readonly #names: FreshNames;
  readonly #options: BundleOptions;
  readonly #made = new Map<string, Buffer>();
  readonly #ids = new Map<Buffer, number>();

  constructor(program: Program, options: BundleOptions) {
    this.#names = FreshNames.ofBuffers(program);
    this.#options = options;
  }

  fresh(hint: string): string {
    return this.#names.fresh(hint);
  }

  fits(buffers: readonly Buffer[]): boolean {
    const rows = staticElements(at(buffers, 0).shape.slice(0, -1)) ?? Infinity;
    return rows * buffers.length <= this.#options.rows;
  }

  make(buffers: readonly Buffer[]): Buffer {
    const key = buffers.map((buffer) => this.#id(buffer)).join();
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const first = at(buffers, 0);
    const bundle: Buffer = { name: this.#names.fresh(`${first.source ?? first.name}.bundle`), role: "prepared", element: first.element, shape: [fixedLength(buffers.length), ...first.shape], source: first.source };
    this.#made.set(key, bundle);
    const space = bundle.shape.map((length, i): Axis => ({ name: `p${i}`, extent: { kind: "length", length } }));
    const index = space.map(axisOf);
    const kind = first.element === "float32" ? "real" : "int";
    // So many at a time as a kernel reads besides the bundle itself.
    const count = this.#options.loads - 1;
    for (let start = 0; start < buffers.length; start += count) {
      let value: Expr = start === 0 ? { op: "number", kind, value: 0 } : { op: "load", kind, buffer: bundle, index };
      for (const [i, buffer] of [...buffers.slice(start, start + count).entries()].reverse()) {
        value = { op: "select", kind, condition: ofIntegers("equal", at(index, 0), wholeNumber(start + i)), yes: { op: "load", kind, buffer, index: index.slice(1) }, no: value };
      }
      this.prepare.push({ op: "kernel", kernel: { name: `${bundle.name}${start === 0 ? "" : `.${start}`}`, stage: 0, space, reductions: [], stores: [{ buffer: bundle, index, value, source: undefined }] } });
    }
    return bundle;
  }

  #id(buffer: Buffer): number {
    const known = this.#ids.get(buffer) ?? this.#ids.size;
    this.#ids.set(buffer, known);
    return known;
  }
}

interface Result {
  readonly bundle: Buffer;
  readonly place: number;
}

class KernelBundler {
  readonly #program: Program;
  readonly #bundles: Bundles;
  readonly #axisNames: FreshNames;
  readonly #results = new Map<Buffer, Result>();
  /** Buffers that stay what they are: a row that is collected is taken as a whole. */
  readonly #bound: Set<Buffer>;

  constructor(program: Program, options: BundleOptions) {
    this.#program = program;
    this.#bundles = new Bundles(program, options);
    this.#axisNames = FreshNames.ofAxes(program);
    this.#bound = fixedBuffers(program);
    for (const kernel of programKernels(program.body)) if (isMove(kernel)) for (const buffer of loadedBuffers(kernel)) this.#bound.add(buffer);
  }

  list(instructions: readonly Instruction[]): readonly Instruction[] {
    const inside = instructions.map((instruction): Instruction => (instruction.op === "loop" ? { ...instruction, body: this.list(instruction.body) } : instruction));
    const groups = new Map<string, { readonly likeness: Likeness; readonly position: number }[]>();
    for (const [position, instruction] of inside.entries()) {
      if (instruction.op !== "kernel" || !this.#mayJoin(instruction.kernel)) continue;
      const likeness = likenessOf(instruction.kernel);
      const key = `${instruction.kernel.stage} ${likeness.text}`;
      groups.set(key, [...(groups.get(key) ?? []), { likeness, position }]);
    }
    const replaced = new Map<number, readonly Instruction[]>();
    for (const group of groups.values()) {
      const last = at(group, group.length - 1).position;
      const stored = new Set(group.map(({ likeness: { kernel } }) => at(kernel.stores, 0).buffer));
      const between = inside.slice(at(group, 0).position, last + 1);
      if (group.length < 2 || [...between].some((each) => [...instructionBuffers([each])].some((buffer) => stored.has(buffer)) && !group.some(({ likeness: { kernel } }) => each.op === "kernel" && each.kernel === kernel))) continue;
      const joined = this.#join(group.map(({ likeness }) => likeness));
      if (joined === undefined) continue;
      for (const { position } of group) replaced.set(position, []);
      replaced.set(last, [{ op: "kernel", kernel: joined }]);
    }
    return inside.flatMap((instruction, position) => replaced.get(position) ?? [instruction]);
  }

  finish(body: readonly Instruction[]): Program {
    if (this.#results.size === 0) return this.#program;
    const read = (kernel: Kernel): Kernel =>
      rewriteKernel(kernel, {
        expr: (expr) => {
          const found = expr.op === "load" ? this.#results.get(expr.buffer) : undefined;
          return expr.op !== "load" || found === undefined ? expr : { ...expr, buffer: found.bundle, index: beforeLast(expr.index, wholeNumber(found.place)) };
        },
      });
    return { ...this.#program, prepare: restage([...this.#program.prepare, ...this.#bundles.prepare]), body: restage(mapKernels(body, read)) };
  }

  #mayJoin(kernel: Kernel): boolean {
    const [store] = kernel.stores;
    if (store === undefined || kernel.stores.length !== 1 || kernel.reductions.length === 0 || !isWhole(kernel, store)) return false;
    return store.buffer.role === "temporary" && !this.#bound.has(store.buffer) && !loadedBuffers(kernel).has(store.buffer);
  }

  #join(group: readonly Likeness[]): Kernel | undefined {
    const first = at(group, 0).kernel;
    const orders = group.map(({ buffers }) => buffers);
    const stored = group.map(({ kernel }) => at(kernel.stores, 0).buffer);
    const part: Axis = { name: this.#axisNames.fresh("part"), extent: { kind: "length", length: fixedLength(group.length) } };
    const number = axisOf(part);
    const places = new Map<Buffer, Buffer>();
    for (const [position, buffer] of at(orders, 0).entries()) {
      const column = orders.map((order) => at(order, position));
      if (stored.includes(buffer) || column.every((each) => each === buffer)) continue;
      if (!column.every(isWeight) || !this.#bundles.fits(column)) return undefined;
      places.set(buffer, this.#bundles.make(column));
    }
    const store = at(first.stores, 0);
    const bundle: Buffer = { ...store.buffer, name: this.#bundles.fresh(`${store.buffer.name}.bundle`), shape: beforeLast(store.buffer.shape, part.extent.length) };
    stored.forEach((buffer, place) => this.#results.set(buffer, { bundle, place }));
    const moved = rewriteKernel(first, {
      expr: (expr) => {
        const weights = expr.op === "load" ? places.get(expr.buffer) : undefined;
        return expr.op !== "load" || weights === undefined ? expr : { ...expr, buffer: weights, index: [number, ...expr.index] };
      },
    });
    const own = at(moved.stores, 0);
    return pruneKernel({ ...moved, space: beforeLast(moved.space, part), stores: [{ ...own, buffer: bundle, index: beforeLast(own.index, number) }] });
  }
}

/** One more element before the last: the last axis stays the one along which neighbours lie. */
function beforeLast<T>(items: readonly T[], item: T): readonly T[] {
  return items.length === 0 ? [item] : [...items.slice(0, -1), item, defined(items.at(-1), "the last")];
}
