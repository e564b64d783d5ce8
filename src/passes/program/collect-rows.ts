/**
 * Outputs of a loop, row by row. A target whose kernels write whole buffers would rewrite a sequence of n elements at each
 * of n steps. So what a step puts out gets a buffer of its own, the row, and a kernel that does nothing but move it to its
 * place in the sequence:
 *
 *     kernel collect (j:128) { y[t,j] = row[j] }
 *
 * A target can leave such kernels out: it keeps the rows as they come, and joins them after the loop. Where the row is what
 * another kernel stored anyway, such as the next state, nothing is computed for it at all.
 *
 * It applies to buffers that a loop writes in one place, a row at each step, and does not read. A buffer of several
 * dimensions that an inner loop writes is collected by that loop first, and by the outer one then.
 */
import { sameLength } from "../../ir/graph/length.js";
import type { Axis, Buffer, Expr, Kernel, Store } from "../../ir/kernel/kernel.js";
import { loadedBuffers, storedBuffers } from "../../ir/kernel/traverse.js";
import { needsOf, pruneKernel } from "../../ir/kernel/prune.js";
import type { Instruction, Loop, Program } from "../../ir/program/program.js";
import { instructionBuffers, programKernels } from "../../ir/program/traverse.js";
import { at } from "../../support/invariant.js";
import { axisOf } from "./expressions.js";
import { FreshNames } from "./fresh-names.js";
import { restage } from "./restage.js";

/** @param program one store a kernel */
export function collectRows(program: Program): Program {
  const names = FreshNames.ofBuffers(program);
  return { ...program, body: restage(collect(program.body, names)) };
}

function collect(instructions: readonly Instruction[], names: FreshNames): readonly Instruction[] {
  return instructions.flatMap((instruction) => (instruction.op === "loop" ? collectLoop({ ...instruction, body: collect(instruction.body, names) }, names) : [instruction]));
}

function collectLoop(loop: Loop, names: FreshNames): readonly Instruction[] {
  const after: Instruction[] = [];
  const body = loop.body.flatMap((instruction): readonly Instruction[] => {
    if (instruction.op !== "kernel") return [instruction];
    const row = rowOf(loop, instruction.kernel);
    if (row === undefined) return [instruction];
    const { kernels, joined } = splitRow(loop, instruction.kernel, row, names);
    after.push(...joined.map((kernel): Instruction => ({ op: "kernel", kernel })));
    return kernels.map((kernel): Instruction => ({ op: "kernel", kernel }));
  });
  return [{ ...loop, body }, ...after];
}

/** What a kernel puts out at each turn of the loop: its store, the dimension that the loop runs along, the axes of the others. */
interface Row {
  readonly store: Store;
  readonly along: number;
  readonly axes: readonly Axis[];
}

function rowOf(loop: Loop, kernel: Kernel): Row | undefined {
  const [store] = kernel.stores;
  if (store === undefined || kernel.stores.length !== 1 || loop.axis.extent.kind !== "length") return undefined;
  const { buffer, index } = store;
  const along = index.findIndex((expr) => expr.op === "axis" && expr.axis === loop.axis);
  if (along < 0 || !sameLength(at(buffer.shape, along), loop.axis.extent.length)) return undefined;
  if (usedElsewhere(loop, kernel, buffer)) return undefined;
  // The other places: axes of the kernel over their whole length, or positions of loops further out.
  const axes: Axis[] = [];
  for (const [i, expr] of index.entries()) {
    if (i === along) continue;
    const own = expr.op === "axis" && kernel.space.includes(expr.axis) ? expr.axis : undefined;
    if (own === undefined) {
      const { axes: used } = needsOf([expr]);
      if (used.has(loop.axis) || kernel.space.some((axis) => used.has(axis)) || expr.op !== "axis") return undefined;
      continue;
    }
    if (own.extent.kind === "window" || axes.includes(own) || !sameLength(own.extent.length, at(buffer.shape, i))) return undefined;
    axes.push(own);
  }
  return { store, along, axes };
}

