/** Figures of programs that are small enough to count by hand. */
import { describe, expect, test } from "vitest";
import { instructionFigures, programStages } from "../../../src/ir/program/figures.js";
import { lowerGraph } from "../../../src/passes/lower/index.js";
import { elmanGraph } from "../../api/graphs.js";

const program = lowerGraph(elmanGraph(3, 4));
const figures = (time: number) => instructionFigures(program.body, (name) => (name === "time" ? time : NaN));

describe("the figures of an Elman net with 3 inputs and 4 units", () => {
  // Each unit: 3 + 4 products with as many additions, and a tangent.
  const step = 4 * (2 * (3 + 4) + 1);

  test("count the operations of every step", () => {
    expect(figures(0).operations).toBe(0);
    expect(figures(1).operations).toBe(step);
    expect(figures(10).operations).toBe(10 * step);
  });

  test("count the kernels once, and how often they begin", () => {
    expect(figures(10).kernels).toBe(2);
    expect(figures(10).launches).toBe(1 + 10);
  });

  test("count what a step touches: both matrices, the state before and after, an element in and one out", () => {
    const start = 4 * 4;
    const perStep = 4 * (4 * 3 + 4 * 4 + 4 + 4 + 3 + 4);
    expect(figures(1).bytesMoved).toBeGreaterThanOrEqual(start + perStep);
    // A buffer that is read in part counts with at most as many loads as there are.
    expect(figures(1).bytesMoved).toBeLessThanOrEqual(start + perStep + 4 * 16);
  });

  test("name the kernels of each stage", () => {
    expect(programStages(program)).toEqual([
      { place: "run", stage: 0, kernels: ["run0"] },
      { place: "loop", stage: 0, kernels: ["step0"] },
    ]);
  });
});
