/**
 * The vector of a product as integers. What weights are multiplied with is known only when the model runs, so three small
 * kernels run before the product: they find the largest element of each block, make a scale of it, and round. That costs as
 * much as one row of the product. Products that read the same vector share what was made of it, until something that it is
 * computed from is stored anew.
 */
import { fixedLength } from "../../ir/graph/length.js";
import type { Axis, Buffer, Expr, Kernel, Reduction } from "../../ir/kernel/kernel.js";
import { printKernel } from "../../ir/kernel/print.js";
import { ExprRewriter, loadedBuffers } from "../../ir/kernel/traverse.js";
import { at, defined } from "../../support/invariant.js";
import { axisOf, binary, loadOf, quotientOf, remainderOf, wholeNumber } from "./expressions.js";
import type { FreshNames } from "./fresh-names.js";
import { absolute, rounded, within } from "./quantise-expressions.js";
import type { Blocks } from "./quantised-blocks.js";

export interface VectorPlace {
  readonly value: Expr;
  /** Axes of the space on which it depends. */
  readonly outer: readonly Axis[];
  /** Those of the sum; the last one is cut into blocks. */
  readonly axes: readonly Axis[];
  /** Names of the axes of loops around the kernel. */
  readonly enclosing: readonly string[];
}

export interface QuantisedVector {
  /** [outer.., block, axes of the sum but the last.., pairs, 2] */
  readonly integers: Buffer;
  /** [outer.., block] */
  readonly scales: Buffer;
}

interface Known extends QuantisedVector {
  readonly reads: ReadonlySet<Buffer>;
}

/** So many elements are compared side by side, where a block can be cut so. */
const widest = 8;

export class QuantisedVectors {
  readonly #names: FreshNames;
  readonly #known = new Map<string, Known>();

  constructor(names: FreshNames) {
    this.#names = names;
  }

