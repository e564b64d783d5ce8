/** Convolution, empty sequences, streams and first weights of the library. */
import { describe, expect, test } from "vitest";
import { compile, initialWeights } from "../../src/compile.js";
import { array, largestDifference, net, numbers, randomWeights } from "./nets.js";

describe("conv1d", () => {
  const [channels, steps] = [4, 9];
  const x = numbers(steps * channels, 1);

  /** By the definition: every output is a sum over taps and channels of its group. */
  function convolved(weight: Float32Array, bias: Float32Array, { out, kernel, stride, before, after, dilation, groups, mode }: Case): number[] {
    const [groupIn, groupOut] = [channels / groups, out / groups];
    const result: number[] = [];
    for (let start = -before; start + dilation * (kernel - 1) < steps + after; start += stride) {
      for (let o = 0; o < out; o++) {
        let sum = bias[o] ?? NaN;
        for (let i = 0; i < groupIn; i++) {
          for (let k = 0; k < kernel; k++) {
            const t = start + k * dilation;
            const from = source(t, mode);
            if (from !== undefined) sum += (weight[(o * groupIn + i) * kernel + k] ?? NaN) * (x[from * channels + Math.floor(o / groupOut) * groupIn + i] ?? NaN);
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
    readonly mode: "zeros" | "reflect" | "replicate" | "circular";
  }
  /** Which element the padding repeats. */
  function source(t: number, mode: Case["mode"]): number | undefined {
    if (t >= 0 && t < steps) return t;
    if (mode === "zeros") return undefined;
    if (mode === "replicate") return t < 0 ? 0 : steps - 1;
    if (mode === "circular") return t < 0 ? t + steps : t - steps;
    return t < 0 ? -t : 2 * (steps - 1) - t;
  }
  const usual = { out: 6, kernel: 3, stride: 1, before: 0, after: 0, dilation: 1, groups: 1, mode: "zeros" as const };
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
    { ...usual, options: `padding: "same", dilation: 3, paddingMode: "reflect"`, before: 3, after: 3, dilation: 3, mode: "reflect" },
    { ...usual, options: `padding: 4, kernelSize: 3, paddingMode: "replicate", along: "frame"`, before: 4, after: 4, mode: "replicate" },
    { ...usual, options: `padding: 5, stride: 2, paddingMode: "circular", along: "frame"`, before: 5, after: 5, stride: 2, mode: "circular" },
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

describe("attention", () => {
  const [width, heads, asking, asked] = [6, 2, 4, 5];
  const attention = (parameters: string, call: string) =>
    net(`import { map, position, type Real, type Seq, type Vec } from "gatefold";
import { multiheadAttention } from "gatefold/torch";
export function net(query: Seq<"time", Vec<${width}>>${parameters}) {
  return multiheadAttention(${call});
}`);
  const query = numbers(asking * width, 1);
  const memory = numbers(asked * width, 2);
  const weights = randomWeights(attention("", "query, query, query, { numHeads: 2 }").parameters, 3);

  test("of which a mask leaves out what comes later is causal", () => {
    const causal = attention("", "query, query, query, { numHeads: 2, causal: true }").load(weights).run({ query });
    const attnMask = Array.from({ length: asking * asking }, (_, i) => (i % asking > Math.floor(i / asking) ? -Infinity : 0));
    const masked = attention(`, attnMask: Seq<"time", Seq<"key", Real>>`, "query, query, query, { numHeads: 2, attnMask }").load(weights).run({ query, attnMask });
    expect(largestDifference(masked["output"], causal["output"])).toBeLessThan(1e-6);
    expect(largestDifference(masked["weights"], causal["weights"])).toBeLessThan(1e-6);
  });

  test("with one mask for each head gives what it gives with one for all, where they are alike", () => {
    const one = numbers(asking * asked, 4);
    const each = Array.from({ length: asking }, (_, t) => Array.from({ length: heads }, () => [...one.slice(t * asked, (t + 1) * asked)])).flat(2);
    const memories = `, memory: Seq<"source", Vec<${width}>>`;
    const options = "query, memory, memory, { numHeads: 2, averageAttnWeights: false, attnMask }";
    const all = attention(`${memories}, attnMask: Seq<"time", Seq<"source", Real>>`, options).load(weights).run({ query, memory, attnMask: one });
    const own = attention(`${memories}, attnMask: Seq<"time", Seq<"head", Seq<"source", Real>, ${heads}>>`, options).load(weights).run({ query, memory, attnMask: each });
    expect(largestDifference(own["output"], all["output"])).toBeLessThan(1e-6);
    expect(own["weights"]?.length).toBe(asking * heads * asked);
    expect(largestDifference(own["weights"], all["weights"])).toBeLessThan(1e-6);
  });

  test("with a mask of another length than the keys spoils what it gives", () => {
    const spoilt = attention(`, attnMask: Seq<"time", Seq<"key", Real>>`, "query, query, query, { numHeads: 2, attnMask }").load(weights).run({ query, attnMask: numbers(asking * 3, 1) });
    expect([...(spoilt["output"] ?? [])].every(Number.isNaN)).toBe(true);
  });

  test("asks one element more, of zeros, and one of biases", () => {
    const memories = `, memory: Seq<"source", Vec<${width}>>`;
    const plain = attention(memories, "query, memory, memory, { numHeads: 2 }").load(weights).run({ query, memory });
    const net = attention(memories, "query, memory, memory, { numHeads: 2, addBiasKv: true, addZeroAttn: true }");
    expect(net.parameters).toMatchObject({ bias_k: [1, 1, width], bias_v: [1, 1, width] });
    const found = net.load({ ...weights, bias_k: array([1, 1, width], 5), bias_v: array([1, 1, width], 6) }).run({ query, memory });
    const shares = Array.from({ length: asking }, (_, t) => [...(found["weights"] ?? []).slice(t * (asked + 2), (t + 1) * (asked + 2))]);
    for (const share of shares) expect(share.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 5);
    expect(shares.flat().every((each) => each > 0)).toBe(true);
    expect(largestDifference(found["output"], plain["output"])).toBeGreaterThan(0.01);
  });
});

test("an embedding with a largest norm scales down the rows that are longer", () => {
  const own = net(`import { type Id } from "gatefold";
import { embedding } from "gatefold/torch";
export function net(id: Id<2>) { return embedding(id, { embeddingDim: 2, maxNorm: 1, paddingIdx: 0 }); }`);
  const model = own.load({ weight: { shape: [2, 2], data: Float32Array.of(0.3, 0.4, 3, 4) } });
  expect(largestDifference(model.run({ id: 0 })["output"], [0.3, 0.4])).toBeLessThan(1e-6);
  expect(largestDifference(model.run({ id: 1 })["output"], [0.6, 0.8])).toBeLessThan(1e-6);
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

  test("Keras' LSTM begins with ones where it forgets, unless it is told not to", () => {
    expect([...(first("keras", "lstm(x, { units: 2 })")["run.bias"] ?? [])]).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
    expect(widest(first("keras", "lstm(x, { units: 2, unitForgetBias: false })")["run.bias"])).toBe(0);
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
