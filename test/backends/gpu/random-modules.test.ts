/** Generated GPU modules in every mode that runs in Node, held against the graph's interpreter on random models. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile } from "../../../src/compile.js";
import type { Graph } from "../../../src/ir/graph/node.js";
import { arbitraryCell, arbitraryGraph } from "../../random/graphs.js";
import { programCase } from "../../ir/program/random-programs.js";
import { propertyParameters } from "../../support/property.js";
import { differences } from "../../support/rounded.js";
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
        expect(differences(result, expected, tolerance)).toEqual([]);
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