  /** The integers of a vector, and the kernels that make them where that was not done before. */
  of(place: VectorPlace, blocks: Blocks, hint: string): { readonly vector: QuantisedVector; readonly kernels: readonly Kernel[] } {
    const key = new VectorKernels(place, blocks, () => "quantised").kernels.map((kernel) => printKernel(kernel)).join("\n");
    const known = this.#known.get(key);
    if (known !== undefined) return { vector: known, kernels: [] };
    const made = new VectorKernels(place, blocks, (what) => this.#names.fresh(`${hint}.${what}`));
    this.#known.set(key, { integers: made.integers, scales: made.scales, reads: new Set(made.kernels.flatMap((kernel) => [...loadedBuffers(kernel)])) });
    return { vector: made, kernels: made.kernels };
  }

  /** What was computed from these is out of date. */
  forget(buffers: Iterable<Buffer>): void {
    const stored = new Set(buffers);
    for (const [key, { reads }] of this.#known) if ([...reads].some((buffer) => stored.has(buffer))) this.#known.delete(key);
  }
}

/** Names of the axes begin with a letter that no loop around has to itself, whatever these are called. */
function prefixApart(enclosing: readonly string[]): string {
  let prefix = "";
  while (enclosing.some((name) => name.startsWith(`${prefix}i`) || [`${prefix}block`, `${prefix}place`, `${prefix}lane`, `${prefix}turn`].includes(name))) prefix += "_";
  return prefix;
}

class VectorKernels implements QuantisedVector {
  readonly kernels: readonly Kernel[];
  readonly integers: Buffer;
  readonly scales: Buffer;
  readonly #outers: readonly Axis[];
  readonly #leading: readonly Axis[];
  readonly #block: Axis;
  readonly #blocks: Blocks;
  readonly #axis: (name: string, length: number) => Axis;
  /** The value at a place of a block. */
  readonly #valueAt: (place: Expr) => Expr;

  constructor({ value, outer, axes, enclosing }: VectorPlace, blocks: Blocks, name: (what: string) => string) {
    const prefix = prefixApart(enclosing);
    const copies = new Map([...outer, ...axes].map((axis, i): [Axis, Axis] => [axis, { name: `${prefix}i${i}`, extent: axis.extent }]));
    const copyOf = (axis: Axis): Axis => defined(copies.get(axis), "an axis");
    this.#axis = (called, length) => ({ name: prefix + called, extent: { kind: "length", length: fixedLength(length) } });
    const last = at(axes, axes.length - 1);
    this.#outers = outer.map(copyOf);
    this.#leading = axes.slice(0, -1).map(copyOf);
    this.#blocks = blocks;
    this.#block = this.#axis("block", blocks.count);
    this.#valueAt = (place) => {
      const position = binary("add", "int", binary("multiply", "int", axisOf(this.#block), wholeNumber(blocks.size)), place);
      const moved = new ExprRewriter({ expr: (expr) => (expr.op !== "axis" ? expr : expr.axis === last ? position : axisOf(copies.get(expr.axis) ?? expr.axis)) }).expr(value);
      return within(position, last, blocks, moved);
    };
    const lengths = (list: readonly Axis[]): Buffer["shape"] => list.map(({ extent }) => extent.length);
    const perBlock = [...this.#outers, this.#block];
    this.scales = { name: name("scale"), role: "temporary", element: "float32", shape: lengths(perBlock), source: undefined };
    this.integers = { name: name("quantised"), role: "temporary", element: "int16", shape: [...lengths([...perBlock, ...this.#leading]), fixedLength(blocks.size / 2), fixedLength(2)], source: undefined };
    this.kernels = [...this.#scaleKernels(perBlock, name("range")), this.#roundKernel(perBlock)];
  }

  /** Blocks that can be cut evenly are compared in several lanes at a time, and then these. */
  #scaleKernels(perBlock: readonly Axis[], rangeName: string): readonly Kernel[] {
    const { size, vectorLimit } = this.#blocks;
    const scale = (largest: Reduction, kernel: Pick<Kernel, "name">): Kernel => {
      const value = binary("divide", "real", { op: "result", kind: "real", reduction: largest, slot: 0 }, wholeNumber(vectorLimit));
      return { ...kernel, stage: 0, space: perBlock, reductions: [largest], stores: [{ buffer: this.scales, index: perBlock.map(axisOf), value, source: undefined }] };
    };
    const width = [widest, widest / 2].find((each) => size % each === 0 && size > each);
    if (width === undefined) {
      const place = this.#axis("place", size);
      return [scale(largestOf([...this.#leading, place], perBlock.length, absolute(this.#valueAt(axisOf(place)))), { name: this.scales.name })];
    }
    const [lane, turn] = [this.#axis("lane", width), this.#axis("turn", size / width)];
    const space = [...perBlock, lane];
    const range: Buffer = { name: rangeName, role: "temporary", element: "float32", shape: space.map(({ extent }) => extent.length), source: undefined };
    const place = binary("add", "int", binary("multiply", "int", axisOf(turn), wholeNumber(width)), axisOf(lane));
    const lanes = largestOf([...this.#leading, turn], space.length, absolute(this.#valueAt(place)));
    const store = { buffer: range, index: space.map(axisOf), value: { op: "result" as const, kind: "real" as const, reduction: lanes, slot: 0 }, source: undefined };
    const ranges: Kernel = { name: rangeName, stage: 0, space, reductions: [lanes], stores: [store], tile: space.map((axis) => (axis === lane ? width : 1)) };
    return [ranges, scale(largestOf([lane], perBlock.length, loadOf(range, space.map(axisOf))), { name: this.scales.name })];
  }

  #roundKernel(perBlock: readonly Axis[]): Kernel {
    const place = this.#axis("place", this.#blocks.size);
    const space = [...perBlock, ...this.#leading, place];
    const index = [...[...perBlock, ...this.#leading].map(axisOf), quotientOf(axisOf(place), 2), remainderOf(axisOf(place), 2)];
    const value = rounded(this.#valueAt(axisOf(place)), loadOf(this.scales, perBlock.map(axisOf)));
    return { name: this.integers.name, stage: 0, space, reductions: [], stores: [{ buffer: this.integers, index, value, source: undefined }] };
  }
}

function largestOf(axes: readonly Axis[], depth: number, value: Expr): Reduction {
  return { axes, depth, accumulators: [{ f: "max", value, source: undefined }] };
}
