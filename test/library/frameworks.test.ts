/**
 * One layer in the layouts of several frameworks: the library has it under each, and the conversions carry the weights
 * from one to the other. Both are held against each other here; against the frameworks themselves, `npm run models` does.
 */
import { describe, expect, test } from "vitest";
import { convertRecurrentWeights, type NamedArrays, type RecurrentCell, type RecurrentLayout } from "../../src/formats/recurrent-weights.js";
import { DiagnosticError } from "../../src/support/diagnostics.js";
import { array, largestDifference, net, numbers, randomWeights, type Net } from "./nets.js";

const [inputs, hidden, steps] = [3, 4, 5];

interface Written {
  /** The calls that read the sequence x, and the expression for the states of all steps. */
  readonly call: string;
  readonly from: string;
  readonly states: string;
}

/** Each cell as each library folder spells it. */
const spellings: Record<string, { readonly cell: RecurrentCell; readonly resetAfter: boolean; readonly layouts: Partial<Record<RecurrentLayout, Written>> }> = {
  lstm: {
    cell: "lstm", resetAfter: true,
    layouts: {
      torch: { call: `lstm(x, { hiddenSize: ${hidden} })`, from: "torch", states: "run.output" },
      onnx: { call: `lstm(x, { hiddenSize: ${hidden} })`, from: "onnx", states: "at(run.Y, 0, { over: \"direction\" })" },
      keras: { call: `lstm(x, { units: ${hidden} })`, from: "keras", states: "run.h" },
    },
  },
  "GRU that resets after": {
    cell: "gru", resetAfter: true,
    layouts: {
      torch: { call: `gru(x, { hiddenSize: ${hidden} })`, from: "torch", states: "run.output" },
      onnx: { call: `gru(x, { hiddenSize: ${hidden}, linearBeforeReset: true })`, from: "onnx", states: "at(run.Y, 0, { over: \"direction\" })" },
      keras: { call: `gru(x, { units: ${hidden} })`, from: "keras", states: "run.h" },
    },
  },
  "GRU that resets before": {
    cell: "gru", resetAfter: false,
    layouts: {
      onnx: { call: `gru(x, { hiddenSize: ${hidden} })`, from: "onnx", states: "at(run.Y, 0, { over: \"direction\" })" },
      keras: { call: `gru(x, { units: ${hidden}, resetAfter: false })`, from: "keras", states: "run.h" },
    },
  },
  rnn: {
    cell: "rnn", resetAfter: true,
    layouts: {
      torch: { call: `rnn(x, { hiddenSize: ${hidden} })`, from: "torch", states: "run.output" },
      onnx: { call: `rnn(x, { hiddenSize: ${hidden} })`, from: "onnx", states: "at(run.Y, 0, { over: \"direction\" })" },
      keras: { call: `simpleRnn(x, { units: ${hidden} })`, from: "keras", states: "run.h" },
    },
  },
};

function written({ call, from, states }: Written): Net {
  return net(`import { at, type Seq, type Vec } from "gatefold";
import { ${call.slice(0, call.indexOf("("))} } from "gatefold/${from}";
export function net(x: Seq<"time", Vec<${inputs}>>) {
  const run = ${call};
  return { states: ${states} };
}`);
}

const stripped = (weights: NamedArrays): NamedArrays => Object.fromEntries(Object.entries(weights).map(([name, each]) => [name.replace("run.", ""), each]));
const prefixed = (weights: NamedArrays): NamedArrays => Object.fromEntries(Object.entries(weights).map(([name, each]) => [`run.${name}`, each]));

describe.each(Object.entries(spellings))("%s", (_, { cell, resetAfter, layouts }) => {
  const x = numbers(steps * inputs, 7);
  const known = Object.entries(layouts) as [RecurrentLayout, Written][];
  const pairs = known.flatMap(([from, a]) => known.filter(([to]) => to !== from).map(([to, b]) => [from, to, a, b] as const));

  test.each(pairs)("%s to %s", (from, to, a, b) => {
    const [first, second] = [written(a), written(b)];
    const weights = randomWeights(first.parameters, 3);
    const converted = convertRecurrentWeights(stripped(weights), { cell, from, to, resetAfter });
    expect(Object.fromEntries(Object.entries(converted).map(([name, { shape }]) => [`run.${name}`, shape]))).toEqual(second.parameters);
    const states = second.load(prefixed(converted)).run({ x })["states"];
    expect(largestDifference(states, first.load(weights).run({ x })["states"])).toBeLessThan(1e-6);
    // The gates are told apart: weights in another order give something else.
    const shuffled = randomWeights(first.parameters, 4);
    expect(largestDifference(states, first.load(shuffled).run({ x })["states"])).toBeGreaterThan(1e-2);
  });
});

