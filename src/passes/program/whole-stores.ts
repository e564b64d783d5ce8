/**
 * Makes each kernel write the whole of its buffer, for targets that have no other way: a shader's result is a new texture.
 *
 * A store that reaches a part of its buffer, such as a piece of a joined vector, or one place of a ring, becomes a store at
 * every place that computes the new value where it belongs, and keeps what was there elsewhere. Parts that are stored one
 * after another become one kernel. A value with sums of its own is computed first, in a kernel over its own positions.
 */
import { sameLength } from "../../ir/graph/length.js";
import type { Axis, Buffer, Expr, Kernel, Store } from "../../ir/kernel/kernel.js";
import { pruneKernel, Substituter } from "../../ir/kernel/prune.js";
import { axisRoots, ExprRewriter, loadedBuffers, visitExprs } from "../../ir/kernel/traverse.js";
import type { Instruction, Loop, Program } from "../../ir/program/program.js";
import { visitInstructions } from "../../ir/program/traverse.js";
import { at, InternalError } from "../../support/invariant.js";
import { collectedRow } from "./collect-rows.js";
import { mapFallbacks } from "./fallbacks.js";
import { FreshNames } from "./fresh-names.js";
import { axisOf, ofIntegers } from "./expressions.js";
import { invertIndex } from "./invert-index.js";
import { restage } from "./restage.js";

/** @param program one store a kernel */
export function wholeStores(program: Program): Program {
  return new WholeStores(program).run();
}

class WholeStores {
  readonly #program: Program;
  readonly #names: FreshNames;
  /** How many instructions write a buffer. */
  readonly #writers = new Map<Buffer, number>();
  /** Buffers that are read before every place of them was written: they begin with zeros. */
  readonly #begun = new Set<Buffer>();
  /** The places of a buffer, the same axes for all kernels that write it. */
  readonly #places = new Map<Buffer, readonly Axis[]>();

  constructor(program: Program) {
    this.#program = program;
    this.#names = FreshNames.ofBuffers(program);
    for (const list of [program.prepare, program.body, program.inputs.flatMap(({ fallback = [] }) => fallback.map((kernel): Instruction => ({ op: "kernel", kernel })))]) {
      visitInstructions(list, (instruction) => {
        if (instruction.op === "loop") return;
        const written = instruction.op === "copy" ? [instruction.to] : instruction.kernel.stores.map(({ buffer }) => buffer);
        for (const buffer of written) this.#writers.set(buffer, (this.#writers.get(buffer) ?? 0) + 1);
      });
    }
  }

