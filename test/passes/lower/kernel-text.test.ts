/**
 * However a cell is spelled, its kernels have one text. Buffers are numbered by first use, so neither names nor the order of
 * definitions show; biases were summed and weights cut and packed when they were loaded.
 */
import { describe, expect, test } from "vitest";
import type { Graph } from "../../../src/ir/graph/node.js";
import { printInstructions } from "../../../src/ir/program/print.js";
import { lowerGraph } from "../../../src/passes/lower/index.js";
import { runPasses } from "../../../src/passes/pass.js";
import { graphPasses } from "../../../src/passes/pipelines.js";
import { jsProgramPasses, runProgramPasses } from "../../../src/passes/program/pipelines.js";
import { arbitrarySpellings, gruEquations, lstmEquations, spellingsOf } from "../../random/spellings.js";
import { seededChoices } from "../../random/choices.js";
import { checkProperty } from "../../support/property.js";
import * as cells from "./cells.js";

function kernelText(graph: Graph): string {
  const program = runProgramPasses(lowerGraph(runPasses(graph, graphPasses, { verify: true })), jsProgramPasses);
  return printInstructions(program.body, { canonical: true });
}

describe("kernel text", () => {
  test("three spellings of an LSTM", () => {
    const [first, ...others] = [cells.lstm, cells.lstmConcatenated, cells.lstmStacked].map((make) => kernelText(make(64, 128)));
    for (const other of others) expect(other).toBe(first);
  });

  test("two spellings of a GRU whose reset acts after the product", () => {
    expect(kernelText(cells.gruAfterStacked(64, 128))).toBe(kernelText(cells.gruAfter(64, 128)));
  });

  test("cells that differ have kernels that differ", () => {
    const texts = [cells.lstm, cells.gruAfter, cells.gruBefore, cells.projected, cells.layerNormLstm].map((make) => kernelText(make(8, 8)));
    expect(new Set(texts).size).toBe(texts.length);
  });

  test.each([
    ["LSTM", lstmEquations(5, 7)],
    ["GRU", gruEquations(5, 7)],
  ])("thirty spellings of the %s", (_, equations) => {
    const [first, ...others] = spellingsOf(equations, seededChoices(7), 30);
    const text = kernelText(first!.graph);
    for (const { graph, description } of others) expect(kernelText(graph), description).toBe(text);
  });

  test("two hundred random spellings of random cells", () => {
    checkProperty(50, arbitrarySpellings(4), ({ spellings }) => {
      const [first, ...others] = spellings;
      const text = kernelText(first!.graph);
      for (const { graph, description } of others) expect(kernelText(graph), description).toBe(text);
    });
  });
});
