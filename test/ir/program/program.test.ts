/** The text form of programs, and what they mean. */
import { describe, expect, test } from "vitest";
import { interpretProgram } from "../../../src/ir/program/interpret.js";
import { parseProgram } from "../../../src/ir/program/parse.js";
import { printInstructions, printProgram } from "../../../src/ir/program/print.js";
import { verifyProgram } from "../../../src/ir/program/verify.js";
import { lowerGraph } from "../../../src/passes/lower/index.js";
import { jsProgramPasses, runProgramPasses } from "../../../src/passes/program/pipelines.js";
import { arbitraryCell, arbitraryGraph } from "../../random/graphs.js";
import { checkProperty } from "../../support/property.js";
import { differences } from "../../support/rounded.js";
import { programCase } from "./random-programs.js";

const text = `program "running sum" (time, "my time") {
  input x = x {time}[2]
  input start = start [2] or {
    kernel zero stage 0 (j:2) {
      start[j] = zeros[j]
    }
  }
  input which = which {"my time", head:(3)}[1]int classes 7
  parameter layer.scale = scale [2] init "{\\"kind\\":\\"constant\\",\\"value\\":1}"
  output y = y {time}[2]
  output final = final [2]
  output count = count [1]int
  buffer x: input float32[time,2] source "x of the source"
  buffer start: input float32[2]
  buffer which: input int32["my time",3]
  buffer scale: parameter float32[2]
  buffer zeros: prepared float32[2]
  buffer squared: prepared lanes float32[2]
  buffer s: state float32[2]
  buffer next: state float32[2]
  buffer y: output float32[time,2]
  buffer final: output float32[2]
  buffer count: output int32[]
  prepare {
    kernel square stage 0 (j:2) {
      zeros[j] = 0.0
    }
    kernel square2 stage 0 () {
      v0 = scale[0]
      squared[0] = (v0 * v0)
      v1 = scale[1]
      squared[1] = (v1 * v1)
    }
  }
  body {
    copy start to s
    loop t:time reverse over time carry s to next source "sum" {
      kernel step stage 0 () {
        v0 = (s[0] + (squared[0] * x[t,0]))
        next[0] = v0
        y[t,0] = v0
        v1 = (s[1] + (squared[1] * x[t,1]))
        next[1] = v1
        y[t,1] = v1
      }
    }
    copy s to final
    kernel count stage 0 () {
      for k:"my time" {
        a0 = sum (which[k,0] + 1)
      }
      count[] = a0
    }
  }
}
`;

describe("the text of a program", () => {
  const program = parseProgram(text);

  test("prints, parses and prints again", () => {
    expect(verifyProgram(program)).toEqual([]);
    // Buffers are listed in the order of first use.
    expect(printProgram(parseProgram(printProgram(program)))).toBe(printProgram(program));
    expect(printProgram(program)).toBe(text);
  });

  test("means what it says", () => {
    const result = interpretProgram(program, {
      lengths: { time: 3, "my time": 2 },
      inputs: { x: [1, 10, 2, 20, 3, 30], which: [4, 0, 0, 6, 0, 0] },
      parameters: { "layer.scale": [1, 2] },
    });
    // From the last step to the first.
    expect(result).toEqual({ y: [6, 240, 5, 200, 3, 120], final: [6, 240], count: [12] });
    const given = { lengths: { time: 0, "my time": 0 }, inputs: { x: [], which: [], start: [5, 6] }, parameters: { "layer.scale": [1, 1] } };
    expect(interpretProgram(program, given)).toEqual({ y: [], final: [5, 6], count: [0] });
  });

  test("in canonical form tells nothing of the names of buffers and kernels", () => {
    const canonical = printInstructions(program.body, { canonical: true, comments: true });
    expect(canonical).toContain("copy x0 to s0");
    expect(canonical).toContain("loop t:time reverse over time carry s0 to s1 {\n  kernel k0 stage 0 () {");
    expect(canonical).not.toMatch(/squared|step|sum\b.*source/);
  });

  test("with an arena", () => {
    const planned = runProgramPasses(program, jsProgramPasses);
    const printed = printProgram(planned);
    expect(printed).toMatch(/\n {2}arena \d+ \{\n/);
    expect(printProgram(parseProgram(printed))).toBe(printed);
    expect(verifyProgram(parseProgram(printed))).toEqual([]);
  });

  test.each([
    ["program p () {\n  body {\n    copy a to b\n  }\n}", 'line 3: there is no buffer "a" before this, not "to"'],
    ["program p () {\n  buffer b: thing float32[]\n", "line 2: thing is no role; it stands before this"],
    ["program p () {\n  what\n", 'line 2: expected an input, a parameter, an output, a buffer, or the body, not "what"'],
    ["program p () {\n  body {\n", 'line 3: expected "loop", not the end'],
  ])("%j is none", (wrong, message) => {
    expect(() => parseProgram(wrong)).toThrow(message);
  });
});

describe.each([
  { what: "graphs", arbitrary: arbitraryGraph() },
  { what: "cells", arbitrary: arbitraryCell() },
])("programs of random $what", ({ arbitrary }) => {
  test("print, parse and print to the same text, and mean the same", () => {
    checkProperty(40, arbitrary, ({ graph }) => {
      const { options, expected } = programCase(graph, 3);
      const lowered = lowerGraph(graph);
      for (const program of [lowered, runProgramPasses(lowered, jsProgramPasses)]) {
        for (const canonical of [false, true]) {
          const printed = printProgram(program, { canonical });
          expect(printProgram(parseProgram(printed), { canonical })).toBe(printed);
        }
        const parsed = parseProgram(printProgram(program, { comments: true }));
        expect(verifyProgram(parsed)).toEqual([]);
        expect(differences(interpretProgram(parsed, options), expected, 1e-9)).toEqual([]);
      }
    });
  });
});
