/** Generated GPU modules in every mode that runs in Node, held against the graph's interpreter on random models. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile } from "../../../src/compile.js";
import type { Graph } from "../../../src/ir/graph/node.js";
import { arbitraryCell, arbitraryGraph } from "../../random/graphs.js";
import { programCase } from "../../ir/program/random-programs.js";
import { propertyParameters } from "../../support/property.js";
import { moduleInputs, moduleWeights } from "../js/run-module.js";
import { nodeModes, runGpuModule } from "./run-module.js";

/** What GL reaches: |a - b| / max(1, |b|). */
const tolerance = 1e-4;

function moduleOf(graph: Graph): string {
  const { files, diagnostics } = compile(graph, { target: "gpu" });
  // Draws and loops at places that the device computes are refused; no function of the library has them.
  fc.pre(!diagnostics.some(({ code }) => code === "GF5102" || code === "GF5103"));
  expect(diagnostics).toEqual([]);
  return files.find(({ path }) => path.endsWith(".js"))?.text ?? "";
}

function farOff(actual: Readonly<Record<string, ArrayLike<number>>>, expected: Readonly<Record<string, ArrayLike<number>>>): string[] {
  return Object.entries(expected).flatMap(([name, wanted]) => {
    const given = actual[name];
    if (given?.length !== wanted.length) return [`${name} has ${given?.length ?? "no"} elements, not ${wanted.length}`];
    const wrong = Array.from(wanted, (b, i) => ({ i, a: given[i] ?? NaN, b })).filter(({ a, b }) => !(Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b))));
    return wrong.slice(0, 3).map(({ i, a, b }) => `${name}[${i}] is ${a}, not ${b}`);
  });
}

describe.each(nodeModes())("GPU modules in the mode %s", (mode) => {
  test.each([
    { what: "graphs", arbitrary: arbitraryGraph() },
    { what: "cells", arbitrary: arbitraryCell() },
  ])("compute what random $what mean", { timeout: 300_000 }, async ({ arbitrary }) => {
    const body = async ({ graph }: { readonly graph: Graph }): Promise<void> => {
      const { run, expected } = programCase(graph, 11);
      const model = await runGpuModule(moduleOf(graph)).load(moduleWeights(run), { mode });
      try {
        const result = await model.run(moduleInputs(run), { seed: run.seed, lengths: run.lengths });
        expect(farOff(result, expected)).toEqual([]);
        expect(model.device.mode).toBe(mode);
        expect(model.device.fallbackReason).toBeNull();
      } finally {
        await model.dispose();
      }
    };
    // Shrinking would compile shaders for minutes.
    await fc.assert(fc.asyncProperty(arbitrary, body), { ...propertyParameters(mode === "headlessgl" ? 10 : 25), endOnFailure: true });
  });
});
