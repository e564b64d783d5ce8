/**
 * The cells, stacks and attention of gatefold/cells: the famous ones against the same cell of gatefold/torch or
 * gatefold/onnx (whose numbers `npm run models` holds against those programs), the others against their equations, written
 * out here.
 */
import { describe, expect, test } from "vitest";
import type { NamedArray, NamedArrays } from "../../src/formats/recurrent-weights.js";
import { faults, largestDifference, net, numbers, randomWeights } from "./nets.js";

const [inputs, hidden, steps] = [3, 4, 5];
const x = numbers(steps * inputs, 11);

function layerNet(folder: string, names: string, run: string, states: string, size = inputs) {
  return net(`import { at, type Seq, type Vec } from "gatefold";
import { ${names} } from "gatefold/${folder}";
export function net(x: Seq<"time", Vec<${size}>>) {
  const run = ${run};
  return { states: ${states} };
}`);
}

/** The rows of several arrays, one below the other: gates as frameworks stack them. */
function stacked(weights: NamedArrays, ...names: readonly string[]): NamedArray {
  const parts = names.map((name) => {
    const found = weights[`run.${name}`];
    if (found === undefined) throw new Error(`there is no run.${name}, only ${Object.keys(weights).join(", ")}`);
    return found;
  });
  const data = Float32Array.from(parts.flatMap(({ data }) => [...data]));
  return { data, shape: [data.length / (parts[0]?.shape.slice(1).reduce((product, size) => product * size, 1) ?? 1), ...(parts[0]?.shape.slice(1) ?? [])] };
}

const zeros = (size: number): NamedArray => ({ shape: [size], data: new Float32Array(size) });
const front = ({ shape, data }: NamedArray): NamedArray => ({ shape: [1, ...shape], data });
const biases = (...parts: readonly NamedArray[]): NamedArray => ({ shape: [1, parts.reduce((sum, { data }) => sum + data.length, 0)], data: Float32Array.from(parts.flatMap(({ data }) => [...data])) });

