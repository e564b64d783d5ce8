/** Generated modules of any target, held against the graph's interpreter on random models. */
import { describe, expect, test } from "vitest";
import type { Program } from "../../src/ir/program/program.js";
import { lowerGraph } from "../../src/passes/lower/index.js";
import { type ProgramPass, runProgramPasses } from "../../src/passes/program/pipelines.js";
import { programCase } from "../ir/program/random-programs.js";
import { arbitraryCell, arbitraryGraph, randomRun } from "../random/graphs.js";
import { hoisted } from "../random/hoisted.js";
import { checkProperty } from "../support/property.js";
import { differences } from "../support/rounded.js";
import { moduleInputs, moduleWeights, runModule } from "./js/run-module.js";

export interface ModuleTarget {
  readonly emit: (program: Program) => string;
  /** The target's own passes, then others that its modules must stand. */
  readonly pipelines: readonly [readonly ProgramPass[], ...(readonly ProgramPass[])[]];
  /** Between float64 and what the target computes. */
  readonly tolerance: number;
}

export function testRandomModules({ emit, pipelines, tolerance }: ModuleTarget): void {
  const [own] = pipelines;

  describe.each([
    { what: "graphs", arbitrary: arbitraryGraph() },
    { what: "cells", arbitrary: arbitraryCell() },
  ])("modules of random $what", ({ arbitrary }) => {
    test("compute what the graph means", () => {
      checkProperty(40, arbitrary, ({ graph }) => {
        const { run, expected } = programCase(graph, 11);
        const lowered = [lowerGraph(graph), lowerGraph(hoisted(graph))];
        for (const [program, passes] of lowered.flatMap((program) => pipelines.map((passes) => [program, passes] as const))) {
          const text = emit(runProgramPasses(program, passes));
          const model = runModule(text).load(moduleWeights(run), { strict: false });
          const result = model.run(moduleInputs(run), { seed: run.seed, lengths: run.lengths });
          expect(differences(result, expected, tolerance)).toEqual([]);
        }
      });
    }, 120_000);

    test("give for a member of a batch, bit for bit, what they give for it alone", () => {
      checkProperty(20, arbitrary, ({ graph }) => {
        const runs = [1, 2, 3].map((seed) => randomRun(graph, seed));
        const [first] = runs;
        if (first === undefined) throw new Error("no run");
        const module = runModule(emit(runProgramPasses(lowerGraph(graph), own)));
        const model = module.load(moduleWeights(first));
        const alone = runs.map((run, i) => model.run(moduleInputs(run), { seed: 9 + i, lengths: run.lengths }));
        const together = model.run(runs.map(moduleInputs), { seed: 9, lengths: runs.map(({ lengths }) => lengths) });
        expect(together).toEqual(alone);
      });
    });

    test("are the same bytes for the same graph", () => {
      checkProperty(20, arbitrary, ({ graph }) => {
        const make = (): string => emit(runProgramPasses(lowerGraph(graph), own));
        const text = make();
        expect(make()).toBe(text);
        expect(text).not.toContain("\r");
      });
    });
  });
}
