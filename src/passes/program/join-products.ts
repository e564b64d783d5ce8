/**
 * Makes one product of those that go on from each other's sums, as W x + U h does: of the joined vectors with the joined
 * weights, two terms a turn.
 *
 * Where a step is short, what ends a loop costs as much as some of its turns, and one loop of half the turns ends once where
 * two ended twice. Even and odd terms come from arrays of their own, the vectors' and the weights', so that all that a turn
 * reads stands at one index, which is what plain JavaScript checks (bench/KERNELS.md). The vectors are copied for it before
 * the product, the weights when they are loaded.
 */
import { fixedLength } from "../../ir/graph/length.js";
import type { Accumulator, Axis, Buffer, Expr, Kernel, Reduction } from "../../ir/kernel/kernel.js";
import { ExprRewriter, kernelRoots, visitExprs } from "../../ir/kernel/traverse.js";
import type { Program } from "../../ir/program/program.js";
import { replaceKernels } from "../../ir/program/traverse.js";
import { at, defined } from "../../support/invariant.js";
import { axisOf, binary, loadOf, wholeNumber } from "./expressions.js";
import { FreshNames } from "./fresh-names.js";
import { PackedBuffers } from "./packed-buffers.js";
import { isProduct, staticExtent } from "./products.js";
import { restage } from "./restage.js";
import { weightLoads, type Load } from "./weight-loads.js";

export interface JoinOptions {
  /** Only products of so many sums are joined: with two terms of each, as many arrays are read as one loop does well with. Of other counts it was not measured whether it gains. */
  readonly sums: number;
  /** The most numbers that an array of joined weights holds. */
  readonly elements: number;
  /** The fewest turns of what counts as a product; see products.ts. */
  readonly smallest?: number;
}

export function joinProducts(options: JoinOptions): (program: Program) => Program {
  return (program) => new Joiner(program, options).join();
}

/** One product of a chain: its weights, by the sums of the last of the chain, and its vector. */
interface Link {
  readonly reduction: Reduction;
  readonly axis: Axis;
  readonly terms: number;
  readonly weights: readonly Load[];
  readonly vector: Buffer;
}

const parities = [0, 1] as const;

class Joiner {
  readonly #packed: PackedBuffers;
  readonly #names: FreshNames;

  constructor(readonly program: Program, readonly options: JoinOptions) {
    this.#packed = new PackedBuffers(program);
    this.#names = FreshNames.ofBuffers(program);
  }

  join(): Program {
    return this.#packed.withBody(restage(replaceKernels(this.program.body, (kernel) => this.#kernel(kernel))));
  }