describe("cells that frameworks have, too", () => {
  const cases: [string, string, [string, string, string], (weights: NamedArrays) => Record<string, NamedArray>][] = [
    ["elman", `elman(x, ${hidden})`, ["torch", `rnn(x, { hiddenSize: ${hidden} })`, "run.output"], (w) => ({ weight_ih_l0: stacked(w, "h.x.weight"), weight_hh_l0: stacked(w, "h.h.weight"), bias_ih_l0: stacked(w, "h.x.bias"), bias_hh_l0: zeros(hidden) })],
    ["lstm", `lstm(x, ${hidden})`, ["torch", `lstm(x, { hiddenSize: ${hidden} })`, "run.output"], (w) => {
      const of = (part: string) => stacked(w, ...["input", "forget", "candidate", "output"].map((gate) => `${gate}.${part}`));
      return { weight_ih_l0: of("x.weight"), weight_hh_l0: of("h.weight"), bias_ih_l0: of("x.bias"), bias_hh_l0: zeros(4 * hidden) };
    }],
    ["projectedLstm", `projectedLstm(x, ${hidden}, 2)`, ["torch", `lstm(x, { hiddenSize: ${hidden}, projSize: 2 })`, "run.output"], (w) => {
      const of = (part: string) => stacked(w, ...["input", "forget", "candidate", "output"].map((gate) => `${gate}.${part}`));
      return { weight_ih_l0: of("x.weight"), weight_hh_l0: of("h.weight"), bias_ih_l0: of("x.bias"), bias_hh_l0: zeros(4 * hidden), weight_hr_l0: stacked(w, "projected.weight") };
    }],
    ["gruResetAfter", `gruResetAfter(x, ${hidden})`, ["torch", `gru(x, { hiddenSize: ${hidden} })`, "run.output"], (w) => ({
      weight_ih_l0: stacked(w, "reset.x.weight", "update.x.weight", "candidate.weight"), weight_hh_l0: stacked(w, "reset.h.weight", "update.h.weight", "recalled.weight"),
      bias_ih_l0: stacked(w, "reset.x.bias", "update.x.bias", "candidate.bias"), bias_hh_l0: { shape: [3 * hidden], data: Float32Array.from([...zeros(2 * hidden).data, ...stacked(w, "recalled.bias").data]) },
    })],
    ["gru", `gru(x, ${hidden})`, ["onnx", `gru(x, { hiddenSize: ${hidden} })`, "at(run.Y, 0, { over: \"direction\" })"], (w) => {
      const of = (part: string) => stacked(w, `update.x.${part}`, `reset.x.${part}`, `candidate.x.${part}`);
      return { W: front(of("weight")), R: front(stacked(w, "update.h.weight", "reset.h.weight", "candidate.h.weight")), B: biases(of("bias"), zeros(3 * hidden)) };
    }],
    ["peepholeLstm", `peepholeLstm(x, ${hidden})`, ["onnx", `lstm(x, { hiddenSize: ${hidden}, peepholes: true })`, "at(run.Y, 0, { over: \"direction\" })"], (w) => {
      const of = (part: string) => stacked(w, ...["input", "output", "forget", "candidate"].map((gate) => `${gate}.${part}`));
      return { W: front(of("x.weight")), R: front(of("h.weight")), B: biases(of("x.bias"), zeros(4 * hidden)), P: biases(stacked(w, "peephole.input"), stacked(w, "peephole.output"), stacked(w, "peephole.forget")) };
    }],
    // ONNX makes the forget gate of the input gate, the cell here the input gate of the forget gate: a sigmoid of the opposite.
    ["coupledLstm", `coupledLstm(x, ${hidden})`, ["onnx", `lstm(x, { hiddenSize: ${hidden}, inputForget: true })`, "at(run.Y, 0, { over: \"direction\" })"], (w) => {
      const opposite = (part: string): NamedArrays => ({ ...w, [`run.input.${part}`]: { shape: w[`run.forget.${part}`]?.shape ?? [], data: (w[`run.forget.${part}`]?.data ?? new Float32Array()).map((value) => -value) } });
      const of = (part: string) => stacked(opposite(part), ...["input", "output", "forget", "candidate"].map((gate) => `${gate}.${part}`));
      return { W: front(of("x.weight")), R: front(of("h.weight")), B: biases(of("x.bias"), zeros(4 * hidden)) };
    }],
  ];
  test.each(cases)("%s", (name, call, [folder, other, states], rearranged) => {
    const own = layerNet("cells", name, call, "run.h");
    const reference = layerNet(folder, other.slice(0, other.indexOf("(")), other, states);
    const weights = randomWeights(own.parameters, 2);
    const theirs = Object.fromEntries(Object.entries(rearranged(weights)).map(([key, each]) => [`run.${key}`, each]));
    expect(Object.fromEntries(Object.entries(theirs).map(([key, { shape }]) => [key, shape]))).toEqual(reference.parameters);
    expect(largestDifference(own.load(weights).run({ x })["states"], reference.load(theirs).run({ x })["states"])).toBeLessThan(1e-6);
  });
});

