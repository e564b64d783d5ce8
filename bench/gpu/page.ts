/**
 * What runs in the page: every contender computes the same net on the same numbers, and they take turns, so that what the
 * machine does besides falls on all of them. It is bundled with its libraries and called from main.ts.
 */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-webgl";
import * as layers from "@tensorflow/tfjs-layers";
import * as ort from "onnxruntime-web/webgpu";
import { blocks, concatenated, transposed } from "../onnx/layout.js";

interface Work {
  readonly net: "lstm" | "gru";
  readonly hidden: number;
  readonly input: number;
  readonly turns: number;
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly members: readonly (readonly number[])[];
  readonly expected: readonly number[];
  /** Texts of modules: of the GPU target, and of plain JavaScript. */
  readonly gpu: string;
  readonly js: string;
  /** The ONNX model, as base64. */
  readonly onnx: string;
  readonly modes: readonly string[];
  /** Of the contenders, those whose names have one of these in them; all where there is none. */
  readonly only: readonly string[];
  readonly rounds: number;
  /** The longest that one contender may take in all, in milliseconds. */
  readonly budget: number;
}

interface Contender {
  readonly name: string;
  call(): Promise<Float32Array>;
  close(): Promise<void>;
}

interface GpuModel {
  readonly device: { readonly dispatches: number; readonly readBacks: number; readonly bytesUp: number; readonly bytesDown: number; readonly kernelClass: string };
  run(inputs: unknown): Promise<{ output: Float32Array } | { output: Float32Array }[]>;
  dispose(): Promise<void>;
}

const loaded = (text: string, ...names: readonly (readonly [string, unknown])[]): { load(weights: unknown, options?: unknown): unknown } => {
  const body = text.replace(/^import .*$/m, "").replace(/^export (const|function|async function)/gm, "$1");
  return new Function(...names.map(([name]) => name), `"use strict";\n${body}\nreturn { load };`)(...names.map(([, value]) => value)) as { load(weights: unknown, options?: unknown): unknown };
};

const joined = (parts: readonly { output: Float32Array }[]): Float32Array => concatenated(...parts.map(({ output }) => output));

function weightsOf(work: Work): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(work.weights).map(([name, data]) => [name, Float32Array.from(data)]));
}

async function ours(work: Work, mode: string): Promise<Contender & { readonly counts: () => unknown }> {
  const { GPU: G } = window as unknown as { GPU: { GPU?: unknown; Input: unknown; input: unknown } };
  const library = (G.GPU ?? G) as typeof G;
  const model = (await loaded(work.gpu, ["GPU", library], ["Input", library.Input], ["input", library.input]).load(weightsOf(work), { mode })) as GpuModel;
  const members = work.members.map((xs) => ({ xs: Float32Array.from(xs) }));
  let before = model.device;
  return {
    name: `gatefold ${mode}`,
    async call() {
      before = model.device;
      return joined((await model.run(members)) as { output: Float32Array }[]);
    },
    counts() {
      const after = model.device;
      return { dispatches: after.dispatches - before.dispatches, readBacks: after.readBacks - before.readBacks, bytesUp: after.bytesUp - before.bytesUp, bytesDown: after.bytesDown - before.bytesDown, kernelClass: after.kernelClass };
    },
    close: () => model.dispose(),
  };
}

async function plainJs(work: Work): Promise<Contender> {
  const model = loaded(work.js).load(weightsOf(work)) as { run(inputs: unknown): { output: Float32Array }[] };
  const members = work.members.map((xs) => ({ xs: Float32Array.from(xs) }));
  return { name: "plain JS", call: async () => joined(model.run(members)), close: async () => {} };
}

/** TensorFlow.js has no GRU that resets after the product. */
async function tfjs(work: Work): Promise<Contender> {
  const { hidden, input, turns } = work;
  await tf.setBackend("webgl");
  await tf.ready();
  const weights = weightsOf(work);
  const weight = (name: string): Float32Array => {
    const found = weights[`layer.${name}`];
    if (found === undefined) throw new Error(`there is no ${name}`);
    return blocks(found, [0, 1, 2, 3]);
  };
  const layer = layers.layers.lstm({ units: hidden, recurrentActivation: "sigmoid", unitForgetBias: false, kernelInitializer: "zeros", recurrentInitializer: "zeros", returnSequences: true });
  const x = tf.tensor3d(concatenated(...work.members.map((xs) => Float32Array.from(xs))), [work.members.length, turns, input]);
  tf.dispose(layer.apply(x) as tf.Tensor);
  const recurrent = weight("bias_hh_l0");
  layer.setWeights([
    tf.tensor2d(transposed(weight("weight_ih_l0"), input), [input, 4 * hidden]),
    tf.tensor2d(transposed(weight("weight_hh_l0"), hidden), [hidden, 4 * hidden]),
    tf.tensor1d(weight("bias_ih_l0").map((value, i) => value + (recurrent[i] ?? NaN))),
  ]);
  return {
    name: "tfjs webgl",
    async call() {
      const result = tf.tidy(() => layer.apply(x) as tf.Tensor);
      const data = (await result.data()) as Float32Array;
      tf.dispose(result);
      return data;
    },
    close: async () => tf.dispose(x),
  };
}

