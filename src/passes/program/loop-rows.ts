/**
 * Products over a free length become loops over rows: a kernel over (time, j) with a product inside becomes a loop over time
 * around a kernel over j.
 *
 * And what a product reads from memory whose size is only known at run time, a row of the input, is copied to a temporary of
 * known size first: J positions read it, so the copy is cheap, and all that the inner loop touches is then of known size.
 */
import { staticLength } from "../../ir/graph/length.js";
import type { Buffer, Expr, Kernel, Reduction } from "../../ir/kernel/kernel.js";
import { isInside } from "../../ir/kernel/ranges.js";
import { alwaysComputed, Dependences, isNeverEmpty, rewriteKernel, visitExprs } from "../../ir/kernel/traverse.js";
import type { Instruction, Program } from "../../ir/program/program.js";
import { withoutFirstAxis } from "./outer-axes.js";
import { products, staticExtent } from "./products.js";
import { axisOf } from "./expressions.js";
import { FreshNames } from "./fresh-names.js";
import { restage } from "./restage.js";
import type { Load } from "./weight-loads.js";

/** @param smallest the fewest turns of what counts as a product; see products.ts */
export function loopRows(smallest?: number): (program: Program) => Program {
  return (program) => {
    const given: Given = { names: FreshNames.ofBuffers(program), smallest };
    return { ...program, body: restage(loopList(program.body, given)) };
  };
}

interface Given {
  readonly names: FreshNames;
  readonly smallest: number | undefined;
}

function loopList(instructions: readonly Instruction[], given: Given): readonly Instruction[] {
  return instructions.flatMap((instruction): readonly Instruction[] => {
    if (instruction.op === "loop") return [{ ...instruction, body: loopList(instruction.body, given) }];
    return instruction.op === "kernel" ? loopKernel(instruction.kernel, given) : [instruction];
  });
}

function loopKernel(kernel: Kernel, given: Given): readonly Instruction[] {
  const [axis, ...space] = kernel.space;
  if (axis === undefined || products(kernel, given.smallest).length === 0) return [{ op: "kernel", kernel }];
  // The vector axis stays; so does an axis of known length, and one before which something is summed once for all.
  const outer = space.length > 0 && axis.extent.kind === "length" && staticExtent(axis) === undefined && kernel.reductions.every(({ depth }) => depth > 0);
  if (!outer) return stageRows(kernel, given).map((each): Instruction => ({ op: "kernel", kernel: each }));
  const inner = withoutFirstAxis(kernel);
  return [{ op: "loop", axis, reverse: false, carried: [], body: loopKernel(inner, given), dimension: undefined }];
}

/** Copies the rows that products read from memory of free size. */
function stageRows(kernel: Kernel, { names, smallest }: Given): readonly Kernel[] {
  const dependences = new Dependences();
  const copies = new Map<Expr, { readonly kernel: Kernel; readonly load: Expr }>();
  for (const reduction of products(kernel, smallest)) {
    const values = reduction.accumulators.map(({ value }) => value);
    const always = alwaysComputed(values);
    // What may never be computed is not read ahead, but where it is certainly there.
    const isSafe = (load: Load): boolean => (always.has(load) && kernel.space.every(isNeverEmpty)) || isInside(load.buffer, load.index);
    visitExprs(values, (expr) => {
      if (expr.op !== "load" || copies.has(expr) || !isRow(kernel, reduction, expr, dependences) || !isSafe(expr)) return;
      copies.set(expr, copyRow(kernel, reduction, expr, dependences, names));
    });
  }
  if (copies.size === 0) return [kernel];
  // A rewritten load is another object than the one that was found: the copies are looked up before anything changes.
  const rewriter = new Map([...copies].map(([load, copy]) => [load, copy.load]));
  const changed = rewriteKernel(kernel, { expr: (expr) => rewriter.get(expr) ?? expr });
  return [...[...copies.values()].map((copy) => copy.kernel), changed];
}

function isRow(kernel: Kernel, reduction: Reduction, load: Load, dependences: Dependences): boolean {
  if (load.buffer.shape.every((size) => staticLength(size) !== undefined)) return false;
  const { axes, reductions } = dependences.of(load);
  return reductions.size === 0 && reduction.axes.some((axis) => axes.has(axis)) && !kernel.space.some((axis) => axes.has(axis));
}

function copyRow(kernel: Kernel, reduction: Reduction, load: Load, dependences: Dependences, names: FreshNames): { readonly kernel: Kernel; readonly load: Expr } {
  const used = reduction.axes.filter((axis) => dependences.of(load).axes.has(axis));
  const name = names.fresh(`${load.buffer.name}.row`);
  const buffer: Buffer = { name, role: "temporary", element: load.buffer.element, shape: used.map(({ extent }) => extent.length), source: load.buffer.source };
  const index = used.map(axisOf);
  const copy: Kernel = { name: `${kernel.name}.row`, stage: kernel.stage, space: used, reductions: [], stores: [{ buffer, index, value: load, source: undefined }] };
  return { kernel: copy, load: { ...load, buffer, index } };
}