describe("cells against their equations", () => {
  const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
  const affine = (weights: NamedArrays, name: string, v: readonly number[], bias = true) => {
    const { shape: [rows = 0, columns = 0], data } = weights[`run.${name}.weight`] ?? { shape: [], data: new Float32Array() };
    return Array.from({ length: rows }, (_, row) => v.reduce((sum, value, k) => sum + value * (data[row * columns + k] ?? NaN), bias ? (weights[`run.${name}.bias`]?.data[row] ?? NaN) : 0));
  };
  const plus = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value + (b[i] ?? NaN));
  const normalised = (weights: NamedArrays, name: string, v: readonly number[]) => {
    const mean = v.reduce((sum, value) => sum + value, 0) / v.length;
    const variance = v.reduce((sum, value) => sum + (value - mean) ** 2, 0) / v.length;
    return v.map((value, i) => ((value - mean) / Math.sqrt(variance + 1e-5)) * (weights[`run.${name}.weight`]?.data[i] ?? NaN) + (weights[`run.${name}.bias`]?.data[i] ?? NaN));
  };

  type State = readonly (readonly number[])[];
  const cases: [string, string, number, (w: NamedArrays, x: readonly number[], state: State) => State][] = [
    ["minimalGatedUnit", `minimalGatedUnit(x, ${hidden})`, 1, (w, x, [h = []]) => {
      const forget = plus(affine(w, "forget.x", x), affine(w, "forget.h", h, false)).map(sigmoid);
      const remembered = h.map((value, i) => value * (forget[i] ?? NaN));
      const candidate = plus(affine(w, "candidate.x", x), affine(w, "candidate.h", remembered, false)).map(Math.tanh);
      return [h.map((value, i) => (1 - (forget[i] ?? NaN)) * value + (forget[i] ?? NaN) * (candidate[i] ?? NaN))];
    }],
    ["indRnn", `indRnn(x, ${hidden})`, 1, (w, x, [h = []]) => [plus(affine(w, "fromInput", x), h.map((value, i) => value * (w["run.recurrent"]?.data[i] ?? NaN))).map((value) => Math.max(value, 0))]],
    ["layerNormLstm", `layerNormLstm(x, ${hidden})`, 2, (w, x, [h = [], c = []]) => {
      const gates = plus(normalised(w, "gates.fromInput", affine(w, "fromInput", x, false)), normalised(w, "gates.fromState", affine(w, "fromState", h, false)));
      const gate = (i: number) => gates.slice(i * hidden, (i + 1) * hidden);
      const cell = c.map((value, k) => sigmoid(gate(0)[k] ?? NaN) * value + sigmoid(gate(1)[k] ?? NaN) * Math.tanh(gate(3)[k] ?? NaN));
      return [normalised(w, "shown", cell).map((value, k) => sigmoid(gate(2)[k] ?? NaN) * Math.tanh(value)), cell];
    }],
  ];
  test.each(cases)("%s", (name, call, states, step) => {
    const own = layerNet("cells", name, call, "run.h");
    const weights = randomWeights(own.parameters, 5);
    let state: State = Array.from({ length: states }, () => Array.from({ length: hidden }, () => 0));
    const expected: number[] = [];
    for (let t = 0; t < steps; t++) {
      state = step(weights, [...x.slice(t * inputs, (t + 1) * inputs)], state);
      expected.push(...(state[0] ?? []));
    }
    expect(largestDifference(own.load(weights).run({ x })["states"], expected)).toBeLessThan(1e-5);
  });

  test("jordan feeds back its output", () => {
    const own = layerNet("cells", "jordan", `jordan(x, ${hidden}, 2)`, "run.y");
    const weights = randomWeights(own.parameters, 6);
    let y = [0, 0];
    const expected: number[] = [];
    for (let t = 0; t < steps; t++) {
      const h = plus(affine(weights, "h.x", [...x.slice(t * inputs, (t + 1) * inputs)]), affine(weights, "h.y", y, false)).map(sigmoid);
      y = affine(weights, "output", h).map(sigmoid);
      expected.push(...y);
    }
    expect(largestDifference(own.load(weights).run({ x })["states"], expected)).toBeLessThan(1e-5);
  });
});

