/** Small graphs that the fuzzer found, each of which some target once got wrong. */
import { describe, expect, test } from "vitest";
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
