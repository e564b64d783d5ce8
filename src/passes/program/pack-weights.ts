/**
 * Lays weights out in the order in which products read them.
 *
 * A product over k for each j reads its weights at an index that follows from j and k alone (and from other axes of the
 * space, if their lengths are known). They are copied at load, by kernels added to `prepare`, into buffers
 * [lane][..][j / lanes][k]: all weights of one product then have one shape and are read at one index, whatever the layout
 * of the parameters, and where a product keeps few sums, several positions of j, the lanes, are computed together so that
 * what they share is loaded once. Any cell, any operation: a load is recognised by what its index depends on, nothing else.
 */
import { fixedLength, staticLength } from "../../ir/graph/length.js";
import type { Axis, Buffer, Expr, Kernel, Reduction, Store } from "../../ir/kernel/kernel.js";
import { isTileable } from "../../ir/kernel/tile.js";
import { Dependences, ExprRewriter } from "../../ir/kernel/traverse.js";
import type { Program } from "../../ir/program/program.js";
import { defined } from "../../support/invariant.js";
import { axisOf, binary, quotientOf, remainderOf, wholeNumber } from "./expressions.js";
import { products, staticExtent, turns } from "./products.js";
import { PackedBuffers, type PackedForm } from "./packed-buffers.js";
import { weightLoads, type Load } from "./weight-loads.js";

export interface PackOptions {
  /**
   * How many positions of the vector axis a product computes together.
   * @param arrays how many weights it reads at each turn; @param sums how many sums it keeps for a position
   * @param elements the size of each of those arrays, were there one lane
   */
  lanes(arrays: number, sums: number, elements: number): number;
  /** The fewest turns of what counts as a product; see products.ts. */
  readonly smallest?: number;
}

export function packWeights(options: PackOptions): (program: Program) => Program {
  return (program) => new Packer(program, options).pack();
}

class Packer {
  readonly #options: PackOptions;
  readonly #packed: PackedBuffers;

  constructor(program: Program, options: PackOptions) {
    this.#options = options;
    this.#packed = new PackedBuffers(program);
  }

  pack(): Program {
    return this.#packed.program((kernel) => this.#kernel(kernel));
  }

  #kernel(kernel: Kernel): Kernel {
    const heavy = products(kernel, this.#options.smallest);
    const vector = kernel.space.at(-1);
    const width = vector === undefined ? undefined : staticExtent(vector);
    if (heavy.length === 0 || vector === undefined || width === undefined) return kernel;
    const found = heavy.map((reduction) => ({ reduction, loads: weightLoads(kernel, reduction, vector) }));
    if (found.every(({ loads }) => loads.length === 0)) return kernel;
    const lanes = !isTileable(kernel, kernel.space.length - 1) ? 1 : Math.min(width, ...found.filter(({ loads }) => loads.length > 0).map(({ reduction, loads }) => this.#options.lanes(loads.length, reduction.accumulators.length, width * (turns(reduction) ?? 0))));
    const replaced = new Map<Expr, Expr>();
    for (const { reduction, loads } of found) {
      for (const load of loads) replaced.set(load, this.#packedLoad(kernel, reduction, load, vector, width, lanes));
    }
    const changed = new ExprRewriter({ expr: (expr) => replaced.get(expr) ?? expr }).kernel(kernel);
    return lanes === 1 ? changed : { ...changed, tile: kernel.space.map((axis) => (axis === vector ? lanes : 1)) };
  }

  #packedLoad(kernel: Kernel, reduction: Reduction, load: Load, vector: Axis, width: number, lanes: number): Load {
    const { axes } = new Dependences().of(load);
    const outer = kernel.space.filter((axis) => axis !== vector && axes.has(axis));
    const inner = reduction.axes;
    if (lanes === 1 && isPlainLayout(load, [...outer, vector, ...inner])) return load;
    const blocks = Math.ceil(width / lanes);
    const buffer = this.#buffer(load, outer, vector, inner, width, lanes, blocks);
    const [quotient, remainder] = [quotientOf(axisOf(vector), lanes), remainderOf(axisOf(vector), lanes)];
    const index = lanes === 1 ? [...outer.map(axisOf), axisOf(vector), ...inner.map(axisOf)] : [remainder, ...outer.map(axisOf), quotient, ...inner.map(axisOf)];
    return { ...load, buffer, index };
  }

  /** The packed buffer, and the kernel that fills it. */
  #buffer(load: Load, outer: readonly Axis[], vector: Axis, inner: readonly Axis[], width: number, lanes: number, blocks: number): Buffer {
    const space = [...outer, vector, ...inner].map((axis, i): Axis => ({ name: `i${i}`, extent: { kind: "length", length: axis === vector ? fixedLength(blocks) : axis.extent.length } }));
    const renamed = new Map<Axis, Axis>([...outer, vector, ...inner].map((axis, i) => [axis, defined(space[i], "an axis")]));
    const block = defined(renamed.get(vector), "the axis of blocks");
    const shape = [...(lanes === 1 ? [] : [fixedLength(lanes)]), ...space.map(({ extent }) => extent.length)];
    const form: PackedForm = { element: load.buffer.element, shape, source: load.buffer.source, ...(lanes === 1 ? {} : { lanes: true }) };
    const fill = (buffer: Buffer): readonly Kernel[] => {
      const stores = Array.from({ length: lanes }, (_, lane): Store => {
        const first: Expr = lanes === 1 ? axisOf(block) : binary("multiply", "int", axisOf(block), wholeNumber(lanes));
        const position: Expr = lane === 0 ? first : binary("add", "int", first, wholeNumber(lane));
        const moved = new ExprRewriter({
          expr: (expr) => (expr.op !== "axis" ? expr : expr.axis === vector ? position : axisOf(renamed.get(expr.axis) ?? expr.axis)),
        }).expr(load);
        // Only in the last block is a lane missing.
        const full = (blocks - 1) * lanes + lane < width;
        const inside: Expr = binary("less", "condition", position, wholeNumber(width));
        const value: Expr = full ? moved : { op: "select", kind: load.kind, condition: inside, yes: moved, no: { op: "number", kind: load.kind, value: 0 } };
        return { buffer, index: [...(lanes === 1 ? [] : [wholeNumber(lane)]), ...space.map(axisOf)], value, source: load.buffer.source };
      });
      return [{ name: `pack.${load.buffer.name}`, stage: 0, space, reductions: [], stores }];
    };
    return this.#packed.buffer(load.buffer.name, form, fill);
  }
}

/** The whole buffer, read in its own order: there is nothing to rearrange. */
function isPlainLayout(load: Load, axes: readonly Axis[]): boolean {
  return (
    load.index.length === axes.length &&
    load.index.every((expr, i) => expr.op === "axis" && expr.axis === axes[i]) &&
    load.buffer.shape.every((size, i) => staticLength(size) === (axes[i] === undefined ? undefined : staticExtent(axes[i])))
  );
}