async function onnxruntime(work: Work, provider: "wasm" | "webgpu"): Promise<Contender> {
  ort.env.wasm.wasmPaths = "/ort/";
  ort.env.wasm.numThreads = 1;
  const bytes = Uint8Array.from(atob(work.onnx), (character) => character.charCodeAt(0));
  const session = await ort.InferenceSession.create(bytes, { executionProviders: [provider] });
  const { members, turns, input, hidden } = work;
  // [time, member, input], as ONNX has it.
  const x = new Float32Array(turns * members.length * input);
  members.forEach((xs, b) => {
    for (let t = 0; t < turns; t++) for (let k = 0; k < input; k++) x[(t * members.length + b) * input + k] = xs[t * input + k] ?? NaN;
  });
  const feeds = { X: new ort.Tensor("float32", x, [turns, members.length, input]) };
  return {
    name: `onnxruntime-web ${provider}`,
    async call() {
      const { Y } = await session.run(feeds);
      const data = (await Y?.getData()) as Float32Array;
      const out = new Float32Array(data.length);
      for (let t = 0; t < turns; t++) for (let b = 0; b < members.length; b++) out.set(data.subarray((t * members.length + b) * hidden, (t * members.length + b + 1) * hidden), (b * turns + t) * hidden);
      return out;
    },
    close: () => session.release(),
  };
}

function distance(found: Float32Array, expected: readonly number[]): number {
  if (found.length !== expected.length) return NaN;
  return expected.reduce((largest, b, i) => {
    const each = Math.abs((found[i] ?? NaN) - b) / Math.max(1, Math.abs(b));
    return each <= largest ? largest : each;
  }, 0);
}

/** Every contender's times, round by round, its distance from what is right, and what it costs. */
async function race(work: Work): Promise<unknown> {
  const enter: (readonly [string, () => Promise<Contender>])[] = [
    ["plain JS", () => plainJs(work)],
    ...work.modes.map((mode) => [`gatefold ${mode}`, () => ours(work, mode)] as const),
    ...(work.net === "lstm" ? [["tfjs webgl", () => tfjs(work)] as const] : []),
    ["onnxruntime-web wasm", () => onnxruntime(work, "wasm")],
    ["onnxruntime-web webgpu", () => onnxruntime(work, "webgpu")],
  ];
  const results: { name: string; distance?: number; times: number[]; counts?: unknown; absent?: string }[] = [];
  const contenders: { readonly contender: Contender; readonly result: (typeof results)[number] }[] = [];
  for (const [name, open] of enter) {
    if (work.only.length > 0 && !work.only.some((part) => name.includes(part))) continue;
    const result: (typeof results)[number] = { name, times: [] };
    results.push(result);
    try {
      const contender = await open();
      const begun = performance.now();
      result.distance = distance(await contender.call(), work.expected);
      // Who is slow is slow whether warm or not.
      if (performance.now() - begun < work.budget / 2) await contender.call();
      contenders.push({ contender, result });
    } catch (thrown) {
      result.absent = thrown instanceof Error ? thrown.message.split("\n")[0] ?? "" : String(thrown);
    }
  }
  for (let round = 0; round < work.rounds; round++) {
    for (const { contender, result } of contenders) {
      if (result.times.reduce((sum, time) => sum + time, 0) > work.budget) continue;
      const started = performance.now();
      await contender.call();
      result.times.push(performance.now() - started);
    }
  }
  for (const { contender, result } of contenders) {
    if ("counts" in contender) result.counts = (contender.counts as () => unknown)();
    await contender.close();
  }
  return results;
}

/** What the page computes on. */
async function device(): Promise<Record<string, string>> {
  const gl = document.createElement("canvas").getContext("webgl2");
  const debug = gl?.getExtension("WEBGL_debug_renderer_info");
  const adapter = await (navigator as unknown as { gpu?: { requestAdapter(): Promise<{ info?: { vendor: string; architecture: string; description: string } } | null> } }).gpu?.requestAdapter();
  const info = adapter?.info;
  return {
    WebGL: gl === null || gl === undefined ? "none" : String(gl.getParameter(debug?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER)),
    WebGPU: info === undefined ? "none" : [info.vendor, info.architecture, info.description].filter((each) => each !== "").join(" "),
    browser: navigator.userAgent,
  };
}

Object.assign(window, { bench: { race, device } });
