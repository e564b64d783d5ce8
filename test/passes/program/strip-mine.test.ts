/** What moves into strips, what must stay, and that it means the same. */
import { describe, expect, test } from "vitest";
import { interpretProgram, type ProgramRunOptions } from "../../../src/ir/program/interpret.js";
import { parseProgram } from "../../../src/ir/program/parse.js";
import type { Instruction, Program } from "../../../src/ir/program/program.js";
import { programBuffers, programLoops } from "../../../src/ir/program/traverse.js";
import { verifyProgram } from "../../../src/ir/program/verify.js";
import { lowerGraph } from "../../../src/passes/lower/index.js";
import { packVectors } from "../../../src/passes/program/pack-vectors.js";
import { planBuffers } from "../../../src/passes/program/plan-buffers.js";
import { runProgramPasses } from "../../../src/passes/program/pipelines.js";
import { stripMine } from "../../../src/passes/program/strip-mine.js";
import { lengthText } from "../../../src/ir/graph/length.js";
import { arbitraryCell, arbitraryGraph } from "../../random/graphs.js";
import { hoisted } from "../../random/hoisted.js";
import { checkProperty } from "../../support/property.js";
import { programCase } from "../../ir/program/random-programs.js";

/** Of 16 elements: four positions, where each has four. */
const strips = stripMine({ elements: 16, positions: 100, freeLength: 2, rows: 2 });

interface Parts {
  readonly direction: string;
  /** What is computed for the whole sequence, and how a turn reads it. */
  readonly before: string;
  readonly read: string;
  readonly time: string;
}

/** A running sum of rows that were computed before. */
function program({ direction = "", before = "a[time,j] = x[time,j] * 2.0", read = "a[t,j]", time = "time" }: Partial<Parts> = {}): Program {
  return parseProgram(`program net (${time === "time" ? "time" : ""}) {
  input x = x {time}[4]
  output y = y {time}[4]
  buffer x: input float32[${time},4]
  buffer y: output float32[${time},4]
  buffer a: temporary float32[${time},4]
  buffer b: temporary float32[${time},4]
  buffer h: state float32[4]
  body {
    kernel start stage 0 (j:4) {
      h[j] = 0.0
    }
    ${before.includes("b[") ? first(time) : ""}
    kernel second stage 1 (time:${time}, j:4) {
      ${before}
    }
    loop t:${time} ${direction}over time carry h to h {
      kernel step stage 0 (j:4) {
        v0 = h[j] + ${read}
        h[j] = v0
        y[t,j] = v0
      }
    }
  }
}`.replaceAll("{time}[4]", time === "time" ? "{time}[4]" : `{time:(${time})}[4]`));
}

function first(time: string): string {
  return `kernel first stage 0 (time:${time}, j:4) {
      b[time,j] = x[time,j] + 1.0
    }`;
}

function options(time: number): ProgramRunOptions {
  return { inputs: { x: Float32Array.from({ length: 4 * time }, (_, i) => Math.sin(i)) }, lengths: { time } };
}

function expectSame(made: Program, original: Program, times = [0, 1, 3, 4, 5, 11]): void {
  expect(verifyProgram(made)).toEqual([]);
  for (const time of times) expect(interpretProgram(made, options(time)), `${time} positions`).toEqual(interpretProgram(original, options(time)));
}

/** The kernels of a list and of the loops in it, these in brackets. */
function outline(instructions: readonly Instruction[]): string {
  return instructions.map((each) => (each.op === "kernel" ? each.kernel.name : each.op === "loop" ? `${each.axis.name}[${outline(each.body)}]` : "copy")).join(" ");
}

function shapeOf(made: Program, name: string): string | undefined {
  return [...programBuffers(made)].find((buffer) => buffer.name === name)?.shape.map(lengthText).join();
}

describe("moves", () => {
  test("what a turn reads at its own position", () => {
    const made = strips(program());
    expect(outline(made.body)).toBe("start t_strip[second t_within[step]]");
    expect(shapeOf(made, "a")).toBe("4,4");
    expectSame(made, program());
  });

  test("what only others that move read, with them", () => {
    const chain = program({ before: "a[time,j] = b[time,j] * 2.0" });
    const made = strips(chain);
    // Two buffers share the room.
    expect(outline(made.body)).toBe("start t_strip[first second t_within[step]]");
    expect([shapeOf(made, "a"), shapeOf(made, "b")]).toEqual(["2,4", "2,4"]);
    expectSame(made, chain);
  });

  test("of a loop that runs backwards", () => {
    const reverse = program({ direction: "reverse " });
    const made = strips(reverse);
    expect(outline(made.body)).toBe("start t_strip[second t_within[step]]");
    expectSame(made, reverse);
  });

  test("of a sequence of known length, whose last strip is whole or not", () => {
    for (const [time, isWhole] of [[8, true], [10, false]] as const) {
      const fixed = program({ time: String(time) });
      const made = strips(fixed);
      expect(programLoops(made.body).map(({ axis }) => axis.extent.kind)).toEqual(["length", isWhole ? "length" : "window"]);
      expectSame(made, fixed, [time]);
    }
  });

  test("and it keeps its place in memory from turn to turn", () => {
    const chain = planBuffers(strips(program({ before: "a[time,j] = b[time,j] * 2.0" })));
    expect(verifyProgram(chain)).toEqual([]);
    const [a, b] = ["a", "b"].map((name) => chain.arena?.slots.find(({ buffer }) => buffer.name === name));
    const together = a !== undefined && b !== undefined && a.from <= b.to && b.from <= a.to;
    expect(together && a.offset !== b.offset).toBe(true);
  });

  test("and is tiled as it was", () => {
    const tiled = runProgramPasses(program(), [{ name: "pack", run: packVectors({ width: 4, vectors: 2, rows: 2, smallest: 1 }) }, { name: "strips", run: strips }]);
    expectSame(tiled, program());
  });
});

describe("stays", () => {
  const stays = (parts: Partial<Parts>): void => {
    const original = program(parts);
    expect(strips(original)).toBe(original);
  };

  test("what a turn reads at another position", () => {
    stays({ read: "a[select(t < 1, 0, (t - 1)),j]" });
    stays({ read: "a[0,j]" });
  });

  test("what needs other positions itself", () => {
    const original = program({ before: "a[time,j] = b[select(time < 1, 0, (time - 1)),j]" });
    const made = strips(original);
    expect(outline(made.body)).toBe("start first t_strip[second t_within[step]]");
    expect(shapeOf(made, "b")).toBe("time,4");
    expectSame(made, original);
  });

  test("what reads what the loop changes", () => stays({ before: "a[time,j] = x[time,j] + h[j]" }));

  test("a sequence of no more positions than a strip", () => stays({ time: "4" }));
});

describe.each([
  { what: "graphs", arbitrary: arbitraryGraph() },
  { what: "cells", arbitrary: arbitraryCell() },
])("random $what", ({ arbitrary }) => {
  test("mean the same to the bit, in strips of any length", () => {
    let moved = 0;
    checkProperty(100, arbitrary, ({ graph }) => {
      const { options: run } = programCase(graph, 9);
      const lowered = lowerGraph(hoisted(graph));
      const expected = interpretProgram(lowered, run);
      for (const rows of [1, 2, 3]) {
        const mined = stripMine({ elements: 1, positions: 1, freeLength: 1, rows })(lowered);
        if (mined !== lowered) moved += 1;
        const made = planBuffers(mined);
        expect(verifyProgram(made)).toEqual([]);
        expect(interpretProgram(made, run)).toEqual(expected);
      }
    });
    expect(moved).toBeGreaterThan(0);
  });
});
