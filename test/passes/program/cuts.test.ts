/** Kernels that are cut: functions of functions, sums of many numbers, products of joined vectors. */
import { describe, expect, test } from "vitest";
import { interpretProgram } from "../../../src/ir/program/interpret.js";
import { parseProgram } from "../../../src/ir/program/parse.js";
import type { Program } from "../../../src/ir/program/program.js";
import { programKernels } from "../../../src/ir/program/traverse.js";
import { verifyProgram } from "../../../src/ir/program/verify.js";
import { splitChains } from "../../../src/passes/program/split-chains.js";
import { splitRanges } from "../../../src/passes/program/split-ranges.js";
import { differences } from "../../support/rounded.js";
import { statesInPlace } from "../../../src/passes/program/states-in-place.js";
import { sumsInLanes } from "../../../src/passes/program/sums-in-lanes.js";

const names = (program: Program): string[] => programKernels(program.body).map(({ name }) => name);

/** @param next what the step computes of s and d @param shown what it puts out */
function cell(next: string, shown: string): Program {
  return parseProgram(`program net (time) {
  input x = x {time}[32]
  output y = y {time}[32]
  buffer x: input float32[time,32]
  buffer s: state float32[32]
  buffer s.next: state float32[32]
  buffer y: output float32[time,32]
  body {
    kernel start stage 0 (j:32) {
      s[j] = 0.0
    }
    loop t:time over time carry s to s.next {
      kernel cell stage 0 (j:32) {
        v0 = ${next}
        s.next[j] = v0
        y[t,j] = ${shown}
      }
    }
  }
}`);
}

const options = {
  inputs: { x: Float32Array.from({ length: 160 }, (_, i) => Math.sin(i)) },
  parameters: { w: Float32Array.from({ length: 1024 }, (_, i) => Math.cos(i)) },
  lengths: { time: 5 },
};

function expectSame(made: Program, program: Program): void {
  expect(verifyProgram(made)).toEqual([]);
  expect(interpretProgram(made, options)).toEqual(interpretProgram(program, options));
}

describe("split-chains", () => {
  test("reads what was stored, so that it is computed once", () => {
    const program = cell("(sigmoid(x[t,j]) + s[j])", "tanh(v0)");
    const split = splitChains()(program);
    expect(names(split)).toEqual(["start", "cell.first", "cell"]);
    const [, first, second] = programKernels(split.body);
    expect(first?.stores.map(({ buffer }) => buffer.name)).toEqual(["s.next"]);
    expect(second?.stores[0]?.value).toMatchObject({ f: "tanh", arg: { op: "load", buffer: { name: "s.next" } } });
    expectSame(statesInPlace(split), program);
  });

  test("stores what nobody else does", () => {
    const program = cell("(x[t,j] * 0.5)", "tanh((sigmoid(x[t,j]) + x[t,j]))");
    const split = splitChains()(program);
    expect(programKernels(split.body).map(({ stores }) => stores.map(({ buffer }) => buffer.name).join())).toEqual(["s", "s.next,cell.argument", "y"]);
    expectSame(split, program);
  });

  test("stores what is computed in a side of a selection only where all that it reads is certainly there", () => {
    const chosen = (place: string): Program => cell("(x[t,j] * 0.5)", `select((${place} < length(time)), tanh((sigmoid(x[${place},j]) + 1.0)), 0.0)`);
    const everywhere = chosen("t");
    const split = splitChains()(everywhere);
    expect(names(split)).toEqual(["start", "cell.first", "cell"]);
    expectSame(split, everywhere);
    const within = chosen("(t + 1)");
    const left = splitChains()(within);
    expect(programKernels(left.body).map(({ stores }) => stores.map(({ buffer }) => buffer.name).join())).toEqual(["s", "s.next", "y"]);
    expectSame(left, within);
  });

  test("leaves alone what is no chain, is narrow, or needs a state that is overwritten", () => {
    const flat = cell("(sigmoid(x[t,j]) + s[j])", "tanh(x[t,j])");
    expect(names(splitChains()(flat))).toEqual(["start", "cell"]);
    const chain = cell("(sigmoid(x[t,j]) + s[j])", "tanh(v0)");
    expect(names(splitChains(33)(chain))).toEqual(["start", "cell"]);
    const old = cell("(sigmoid(x[t,j]) + s[j])", "(tanh(v0) + s[j])");
    expect(names(splitChains()(old))).toEqual(["start", "cell"]);
  });
});

