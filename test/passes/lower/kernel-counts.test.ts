import { describe, expect, test } from "vitest";
import type { Graph } from "../../../src/ir/graph/node.js";
import { canonicalise } from "../../../src/passes/graph/canonicalise.js";
import { lowerGraph } from "../../../src/passes/lower/index.js";
import * as cells from "./cells.js";
import * as invented from "./invented.js";
import { expectedStepKernels } from "./stages.js";

function stepKernels(graph: Graph): number {
  const loop = lowerGraph(graph).body.find((instruction) => instruction.op === "loop");
  if (loop?.op !== "loop") throw new Error("no loop");
  return loop.body.filter((instruction) => instruction.op === "kernel").length;
}

const expected: Record<string, [(input: number, hidden: number) => Graph, number]> = {
  "LSTM, separate products": [cells.lstm, 1],
  "LSTM, product over the concatenation": [cells.lstmConcatenated, 1],
  "LSTM, stacked and split": [cells.lstmStacked, 1],
  "GRU, reset after, separate": [cells.gruAfter, 1],
  "GRU, reset after, stacked": [cells.gruAfterStacked, 1],
  "GRU, reset before": [cells.gruBefore, 2],
  "projected LSTM": [cells.projected, 2],
  "layer-norm LSTM": [cells.layerNormLstm, 3],
  Jordan: [cells.jordan, 2],
  leaky: [invented.leaky, 1],
  "a chain of two": [invented.twoChain, 2],
  "a chain of three": [invented.threeChain, 3],
  competing: [invented.competing, 3],
  "two speeds": [invented.twoSpeeds, 2],
};

describe("the kernels of a step", () => {
  test.each(Object.entries(expected))("%s", (_, [make, count]) => {
    const graph = make(64, 128);
    expect(expectedStepKernels(graph), "counted from the graph alone").toBe(count);
    expect(stepKernels(canonicalise.run(graph)), "kernels of the step").toBe(count);
  });

  test("sizes don't matter", () => {
    for (const [name, [make, count]] of Object.entries(expected)) expect(stepKernels(canonicalise.run(make(3, 8))), name).toBe(count);
  });
});
