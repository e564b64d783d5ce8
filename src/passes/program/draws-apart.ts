/**
 * Takes draws out of kernels: each gets a kernel of its own that does nothing but draw, at the positions that its counters
 * name, and the others read what it stored. For targets that cannot compute with 32-bit integers: there the host draws, and
 * hands the numbers over. The numbers are the same.
 *
 * Counters of draws are positions, so that nothing has to be read back; a draw whose counter depends on what a kernel
 * computed stays where it is, for the target to refuse.
 */
import { internKernel } from "../../ir/kernel/intern.js";
import type { Axis, Buffer, Expr, Kernel } from "../../ir/kernel/kernel.js";
import { needsOf, Substituter } from "../../ir/kernel/prune.js";
import { ExprRewriter, kernelRoots, visitExprs } from "../../ir/kernel/traverse.js";
import type { Instruction, Loop, Program } from "../../ir/program/program.js";
import { axisOf } from "./expressions.js";
import { FreshNames } from "./fresh-names.js";
import { restage } from "./restage.js";

type Draw = Extract<Expr, { readonly op: "draw" }>;

export interface DrawOptions {
  /** True: all draws of a loop at once, before it. A loop that the caller drives draws as it goes. */
  readonly ahead: boolean;
}

export function drawsApart({ ahead }: DrawOptions): (program: Program) => Program {
  return (program) => {
    const names = FreshNames.ofBuffers(program);
    return { ...program, body: restage(apart(program.body, [], ahead, names)) };
  };
}

function apart(instructions: readonly Instruction[], loops: readonly Loop[], ahead: boolean, names: FreshNames): readonly Instruction[] {
  return instructions.flatMap((instruction): readonly Instruction[] => {
    if (instruction.op === "copy") return [instruction];
    if (instruction.op === "loop") {
      const body = apart(instruction.body, [...loops, instruction], ahead, names);
      if (!ahead) return [{ ...instruction, body }];
      // What a loop draws, all its turns at once: the kernels that draw read nothing, so they may go first.
      const draws = body.filter(isDrawing);
      return [...draws, { ...instruction, body: body.filter((each) => !draws.includes(each)) }];
    }
    const { kernel, draws } = takeDraws(internKernel(instruction.kernel), ahead ? loops.map(({ axis }) => axis) : [], names);
    return [...draws.map((each): Instruction => ({ op: "kernel", kernel: each })), { op: "kernel", kernel }];
  });
}

function isDrawing(instruction: Instruction): boolean {
  return instruction.op === "kernel" && isDrawKernel(instruction.kernel);
}

/** A kernel that only draws, at positions. */
export function isDrawKernel({ reductions, stores }: Kernel): boolean {
  return reductions.length === 0 && stores.length === 1 && stores.every(({ value }) => value.op === "draw" && isPositional(value));
}

function takeDraws(kernel: Kernel, around: readonly Axis[], names: FreshNames): { readonly kernel: Kernel; readonly draws: readonly Kernel[] } {
  const found: Draw[] = [];
  visitExprs(kernelRoots(kernel), (expr) => {
    if (expr.op === "draw" && isPositional(expr)) found.push(expr);
  });
  if (found.length === 0) return { kernel, draws: [] };
  const inner = [...around, ...kernel.space, ...kernel.reductions.flatMap(({ axes }) => axes)];
  const loads = new Map<Expr, Expr>();
  const draws = found.map((draw, i): Kernel => {
    const used = needsOf(draw.counters).axes;
    const axes = inner.filter((axis) => used.has(axis));
    // A window is drawn over its whole length: positions are what counts.
    const own = new Map(axes.map((axis): [Axis, Axis] => [axis, { name: axis.name, extent: { kind: "length", length: axis.extent.length } }]));
    const buffer: Buffer = { name: names.fresh(`${kernel.name}.draw`), role: "temporary", element: "float32", shape: axes.map(({ extent }) => extent.length), source: undefined };
    loads.set(draw, { op: "load", kind: "real", buffer, index: axes.map(axisOf) });
    const moved = new ExprRewriter({ axis: (axis) => own.get(axis) ?? axis });
    const space = [...own.values()];
    return { name: `${kernel.name}.draw${i}`, stage: kernel.stage, space, reductions: [], stores: [{ buffer, index: space.map(axisOf), value: moved.expr(draw), source: undefined }] };
  });
  return { kernel: new Substituter(loads).kernel(kernel), draws };
}

/** Whether its counters are computed of positions and lengths alone. */
function isPositional({ counters }: Draw): boolean {
  let positional = true;
  visitExprs(counters, (expr) => {
    if (expr.op === "load" || expr.op === "result" || expr.op === "draw") positional = false;
  });
  return positional;
}
