/**
 * Lays weights out for vectors: a product over k for each j, which computes a block of positions of j at a time, reads for
 * each k all weights of the block, side by side: [block][k][weights of one position][position in the block]. So its inner
 * loop goes through one piece of memory from the beginning to the end, whatever the layout of the parameters was.
 *
 * The width of the block is so chosen that as many vectors of sums are kept as processors need to keep their adders busy,
 * and no more than fit in registers (bench/KERNELS.md); where a product runs for many rows, it takes several at a time. Any
 * cell, any operation: a load is recognised by what its index depends on, nothing else.
 *
 * Narrow integers are multiplied and added in pairs: the two of a pair, the last axis of their sum, stay side by side.
 */
import { fixedLength } from "../../ir/graph/length.js";
import { type Axis, type Buffer, elementBytes, type Expr, type Kernel, type Reduction } from "../../ir/kernel/kernel.js";
import { isTileable } from "../../ir/kernel/tile.js";
import { Dependences, ExprRewriter, visitExprs } from "../../ir/kernel/traverse.js";
import type { Program } from "../../ir/program/program.js";
import { at, defined } from "../../support/invariant.js";
import { axisOf, binary, quotientOf, remainderOf, wholeNumber } from "./expressions.js";
import { hasRows, products, staticExtent } from "./products.js";
import { PackedBuffers, type PackedForm } from "./packed-buffers.js";
import { weightLoads, type Load } from "./weight-loads.js";

export interface PackVectorsOptions {
  /** Numbers in a vector. */
  readonly width: number;
  /** So many vectors of sums are kept at a time. */
  readonly vectors: number;
  /** So many, where narrow integers are multiplied for one row: with more, what is loaded ahead does not fit in registers. */
  readonly pairs?: number;
  /** So many rows are computed together, where a product runs for many. */
  readonly rows: number;
  /** The fewest turns of what counts as a product; see products.ts. */
  readonly smallest?: number;
}

export function packVectors(options: PackVectorsOptions): (program: Program) => Program {
  return (program) => new Packer(program, options).pack();
}

class Packer {
  readonly #options: PackVectorsOptions;
  readonly #packed: PackedBuffers;

  constructor(program: Program, options: PackVectorsOptions) {
    this.#options = options;
    this.#packed = new PackedBuffers(program);
  }

  pack(): Program {
    return this.#packed.program((kernel) => this.#kernel(kernel));
  }

