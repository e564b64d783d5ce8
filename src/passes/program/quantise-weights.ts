/**
 * Weights of a product as integers: when weights are loaded, each block of each row gets a scale, so that its largest element
 * becomes the largest integer, and is rounded. The axes are those of the product: where it reads, in whatever order the
 * parameter lies, decides what a row is. How the integers lie is then up to the pass that packs weights.
 */
import { fixedLength } from "../../ir/graph/length.js";
import type { Axis, Buffer, Expr, Kernel } from "../../ir/kernel/kernel.js";
import { ExprRewriter } from "../../ir/kernel/traverse.js";
import { at, defined } from "../../support/invariant.js";
import { axisOf, binary, loadOf, quotientOf, remainderOf, wholeNumber } from "./expressions.js";
import type { PackedBuffers } from "./packed-buffers.js";
import { absolute, rounded, within } from "./quantise-expressions.js";
import type { Blocks, Quantisation } from "./quantised-blocks.js";
import type { Load } from "./weight-loads.js";

export interface WeightPlace {
  readonly load: Load;
  /** Axes of the space, apart from that of the rows, on which the weights depend. */
  readonly outer: readonly Axis[];
  readonly rows: Axis;
  /** Those of the sum; the last one is cut into blocks. */
  readonly axes: readonly Axis[];
}

export interface QuantisedWeights {
  /** [outer.., rows, block, axes of the sum but the last.., pairs, 2] */
  readonly integers: Buffer;
  /** [outer.., block, rows] */
  readonly scales: Buffer;
}

export function quantiseWeights({ load, outer, rows, axes }: WeightPlace, blocks: Blocks, quantisation: Quantisation, packed: PackedBuffers): QuantisedWeights {
  const old = [...outer, rows, ...axes];
  const copies = new Map(old.map((axis, i): [Axis, Axis] => [axis, { name: `i${i}`, extent: axis.extent }]));
  const copyOf = (axis: Axis): Axis => defined(copies.get(axis), "an axis");
  const block: Axis = { name: "block", extent: { kind: "length", length: fixedLength(blocks.count) } };
  const place: Axis = { name: "place", extent: { kind: "length", length: fixedLength(blocks.size) } };
  const last = at(axes, axes.length - 1);
  const position = binary("add", "int", binary("multiply", "int", axisOf(block), wholeNumber(blocks.size)), axisOf(place));
  const moved = new ExprRewriter({ expr: (expr) => (expr.op !== "axis" ? expr : expr.axis === last ? position : axisOf(copies.get(expr.axis) ?? expr.axis)) }).expr(load);
  const value = within(position, last, blocks, moved);
  const [outers, row] = [outer.map(copyOf), copyOf(rows)];
  const leading = axes.slice(0, -1).map(copyOf);
  const lengths = (...list: readonly Axis[]): Buffer["shape"] => list.map(({ extent }) => extent.length);
  const { name, source } = load.buffer;

  const scales = packed.buffer(name, { element: "float32", shape: lengths(...outers, block, row), source }, (buffer): readonly Kernel[] => {
    const reduction = { axes: [...leading, place], depth: outers.length + 2, accumulators: [{ f: "max" as const, value: absolute(value), source: undefined }] };
    const largest: Expr = { op: "result", kind: "real", reduction, slot: 0 };
    const store = { buffer, index: [...outers, block, row].map(axisOf), value: binary("divide", "real", largest, wholeNumber(blocks.weightLimit)), source };
    return [{ name: `scale.${name}`, stage: 0, space: [...outers, block, row], reductions: [reduction], stores: [store] }];
  }, "scales");
  const shape = [...lengths(...outers, row, block, ...leading), fixedLength(blocks.size / 2), fixedLength(2)];
  const integers = packed.buffer(name, { element: quantisation, shape, source }, (buffer): readonly Kernel[] => {
    const scale = loadOf(scales, [...outers, block, row].map(axisOf));
    const index = [...[...outers, row, block, ...leading].map(axisOf), quotientOf(axisOf(place), 2), remainderOf(axisOf(place), 2)];
    return [{ name: `quantise.${name}`, stage: 0, space: [...outers, row, block, ...leading, place], reductions: [], stores: [{ buffer, index, value: rounded(value, scale), source }] }];
  }, quantisation);
  return { integers, scales };
}