describe("layers of layers", () => {
  const merges: [string, (a: number, b: number) => number][] = [["sum", (a, b) => a + b], ["mean", (a, b) => (a + b) / 2], ["product", (a, b) => a * b]];
  const both = (merge: string) => net(`import { concat, type Seq, type Vec } from "gatefold";
import { bidirectional, gru } from "gatefold/cells";
export function net(x: Seq<"time", Vec<${inputs}>>) {
  const run = bidirectional(x, gru, ${hidden}, { merge: "${merge}" });
  return { h: run.h, final: run.final.h };
}`);
  const concatenated = both("concat");
  const weights = randomWeights(concatenated.parameters, 8);
  const pairs = concatenated.load(weights).run({ x });

  test("each direction has weights of its own", () => {
    expect(Object.keys(concatenated.parameters)).toContain("run.forward.reset.x.weight");
    expect(Object.keys(concatenated.parameters)).toContain("run.backward.reset.x.weight");
    // The forward state after the last step, the backward one after the first.
    expect(pairs["final"]?.slice(0, hidden)).toEqual(pairs["h"]?.slice((steps - 1) * 2 * hidden, (steps - 1) * 2 * hidden + hidden));
    expect(pairs["final"]?.slice(hidden)).toEqual(pairs["h"]?.slice(hidden, 2 * hidden));
  });

  test.each(merges)("merged by %s", (merge, join) => {
    const found = both(merge).load(weights).run({ x });
    const expected = Array.from({ length: steps * hidden }, (_, i) => {
      const start = Math.floor(i / hidden) * 2 * hidden + (i % hidden);
      return join(pairs["h"]?.[start] ?? NaN, pairs["h"]?.[start + hidden] ?? NaN);
    });
    expect(largestDifference(found["h"], expected)).toBeLessThan(1e-6);
  });

  test("a stack adds what it reads where it is asked to", () => {
    const stack = (residual: boolean) => net(`import { type Seq, type Vec } from "gatefold";
import { lstm, stack } from "gatefold/cells";
export function net(x: Seq<"time", Vec<${hidden}>>) {
  const run = stack(x, lstm, [${hidden}, ${hidden + 1}], { residual: ${residual} });
  return { h: run.h, first: run.finals[0] };
}`);
    const [plain, residual] = [stack(false), stack(true)];
    expect(residual.parameters).toEqual(plain.parameters);
    expect(plain.parameters["run.layer.1.forget.x.weight"]).toEqual([hidden + 1, hidden]);
    const deep = randomWeights(plain.parameters, 9);
    const sequence = numbers(steps * hidden, 12);
    const [a, b] = [plain.load(deep).run({ x: sequence }), residual.load(deep).run({ x: sequence })];
    expect(b["first"]).toEqual(a["first"]);
    expect(largestDifference(a["h"], b["h"])).toBeGreaterThan(1e-2);
  });
});

test("self-attention is PyTorch's, causal or not", () => {
  const [width, heads] = [6, 2];
  for (const causal of [false, true]) {
    const own = layerNet("cells", "selfAttention", `selfAttention(x, ${heads}, { causal: ${causal} })`, "run", width);
    const theirs = layerNet("torch", "multiheadAttention", `multiheadAttention(x, x, x, { numHeads: ${heads}, causal: ${causal} })`, "run.output", width);
    const weights = randomWeights(own.parameters, 13);
    const sequence = numbers(steps * width, 14);
    const rearranged = {
      "run.in_proj_weight": stacked(weights, "q.weight", "k.weight", "v.weight"), "run.in_proj_bias": stacked(weights, "q.bias", "k.bias", "v.bias"),
      "run.out_proj.weight": stacked(weights, "output.weight"), "run.out_proj.bias": stacked(weights, "output.bias"),
    };
    expect(largestDifference(own.load(weights).run({ x: sequence })["states"], theirs.load(rearranged).run({ x: sequence })["states"])).toBeLessThan(1e-6);
  }
});

