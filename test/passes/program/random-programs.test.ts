/** Every pass over programs, held against the interpreter on random programs. */
import { describe, expect, test } from "vitest";
import { evaluateLength } from "../../../src/ir/graph/length.js";
import { interpretProgram } from "../../../src/ir/program/interpret.js";
import type { Program } from "../../../src/ir/program/program.js";
import { programKernels } from "../../../src/ir/program/traverse.js";
import { verifyProgram } from "../../../src/ir/program/verify.js";
import { lowerGraph } from "../../../src/passes/lower/index.js";
import { dropDeadStores } from "../../../src/passes/program/drop-dead-stores.js";
import { loopRows } from "../../../src/passes/program/loop-rows.js";
import { packVectors } from "../../../src/passes/program/pack-vectors.js";
import { pairVectors } from "../../../src/passes/program/pair-vectors.js";
import { planBuffers } from "../../../src/passes/program/plan-buffers.js";
import { splitSums } from "../../../src/passes/program/split-sums.js";
import { stripMine } from "../../../src/passes/program/strip-mine.js";
import { printProgram } from "../../../src/ir/program/print.js";
import { jsProgramPasses, plainProgramPasses, runProgramPasses, wasmProgramPasses, type ProgramPass } from "../../../src/passes/program/pipelines.js";
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

/** The passes of each target, as they are for products, vectors and memories of the size that random programs have. */
const smallPasses: { readonly [target: string]: readonly ProgramPass[] } = {
  js: [
    { name: "drop-dead-stores", run: dropDeadStores },
    { name: "loop-rows", run: loopRows(1) },
    { name: "split-products", run: splitProducts({ sums: 2, smallest: 1 }) },
    { name: "states-in-place", run: statesInPlace },
    { name: "join-products", run: joinProducts({ sums: 1, elements: 8192, smallest: 1 }) },
    { name: "pack-weights", run: packWeights({ lanes: () => 2, smallest: 1 }) },
    { name: "plan-buffers", run: planBuffers },
  ],
  wasm: [
    { name: "drop-dead-stores", run: dropDeadStores },
    { name: "split-products", run: splitProducts({ sums: 4, smallest: 1, free: true }) },
    { name: "split-sums", run: splitSums(1) },
    { name: "split-ranges", run: splitRanges(1) },
    { name: "split-chains", run: splitChains(1) },
    { name: "states-in-place", run: statesInPlace },
    { name: "pack-vectors", run: packVectors({ width: 2, vectors: 4, pairs: 2, rows: 2, smallest: 1 }) },
    { name: "sums-in-lanes", run: sumsInLanes({ lanes: 2, shortest: 2 }) },
    { name: "pair-vectors", run: pairVectors({ width: 1, most: 6 }) },
    { name: "strip-mine", run: stripMine({ elements: 16, positions: 4, freeLength: 2, rows: 2 }) },
    { name: "stack-kernels", run: stackKernels({ copied: 1000 }) },
    { name: "plan-buffers", run: planBuffers },
  ],
};

/** What a fifth of all random programs and more give to do; of the passes with rarer work, tests of their own hold. */
const busy = ["js split-products", "js states-in-place", "js pack-weights", "wasm split-products", "wasm states-in-place", "wasm pack-vectors", "wasm pair-vectors"];

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

  test("mean the same after each pass where the smallest product counts", () => {
    const changes = new Map<string, number>();
    checkProperty(60, arbitrary, ({ graph }) => {
      const { options, expected } = programCase(graph, 11);
      for (const [target, passes] of Object.entries(smallPasses)) {
        let before = printProgram(lowerGraph(graph));
        runProgramPasses(lowerGraph(graph), passes, (name, program) => {
          const after = printProgram(program);
          if (after === before) return;
          before = after;
          changes.set(`${target} ${name}`, (changes.get(`${target} ${name}`) ?? 0) + 1);
          expect(verifyProgram(program), name).toEqual([]);
          expect(differences(interpretProgram(program, options), expected, 1e-9), name).toEqual([]);
        });
      }
    });
    for (const name of busy) expect(changes.get(name) ?? 0, name).toBeGreaterThan(0);
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
