/** Small graphs that the fuzzer found, each of which some target once got wrong. */
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.js";
import { parseGraph } from "../../src/ir/graph/parse.js";
import { compareStream } from "./random-streams.js";

describe.each(["js", "wasm"] as const)("%s", (target) => {
  test.each([
    ["looks back at a sequence that is nowhere kept", `graph "random" {
  dim time = time
  dim part = 1
  %0 = input "in0" : {time}[1]
  %1 = input "in1" : [1]
  %2 = axisToDim axis=0 dim=part (%1) : {part}[1]
  %3 = broadcast over={time} (%2) : {time, part}[1]
  %4 = constant 0 : [1]int
  %5 = at over=time (%3, %4) : {part}[1]
  %6 = broadcast over={time} (%5) : {time, part}[1]
  output "y" = %6 : {time, part}[1]
}`],
  ])("a stream that %s", (_, text) => {
    for (const optimise of [true, false]) expect(compareStream(parseGraph(text), 3, 20, { target, optimise })).toBe(true);
  });
});

test.each([
  ["a scan as long as half of it, which reads nothing", `graph "random" {
  dim time = time
  dim frame = floor((time+1)/2)
  %0 = input "in0" : {time}[1]
  %1 = index over=frame : {frame}[1]int
  scan s0 over frame {
    %2 = item %1 : [1]int
    output "out0" = %0
  }
  %3 = scanOutput s0 slot=0 : {frame, time}[1]
  output "y" = %3 : {frame, time}[1]
}`, 'runs along "frame", whose length depends on that of "time"'],
  ["the state after a scan as long as half of it, which reads nothing", `graph "random" {
  dim time = time
  dim frame = floor((time+1)/2)
  %0 = input "in0" : {time}[1]
  %1 = constant 0 : [1]
  %2 = constant 1 : [1]
  %3 = index over=frame : {frame}[1]int
  scan s0 over frame {
    %4 = item %3 : [1]int
    %5 = state "h" = %1 : [1]
    %6 = add (%5, %2) : [1]
    next "h" = %6
  }
  %7 = scanFinal s0 slot=0 : [1]
  %8 = add (%0, %7) : {time}[1]
  output "y" = %8 : {time}[1]
}`, 'runs along "frame", whose length depends on that of "time"'],
])("there is no stream of %s", (_, text, why) => {
  const { report, diagnostics } = compile(parseGraph(text));
  expect(diagnostics).toEqual([]);
  expect(report.models[0]?.stream).toEqual({ refused: expect.stringContaining(why) as string });
});
