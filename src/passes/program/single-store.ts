/**
 * Gives each store a kernel of its own, for targets whose kernels put out one value: a shader writes one texture.
 *
 * A value that several stores need is computed by one of them where it can be. The one that stores the value itself comes
 * first, and the others read what it stored: so an LSTM is two kernels, one that computes the cell state from three of its
 * products, and one that computes the hidden state from the fourth product and the new cell state. Where no store holds the
 * value, it is computed again if that is cheap; if it holds a contraction (contractions.ts), it gets a store of its own. No
 * contraction runs twice: neither in two kernels, nor, where it varies along fewer axes than the kernel, at many positions
 * of one. Everything is computed exactly as before.
 */
import { sameLength } from "../../ir/graph/length.js";
import { internKernel } from "../../ir/kernel/intern.js";
import type { Axis, Buffer, BufferRole, Expr, Kernel, Store } from "../../ir/kernel/kernel.js";
import { needsOf, pruneKernel, Substituter } from "../../ir/kernel/prune.js";
import { accumulatorRoots, exprChildren, loadedBuffers } from "../../ir/kernel/traverse.js";
import type { Instruction, Program } from "../../ir/program/program.js";
import { replaceKernels } from "../../ir/program/traverse.js";
import { at } from "../../support/invariant.js";
import { isHeavy } from "./contractions.js";
import { axisOf } from "./expressions.js";
import { mapFallbacks } from "./fallbacks.js";
import { FreshNames } from "./fresh-names.js";
import { restage } from "./restage.js";

export function singleStores(program: Program): Program {
  const names = FreshNames.ofBuffers(program);
  // An input that is left out is filled by kernels, be it from another one.
  const inputs = mapFallbacks(program, (instructions) => replaceKernels(instructions, (kernel) => new Splitting(kernel, "temporary", names).split()));
  return { ...program, inputs, prepare: restage(splitList(program.prepare, "prepared", names)), body: restage(splitList(program.body, "temporary", names)) };
}

function splitList(instructions: readonly Instruction[], role: BufferRole, names: FreshNames): readonly Instruction[] {
  return instructions.flatMap((instruction): readonly Instruction[] => {
    if (instruction.op === "loop") return [{ ...instruction, body: splitList(instruction.body, role, names) }];
    if (instruction.op === "copy") return [instruction];
    return new Splitting(instruction.kernel, role, names).split().map(asCopy);
  });
}

/** One store on its way to a kernel of its own. */
interface Target {
  readonly store: Store;
  /** Whether others read its value from where it is stored. */
  readonly provides: boolean;
}

class Splitting {
  readonly #kernel: Kernel;
  readonly #role: BufferRole;
  readonly #names: FreshNames;
  readonly #targets: Target[] = [];
  /** Kernels that only move what an earlier one stored. */
  readonly #moves: Kernel[] = [];
  /** What stands in memory once its target has run. */
  readonly #stored = new Map<Expr, Expr>();

  constructor(kernel: Kernel, role: BufferRole, names: FreshNames) {
    this.#kernel = internKernel(kernel);
    this.#role = role;
    this.#names = names;
  }

