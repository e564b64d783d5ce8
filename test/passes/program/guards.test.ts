/** What may not be computed stays behind its test, in its loop and at its place: programs on which a pass could go wrong. */
import { describe, expect, test } from "vitest";
import { interpretProgram } from "../../../src/ir/program/interpret.js";
import { parseProgram } from "../../../src/ir/program/parse.js";
import type { Program } from "../../../src/ir/program/program.js";
import { verifyProgram } from "../../../src/ir/program/verify.js";
import { limitLoads } from "../../../src/passes/program/limit-loads.js";
import { loopRows } from "../../../src/passes/program/loop-rows.js";
import { statesInPlace } from "../../../src/passes/program/states-in-place.js";
import { wholeStores } from "../../../src/passes/program/whole-stores.js";

const lengths = { time: 3 };
const inputs = { x: Float32Array.from({ length: 15 }, (_, i) => i + 1), z: Float32Array.from({ length: 15 }, (_, i) => i * 0.5) };
const parameters = { w: Float32Array.from({ length: 120 }, (_, i) => Math.sin(i)) };

function keeps(pass: (program: Program) => Program, program: Program): Program {
  expect(verifyProgram(program)).toEqual([]);
  const made = pass(program);
  expect(verifyProgram(made)).toEqual([]);
  const run = { inputs: Object.fromEntries(program.inputs.map(({ name }) => [name, inputs[name as keyof typeof inputs]])), parameters: program.parameters.length === 0 ? {} : parameters, lengths };
  expect(interpretProgram(made, run)).toEqual(interpretProgram(program, run));
  return made;
}

describe("loop-rows", () => {
  const net = (value: string): Program => parseProgram(`program net (time) {
  input x = x {time}[5]
  parameter w = w [12,10]
  output y = y {time}[12]
  buffer x: input float32[time,5]
  buffer w: parameter float32[12,10]
  buffer y: output float32[time,12]
  body {
    kernel k stage 0 (t:time, j:12) {
      for k:10 {
        a0 = sum (w[j,k] * ${value})
      }
      y[t,j] = a0
    }
  }
}`);

  test("copies no row that a selection may leave unread", () => {
    keeps(loopRows(), net("select((k < 5), x[t,k], 1.0)"));
    keeps(loopRows(), net("select((0 < t), x[(t + -1),(k % 5)], 1.0)"));
  });

  test("copies one that is read anyway", () => {
    const made = keeps(loopRows(), net("x[t,(k % 5)]"));
    expect(JSON.stringify(made.body.map((each) => (each.op === "loop" ? each.body.map((inner) => (inner.op === "kernel" ? inner.kernel.name : inner.op)) : each.op)))).toContain("k.row");
  });
});

describe("states-in-place", () => {
  const net = (turn: string, extra = ""): Program => parseProgram(`program net (time) {
  input x = x {time}[5]
  output y = y {time}[5]
  buffer x: input float32[time,5]
  buffer s: state float32[5]
  buffer n: state float32[5]
  buffer y: output float32[time,5]
  ${extra}
  body {
    kernel start stage 0 (j:5) {
      s[j] = 1.0
    }
    loop t:time over time carry s to n {
      kernel next stage 0 (j:5) {
        n[j] = (s[j] + x[t,j])
      }
      ${turn}
    }
  }
}`);

  test("keeps two buffers where a copy reads the state, or its next value", () => {
    for (const from of ["s", "n"]) {
      const made = keeps(statesInPlace, net(`copy ${from} to old
      kernel show stage 1 (j:5) {
        y[t,j] = old[j]
      }`, "buffer old: temporary float32[5]"));
      expect(made.body.find(({ op }) => op === "loop")).toMatchObject({ carried: [{ current: { name: "s" }, next: { name: "n" } }] });
    }
  });

  test("updates in place where only kernels do", () => {
    const made = keeps(statesInPlace, net(`kernel show stage 1 (j:5) {
        y[t,j] = n[j]
      }`));
    expect(made.body.find(({ op }) => op === "loop")).toMatchObject({ carried: [{ current: { name: "s" }, next: { name: "s" } }] });
  });
});

test("limit-loads takes nothing out of a sum that may have no terms", () => {
  keeps(limitLoads({ loads: 2 }), parseProgram(`program net (time) {
  input x = x {time}[5]
  input z = z {time}[5]
  parameter w = w [12,10]
  output y = y {time}[5]
  buffer x: input float32[time,5]
  buffer z: input float32[time,5]
  buffer w: parameter float32[12,10]
  buffer y: output float32[time,5]
  body {
    kernel k stage 0 (t:time, j:5) {
      for k:time[(t + -1) .. t] at (t, j) {
        a0 = sum ((x[(t + -1),j] * z[(t + -1),j]) * w[k,j])
      }
      y[t,j] = a0
    }
  }
}`));
});

test("whole-stores finds the position of an axis that a place names twice", () => {
  keeps(wholeStores, parseProgram(`program net () {
  input x = x [15]
  output y = y [15]
  buffer x: input float32[15]
  buffer y: output float32[15]
  body {
    kernel zero stage 0 (i:15) {
      y[i] = 0.0
    }
    kernel k stage 1 (i:3) {
      y[(i + (i * 4))] = x[i]
    }
  }
}`));
});
