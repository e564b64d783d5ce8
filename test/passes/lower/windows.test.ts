/** Values and scans along slices whose bounds differ between elements. */
import { describe, expect, test } from "vitest";
import { graphRegions } from "../../../src/ir/graph/traverse.js";
import { parseGraph } from "../../../src/ir/graph/parse.js";
import { interpretProgram } from "../../../src/ir/program/interpret.js";
import { verifyProgram } from "../../../src/ir/program/verify.js";
import { verifyGraph } from "../../../src/ir/graph/verify.js";
import { windowDims } from "../../../src/ir/graph/infer.js";
import { evenScans } from "../../../src/passes/lower/even-scans.js";
import { lowerGraph } from "../../../src/passes/lower/index.js";
import { differences } from "../../support/rounded.js";
import { programCase } from "../../ir/program/random-programs.js";

const around = `
  dim time = time
  dim time#2 = index 0 of time
  %0 = input "xs" : {time}[3]
  %1 = index over=time#2 : {time#2}[1]int
  %2 = constant 1 : [1]int
  %3 = constant 2 : [1]int
  %4 = subtract (%1, %2) : {time#2}[1]int
  %5 = add (%1, %3) : {time#2}[1]int
  dim time#3 = window %4 to %5 of time
  %6 = view from=time to=time#3 (%0) : {time#3, time#2}[3]`;

const scanned = (reverse: string) => `graph "neighbours" {${around}
  %7 = constant 0.25 : [3]
  %8 = broadcast over={time#2} (%7) : {time#2}[3]
  scan s0 over time#3${reverse} {
    %9 = item %6 : {time#2}[3]
    %10 = state "h" = %8 : {time#2}[3]
    %11 = add (%9, %10) : {time#2}[3]
    %12 = tanh (%11) : {time#2}[3]
    next "h" = %12
    output "row" = %11
  }
  %13 = scanFinal s0 slot=0 : {time#2}[3]
  %14 = view from=time#2 to=time (%13) : {time}[3]
  %15 = scanOutput s0 slot=0 : {time#3, time#2}[3]
  %16 = reduce max over={time#3} (%15) : {time#2}[3]
  %17 = view from=time#2 to=time (%16) : {time}[3]
  output "final" = %14 : {time}[3]
  output "rows" = %17 : {time}[3]
}`;

/** A product over a slice, wanted by the caller: nothing that it reads exists outside of the slice. */
const product = `graph "product" {
  dim time = time
  %0 = input "xs" : {time}[3]
  %1 = constant 1 : [1]int
  %2 = constant 3 : [1]int
  dim time#3 = window %1 to %2 of time
  %3 = param "w" : [4, 3]
  %4 = view from=time to=time#3 (%0) : {time#3}[3]
  %5 = exp (%4) : {time#3}[3]
  %6 = reduce max over={time#3} (%5) : [3]
  %7 = subtract (%5, %6) : {time#3}[3]
  %8 = exp (%7) : {time#3}[3]
  %9 = contract axis (%3, %8) : {time#3}[4]
  output "y" = %9 : {time#3}[4]
}`;

describe.each([["forwards", scanned("")], ["backwards", scanned(" reverse")], ["a product that the caller gets", product]])("%s", (_, text) => {
  const graph = parseGraph(text);

  test("means the same when it is lowered", () => {
    expect(verifyGraph(graph)).toEqual([]);
    const program = lowerGraph(graph);
    expect(verifyProgram(program)).toEqual([]);
    for (const seed of [1, 2, 3, 4, 5]) {
      const { options, expected } = programCase(graph, seed);
      expect(differences(interpretProgram(program, options), expected, 1e-9)).toEqual([]);
    }
  });

  test("scans run along one length for all elements", () => {
    const even = evenScans(graph);
    expect(verifyGraph(even)).toEqual([]);
    expect(graphRegions(even)).toHaveLength(graphRegions(graph).length);
    for (const { over } of graphRegions(even)) expect(windowDims(over)).toEqual([]);
  });
});