  split(): readonly Kernel[] {
    const loaded = loadedBuffers(this.#kernel);
    const stores = [...this.#kernel.stores].sort((a, b) => preference[a.buffer.role] - preference[b.buffer.role]);
    const overwrites = stores.filter(({ buffer }) => loaded.has(buffer));
    for (const store of stores) {
      // What is overwritten may be read by all of the kernels: it is overwritten last.
      if (overwrites.includes(store)) this.#overwrite(store, overwrites.length > 1);
      else this.#add(store);
    }
    for (let shared = this.#shared(); shared !== undefined; shared = this.#shared()) this.#store(shared);
    const kernels = this.#inOrder().map((target) => this.#emit(target));
    const last = kernels.filter((kernel) => kernel.stores.some(({ buffer }) => loaded.has(buffer)));
    return [...kernels.filter((kernel) => !last.includes(kernel)), ...last, ...this.#moves].map((kernel, i) => ({ ...kernel, name: i === 0 ? this.#kernel.name : `${this.#kernel.name}.${i + 1}` }));
  }

  #add(store: Store): void {
    const fits = (store.value.kind === "real") === (store.buffer.element === "float32");
    const provides = fits && !this.#stored.has(store.value) && !isTrivial(store.value) && this.#isPlain(store);
    if (provides) this.#stored.set(store.value, stored(store));
    this.#targets.push({ store, provides });
  }

  #overwrite(store: Store, several: boolean): void {
    if (!several) {
      this.#targets.push({ store, provides: false });
      return;
    }
    const load = this.#store(store.value);
    this.#moves.push(pruneKernel({ ...this.#kernel, reductions: [], stores: [{ ...store, value: load }] }));
  }

  /** Whether the store's index is just the axes that its value varies along, and reaches all of the buffer: a part is no place to read from. */
  #isPlain({ buffer, index, value }: Store): boolean {
    if (!index.every((expr, i) => expr.op === "axis" && sameLength(expr.axis.extent.length, at(buffer.shape, i)))) return false;
    const wanted = this.#axesOf(value);
    const axes = index.flatMap((expr) => (expr.op === "axis" && wanted.includes(expr.axis) ? [expr.axis] : []));
    return axes.length === index.length && new Set(axes).size === wanted.length && axes.length === wanted.length;
  }

  /** The axes of the space that a value is computed from. */
  #axesOf(value: Expr): readonly Axis[] {
    const { axes } = needsOf([value]);
    return this.#kernel.space.filter((axis) => axes.has(axis));
  }