describe("conversions", () => {
  const torch: NamedArrays = { weight_ih_l0: array([8, 3], 1), weight_hh_l0: array([8, 2], 2), bias_ih_l0: array([8], 3), bias_hh_l0: array([8], 4) };

  test("PyTorch's gates i f g o are ONNX's i o f c", () => {
    const rows = (...order: readonly number[]) => order.flatMap((gate) => [2 * gate, 2 * gate + 1]);
    const { W, B } = convertRecurrentWeights(torch, { cell: "lstm", from: "torch", to: "onnx" });
    expect(W?.shape).toEqual([1, 8, 3]);
    const expected = rows(0, 3, 1, 2).flatMap((row) => [...(torch["weight_ih_l0"]?.data.slice(3 * row, 3 * row + 3) ?? [])]);
    expect([...(W?.data ?? [])]).toEqual(expected);
    const bias = (name: string) => rows(0, 3, 1, 2).map((row) => torch[name]?.data[row]);
    expect([...(B?.data ?? [])]).toEqual([...bias("bias_ih_l0"), ...bias("bias_hh_l0")]);
  });

  test("there and back again loses nothing, in two directions", () => {
    const both: NamedArrays = { ...torch, ...Object.fromEntries(Object.entries(torch).map(([name, { shape }], i) => [`${name}_reverse`, array(shape, 20 + i)])) };
    const back = convertRecurrentWeights(convertRecurrentWeights(both, { cell: "lstm", from: "torch", to: "onnx" }), { cell: "lstm", from: "onnx", to: "torch", layer: 2 });
    expect(Object.keys(back)).toEqual(["weight_ih_l2", "weight_hh_l2", "bias_ih_l2", "bias_hh_l2", "weight_ih_l2_reverse", "weight_hh_l2_reverse", "bias_ih_l2_reverse", "bias_hh_l2_reverse"]);
    for (const [name, each] of Object.entries(both)) expect(back[name.replace("l0", "l2")]).toEqual(each);
  });

  test("BasicLSTMCell adds 1 to the bias of its forget gate", () => {
    const tensorflow = convertRecurrentWeights(torch, { cell: "lstm", from: "torch", to: "tensorflow" });
    expect(tensorflow["kernel"]?.shape).toEqual([5, 8]);
    const [ih, hh] = [torch["bias_ih_l0"]?.data ?? [], torch["bias_hh_l0"]?.data ?? []];
    // Its gates are i j f o: the third one is PyTorch's second.
    expect(tensorflow["bias"]?.data[4]).toBeCloseTo((ih[2] ?? NaN) + (hh[2] ?? NaN) - 1, 6);
    expect(tensorflow["bias"]?.data[2]).toBeCloseTo((ih[4] ?? NaN) + (hh[4] ?? NaN), 6);
    const back = convertRecurrentWeights(tensorflow, { cell: "lstm", from: "tensorflow", to: "torch" });
    expect(back["weight_hh_l0"]).toEqual(torch["weight_hh_l0"]);
    expect(largestDifference(back["bias_ih_l0"]?.data, Array.from(ih, (value, i) => value + (hh[i] ?? NaN)))).toBeLessThan(1e-6);
  });

  const refused: [string, () => unknown, RegExp][] = [
    ["a tensor that is missing", () => convertRecurrentWeights({ weight_ih_l0: array([8, 3], 1) }, { cell: "lstm", from: "torch", to: "onnx" }), /weight_hh_l0 is missing/],
    ["one that is not part of the layer", () => convertRecurrentWeights({ ...torch, fc: array([2, 2], 1) }, { cell: "lstm", from: "torch", to: "onnx" }), /fc is not part/],
    ["sizes that do not fit", () => convertRecurrentWeights(torch, { cell: "gru", from: "torch", to: "onnx" }), /sizes do not fit/],
    ["a GRU that resets before, for PyTorch", () => convertRecurrentWeights({ W: array([1, 6, 3], 1), R: array([1, 6, 2], 1) }, { cell: "gru", from: "onnx", to: "torch", resetAfter: false }), /no GRU that resets before/],
    ["peepholes", () => convertRecurrentWeights({ W: array([1, 8, 3], 1), R: array([1, 8, 2], 1), P: array([1, 6], 1) }, { cell: "lstm", from: "onnx", to: "torch" }), /peepholes/],
    ["a projection", () => convertRecurrentWeights({ ...torch, weight_hr_l0: array([1, 2], 1) }, { cell: "lstm", from: "torch", to: "onnx" }), /weight_hr_l0 projects/],
    ["a cell that a framework has not", () => convertRecurrentWeights(torch, { cell: "gru", from: "torch", to: "tensorflow" }), /tensorflow has no layout for the cell gru/],
    ["a shape of another rank", () => convertRecurrentWeights({ ...torch, bias_ih_l0: array([1, 8], 1) }, { cell: "lstm", from: "torch", to: "onnx" }), /bias_ih_l0 has the shape \[1, 8\]/],
    ["two directions for Keras", () => convertRecurrentWeights({ W: array([2, 8, 3], 1), R: array([2, 8, 2], 1) }, { cell: "lstm", from: "onnx", to: "keras" }), /each direction apart/],
  ];
  test.each(refused)("%s is refused", (_, convert, message) => {
    expect(convert).toThrow(DiagnosticError);
    expect(convert).toThrow(message);
  });
});
