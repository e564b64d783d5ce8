/** Generated modules, held against the graph's interpreter on random models. */
import { describe, expect, test } from "vitest";
import { lowerGraph } from "../../../src/passes/lower/index.js";
import { packWeights } from "../../../src/passes/program/pack-weights.js";
import { jsProgramPasses, plainProgramPasses, type ProgramPass, runProgramPasses } from "../../../src/passes/program/pipelines.js";
import { planBuffers } from "../../../src/passes/program/plan-buffers.js";
import { splitProducts } from "../../../src/passes/program/split-products.js";
import { statesInPlace } from "../../../src/passes/program/states-in-place.js";
import { arbitraryCell, arbitraryGraph, randomRun } from "../../random/graphs.js";
import { checkProperty } from "../../support/property.js";
import { differences } from "../../support/rounded.js";
import { programCase } from "../../ir/program/random-programs.js";
import { emitProgram, moduleInputs, moduleWeights, runModule } from "./run-module.js";

/** Between float64 and what is stored as float32. */
const tolerance = 1e-4;

/** Products of any size, cut and dealt out to lanes. */
function tiled(lanes: number): readonly ProgramPass[] {
  return [
    { name: "split-products", run: splitProducts({ sums: 2, smallest: 1 }) },
    { name: "states-in-place", run: statesInPlace },
    { name: "pack-weights", run: packWeights({ lanes: () => lanes, smallest: 1 }) },
    { name: "plan-buffers", run: planBuffers },
  ];
}

describe.each([
  { what: "graphs", arbitrary: arbitraryGraph() },
  { what: "cells", arbitrary: arbitraryCell() },
])("modules of random $what", ({ arbitrary }) => {
  test("compute what the graph means", () => {
    checkProperty(40, arbitrary, ({ graph }) => {
      const { run, expected } = programCase(graph, 11);
      for (const passes of [plainProgramPasses, jsProgramPasses, tiled(2), tiled(3)]) {
        const text = emitProgram(runProgramPasses(lowerGraph(graph), passes));
        const model = runModule(text).load(moduleWeights(run));
        const result = model.run(moduleInputs(run), { seed: run.seed, lengths: run.lengths });
        expect(differences(result, expected, tolerance)).toEqual([]);
      }
    });
  });

  test("give for a member of a batch, bit for bit, what they give for it alone", () => {
    checkProperty(20, arbitrary, ({ graph }) => {
      const runs = [1, 2, 3].map((seed) => randomRun(graph, seed));
      const [first] = runs;
      if (first === undefined) throw new Error("no run");
      const module = runModule(emitProgram(runProgramPasses(lowerGraph(graph), jsProgramPasses)));
      const model = module.load(moduleWeights(first));
      const alone = runs.map((run, i) => model.run(moduleInputs(run), { seed: 9 + i, lengths: run.lengths }));
      const together = model.run(runs.map(moduleInputs), { seed: 9, lengths: runs.map(({ lengths }) => lengths) });
      expect(together).toEqual(alone);
    });
  });

  test("are the same bytes for the same graph", () => {
    checkProperty(20, arbitrary, ({ graph }) => {
      const emit = (): string => emitProgram(runProgramPasses(lowerGraph(graph), jsProgramPasses));
      const text = emit();
      expect(emit()).toBe(text);
      expect(text).not.toContain("\r");
    });
  });
});