function usedElsewhere(loop: Loop, kernel: Kernel, buffer: Buffer): boolean {
  if (loadedBuffers(kernel).has(buffer) || loop.carried.some(({ current, next }) => current === buffer || next === buffer)) return true;
  const others = loop.body.filter((each) => !(each.op === "kernel" && each.kernel === kernel));
  return instructionBuffers(others).has(buffer) || programKernels(others).some((other) => storedBuffers(other).has(buffer));
}

function splitRow(loop: Loop, kernel: Kernel, { store, along, axes }: Row, names: FreshNames): { readonly kernels: readonly Kernel[]; readonly joined: readonly Kernel[] } {
  const { buffer, value, source } = store;
  const place = axisOf;
  const kernels: Kernel[] = [];
  let row = value;
  if (!isWholeLoad(value, axes)) {
    const made: Buffer = { name: names.fresh(`${buffer.name}.row`), role: "temporary", element: buffer.element, shape: axes.map(({ extent }) => extent.length), source: buffer.source };
    kernels.push(pruneKernel({ ...kernel, stores: [{ buffer: made, index: axes.map(place), value, source }] }));
    row = { op: "load", kind: value.kind === "condition" ? "condition" : buffer.element === "float32" ? "real" : "int", buffer: made, index: axes.map(place) };
  }
  const inOrder = along === 0 && axes.length === buffer.shape.length - 1;
  const target: Buffer = inOrder ? buffer : { name: names.fresh(`${buffer.name}.rows`), role: "temporary", element: buffer.element, shape: [loop.axis.extent.length, ...axes.map(({ extent }) => extent.length)], source: buffer.source };
  kernels.push({ name: `${kernel.name}.collect`, stage: kernel.stage, space: axes, reductions: [], stores: [{ buffer: target, index: [place(loop.axis), ...axes.map(place)], value: row, source }] });
  if (inOrder) return { kernels, joined: [] };
  const step: Axis = { name: `${loop.axis.name}.row`, extent: loop.axis.extent };
  const load: Expr = { op: "load", kind: row.kind, buffer: target, index: [step, ...axes].map(place) };
  const index = store.index.map((expr, i) => (i === along ? place(step) : expr));
  return { kernels, joined: [{ name: `${kernel.name}.join`, stage: kernel.stage, space: [step, ...axes], reductions: [], stores: [{ buffer, index, value: load, source }] }] };
}

/** The whole of a buffer whose shape is that of the row. */
function isWholeLoad(value: Expr, axes: readonly Axis[]): boolean {
  return value.op === "load" && value.buffer.shape.length === axes.length && value.index.every((expr, i) => expr.op === "axis" && expr.axis === axes[i]) && value.buffer.shape.every((length, i) => sameLength(length, at(axes, i).extent.length));
}

/** The row of a kernel that only moves it: `y[t, ...] = row[...]` in the loop over t. */
export function collectedRow(kernel: Kernel, loop: Loop | undefined): { readonly row: Buffer; readonly rows: Buffer } | undefined {
  const [store] = kernel.stores;
  if (store === undefined || loop === undefined || kernel.stores.length !== 1 || kernel.reductions.length > 0 || store.value.op !== "load") return undefined;
  const { buffer: rows, index, value } = store;
  const [first, ...rest] = index;
  if (first?.op !== "axis" || first.axis !== loop.axis || loop.axis.extent.kind !== "length") return undefined;
  const axes = rest.flatMap((expr) => (expr.op === "axis" && kernel.space.includes(expr.axis) ? [expr.axis] : []));
  const whole = axes.length === rest.length && new Set(axes).size === axes.length && axes.every(({ extent }, i) => extent.kind === "length" && sameLength(extent.length, at(rows.shape, i + 1)));
  if (!whole || !isWholeLoad(value, axes) || usedElsewhere(loop, kernel, rows)) return undefined;
  return { row: value.buffer, rows };
}
