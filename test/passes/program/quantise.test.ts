/** The pass that makes products of integers: what it takes, what it leaves and why, and the limits of its sums. */
import { describe, expect, test } from "vitest";
import { interpretProgram } from "../../../src/ir/program/interpret.js";
import { parseProgram } from "../../../src/ir/program/parse.js";
import type { Program } from "../../../src/ir/program/program.js";
import { programBuffers, programKernels } from "../../../src/ir/program/traverse.js";
import { quantisedWasmPasses, runProgramPasses } from "../../../src/passes/program/pipelines.js";
import { quantise, type QuantisedProduct } from "../../../src/passes/program/quantise.js";
import { blocksOf, type Quantisation } from "../../../src/passes/program/quantised-blocks.js";
import { runModule } from "../../backends/js/run-module.js";
import { emitWasmProgram } from "../../backends/wasm/run-module.js";

const quantisations: readonly Quantisation[] = ["int8", "int16"];

describe.each(quantisations)("blocks of %s", (quantisation) => {
  test("cover a sum, and none of their sums leaves 32 bits", () => {
    for (const leading of [1, 2, 3, 7, 64, 300, 5000]) {
      for (const length of [1, 2, 3, 15, 16, 63, 64, 255, 256, 257, 511, 512, 513, 600, 1000, 4096, 4097, 100_000]) {
        const blocks = blocksOf(quantisation, leading, length);
        if (blocks === undefined) {
          expect(leading).toBeGreaterThan(4096);
          continue;
        }
        const { count, size, terms, weightLimit, vectorLimit } = blocks;
        expect(size % 2).toBe(0);
        expect(count * size).toBeGreaterThanOrEqual(length);
        expect((count - 1) * size).toBeLessThan(length);
        expect(terms).toBe(leading * size);
        expect(terms * weightLimit * vectorLimit).toBeLessThan(2 ** 31);
        expect(weightLimit).toBeLessThan(quantisation === "int8" ? 2 ** 7 : 2 ** 15);
        expect(Math.min(weightLimit, vectorLimit)).toBeGreaterThanOrEqual(127);
        expect(vectorLimit).toBeLessThan(2 ** 15);
      }
    }
  });
});

/** y = W x, for `rows` rows of `length` terms. */
function product(rows: number, length: number, term = "(w[j,k] * x[k])"): Program {
  return parseProgram(`
    program product () {
      input x = x [${length}]
      parameter w = w [${rows},${length}]
      output y = y [${rows}]
      buffer x: input float32[${length}]
      buffer w: parameter float32[${rows},${length}]
      buffer y: output float32[${rows}]
      body {
        kernel k stage 0 (j:${rows}) {
          for k:${length} {
            a0 = sum ${term}
          }
          y[j] = a0
        }
      }
    }`);
}

describe.each(quantisations)("sums of %s at their limits", (quantisation) => {
  const signs: Readonly<Record<string, (k: number) => number>> = { "all positive": () => 1, "all negative": () => -1, alternating: (k) => (k % 2 === 0 ? 1 : -1), "in pairs": (k) => (k % 4 < 2 ? 1 : -1) };

  test.each([16, 100, 255, 512, 1000, 4096, 4099])("%d terms", (length) => {
    const program = runProgramPasses(product(8, length), quantisedWasmPasses({ quantisation }).run);
    const module = runModule(emitWasmProgram(program));
    for (const sign of Object.values(signs)) {
      for (const [a, b] of [[1, 1], [1e-3, 3e5], [3e30, 2e-25]] as const) {
        // Every term is as large as it can be, so sums are as long as they can get in either direction.
        const w = Float32Array.from({ length: 8 * length }, (_, i) => a * sign(i % length) * (i < 4 * length ? 1 : -1));
        const x = Float32Array.from({ length }, (_, k) => b * sign(k));
        const exact = Array.from({ length: 8 }, (_, j) => x.reduce((sum, value, k) => sum + value * (w[j * length + k] ?? NaN), 0));
        const given = module.load({ w }).run({ x })["y"] ?? [];
        const meant = length > 1000 ? given : interpretProgram(program, { parameters: { w }, inputs: { x }, round: "float32" })["y"] ?? [];
        exact.forEach((value, j) => {
          expect(Math.abs((given[j] ?? NaN) / value - 1)).toBeLessThan(1e-5);
          expect(Math.abs((meant[j] ?? NaN) / value - 1)).toBeLessThan(1e-5);
        });
      }
    }
  });

  test("of nothing, of the smallest numbers, and of what no number is", () => {
    const program = runProgramPasses(product(8, 16), quantisedWasmPasses({ quantisation }).run);
    const module = runModule(emitWasmProgram(program));
    const w = Float32Array.from({ length: 128 }, (_, i) => Math.sin(i));
    const all = (value: number): Float32Array => new Float32Array(16).fill(value);
    const given = (x: Float32Array, of = w): number[] => [...(module.load({ w: of }).run({ x })["y"] ?? [])];
    const meant = (x: Float32Array, of = w): readonly number[] => interpretProgram(program, { parameters: { w: of }, inputs: { x }, round: "float32" })["y"] ?? [];
    for (const x of [all(0), all(1e-45), all(-1e-38)]) {
      expect(given(x).every((value) => Math.abs(value) < 1e-30)).toBe(true);
      expect(meant(x).every((value) => Math.abs(value) < 1e-30)).toBe(true);
    }
    for (const tiny of [new Float32Array(128), new Float32Array(128).fill(1e-45)]) expect(given(all(1), tiny).every((value) => Math.abs(value) < 1e-30)).toBe(true);
    // One of them spoils the whole vector, where float32 might let some rows pass.
    for (const bad of [NaN, Infinity, -Infinity]) {
      const x = all(1);
      x[7] = bad;
      expect(given(x)).toEqual(new Array(8).fill(NaN));
      expect(meant(x)).toEqual(new Array(8).fill(NaN));
    }
    expect(given(all(3e38)).every((value) => !Number.isNaN(value))).toBe(true);
  });
});

