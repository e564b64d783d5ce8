/**
 * Unroll by a factor: so many turns of a loop are written out one after another, and what is left over runs in a loop of
 * its own behind them.
 *
 * A state with two buffers reads from one and writes to the other; from turn to turn of the written-out body the two change
 * roles by name, so with an even factor nothing changes places at run time any more. Values are the same to the bit. The
 * code grows by the factor, so it is bounded; the rolled form is as fast for all but small bodies.
 */
import { fixedLength, floorDivideLength, scaleLength, staticLength, subtractLengths } from "../../ir/graph/length.js";
import type { Axis, Buffer, Expr } from "../../ir/kernel/kernel.js";
import { ExprRewriter } from "../../ir/kernel/traverse.js";
import type { Carried, Instruction, Loop, Program } from "../../ir/program/program.js";
import { programKernels } from "../../ir/program/traverse.js";
import { fail } from "../../support/diagnostics.js";
import { axisOf, binary, lengthOf, wholeNumber } from "./expressions.js";
import type { ProgramPass } from "./pipelines.js";

export interface UnrollTimeOptions {
  /** Turns to write out, for the scans over a dimension of this name. */
  readonly factors: ReadonlyMap<string, number>;
  /** At most so many kernels may be written out for one loop. */
  readonly limit?: number;
}

const usualLimit = 256;

export function unrollTime({ factors, limit = usualLimit }: UnrollTimeOptions): ProgramPass {
  const unrollList = (instructions: readonly Instruction[]): readonly Instruction[] =>
    instructions.flatMap((instruction): readonly Instruction[] => {
      if (instruction.op !== "loop") return [instruction];
      const loop: Loop = { ...instruction, body: unrollList(instruction.body) };
      const factor = loop.dimension === undefined ? 1 : (factors.get(loop.dimension) ?? 1);
      if (factor === 1 || loop.axis.extent.kind === "window") return [loop];
      const kernels = programKernels(loop.body).length * factor;
      if (kernels > limit) fail("GF6103", `unrolling "${loop.dimension}" by ${factor} would write out ${kernels} kernels, more than ${limit}`, { help: `take a factor of at most ${Math.floor(limit / programKernels(loop.body).length)}` });
      return unrollLoop(loop, factor);
    });
  return { name: "unroll-time", run: (program: Program): Program => ({ ...program, body: unrollList(program.body) }) };
}

function unrollLoop(loop: Loop, factor: number): readonly Instruction[] {
  const { length } = loop.axis.extent;
  const blocks = floorDivideLength(length, factor);
  const whole = scaleLength(blocks, factor);
  const left = subtractLengths(length, whole);
  const block: Axis = { name: `${loop.axis.name}_block`, extent: { kind: "length", length: blocks } };
  const body: Instruction[] = [];
  const stages = 1 + Math.max(0, ...programKernels(loop.body).map((kernel) => kernel.stage));
  for (let turn = 0; turn < factor; turn++) {
    // The blocks always run forwards; a reverse loop counts down from its end inside them.
    const first = binary("multiply", "int", axisOf(block), wholeNumber(factor));
    const behind = turn === 0 ? first : binary("add", "int", first, wholeNumber(turn));
    const position = loop.reverse ? binary("subtract", "int", lengthOf(subtractLengths(length, fixedLength(1))), behind) : behind;
    body.push(...copyBody(loop, position, turn, turn * stages, `_${turn}`));
  }
  const main: Loop = { ...loop, axis: block, reverse: false, carried: loop.carried.map((pair) => (factor % 2 === 0 ? { ...pair, next: pair.current } : pair)), body };
  if (staticLength(left) === 0) return [main];
  const [start, end] = loop.reverse ? [fixedLength(0), left] : [whole, length];
  const rest: Axis = { name: `${loop.axis.name}_rest`, extent: { kind: "window", length, start: lengthOf(start), end: lengthOf(end) } };
  return [main, { ...loop, axis: rest, body: copyBody(loop, axisOf(rest), 0, 0, "_rest") }];
}

/** The body at a position, with the buffers of the states as they lie after some turns of a block. */
function copyBody(loop: Loop, position: Expr, turn: number, stage: number, suffix: string): readonly Instruction[] {
  const renamed = new Map<Buffer, Buffer>();
  if (turn % 2 === 1) {
    for (const { current, next } of loop.carried) renamed.set(current, next).set(next, current);
  }
  const buffer = (old: Buffer): Buffer => renamed.get(old) ?? old;
  const rewriter = new ExprRewriter({ buffer, expr: (expr) => (expr.op === "axis" && expr.axis === loop.axis ? position : expr) });
  const copy = (instructions: readonly Instruction[]): readonly Instruction[] =>
    instructions.map((instruction): Instruction => {
      switch (instruction.op) {
        case "kernel": return { op: "kernel", kernel: { ...rewriter.kernel(instruction.kernel), name: `${instruction.kernel.name}${suffix}`, stage: instruction.kernel.stage + stage } };
        case "copy": return { op: "copy", from: buffer(instruction.from), to: buffer(instruction.to) };
        case "loop": return { ...instruction, axis: rewriter.axis(instruction.axis), carried: instruction.carried.map((pair): Carried => ({ ...pair, current: buffer(pair.current), next: buffer(pair.next) })), body: copy(instruction.body) };
      }
    });
  return copy(loop.body);
}
