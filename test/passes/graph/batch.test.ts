/** A batch gives each member what it gives alone. */
import { describe, expect, test } from "vitest";
import { graphNodes } from "../../../src/ir/graph/traverse.js";
import { verifyGraph } from "../../../src/ir/graph/verify.js";
import { interpretProgram } from "../../../src/ir/program/interpret.js";
import { verifyProgram } from "../../../src/ir/program/verify.js";
import { batchGraph } from "../../../src/passes/graph/batch.js";
import { lowerGraph } from "../../../src/passes/lower/index.js";
import { batchCase, interpreted } from "../../random/batches.js";
import { arbitraryCell, arbitraryGraph } from "../../random/graphs.js";
import { checkProperty } from "../../support/property.js";
import { near } from "../../support/rounded.js";

describe.each([{ what: "graphs", arbitrary: arbitraryGraph() }, { what: "cells", arbitrary: arbitraryCell() }])("random $what", ({ arbitrary }) => {
  test("give each member of a batch what it gives alone, to the bit", () => {
    checkProperty(100, arbitrary, ({ graph }) => {
      const batched = batchGraph(graph);
      if ("reasons" in batched) return expect(batched.reasons).not.toEqual([]);
      expect(verifyGraph(batched.graph)).toEqual([]);
      const { run, compare } = batchCase(graph, batched, 3, 11, interpreted(graph, "float32"));
      expect(compare(interpreted(batched.graph, "float32")(run), Object.is)).toEqual([]);
    });
  });

  test("mean the same when the batch is lowered", () => {
    checkProperty(60, arbitrary, ({ graph }) => {
      const batched = batchGraph(graph);
      if ("reasons" in batched) return;
      const program = lowerGraph(batched.graph);
      expect(verifyProgram(program)).toEqual([]);
      const { run, compare } = batchCase(graph, batched, 3, 12, interpreted(graph, undefined));
      const flat = (values: typeof run.inputs) => Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, data]));
      const outputs = interpretProgram(program, { inputs: flat(run.inputs), parameters: flat(run.parameters), lengths: run.lengths });
      expect(compare(outputs, (a, b) => near(a, b, 1e-9))).toEqual([]);
    });
  });
});

test("random graphs are batched but where they draw, or a length falls", () => {
  const seen = new Set<string>();
  checkProperty(100, arbitraryGraph(), ({ graph }) => {
    const batched = batchGraph(graph);
    if (!("reasons" in batched)) return;
    for (const reason of batched.reasons) seen.add(reason);
    const draws = graphNodes(graph).some(({ op }) => op === "draw");
    expect(batched.reasons.some((reason) => reason.includes("seed"))).toBe(draws);
  });
});