describe("sums-in-lanes", () => {
  const program = (sum: string): Program => parseProgram(`program net (time) {
  input x = x {time}[32]
  parameter w = w [32,32]
  output y = y {time}[32]
  buffer x: input float32[time,32]
  buffer w: parameter float32[32,32]
  buffer y: output float32[time,32]
  body {
    kernel norm stage 0 (t:time, j:32) {
      for k:32 at (t) {
        a0 = sum ${sum}
      }
      y[t,j] = (x[t,j] - a0)
    }
  }
}`);

  test("adds up every fourth number at a time, then the four", () => {
    const split = sumsInLanes({ lanes: 4, shortest: 32 })(program("x[t,k]"));
    const [partial, rest] = programKernels(split.body);
    expect(partial?.space.map(({ name }) => name)).toEqual(["t", "k.lane"]);
    expect(partial?.tile).toEqual([1, 4]);
    expect(rest?.reductions[0]?.accumulators[0]?.value).toMatchObject({ op: "load", buffer: { name: "norm.0.lanes" } });
    expect(verifyProgram(split)).toEqual([]);
    expect(differences(interpretProgram(split, options), interpretProgram(program("x[t,k]"), options), 1e-10)).toEqual([]);
  });

  test("takes products of two sequences, too", () => {
    expect(names(sumsInLanes({ lanes: 4, shortest: 32 })(program("(x[t,k] * x[0,k])")))).toEqual(["norm.0.lanes", "norm"]);
  });

  test("leaves alone products with matrices, numbers that lie apart, and short sums", () => {
    for (const [sum, shortest] of [["(w[t,k] * x[t,k])", 32], ["x[k,0]", 32], ["x[t,k]", 33]] as const) {
      expect(names(sumsInLanes({ lanes: 4, shortest })(program(sum)))).toEqual(["norm"]);
    }
  });
});

describe("split-ranges", () => {
  const program = (choice: string): Program => parseProgram(`program net (time) {
  input x = x {time}[32]
  parameter w = w [32,32]
  output y = y {time}[32]
  buffer x: input float32[time,32]
  buffer w: parameter float32[32,32]
  buffer y: output float32[time,32]
  body {
    kernel joined stage 0 (t:time, j:32) {
      for k:32 {
        a0 = sum (w[j,k] * ${choice})
      }
      y[t,j] = a0
    }
  }
}`);
  const extents = (made: Program): (number | undefined)[] => programKernels(made.body).flatMap(({ reductions }) => reductions.flatMap(({ axes }) => axes.map(({ extent }) => extent.length.constant)));

  test("makes a product of each part, in the same order", () => {
    for (const [choice, parts] of [
      ["select((20 <= k), x[t,(k + -20)], x[t,k])", [20, 12]],
      ["select((k < 7), x[t,k], x[t,(k + -7)])", [7, 25]],
      ["select((k <= 6), x[t,k], select((23 < k), x[t,0], x[t,(k + -7)]))", [7, 17, 8]],
    ] as const) {
      const joined = program(choice);
      const split = splitRanges()(joined);
      expect(extents(split)).toEqual(parts);
      const { stores, reductions } = programKernels(split.body)[0] ?? { stores: [], reductions: [] };
      expect(stores[0]?.value).toMatchObject({ op: "result", reduction: reductions.at(-1) });
      expectSame(split, joined);
    }
  });

  test("leaves alone what is chosen by something else", () => {
    expect(extents(splitRanges()(program("select((x[t,k] < 0.5), x[t,k], 1.0)")))).toEqual([32]);
    expect(extents(splitRanges()(program("select((j < 4), x[t,k], 1.0)")))).toEqual([32]);
  });
});
