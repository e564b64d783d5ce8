/** What moves into strips, what must stay, and that it means the same. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interpretProgram, type ProgramRunOptions } from "../../../src/ir/program/interpret.js";
import { parseProgram } from "../../../src/ir/program/parse.js";
import type { Instruction, Program } from "../../../src/ir/program/program.js";
import { programBuffers, programKernels, programLoops } from "../../../src/ir/program/traverse.js";
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
  /** What is computed for the whole sequence, or the whole kernel that does, and how a turn reads it. */
  readonly before: string;
  readonly read: string;
  readonly time: string;
  /** What else a turn does, before it reads. */
  readonly inside: string;
}

/** A running sum of rows that were computed before. */
function program({ direction = "", before = "a[time,j] = x[time,j] * 2.0", read = "a[t,j]", time = "time", inside = "" }: Partial<Parts> = {}): Program {
  return parseProgram(`program net (${time === "time" ? "time" : ""}) {
  input x = x {time}[4]
  parameter m = m [4,4]
  output y = y {time}[4]
  buffer m: parameter float32[4,4]
  buffer x: input float32[${time},4]
  buffer y: output float32[${time},4]
  buffer a: temporary float32[${time},4]
  buffer b: temporary float32[${time},4]
  buffer s: temporary float32[${time}]
  buffer h: state float32[4]
  body {
    kernel start stage 0 (j:4) {
      h[j] = 0.0
    }
    ${before.includes("b[") ? first(time) : ""}
    ${before.startsWith("kernel") ? before : `kernel second stage 1 (time:${time}, j:4) {
      ${before}
    }`}
    loop t:${time} ${direction}over time carry h to h {
      ${inside}
      kernel step stage ${inside === "" ? 0 : 2} (j:4) {
        v0 = h[j] + ${read}
        h[j] = v0
        y[t,j] = v0
      }
    }
  }
}`.replaceAll("{time}[4]", time === "time" ? "{time}[4]" : `{time:(${time})}[4]`));
}

/** Two loops one behind the other; the second reads what was computed before the first, of its state too where that is asked for. */
function pair(second: string): Program {
  return parseProgram(`program net (time) {
  input x = x {time}[4]
  output y = y {time}[4]
  buffer x: input float32[time,4]
  buffer y: output float32[time,4]
  buffer a: temporary float32[time,4]
  buffer b: temporary float32[time,4]
  buffer h: state float32[4]
  buffer g: state float32[4]
  buffer i: state float32[4]
  body {
    kernel start stage 0 (j:4) {
      h[j] = 1.0
      i[j] = 0.0
    }
    kernel first stage 0 (time:time, j:4) {
      a[time,j] = x[time,j] * 2.0
    }
    kernel second stage 1 (time:time, j:4) {
      b[time,j] = ${second}
    }
    loop t:time over time carry h to g {
      kernel step stage 0 (j:4) {
        g[j] = h[j] + a[t,j]
      }
    }
    loop u:time over time carry i to i {
      kernel step stage 0 (j:4) {
        v0 = i[j] + b[u,j]
        i[j] = v0
        y[u,j] = v0
      }
    }
  }
}`);
}

function first(time: string): string {
  return `kernel first stage 0 (time:${time}, j:4) {
      b[time,j] = x[time,j] + 1.0
    }`;
}

function options(time: number): ProgramRunOptions {
  return { parameters: { m: Float32Array.from({ length: 16 }, (_, i) => Math.cos(i)) }, inputs: { x: Float32Array.from({ length: 4 * time }, (_, i) => Math.sin(i)) }, lengths: { time } };
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

  test("of a loop whose states change places, and of the loop behind it", () => {
    const made = strips(pair("x[time,j] * 3.0"));
    expect(outline(made.body)).toBe("start t_strip[first t_within[step]] u_strip[second u_within[step]]");
    expectSame(made, pair("x[time,j] * 3.0"));
  });

  test("and is tiled as it was", () => {
    const pack = { name: "pack", run: packVectors({ width: 4, vectors: 2, rows: 2, smallest: 1 }) };
    const product = program({ before: "for k:4 {\n a0 = sum (x[time,k] * m[j,k])\n }\n a[time,j] = a0" });
    const tiled = runProgramPasses(product, [pack, { name: "strips", run: strips }]);
    expect(programKernels(tiled.body).find(({ name }) => name === "second")?.tile).toEqual([2, 4]);
    expectSame(tiled, product);
  });
});

test("what a turn writes of a window lives through the loop", () => {
  const { arena } = planBuffers(program({ read: "a[0,j]", before: "a[time,j] = x[time,j]", inside: `kernel ahead stage 0 (w:time[t .. (t + 2)], j:4) {
        b[w,j] = x[w,j]
      }
      kernel behind stage 1 (j:4) {
        y[t,j] = b[t,j]
      }` }));
  const life = (name: string): readonly (number | undefined)[] => {
    const slot = arena?.slots.find(({ buffer }) => buffer.name === name);
    return [slot?.from, slot?.to];
  };
  // The loop's kernels have the numbers 3 to 5.
  expect([life("b"), life("h")]).toEqual([[3, 5], [1, 5]]);
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

  test("what reads what a loop between changes, whose states change places", () => {
    const made = strips(pair("x[time,j] + h[j]"));
    expect(outline(made.body)).toBe("start second t_strip[first t_within[step]] u[step]");
    expectSame(made, pair("x[time,j] + h[j]"));
  });

  test("what has the sequence as its last axis, which vectors run along", () => stays({ before: "kernel second stage 0 (time:time) {\n s[time] = x[time,0]\n }", read: "s[t]" }));

  test("what is computed once for all positions, beside them", () => stays({ before: "for k:4 at () {\n a0 = sum (x[0,k])\n }\n a[time,j] = x[time,j] + a0" }));

  test("a sequence of no more positions than a strip", () => stays({ time: "4" }));
});

test("random programs mean the same to the bit, in strips of any length", () => {
  let moved = 0;
  checkProperty(200, fc.oneof(arbitraryGraph(), arbitraryCell()), ({ graph }) => {
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
  expect(moved).toBeGreaterThan(5);
});