describe("what does not fit is told at the call", () => {
  const wrong: [string, string, string, RegExp][] = [
    ["another input size", "torch", "lstm(x, { inputSize: 9, hiddenSize: 4 })", /The input has 3 features, inputSize says 9/],
    ["a projection that is too large", "torch", "lstm(x, { hiddenSize: 4, projSize: 4 })", /projSize lies from 0/],
    ["heads that do not divide", "torch", "multiheadAttention(x, x, x, { numHeads: 2 })", /3 components are not divided among 2 heads/],
    ["a length that changes without a name", "torch", "conv1d(x, { outChannels: 2, kernelSize: 3 })", /changes the length of "time": name the dimension/],
    ["too few activations", "onnx", "lstm(x, { hiddenSize: 4, activations: [\"Tanh\"] })", /activations has 1 names; 3 for each direction are 3/],
    ["an activation without its arguments", "onnx", "rnn(x, { hiddenSize: 4, activations: [\"Affine\"] })", /Affine needs its alpha and its beta/],
    ["an option of PyTorch that says nothing of one example", "torch", "gru(x, { hiddenSize: 4, batchFirst: true })", /batchFirst says nothing here: leave it out, and compile with --layout/],
    ["an argument that no function has", "torch", "gru(x, { hiddenSize: 4, device: \"cuda\" })", /there is no option device[^]*the options are hiddenSize, inputSize/],
    ["no layer", "torch", "gru(x, { hiddenSize: 4, numLayers: 0 })", /numLayers is a whole number from 1 up, this is 0/],
    ["a rate of dropout that is none", "torch", "gru(x, { hiddenSize: 4, dropout: 1.5 })", /dropout is a probability, from 0 to 1; this is 1.5/],
    ["another nonlinearity", "torch", "rnn(x, { hiddenSize: 4, nonlinearity: \"sigmoid\" })", /nonlinearity is "tanh" or "relu", this is the string "sigmoid"/],
    ["first states for one layer of two", "torch", "gru(x, { hiddenSize: 4, numLayers: 2, h0: h })", /h0 has 1 element; 2 are wanted, one for each layer and direction/],
    ["first states of another size", "torch", "gru(x, { hiddenSize: 5, h0: h })", /h0 has 4 components, 5 are wanted/],
    ["first states of which nobody knows how many there are", "torch", "gru(x, { hiddenSize: 3, h0: x })", /lengthOfStates is a number, which must be known at compile time/],
    ["first states for one direction of two", "onnx", "gru(x, { hiddenSize: 4, direction: \"bidirectional\", initialH: h })", /initialH has 1 element; 2 are wanted, one for each direction/],
    ["a clip of nothing", "onnx", "gru(x, { hiddenSize: 4, clip: 0 })", /clip is larger than 0, this is 0/],
    ["an alpha too many", "onnx", "gru(x, { hiddenSize: 4, activationAlpha: [1] })", /activationAlpha has 1 values, the activations take 0/],
    ["a kernel of another size of key", "torch", "multiheadAttention(x, x, x, { numHeads: 3, kdim: 4 })", /The key has 3 components, kdim says 4/],
    ["keys and values that are not of the same elements", "torch", "multiheadAttention(x, x, h, { numHeads: 3 })", /The key runs along "time" and the value along "layer"/],
    ["another padding", "torch", "conv1d(x, { outChannels: 2, kernelSize: 3, padding: \"full\" })", /padding is a number, this is the string "full"/],
    ["a padding of less than nothing", "torch", "conv1d(x, { outChannels: 2, kernelSize: 3, padding: -1 })", /padding is a whole number from 0 up, "same", "valid" or "causal", not -1/],
    ["a padding of another kind", "torch", "conv1d(x, { outChannels: 2, kernelSize: 3, padding: 1, paddingMode: \"mirror\" })", /paddingMode is "zeros" or "reflect"[^]*this is the string "mirror"/],
    ["a table that is too small", "torch", "embedding(id, { numEmbeddings: 4, embeddingDim: 2 })", /The id has 5 classes, numEmbeddings says 4/],
    ["a norm over another size", "torch", "layerNorm(x, { normalizedShape: 4 })", /The input has 3 components, normalizedShape says 4/],
    ["a folder that is not there", "jax", "lstm(x, { hiddenSize: 4 })", /there is no gatefold\/jax/],
    ["a name that is not there", "torch", "lstms(x, { hiddenSize: 4 })", /gatefold\/torch exports no lstms[^]*did you mean lstm/],
  ];
  test.each(wrong)("%s", (_, folder, call, message) => {
    const text = `import { type Id, type Seq, type Vec } from "gatefold";\nimport { ${call.slice(0, call.indexOf("("))} } from "gatefold/${folder}";\nexport function net(x: Seq<"time", Vec<3>>, h: Seq<"layer", Vec<4>, 1>, id: Id<5>) {\n  const run = ${call};\n  return { run };\n}\n`;
    expect(faults(text)).toMatch(message);
    expect(faults(text)).toMatch(/net\.model\.ts:[24]:/);
  });

  test("a function of one's own wins over the library's", () => {
    const own = net(`import { scan, zeros, type Seq, type Tensor, type Vec } from "gatefold";
function lstm(xs: Tensor, hidden: number) { return scan(xs, { h: zeros(hidden) }, (x, { h }) => ({ h: h + x })); }
export function net(x: Seq<"time", Vec<3>>) { return { h: lstm(x, 3).final.h }; }`);
    expect(own.parameters).toEqual({});
    expect([...(own.load({}).run({ x: [1, 2, 3, 4, 5, 6] })["h"] ?? [])]).toEqual([5, 7, 9]);
  });
});