  #kernel(kernel: Kernel): Kernel {
    const heavy = products(kernel, this.#options.smallest);
    const vector = kernel.space.at(-1);
    const last = kernel.space.length - 1;
    const size = vector === undefined ? undefined : staticExtent(vector);
    if (heavy.length === 0 || vector === undefined || size === undefined || size === 1 || !isTileable(kernel, last)) return kernel;
    const sums = Math.max(...heavy.map(({ accumulators }) => accumulators.length));
    const mostRows = Math.min(this.#options.rows, Math.max(1, Math.floor(this.#options.vectors / sums)));
    const rows = heavy.every((product) => hasRows(kernel, product)) ? Math.min(mostRows, staticExtent(at(kernel.space, last - 1)) ?? Infinity) : 1;
    const kept = rows === 1 && heavy.some(isNarrow) ? (this.#options.pairs ?? this.#options.vectors) : this.#options.vectors;
    const vectors = Math.max(1, Math.floor(kept / (sums * rows)));
    const block = this.#options.width * Math.min(vectors, Math.ceil(size / this.#options.width));
    const replaced = new Map<Expr, Expr>();
    for (const reduction of heavy) this.#reduction(kernel, reduction, vector, size, block, replaced);
    const changed = new ExprRewriter({ expr: (expr) => replaced.get(expr) ?? expr }).kernel(kernel);
    return { ...changed, tile: kernel.space.map((_, d) => (d === last ? block : d === last - 1 ? rows : 1)) };
  }

  #reduction(kernel: Kernel, reduction: Reduction, vector: Axis, size: number, block: number, replaced: Map<Expr, Expr>): void {
    const groups = new Map<string, { readonly outer: readonly Axis[]; readonly loads: Load[] }>();
    for (const load of weightLoads(kernel, reduction, vector)) {
      if (replaced.has(load)) continue;
      const { axes } = new Dependences().of(load);
      const outer = kernel.space.filter((axis) => axis !== vector && axes.has(axis));
      const key = `${load.buffer.element} ${outer.map(({ name }) => name).join()}`;
      const group = groups.get(key) ?? { outer, loads: [] };
      groups.set(key, group);
      group.loads.push(load);
    }
    for (const { outer, loads } of groups.values()) {
      const buffer = this.#buffer(loads, outer, vector, reduction.axes, size, block);
      const [quotient, remainder] = [quotientOf(axisOf(vector), block), remainderOf(axisOf(vector), block)];
      const { before, beside } = besidePositions(at(loads, 0), reduction.axes);
      loads.forEach((load, i) => replaced.set(load, { ...load, buffer, index: [...outer.map(axisOf), quotient, ...before.map(axisOf), wholeNumber(i), remainder, ...beside.map(axisOf)] }));
    }
  }

  /** The packed buffer; the kernels that fill it, one for each weight, are added to `prepare`. */
  #buffer(loads: readonly Load[], outer: readonly Axis[], vector: Axis, inner: readonly Axis[], size: number, block: number): Buffer {
    const blocks = Math.ceil(size / block);
    const { before, beside } = besidePositions(at(loads, 0), inner);
    const axes = [...outer, vector, ...before];
    const space = axes.map((axis, i): Axis => ({ name: `i${i}`, extent: { kind: "length", length: axis === vector ? fixedLength(blocks) : axis.extent.length } }));
    const lane: Axis = { name: "lane", extent: { kind: "length", length: fixedLength(block) } };
    const pair = beside.map((axis): Axis => ({ ...axis, name: "pair" }));
    const renamed = new Map<Axis, Axis>([...axes.map((axis, i) => [axis, defined(space[i], "an axis")] as const), ...beside.map((axis, i) => [axis, at(pair, i)] as const)]);
    const first = at(loads, 0);
    const shape = [...space.map(({ extent }) => extent.length), fixedLength(loads.length), fixedLength(block), ...pair.map(({ extent }) => extent.length)];
    const form: PackedForm = { element: first.buffer.element, shape, source: loads.length === 1 ? first.buffer.source : undefined };
    const position: Expr = binary("add", "int", binary("multiply", "int", axisOf(defined(renamed.get(vector), "the axis of blocks")), wholeNumber(block)), axisOf(lane));
    const fill = (buffer: Buffer): readonly Kernel[] =>
      loads.map((load, i): Kernel => {
        const moved = new ExprRewriter({ expr: (expr) => (expr.op !== "axis" ? expr : expr.axis === vector ? position : axisOf(renamed.get(expr.axis) ?? expr.axis)) }).expr(load);
        const inside: Expr = binary("less", "condition", position, wholeNumber(size));
        const value: Expr = blocks * block === size ? moved : { op: "select", kind: load.kind, condition: inside, yes: moved, no: { op: "number", kind: load.kind, value: 0 } };
        const index = [...space.map(axisOf), wholeNumber(i), axisOf(lane), ...pair.map(axisOf)];
        return { name: `pack.${load.buffer.name}`, stage: 0, space: [...space, lane, ...pair], reductions: [], stores: [{ buffer, index, value, source: load.buffer.source }] };
      });
    return this.#packed.buffer(first.buffer.name, form, fill);
  }
}

function isNarrow({ accumulators }: Reduction): boolean {
  let found = false;
  visitExprs(accumulators.map(({ value }) => value), (expr) => {
    if (expr.op === "load" && elementBytes[expr.buffer.element] < 4) found = true;
  });
  return found;
}

/** Which axes of a sum stand before the positions of a block, and which behind them. */
function besidePositions({ buffer }: Load, axes: readonly Axis[]): { readonly before: readonly Axis[]; readonly beside: readonly Axis[] } {
  const last = axes.length - (elementBytes[buffer.element] < 4 ? 1 : 0);
  return { before: axes.slice(0, last), beside: axes.slice(last) };
}
