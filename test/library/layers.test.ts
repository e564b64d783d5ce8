/** Convolution, empty sequences, streams and first weights of the library. */
import { describe, expect, test } from "vitest";
import { compile, initialWeights } from "../../src/compile.js";
import { largestDifference, net, numbers, randomWeights } from "./nets.js";

describe("conv1d", () => {
  const [channels, steps] = [4, 9];
  const x = numbers(steps * channels, 1);

  /** By the definition: every output is a sum over taps and channels of its group. */
  function convolved(weight: Float32Array, bias: Float32Array, { out, kernel, stride, before, after, dilation, groups }: Case): number[] {
    const [groupIn, groupOut] = [channels / groups, out / groups];
    const result: number[] = [];
    for (let start = -before; start + dilation * (kernel - 1) < steps + after; start += stride) {
      for (let o = 0; o < out; o++) {
        let sum = bias[o] ?? NaN;
        for (let i = 0; i < groupIn; i++) {
          for (let k = 0; k < kernel; k++) {
            const t = start + k * dilation;
            if (t >= 0 && t < steps) sum += (weight[(o * groupIn + i) * kernel + k] ?? NaN) * (x[t * channels + Math.floor(o / groupOut) * groupIn + i] ?? NaN);
          }
        }
        result.push(sum);
      }
    }
    return result;
  }

  interface Case {
    readonly options: string;
    readonly out: number;
    readonly kernel: number;
    readonly stride: number;
    readonly before: number;
    readonly after: number;
    readonly dilation: number;
    readonly groups: number;
  }
  const usual = { out: 6, kernel: 3, stride: 1, before: 0, after: 0, dilation: 1, groups: 1 };
  const cases: Case[] = [
    { ...usual, options: `padding: "causal"`, before: 2 },
    { ...usual, options: `padding: "causal", dilation: 2`, before: 4, dilation: 2 },
    { ...usual, options: `padding: 1`, before: 1, after: 1 },
    { ...usual, options: `padding: "same", dilation: 3`, before: 3, after: 3, dilation: 3 },
    { ...usual, options: `padding: "same"`, kernel: 4, before: 1, after: 2 },
    { ...usual, options: `along: "frame"` },
    { ...usual, options: `padding: 1, stride: 2, along: "frame"`, before: 1, after: 1, stride: 2 },
    { ...usual, options: `padding: "causal", groups: 2`, before: 2, groups: 2 },
    { ...usual, options: `padding: "valid", groups: 4, along: "frame"`, out: 8, kernel: 5, groups: 4 },
    { ...usual, options: `padding: 0`, kernel: 1 },
  ];
  test.each(cases)("$options, $kernel taps", (each) => {
    const own = net(`import { type Seq, type Vec } from "gatefold";
import { conv1d } from "gatefold/torch";
export function net(x: Seq<"time", Vec<${channels}>>) {
  return conv1d(x, { outChannels: ${each.out}, kernelSize: ${each.kernel}, ${each.options} });
}`);
    expect(own.parameters).toEqual({ weight: [each.out, channels / each.groups, each.kernel], bias: [each.out] });
    const weights = randomWeights(own.parameters, 2);
    const found = own.load(weights).run({ x })["output"];
    expect(largestDifference(found, convolved(weights["weight"]?.data ?? x, weights["bias"]?.data ?? x, each))).toBeLessThan(1e-5);
  });

  test("a causal one streams: each step gives what the run gives", () => {
    const own = net(`import { type Seq, type Vec } from "gatefold";
import { conv1d, lstm } from "gatefold/torch";
export function net(x: Seq<"time", Vec<${channels}>>) {
  const first = conv1d(x, { outChannels: 5, kernelSize: 3, padding: "causal" });
  const second = conv1d(first, { outChannels: 5, kernelSize: 2, dilation: 2, padding: "causal" });
  const run = lstm(second, { hiddenSize: 3 });
  return { h: run.output };
}`);
    const model = own.load(randomWeights(own.parameters, 3));
    const stream = model.stream();
    const stepped = Array.from({ length: steps }, (_, t) => [...(stream.step({ x: x.slice(t * channels, (t + 1) * channels) })["h"] ?? [])]).flat();
    expect(largestDifference(stepped, model.run({ x })["h"])).toBeLessThan(1e-6);
  });
});

test("an empty sequence ends where it begins; asked to answer as onnxruntime, in zeros", () => {
  for (const zeroWhenEmpty of [false, true]) {
    const own = net(`import { type Seq, type Vec } from "gatefold";
import { lstm } from "gatefold/onnx";
export function net(X: Seq<"time", Vec<2>>, h: Seq<"direction", Vec<3>, 1>, c: Seq<"direction", Vec<3>, 1>) {
  const run = lstm(X, { hiddenSize: 3, initialH: h, initialC: c, zeroWhenEmpty: ${zeroWhenEmpty} });
  return { h: run.Y_h, c: run.Y_c };
}`);
    const [h, c] = [[1, 2, 3], [4, 5, 6]];
    const found = own.load(randomWeights(own.parameters)).run({ X: [], h, c });
    expect([...(found["h"] ?? [])]).toEqual(zeroWhenEmpty ? [0, 0, 0] : h);
    expect([...(found["c"] ?? [])]).toEqual(zeroWhenEmpty ? [0, 0, 0] : c);
  }
});

describe("first weights", () => {
  function first(folder: string, call: string): Record<string, Float32Array> {
    const text = `import { type Seq, type Vec } from "gatefold";
import { ${call.slice(0, call.indexOf("("))} } from "gatefold/${folder}";
export function net(x: Seq<"time", Vec<12>>) {
  const run = ${call};
  return { h: run.${folder === "torch" ? "output" : "h"} };
}`;
    const model = compile({ file: "net.model.ts", text }).report.models[0];
    return model === undefined ? {} : initialWeights(model, 7);
  }
  const widest = (values: Float32Array | undefined) => (values ?? new Float32Array([NaN])).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);

  test("PyTorch's are uniform within one over the root of the hidden size", () => {
    const weights = first("torch", "lstm(x, { hiddenSize: 25 })");
    expect(Object.keys(weights).sort()).toEqual(["run.bias_hh_l0", "run.bias_ih_l0", "run.weight_hh_l0", "run.weight_ih_l0"]);
    for (const values of Object.values(weights)) {
      expect(widest(values)).toBeLessThanOrEqual(0.2);
      expect(widest(values)).toBeGreaterThan(0.18);
      expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / values.length)).toBeLessThan(0.02);
    }
    expect(first("torch", "lstm(x, { hiddenSize: 25 })")).toEqual(weights);
  });

  test("Keras' are Glorot's for the input, orthogonal for the state, zero for the bias", () => {
    const weights = first("keras", "gru(x, { units: 8 })");
    const bound = Math.sqrt(6 / (12 + 24));
    expect(widest(weights["run.kernel"])).toBeLessThanOrEqual(bound);
    expect(widest(weights["run.kernel"])).toBeGreaterThan(0.95 * bound);
    expect(widest(weights["run.bias"])).toBe(0);
    const rows = Array.from({ length: 8 }, (_, i) => (weights["run.recurrent_kernel"] ?? new Float32Array()).subarray(24 * i, 24 * (i + 1)));
    rows.forEach((a, i) => rows.forEach((b, j) => expect(a.reduce((sum, value, k) => sum + value * (b[k] ?? NaN), 0)).toBeCloseTo(i === j ? 1 : 0, 5)));
  });
});
