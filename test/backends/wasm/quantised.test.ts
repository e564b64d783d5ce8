/** Products of integers in WebAssembly, held against the interpreter of the quantised program, and that against the graph's. */
import { describe, expect, test } from "vitest";
import { interpretProgram } from "../../../src/ir/program/interpret.js";
import { verifyProgram } from "../../../src/ir/program/verify.js";
import { parseProgram } from "../../../src/ir/program/parse.js";
import { printProgram } from "../../../src/ir/program/print.js";
import { lowerGraph } from "../../../src/passes/lower/index.js";
import { packVectors } from "../../../src/passes/program/pack-vectors.js";
import { type ProgramPass, runProgramPasses } from "../../../src/passes/program/pipelines.js";
import { planBuffers } from "../../../src/passes/program/plan-buffers.js";
import { quantise, type QuantiseOptions } from "../../../src/passes/program/quantise.js";
import type { Quantisation } from "../../../src/passes/program/quantised-blocks.js";
import { splitProducts } from "../../../src/passes/program/split-products.js";
import { splitSums } from "../../../src/passes/program/split-sums.js";
import { statesInPlace } from "../../../src/passes/program/states-in-place.js";
import { programCase } from "../../ir/program/random-programs.js";
import { arbitraryCell, arbitraryGraph } from "../../random/graphs.js";
import { checkProperty } from "../../support/property.js";
import { differences } from "../../support/rounded.js";
import { moduleInputs, moduleWeights, runModule } from "../js/run-module.js";
import { emitWasmProgram } from "./run-module.js";

/** Products of any size, in blocks of so many vectors and rows; without any, as weights lie before they are packed. */
function pipeline(quantisation: Quantisation, vectors: number, rows: number, told: QuantiseOptions["told"] & {}): readonly ProgramPass[] {
  return [
    { name: "split-products", run: splitProducts({ sums: 2, smallest: 1, free: true }) },
    { name: "split-sums", run: splitSums(1) },
    { name: "quantise", run: quantise({ quantisation, smallest: 1, fewest: { rows: 1, terms: 1 }, told }) },
    { name: "states-in-place", run: statesInPlace },
    ...(vectors === 0 ? [] : [{ name: "pack-vectors", run: packVectors({ width: 4, vectors, rows, smallest: 1 }) }]),
    { name: "plan-buffers", run: planBuffers },
  ];
}

describe.each<Quantisation>(["int8", "int16"])("%s", (quantisation) => {
  describe.each([
    { what: "graphs", arbitrary: arbitraryGraph() },
    { what: "cells", arbitrary: arbitraryCell() },
  ])("random $what", ({ arbitrary }) => {
    test("compute what the quantised program means", () => {
      let quantised = 0;
      checkProperty(40, arbitrary, ({ graph }) => {
        const { run, options } = programCase(graph, 17);
        for (const [vectors, rows] of [[8, 4], [2, 2], [0, 0]] as const) {
          const passes = pipeline(quantisation, vectors, rows, ({ kept }) => {
            quantised += kept === undefined ? 1 : 0;
          });
          const program = runProgramPasses(lowerGraph(graph), passes, (pass, made) => {
            expect(verifyProgram(made), pass).toEqual([]);
            const text = printProgram(made);
            expect(printProgram(parseProgram(text))).toBe(text);
          });
          const expected = interpretProgram(program, { ...options, round: "float32" });
          const model = runModule(emitWasmProgram(program)).load(moduleWeights(run));
          // A vector's element half way between two integers may become either.
          expect(differences(model.run(moduleInputs(run), { seed: run.seed, lengths: run.lengths }), expected, 1e-3)).toEqual([]);
        }
      });
      expect(quantised).toBeGreaterThan(10);
    }, 120_000);
  });
});
