/** Unrolling by a factor changes no number, and makes states stay where they are. */
import { describe, expect, test } from "vitest";
import type { Graph } from "../../../src/ir/graph/node.js";
import { interpretProgram } from "../../../src/ir/program/interpret.js";
import type { Program } from "../../../src/ir/program/program.js";
import { programKernels, programLoops } from "../../../src/ir/program/traverse.js";
import { verifyProgram } from "../../../src/ir/program/verify.js";
import { lowerGraph } from "../../../src/passes/lower/index.js";
import { jsProgramPasses, runProgramPasses } from "../../../src/passes/program/pipelines.js";
import { unrollTime } from "../../../src/passes/program/unroll-time.js";
import { randomRun, seededCell } from "../../random/graphs.js";
import { programCase } from "../../ir/program/random-programs.js";
import * as cells from "../lower/cells.js";

const factors = [1, 2, 3, 4, 5];

const unrolled = (program: Program, factor: number): Program => runProgramPasses(program, [...jsProgramPasses.slice(0, -1), unrollTime({ factors: new Map([["time", factor]]) }), ...jsProgramPasses.slice(-1)]);

/** Pairs of buffers that change places after each turn of a loop. */
const swaps = (program: Program): number => programLoops(program.body).reduce((count, loop) => count + loop.carried.filter(({ current, next }) => current !== next).length, 0);

function sameAtEveryLength(graph: Graph, seed: number): void {
  const lowered = lowerGraph(graph);
  for (let time = 0; time <= 9; time++) {
    const run = randomRun(graph, seed, { lengths: { time } });
    const flat = (values: typeof run.inputs) => Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, data]));
    const options = { inputs: flat(run.inputs), parameters: flat(run.parameters), lengths: { time }, seed };
    const rolled = interpretProgram(unrolled(lowered, 1), options);
    for (const factor of factors) {
      const program = unrolled(lowered, factor);
      expect(verifyProgram(program), `factor ${factor}`).toEqual([]);
      expect(interpretProgram(program, options), `factor ${factor}, length ${time}`).toEqual(rolled);
    }
  }
}

describe("unrolling by a factor", () => {
  test.each(Object.entries({ lstm: cells.lstm, gruBefore: cells.gruBefore, layerNormLstm: cells.layerNormLstm, jordan: cells.jordan }))("%s: lengths 0 to 9, factors 1 to 5", (_, make) => {
    sameAtEveryLength(make(3, 4), 1);
  });

  test("random cells, forwards and backwards", () => {
    for (let seed = 0; seed < 12; seed++) sameAtEveryLength(seededCell(seed, { size: 6, without: ["nested", "map", "window"] }).graph, seed);
  });

  test("with an even factor no state changes places, with an odd one once a block", () => {
    // Before products are split from cells the whole hidden state is read while the next is written: it needs two buffers.
    const program = lowerGraph(cells.gruAfter(8, 8));
    const swapsWith = (factor: number) => swaps({ ...program, body: unrollTime({ factors: new Map([["time", factor]]) }).run(program).body.slice(0, 2) });
    expect([1, 2, 3, 4, 5].map(swapsWith)).toEqual([1, 0, 1, 0, 1]);
    expect(swaps(unrolled(program, 1)), "in the pipeline it is updated in place").toBe(0);
  });

  test("the code grows by the factor and no more, and is bounded", () => {
    const program = lowerGraph(cells.gruBefore(8, 8));
    const step = programKernels(programLoops(unrolled(program, 1).body)[0]!.body).length;
    for (const factor of [2, 3, 4, 5]) expect(programKernels(programLoops(unrolled(program, factor).body)[0]!.body).length).toBe(step * factor);
    expect(() => unrolled(program, 1000)).toThrow(/would write out/);
  });

  test("the case of a graph's own run agrees with the interpreter", () => {
    const { options, expected } = programCase(cells.lstm(3, 4), 3);
    const result = interpretProgram(unrolled(lowerGraph(cells.lstm(3, 4)), 3), options);
    for (const [name, values] of Object.entries(expected)) Array.from(values).forEach((value, i) => expect(result[name]![i]).toBeCloseTo(value, 9));
  });
});