  /** Gives a value a buffer; returns the load of it. */
  #store(value: Expr): Expr {
    const axes = this.#axesOf(value);
    const source = "source" in value ? value.source : value.op === "result" ? value.reduction.accumulators[value.slot]?.source : undefined;
    const buffer: Buffer = {
      name: this.#names.fresh(`${source ?? this.#kernel.name}.part`),
      role: this.#role,
      element: value.kind === "real" ? "float32" : "int32",
      shape: axes.map(({ extent }) => extent.length),
      source,
    };
    const store: Store = { buffer, index: axes.map(axisOf), value, source };
    const load = stored(store);
    this.#stored.set(value, load);
    this.#targets.push({ store, provides: true });
    return load;
  }

  /** A value that holds a contraction and would be computed twice; undefined where there is none. */
  #shared(): Expr | undefined {
    const reached = new Map(this.#targets.map((target) => [target, this.#reach(target)]));
    const users = new Map<Expr, Target[]>();
    for (const [target, exprs] of reached) {
      const width = this.#axesOf(target.store.value).length + target.store.index.filter((expr) => expr.op === "axis" && !this.#axesOf(target.store.value).includes(expr.axis) && this.#kernel.space.includes(expr.axis)).length;
      for (const expr of exprs) {
        if (!isHeavyResult(expr)) continue;
        // Along fewer axes than the kernel: it would run again at each position of the others.
        if (this.#axesOf(expr).length < width && expr !== target.store.value) return expr;
        users.set(expr, [...(users.get(expr) ?? []), target]);
      }
    }
    for (const [result, [first, second]] of users) {
      if (first === undefined || second === undefined) continue;
      const others = [...reached].filter(([target]) => target !== first).map(([, exprs]) => exprs);
      return this.#largest(first, result, others);
    }
    return undefined;
  }

  /** The largest value of a target that holds the result and that another target needs, too. */
  #largest(target: Target, result: Expr, others: readonly ReadonlySet<Expr>[]): Expr {
    const holds = new Map<Expr, boolean>();
    const below = (expr: Expr): readonly Expr[] => [...exprChildren(expr), ...(expr.op === "result" ? accumulatorRoots(at(expr.reduction.accumulators, expr.slot)) : [])];
    const isBelow = (expr: Expr): boolean => {
      const known = holds.get(expr);
      if (known !== undefined) return known;
      const is = expr === result || (!this.#isRead(target, expr) && below(expr).some(isBelow));
      holds.set(expr, is);
      return is;
    };
    const search = (expr: Expr): Expr | undefined => {
      if (!isBelow(expr) || this.#isRead(target, expr)) return undefined;
      if (others.some((exprs) => exprs.has(expr)) && this.#isFree(expr)) return expr;
      // A side of a selection is computed only where it is chosen: there its loads are safe. Results always are.
      const children = expr.op === "select" ? [expr.condition] : below(expr);
      for (const child of children) {
        const found = search(child);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    return search(target.store.value) ?? result;
  }

  /** Whether it can be computed outside of any reduction. */
  #isFree(expr: Expr): boolean {
    const inner = new Set(this.#kernel.reductions.flatMap(({ axes }) => axes));
    const seen = new Set<Expr>();
    const free = (each: Expr): boolean => {
      if (seen.has(each)) return true;
      seen.add(each);
      return !(each.op === "axis" && inner.has(each.axis)) && exprChildren(each).every(free);
    };
    return free(expr);
  }

  /** Whether a target reads this value from memory. */
  #isRead({ store, provides }: Target, expr: Expr): boolean {
    return this.#stored.has(expr) && !(provides && expr === store.value);
  }

  /** What a target computes: through its reductions, and up to what it reads from memory. */
  #reach(target: Target): ReadonlySet<Expr> {
    const seen = new Set<Expr>();
    const walk = (expr: Expr): void => {
      if (seen.has(expr) || this.#isRead(target, expr)) return;
      seen.add(expr);
      exprChildren(expr).forEach(walk);
      if (expr.op !== "result") return;
      accumulatorRoots(at(expr.reduction.accumulators, expr.slot)).forEach(walk);
      for (const { extent } of expr.reduction.axes) if (extent.kind === "window") [extent.start, extent.end].forEach(walk);
    };
    [...target.store.index, target.store.value].forEach(walk);
    return seen;
  }

  /** Targets, each after those whose values it reads. */
  #inOrder(): readonly Target[] {
    const providers = new Map(this.#targets.flatMap((target) => (target.provides ? [[target.store.value, target] as const] : [])));
    const done = new Set<Target>();
    const visit = (target: Target): void => {
      if (done.has(target)) return;
      const seen = new Set<Expr>();
      const walk = (expr: Expr): void => {
        if (seen.has(expr)) return;
        seen.add(expr);
        const provider = providers.get(expr);
        if (provider !== undefined && provider !== target) {
          visit(provider);
          return;
        }
        exprChildren(expr).forEach(walk);
        if (expr.op === "result") accumulatorRoots(at(expr.reduction.accumulators, expr.slot)).forEach(walk);
      };
      [...target.store.index, target.store.value].forEach(walk);
      done.add(target);
    };
    this.#targets.forEach(visit);
    return [...done];
  }

  #emit({ store, provides }: Target): Kernel {
    const replaced = new Map(this.#stored);
    if (provides) replaced.delete(store.value);
    return pruneKernel(new Substituter(replaced).kernel({ ...this.#kernel, stores: [store] }));
  }
}

/** Which of several stores of one value the others read. */
const preference: { readonly [R in BufferRole]: number } = { state: 0, temporary: 1, prepared: 1, output: 2, input: 3, parameter: 3 };

/** What a store put there. */
function stored({ buffer, index, value }: Store): Expr {
  return { op: "load", kind: value.kind, buffer, index };
}

function isTrivial(value: Expr): boolean {
  return value.op === "load" || value.op === "number" || value.op === "axis" || value.op === "length";
}

function isHeavyResult(expr: Expr): boolean {
  return expr.op === "result" && isHeavy(expr.reduction, at(expr.reduction.accumulators, expr.slot));
}

/** A kernel that moves a whole buffer into another of the same shape is a copy. */
export function asCopy(kernel: Kernel): Instruction {
  const [store] = kernel.stores;
  if (store === undefined || kernel.stores.length !== 1 || kernel.reductions.length > 0 || store.value.op !== "load") return { op: "kernel", kernel };
  const { buffer: to, index, value } = store;
  const from = value.buffer;
  const axes = index.flatMap((expr) => (expr.op === "axis" && kernel.space.includes(expr.axis) ? [expr.axis] : []));
  const whole = axes.length === index.length && new Set(axes).size === axes.length && axes.every(({ extent }, i) => extent.kind === "length" && sameLength(extent.length, at(to.shape, i)));
  const same = from.element === to.element && from.shape.length === to.shape.length && from.shape.every((length, i) => sameLength(length, at(to.shape, i)));
  const aligned = value.index.every((expr, i) => expr.op === "axis" && expr.axis === axes[i]);
  return whole && same && aligned && from !== to ? { op: "copy", from, to } : { op: "kernel", kernel };
}