  #kernel(kernel: Kernel): readonly Kernel[] {
    const [row] = kernel.space;
    const links = row === undefined || kernel.space.length > 1 ? undefined : this.#chain(kernel, row);
    const last = kernel.reductions.at(-1);
    if (row === undefined || links === undefined || last === undefined) return [kernel];
    const turns = links.reduce((sum, { terms }) => sum + terms / 2, 0);
    if (turns * defined(staticExtent(row), "a known extent") > this.options.elements) return [kernel];
    const vectors = parities.map((parity): Buffer => ({ name: this.#names.fresh(`${kernel.name}.${parity === 0 ? "even" : "odd"}`), role: "temporary", element: "float32", shape: [fixedLength(turns)], source: undefined }));
    const axis: Axis = { name: at(links, 0).axis.name, extent: { kind: "length", length: fixedLength(turns) } };
    const accumulators = last.accumulators.map((accumulator, slot): Accumulator => {
      const [even, odd] = parities.map((parity): Expr => {
        const weights = this.#weights(links, slot, parity, row, turns);
        return binary("multiply", "real", loadOf(weights, [axisOf(row), axisOf(axis)]), loadOf(at(vectors, parity), [axisOf(axis)]));
      });
      const start = startOf(last, slot);
      return { f: "sum", ...(start === undefined ? {} : { start }), value: binary("add", "real", defined(even, "even terms"), defined(odd, "odd terms")), source: accumulator.source };
    });
    const joined: Reduction = { axes: [axis], depth: last.depth, accumulators };
    const rewriter = new ExprRewriter({ expr: (expr) => (expr.op === "result" && expr.reduction === last ? { ...expr, reduction: joined } : expr), reduction: (reduction) => reduction });
    const stores = kernel.stores.map((store) => ({ ...store, index: store.index.map((expr) => rewriter.expr(expr)), value: rewriter.expr(store.value) }));
    return [...this.#copies(kernel, links, vectors), { ...kernel, reductions: [joined], stores }];
  }

  /** The products of a kernel that has nothing else, each from the sums of the one before. */
  #chain(kernel: Kernel, row: Axis): readonly Link[] | undefined {
    const { reductions } = kernel;
    if (reductions.length < 2 || kernel.tile !== undefined) return undefined;
    const links: Link[] = [];
    for (const [i, reduction] of reductions.entries()) {
      const before = reductions[i - 1];
      if (!isProduct(kernel, reduction, this.options.smallest) || reduction.accumulators.length !== this.options.sums) return undefined;
      if (before !== undefined && !reduction.accumulators.every(({ start }) => start?.op === "result" && start.reduction === before)) return undefined;
      const link = linkOf(kernel, reduction, row);
      if (link === undefined) return undefined;
      links.push(link);
    }
    const last = reductions.at(-1);
    let isRead = false;
    visitExprs(kernelRoots({ ...kernel, reductions: [] }), (expr) => {
      if (expr.op === "result" && expr.reduction !== last) isRead = true;
    });
    return isRead ? undefined : inOrder(links);
  }

  /** Copies of the vectors, even and odd elements apart. */
  #copies(kernel: Kernel, links: readonly Link[], vectors: readonly Buffer[]): readonly Kernel[] {
    let first = 0;
    return links.map(({ axis, terms, vector }): Kernel => {
      const half: Axis = { name: axis.name, extent: { kind: "length", length: fixedLength(terms / 2) } };
      const place = plus(axisOf(half), first);
      first += terms / 2;
      const stores = parities.map((parity) => ({ buffer: at(vectors, parity), index: [place], value: loadOf(vector, [twice(half, parity)]), source: vector.source }));
      return { name: `${kernel.name}.pairs`, stage: kernel.stage, space: [half], reductions: [], stores };
    });
  }

  /** The weights of one sum that stand at even places, or at odd ones, of all products of the chain. */
  #weights(links: readonly Link[], slot: number, parity: number, row: Axis, turns: number): Buffer {
    const { buffer } = at(at(links, 0).weights, slot);
    const rows = defined(staticExtent(row), "a known extent");
    return this.#packed.buffer(buffer.name, { element: "float32", shape: [fixedLength(rows), fixedLength(turns)], source: buffer.source }, (made) => {
      let first = 0;
      return links.map(({ axis, terms, weights }): Kernel => {
        const [i, j]: [Axis, Axis] = [{ name: "i0", extent: row.extent }, { name: "i1", extent: { kind: "length", length: fixedLength(terms / 2) } }];
        const value = new ExprRewriter({ expr: (expr) => (expr.op !== "axis" ? expr : expr.axis === axis ? twice(j, parity) : expr.axis === row ? axisOf(i) : expr) }).expr(at(weights, slot));
        const store = { buffer: made, index: [axisOf(i), plus(axisOf(j), first)], value, source: buffer.source };
        first += terms / 2;
        return { name: `pack.${made.name}`, stage: 0, space: [i, j], reductions: [], stores: [store] };
      });
    }, parity === 0 ? "even" : "odd");
  }
}

/** A product of weights and a vector that all its sums share, of an even number of terms. */
function linkOf(kernel: Kernel, reduction: Reduction, row: Axis): Link | undefined {
  const [axis, ...others] = reduction.axes;
  const terms = axis === undefined ? undefined : staticExtent(axis);
  if (axis === undefined || others.length > 0 || terms === undefined || terms % 2 !== 0) return undefined;
  const all = new Set<Expr>(weightLoads(kernel, reduction, row));
  const found = reduction.accumulators.map(({ f, value }) => {
    if (f !== "sum" || value.op !== "binary" || value.f !== "multiply") return undefined;
    const [weights, vector] = all.has(value.left) ? [value.left, value.right] : [value.right, value.left];
    return all.has(weights) && weights.op === "load" && isElement(vector, axis) ? { weights, vector: vector.buffer } : undefined;
  });
  const vector = found[0]?.vector;
  const weights = found.flatMap((each) => (each === undefined || each.vector !== vector ? [] : [each.weights]));
  return vector === undefined || weights.length < found.length ? undefined : { reduction, axis, terms, weights, vector };
}

/** An element of a vector of reals, at the position of an axis. */
function isElement(expr: Expr, axis: Axis): expr is Load {
  const [index, ...others] = expr.op === "load" ? expr.index : [];
  return expr.op === "load" && expr.kind === "real" && expr.buffer.element === "float32" && others.length === 0 && index?.op === "axis" && index.axis === axis;
}

/** The weights of each link in the order of the last one's sums. */
function inOrder(links: readonly Link[]): readonly Link[] {
  let slots = at(links, links.length - 1).reduction.accumulators.map((_, slot) => slot);
  return [...links].reverse().map((link) => {
    const ordered = { ...link, weights: slots.map((slot) => at(link.weights, slot)) };
    slots = slots.map((slot) => {
      const { start } = at(link.reduction.accumulators, slot);
      return start?.op === "result" ? start.slot : slot;
    });
    return ordered;
  }).reverse();
}

/** What the first sum of the chain begins with. */
function startOf(reduction: Reduction, slot: number): Expr | undefined {
  const { start } = at(reduction.accumulators, slot);
  return start?.op === "result" ? startOf(start.reduction, start.slot) : start;
}

function plus(expr: Expr, number: number): Expr {
  return number === 0 ? expr : binary("add", "int", expr, wholeNumber(number));
}

function twice(axis: Axis, parity: number): Expr {
  return plus(binary("multiply", "int", axisOf(axis), wholeNumber(2)), parity);
}