function told(program: Program, keep?: (name: string) => boolean): readonly QuantisedProduct[] {
  const all: QuantisedProduct[] = [];
  quantise({ quantisation: "int16", told: (each) => all.push(each), ...(keep === undefined ? {} : { keep }) })(program);
  return all;
}

describe("what stays as it is", () => {
  test.each([
    ["(w[j,k] * x[k])", undefined],
    ["(x[k] * w[j,k])", undefined],
    ["(tanh(x[k]) * w[j,k])", undefined],
    ["(tanh(w[j,k]) * x[k])", "the weights are changed before they are multiplied"],
    ["((w[j,k] * x[k]) + 1.0)", "what is summed is more than a product"],
    ["(w[j,k] * x[j])", "each row has a vector of its own"],
    ["(w[j,k] * x[0])", "the vector is one number"],
  ])("a sum of %s: %s", (term, kept) => {
    expect(told(product(32, 32, term))).toEqual([{ parameters: ["w"], kept }]);
  });

  test("what is small, and what is to be kept", () => {
    expect(told(product(32, 8))).toEqual([{ parameters: ["w"], kept: "it is small" }]);
    expect(told(product(4, 64))).toEqual([{ parameters: ["w"], kept: "it is small" }]);
    expect(told(product(32, 32), (name) => name === "w")).toEqual([{ parameters: ["w"], kept: "it is to be kept" }]);
  });
});

describe("vectors", () => {
  const source = (between: string): Program => parseProgram(`
    program twice () {
      input x = x [32]
      parameter w = w [16,32]
      parameter u = u [16,32]
      output y = y [16]
      output z = z [16]
      buffer x: input float32[32]
      buffer h: temporary float32[32]
      buffer w: parameter float32[16,32]
      buffer u: parameter float32[16,32]
      buffer y: output float32[16]
      buffer z: output float32[16]
      body {
        kernel first stage 0 (j:32) {
          h[j] = x[j]
        }
        kernel second stage 1 (j:16) {
          for k:32 {
            a0 = sum (w[j,k] * h[k])
          }
          y[j] = a0
        }
        ${between}
        kernel fourth stage 3 (j:16) {
          for m:32 {
            a0 = sum (u[j,m] * h[m])
          }
          z[j] = a0
        }
      }
    }`);
  const change = "kernel third stage 2 (j:32) {\n h[j] = x[j] * 2.0\n }";
  const vectors = (program: Program): number => [...programBuffers(program)].filter(({ role, element }) => role === "temporary" && element === "int16").length;

  test("are quantised once for all that read them, and again when they have changed", () => {
    const pass = quantise({ quantisation: "int8" });
    expect(vectors(pass(source("")))).toBe(1);
    expect(vectors(pass(source(change)))).toBe(2);
    const values = { parameters: { w: Array.from({ length: 512 }, (_, i) => Math.sin(i)), u: Array.from({ length: 512 }, (_, i) => Math.sin(i)) }, inputs: { x: Array.from({ length: 32 }, (_, i) => Math.cos(i)) } };
    const { y = [], z = [] } = interpretProgram(pass(source(change)), values);
    y.forEach((value, j) => expect(z[j]).toBeCloseTo(2 * value, 5));
  });

  test("cost a few small kernels, and no product reads float32 weights any more", () => {
    const program = quantise({ quantisation: "int8" })(source(""));
    expect(programKernels(program.body).map(({ name }) => name)).toEqual(["first", "h.range", "h.scale", "h.quantised", "second", "fourth"]);
    expect(programKernels(program.prepare).map(({ name }) => name)).toEqual(["scale.w", "quantise.w", "scale.u", "quantise.u"]);
  });
});
