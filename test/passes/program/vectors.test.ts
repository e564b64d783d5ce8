/** What the passes for vectors leave: tiles, layouts and kernels; and that it means the same. */
import { describe, expect, test } from "vitest";
import { interpretProgram } from "../../../src/ir/program/interpret.js";
import { parseProgram } from "../../../src/ir/program/parse.js";
import type { Program } from "../../../src/ir/program/program.js";
import { programKernels } from "../../../src/ir/program/traverse.js";
import { verifyProgram } from "../../../src/ir/program/verify.js";
import { packVectors } from "../../../src/passes/program/pack-vectors.js";
import { pairVectors } from "../../../src/passes/program/pair-vectors.js";
import { splitSums } from "../../../src/passes/program/split-sums.js";

/** Two projections of every row of a sequence, then one product for the last of them. */
const program = parseProgram(`program net (time) {
  input x = x {time}[12]
  parameter w = w [38,12]
  parameter u = u [19,19]
  output y = y {time}[19]
  output z = z {time}[19]
  output last = last [19]
  buffer x: input float32[time,12]
  buffer w: parameter float32[38,12]
  buffer u: parameter float32[19,19]
  buffer y: output float32[time,19]
  buffer z: output float32[time,19]
  buffer h: temporary float32[19]
  buffer last: output float32[19]
  body {
    kernel rows stage 0 (t:time, j:19) {
      for k:12 {
        v0 = x[t,k]
        a0 = sum (w[j,k] * v0)
        a1 = sum (w[(j + 19),k] * v0)
      }
      y[t,j] = a0
      z[t,j] = a1
    }
    kernel first stage 1 (j:19) {
      h[j] = y[0,j]
    }
    kernel product stage 2 (j:19) {
      for k:19 {
        a0 = sum (u[j,k] * h[k])
      }
      last[j] = a0
    }
  }
}`);

const options = {
  inputs: { x: Float32Array.from({ length: 60 }, (_, i) => Math.sin(i)) },
  parameters: { w: Float32Array.from({ length: 38 * 12 }, (_, i) => Math.cos(i)), u: Float32Array.from({ length: 361 }, (_, i) => Math.sin(2 * i)) },
  lengths: { time: 5 },
};

function expectSame(made: Program): void {
  expect(verifyProgram(made)).toEqual([]);
  expect(interpretProgram(made, options)).toEqual(interpretProgram(program, options));
}

describe("split-sums", () => {
  const split = splitSums()(program);

  test("makes a kernel of each sum over rows, and of nothing else", () => {
    expect(programKernels(split.body).map(({ name, reductions }) => `${name} ${reductions.map(({ accumulators }) => accumulators.length).join()}`)).toEqual(["rows.0 1", "rows.1 1", "first ", "product 1"]);
    expectSame(split);
  });

  test("leaves alone what reads what it stores", () => {
    const [rows] = programKernels(program.body);
    const reading = { ...program, body: program.body.map((each) => (each.op === "kernel" && each.kernel === rows && rows.stores[0] !== undefined ? { ...each, kernel: { ...rows, stores: rows.stores.map((store, i) => (i === 1 ? { ...store, value: { op: "load" as const, kind: "real" as const, buffer: rows.stores[0]?.buffer ?? store.buffer, index: store.index } } : store)) } } : each)) };
    expect(programKernels(splitSums()(reading).body)).toHaveLength(3);
  });
});

describe("pack-vectors", () => {
  const packed = packVectors({ width: 4, vectors: 8, rows: 4 })(splitSums()(program));

  test("tiles products by vectors of sums, and rows by their number", () => {
    expect(programKernels(packed.body).map(({ tile }) => tile)).toEqual([[4, 8], [4, 8], undefined, [20]]);
    expectSame(packed);
  });

  test("lays the weights of a block out in the order of its inner loop, padded", () => {
    const buffers = programKernels(packed.prepare).map(({ stores }) => stores[0]?.buffer.shape.map(({ constant }) => constant));
    expect(buffers).toEqual([[3, 12, 1, 8], [3, 12, 1, 8], [1, 19, 1, 20]]);
  });

  test("puts all weights of a product into one buffer, and equal packs into one", () => {
    const together = packVectors({ width: 4, vectors: 8, rows: 1 })(program);
    const stored = new Set(programKernels(together.prepare).flatMap(({ stores }) => stores.map(({ buffer }) => buffer)));
    expect([...stored].map(({ shape }) => shape.map(({ constant }) => constant))).toEqual([[2, 12, 2, 16], [1, 19, 1, 20]]);
    const twice = { ...program, body: [...program.body, ...program.body.slice(2).map((each) => (each.op === "kernel" ? { ...each, kernel: { ...each.kernel, name: "again" } } : each))] };
    expect(programKernels(packVectors({ width: 4, vectors: 8, rows: 1 })(twice).prepare)).toHaveLength(3);
    expectSame(together);
  });
});

describe("pair-vectors", () => {
  const tilesOf = (...kernels: readonly string[]): readonly (readonly number[] | undefined)[] => {
    const source = parseProgram(`program net (time) {
  input x = x {time}[20]
  output y = y {time}[20]
  buffer x: input float32[time,20]
  buffer y: output float32[time,20]
  body {
${kernels.join("\n")}
  }
}`);
    const made = pairVectors({ width: 4, most: 2 })(source);
    expect(verifyProgram(made)).toEqual([]);
    return programKernels(made.body).map(({ tile }) => tile);
  };
  const kernel = (value: string, space = "t:time, j:20", index = "t,j"): string => `kernel k stage 0 (${space}) {\n y[${index}] = ${value}\n}`;

  test("computes two vectors of exponentials at a time", () => {
    expect(tilesOf(kernel("tanh(x[t,j])"))).toEqual([[1, 8]]);
    expect(tilesOf(kernel("sigmoid(x[t,j]) * exp(x[t,j])"))).toEqual([[1, 8]]);
    expect(tilesOf(kernel("tanh(x[0,j])", "j:20", "0,j"))).toEqual([[8]]);
  });

  test("but nothing shorter, nor what is longer than two together may be", () => {
    expect(tilesOf(kernel("sqrt(x[t,j])"))).toEqual([undefined]);
    expect(tilesOf(kernel("(sigmoid(x[t,j]) * exp(x[t,j])) + tanh(x[t,j])"))).toEqual([undefined]);
  });

  test("nor along an axis of free length, or of one vector", () => {
    expect(tilesOf(kernel("tanh(x[t,j])", "j:20, t:time"))).toEqual([undefined]);
    expect(tilesOf(kernel("tanh(x[t,j])", "t:time, j:4"))).toEqual([undefined]);
  });

  test("leaves a tile that there is", () => {
    expect(tilesOf(`kernel k stage 0 (t:time, j:20) tile (2, 4) {\n y[t,j] = tanh(x[t,j])\n}`)).toEqual([[2, 4]]);
  });
});
