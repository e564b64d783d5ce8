/** Every pass over programs, held against the interpreter on random programs. */
import { describe, expect, test } from "vitest";
import { evaluateLength } from "../../../src/ir/graph/length.js";
import { interpretProgram } from "../../../src/ir/program/interpret.js";
import type { Program } from "../../../src/ir/program/program.js";
import { programKernels } from "../../../src/ir/program/traverse.js";
import { verifyProgram } from "../../../src/ir/program/verify.js";
import { lowerGraph } from "../../../src/passes/lower/index.js";
import { jsProgramPasses, plainProgramPasses, runProgramPasses, wasmProgramPasses } from "../../../src/passes/program/pipelines.js";
import { joinProducts } from "../../../src/passes/program/join-products.js";
import { packWeights } from "../../../src/passes/program/pack-weights.js";
import { largestLiveSet, placeSlots } from "../../../src/ir/program/place-slots.js";
import { splitChains } from "../../../src/passes/program/split-chains.js";
import { splitProducts } from "../../../src/passes/program/split-products.js";
import { splitRanges } from "../../../src/passes/program/split-ranges.js";
import { stackKernels } from "../../../src/passes/program/stack-kernels.js";
import { statesInPlace } from "../../../src/passes/program/states-in-place.js";
import { sumsInLanes } from "../../../src/passes/program/sums-in-lanes.js";
import { arbitraryCell, arbitraryGraph } from "../../random/graphs.js";
import { checkProperty } from "../../support/property.js";
import { differences } from "../../support/rounded.js";
import { programCase } from "../../ir/program/random-programs.js";
import { bothOf, twinsOf } from "./twins.js";

const kinds = [
  { what: "graphs", arbitrary: arbitraryGraph() },
  { what: "cells", arbitrary: arbitraryCell() },
];

describe.each(kinds)("random $what", ({ arbitrary }) => {
  test("mean the same after each pass, and pass the verifier", () => {
    checkProperty(80, arbitrary, ({ graph }) => {
      const { options, expected } = programCase(graph, 5);
      const lowered = lowerGraph(graph);
      const check = (what: string, program: Program): void => {
        expect(verifyProgram(program), what).toEqual([]);
        expect(differences(interpretProgram(program, options), expected, 1e-9), what).toEqual([]);
      };
      check("lowered", lowered);
      for (const passes of [plainProgramPasses, jsProgramPasses, wasmProgramPasses]) runProgramPasses(lowered, passes, check);
    });
  });

  test("mean the same however products are cut and packed", () => {
    checkProperty(40, arbitrary, ({ graph }) => {
      const { options, expected } = programCase(graph, 6);
      const lowered = lowerGraph(graph);
      for (const lanes of [1, 2, 3, 5]) {
        const program = runProgramPasses(lowered, [
          { name: "split", run: splitProducts({ sums: 2, smallest: 1 }) },
          { name: "join", run: joinProducts({ sums: lanes, elements: 1e6, smallest: 1 }) },
          { name: "pack", run: packWeights({ lanes: () => lanes, smallest: 1 }) },
        ]);
        expect(verifyProgram(program)).toEqual([]);
        expect(differences(interpretProgram(program, options), expected, 1e-9)).toEqual([]);
      }
    });
  });

  test("mean the same where kernels that are alike become one", () => {
    let joined = 0;
    checkProperty(40, arbitrary, ({ graph }) => {
      const [{ options, expected }, { options: other }] = [programCase(graph, 9), programCase(graph, 10)];
      const parameters = other.parameters ?? {};
      const single = splitProducts({ sums: 1, smallest: 1 })(lowerGraph(graph));
      const twins = twinsOf(single);
      const both = bothOf(expected, interpretProgram(single, { ...options, parameters }));
      for (const copied of [0, 1000]) {
        const program = stackKernels({ copied })(twins);
        joined += programKernels(twins.body).length - programKernels(program.body).length;
        expect(verifyProgram(program)).toEqual([]);
        expect(differences(interpretProgram(program, { ...options, parameters: bothOf(options.parameters ?? {}, parameters) }), both, 1e-9)).toEqual([]);
      }
    });
    expect(joined).toBeGreaterThan(0);
  });

  test("mean the same however chains of functions and of additions, and ranges, are cut", () => {
    checkProperty(40, arbitrary, ({ graph }) => {
      const { options, expected } = programCase(graph, 8);
      for (const lanes of [2, 3]) {
        const program = runProgramPasses(lowerGraph(graph), [
          { name: "split-ranges", run: splitRanges(1) },
          { name: "split-chains", run: splitChains(1) },
          { name: "states-in-place", run: statesInPlace },
          { name: "sums-in-lanes", run: sumsInLanes({ lanes, shortest: lanes }) },
        ]);
        expect(verifyProgram(program)).toEqual([]);
        expect(differences(interpretProgram(program, options), expected, 1e-9)).toEqual([]);
      }
    });
  });

  test("need an arena at most 1.25 times what is alive at once", () => {
    checkProperty(60, arbitrary, ({ graph }) => {
      const { options } = programCase(graph, 7);
      const { arena } = runProgramPasses(lowerGraph(graph), jsProgramPasses);
      const intervals = (arena?.slots ?? []).map(({ elements, from, to }) => {
        const size = elements.reduce((product, length) => product * evaluateLength(length, (name) => options.lengths?.[name] ?? 0), 1);
        return { size, from, to };
      });
      expect(placeSlots(intervals).total).toBeLessThanOrEqual(1.25 * largestLiveSet(intervals));
    });
  });
});