  run(): Program {
    const prepare = this.#list(this.#program.prepare, undefined, "prepared");
    const begun = [...this.#begun].map((buffer) => this.#zeros(buffer));
    this.#begun.clear();
    const body = this.#list(this.#program.body, undefined, "temporary");
    const start = [...this.#begun].map((buffer) => this.#zeros(buffer));
    this.#begun.clear();
    const inputs = mapFallbacks(this.#program, (instructions) => {
      const list = this.#list(instructions, undefined, "temporary");
      const zeros = [...this.#begun].map((buffer) => this.#zeros(buffer));
      this.#begun.clear();
      return [...zeros, ...list];
    });
    return { ...this.#program, inputs, prepare: restage([...begun, ...prepare]), body: restage([...start, ...body]) };
  }

  #list(instructions: readonly Instruction[], loop: Loop | undefined, role: Buffer["role"]): readonly Instruction[] {
    // Next states have no value when a turn begins: the first part that is stored has nothing to keep.
    const empty = new Set((loop?.carried ?? []).flatMap(({ current, next }) => (current === next ? [] : [next])));
    const made = instructions.flatMap((instruction): readonly Instruction[] => {
      if (instruction.op === "loop") return [{ ...instruction, body: this.#list(instruction.body, instruction, role) }];
      if (instruction.op === "copy") {
        empty.delete(instruction.to);
        return [instruction];
      }
      return this.#kernel(instruction.kernel, loop, role, empty).map((kernel): Instruction => ({ op: "kernel", kernel }));
    });
    return joinParts(made);
  }

  #kernel(kernel: Kernel, loop: Loop | undefined, role: Buffer["role"], empty: Set<Buffer>): readonly Kernel[] {
    const store = at(kernel.stores, 0);
    const isFirst = empty.delete(store.buffer);
    if (isWhole(kernel, store) || collectedRow(kernel, loop) !== undefined) return [kernel];
    const turned = inOrderOf(kernel, store);
    if (turned !== undefined) return [turned];
    const { buffer } = store;
    const kernels: Kernel[] = [];
    let source = kernel;
    if (kernel.reductions.length > 0) {
      const { first, rest } = this.#apart(kernel, store, role);
      kernels.push(first);
      source = rest;
    }
    const space = this.#placesOf(buffer);
    const place = space.map(axisOf);
    const inverse = invertIndex(at(source.stores, 0), source.space, place);
    if (inverse === undefined) throw new InternalError(`${kernel.name} stores ${buffer.name} where its places do not tell the positions`);
    const stored = at(source.stores, 0).value;
    const bounds = source.space.flatMap(axisRoots);
    const substituter = new Substituter(axisExprs([stored, ...bounds], inverse.positions));
    const moved = substituter.expr(stored);
    const windows = source.space.flatMap((axis): readonly Expr[] => {
      const position = inverse.positions.get(axis);
      if (axis.extent.kind === "length" || position === undefined) return [];
      return [ofIntegers("lessEqual", substituter.expr(axis.extent.start), position), ofIntegers("less", position, substituter.expr(axis.extent.end))];
    });
    const condition = [...inverse.conditions, ...windows].reduce<Expr | undefined>((all, each) => (all === undefined ? each : ofIntegers("and", all, each)), undefined);
    // Where others write to the buffer, too, or this kernel at another turn, what it leaves out stays as it is.
    const keeps = !isFirst && ((this.#writers.get(buffer) ?? 0) > 1 || (loop !== undefined && dependsOnLoop(store, kernel)));
    if (keeps) this.#begun.add(buffer);
    const kind = buffer.element === "float32" ? "real" : moved.kind === "condition" ? "condition" : "int";
    const none: Expr = keeps ? { op: "load", kind, buffer, index: place } : { op: "number", kind, value: 0 };
    const value: Expr = condition === undefined ? moved : { op: "select", kind, condition, yes: moved, no: none };
    kernels.push({ name: source.name, stage: kernel.stage, space, reductions: [], stores: [{ ...store, index: place, value }] });
    return kernels;
  }

  /** The value in a kernel of its own, and one that moves it. */
  #apart(kernel: Kernel, store: Store, role: Buffer["role"]): { readonly first: Kernel; readonly rest: Kernel } {
    const { buffer, value } = store;
    const part: Buffer = { name: this.#names.fresh(`${buffer.name}.part`), role, element: buffer.element, shape: kernel.space.map(({ extent }) => extent.length), source: buffer.source };
    const index = kernel.space.map(axisOf);
    const first: Kernel = { ...kernel, stores: [{ ...store, buffer: part, index }] };
    const load: Expr = { op: "load", kind: part.element === "float32" ? "real" : value.kind === "condition" ? "condition" : "int", buffer: part, index };
    return { first, rest: { ...kernel, name: `${kernel.name}.place`, reductions: [], stores: [{ ...store, value: load }] } };
  }

  #placesOf(buffer: Buffer): readonly Axis[] {
    const known = this.#places.get(buffer) ?? buffer.shape.map((length, i): Axis => ({ name: `p${i}`, extent: { kind: "length", length } }));
    this.#places.set(buffer, known);
    return known;
  }

  #zeros(buffer: Buffer): Instruction {
    const space = buffer.shape.map((length, i): Axis => ({ name: `p${i}`, extent: { kind: "length", length } }));
    const index = space.map(axisOf);
    const value: Expr = { op: "number", kind: buffer.element === "float32" ? "real" : "int", value: 0 };
    return { op: "kernel", kernel: { name: `zero_${buffer.name}`, stage: 0, space, reductions: [], stores: [{ buffer, index, value, source: undefined }] } };
  }
}

/** Whether a kernel stores at each place of its buffer, in its order. Windows leave places out that nobody reads. */
export function isWhole(kernel: Kernel, { buffer, index }: Store): boolean {
  return kernel.space.length === index.length && index.every((expr, i) => expr.op === "axis" && expr.axis === kernel.space[i] && sameLength(expr.axis.extent.length, at(buffer.shape, i)));
}

/** The same kernel with the axes of its space in the order of its buffer, where that is all that is amiss. */
function inOrderOf(kernel: Kernel, store: Store): Kernel | undefined {
  const space = store.index.flatMap((expr) => (expr.op === "axis" && kernel.space.includes(expr.axis) ? [expr.axis] : []));
  if (space.length !== kernel.space.length || new Set(space).size !== space.length || space.some(({ extent }) => extent.kind === "window")) return undefined;
  // Pruning places the reductions anew.
  const turned = pruneKernel({ ...kernel, space });
  return isWhole(turned, at(turned.stores, 0)) ? turned : undefined;
}

function dependsOnLoop({ index }: Store, kernel: Kernel): boolean {
  let depends = false;
  visitExprs(index, (expr) => {
    if (expr.op === "axis" && !kernel.space.includes(expr.axis)) depends = true;
  });
  return depends;
}

/** The expressions that stand for axes in a value, with what takes their place. */
function axisExprs(roots: readonly Expr[], positions: ReadonlyMap<Axis, Expr>): ReadonlyMap<Expr, Expr> {
  const replaced = new Map<Expr, Expr>();
  visitExprs(roots, (expr) => {
    const position = expr.op === "axis" ? positions.get(expr.axis) : undefined;
    if (position !== undefined) replaced.set(expr, position);
  });
  return replaced;
}

/** Kernels one after another that each write a part of one buffer become one. */
function joinParts(instructions: readonly Instruction[]): readonly Instruction[] {
  const joined: Instruction[] = [];
  for (const instruction of instructions) {
    const before = joined.map((each) => each.op === "kernel" && instruction.op === "kernel" && mayJoin(each.kernel, instruction.kernel)).lastIndexOf(true);
    const between = joined.slice(before + 1);
    const first = before < 0 ? undefined : joined[before];
    if (first?.op !== "kernel" || instruction.op !== "kernel" || !between.every((each) => each.op === "kernel" && isApart(each.kernel, first.kernel))) {
      joined.push(instruction);
      continue;
    }
    joined.splice(before, 1);
    joined.push({ op: "kernel", kernel: joinTwo(first.kernel, instruction.kernel) });
  }
  return joined;
}

function mayJoin(first: Kernel, second: Kernel): boolean {
  const [a] = first.stores;
  const [b] = second.stores;
  return a !== undefined && b !== undefined && a.buffer === b.buffer && first.space === second.space && first.reductions.length === 0 && second.reductions.length === 0 && b.value.op === "select" && loadedBuffers(second).has(b.buffer) && readsInPlace(second, b);
}

/** Whether a kernel reads the buffer that it stores only where it stores. */
function readsInPlace(kernel: Kernel, { buffer, index }: Store): boolean {
  let inPlace = true;
  visitExprs(kernel.stores.map(({ value }) => value), (expr) => {
    if (expr.op === "load" && expr.buffer === buffer && !expr.index.every((each, i) => each === index[i])) inPlace = false;
  });
  return inPlace;
}

/** Whether a kernel may run before the other although it stood after it. */
function isApart(later: Kernel, first: Kernel): boolean {
  const stored = at(first.stores, 0).buffer;
  const own = at(later.stores, 0).buffer;
  return !loadedBuffers(later).has(stored) && own !== stored && !loadedBuffers(first).has(own);
}

function joinTwo(first: Kernel, second: Kernel): Kernel {
  const a = at(first.stores, 0);
  const b = at(second.stores, 0);
  const rewriter = new ExprRewriter({ expr: (expr) => (expr.op === "load" && expr.buffer === b.buffer ? a.value : expr) });
  return pruneKernelKeepingSpace({ ...second, stores: [{ ...b, value: rewriter.expr(b.value) }] });
}

function pruneKernelKeepingSpace(kernel: Kernel): Kernel {
  return { ...pruneKernel(kernel), space: kernel.space };
}
