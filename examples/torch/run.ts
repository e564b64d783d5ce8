/**
 * Compiles layers.model.ts, runs each layer on a batch of 3 sequences of 5 steps, and prints what PyTorch would print:
 *
 *     npx tsx examples/torch/run.ts
 *
 * The arrays are PyTorch's own, [time, batch, features], since the module is compiled with layout: "time-first". Weights
 * begin as PyTorch's do; a state_dict that was saved as safetensors loads by the same names. Given a folder of cases that
 * PyTorch made (see scripts/models/pytorch.ts), it takes its weights and inputs from there and shows how far its numbers
 * are from PyTorch's:
 *
 *     npx tsx examples/torch/run.ts ../shared/conformance/pytorch
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compile, formatDiagnostics, initialWeights, readSafetensors, tensorAsFloat32, type SafetensorsTensor } from "gatefold";

const [time, batch] = [5, 3];
const [cases] = process.argv.slice(2);
const file = fileURLToPath(new URL("layers.model.ts", import.meta.url));
const { files, diagnostics, sources, report } = compile({ file: "layers.model.ts", text: readFileSync(file, "utf8") }, { layout: "time-first" });
if (files.length === 0) throw new Error(formatDiagnostics(diagnostics, sources));

type Arrays = Readonly<Record<string, Float32Array>>;

interface Model {
  readonly inputs: Readonly<Record<string, { readonly shape: readonly (number | string)[] }>>;
  runPadded(inputs: Arrays, options: { readonly batch: number }): Readonly<Record<string, { readonly data: Float32Array; readonly shape: readonly number[] }>>;
}

/** The case of each layer, what PyTorch's names for states are there, and the prefix of our weights. */
const layers: Readonly<Record<string, { readonly file: string; readonly prefix: string; readonly states: Readonly<Record<string, string>> }>> = {
  LSTM: { file: "seed_lstm", prefix: "lstmLayer", states: {} },
  LSTMCell: { file: "lstmcell_bias1", prefix: "lstmSteps", states: { hx: "h", cx: "c" } },
  GRU: { file: "seed_gru", prefix: "gruLayer", states: {} },
  GRUCell: { file: "grucell_bias1", prefix: "gruSteps", states: { hx: "h" } },
};

const folder = mkdtempSync(path.join(tmpdir(), "gatefold-torch-"));
try {
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }\n');
  for (const { path: name, text } of files) writeFileSync(path.join(folder, name), text);
  const { load } = (await import(pathToFileURL(path.join(folder, "layers.js")).href)) as { load(weights: unknown): Readonly<Record<string, Model>> };

  const known = new Map(Object.entries(layers).flatMap(([name, { file: each }]) => {
    const at = cases === undefined ? undefined : path.join(cases, `${each}.safetensors`);
    return at === undefined || !existsSync(at) ? [] : [[name, readSafetensors(readFileSync(at)).tensors] as const];
  }));
  const weights = Object.assign({}, ...report.models.map((model) => {
    const tensors = known.get(model.name);
    if (tensors === undefined) return initialWeights(model, 1);
    return Object.fromEntries([...tensors].flatMap(([name, tensor]) => (name.startsWith("weight.") ? [[`${layers[model.name]?.prefix ?? ""}.${name.slice(7)}`, tensorAsFloat32(tensor)]] : [])));
  })) as Arrays;

  const models = load(weights);
  for (const { name } of report.models) {
    const model = models[name];
    if (model === undefined) continue;
    const tensors = known.get(name);
    const sizes = Object.entries(model.inputs).map(([key, { shape }]) => [key, shape.reduce<number>((product, size) => product * (size === "time" ? time : Number(size)), batch)] as const);
    const inputs = Object.fromEntries(sizes.map(([key, size], i) => [key, tensors === undefined ? wave(size, i) : tensorAsFloat32(stored(tensors, name, key, "input"))]));
    console.log(`\n${name}`);
    for (const [key, { data, shape }] of Object.entries(model.runPadded(inputs, { batch }))) {
      const expected = tensors === undefined ? undefined : stored(tensors, name, key, "output");
      const apart = expected === undefined ? "" : `   at most ${furthest(data, tensorAsFloat32(expected)).toExponential(1)} from PyTorch's`;
      console.log(`  ${key.padEnd(6)} torch.Size([${shape.join(", ")}])   ${Array.from(data.slice(0, 3), (value) => value.toFixed(4)).join(" ")} ...${apart}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** PyTorch calls the input x; h0 is what a state begins with, hn what it ends with. */
function stored(tensors: ReadonlyMap<string, SafetensorsTensor>, layer: string, key: string, kind: "input" | "output"): SafetensorsTensor {
  const state = layers[layer]?.states[key];
  const tensor = tensors.get(`${kind}.${state !== undefined ? `${state}${kind === "input" ? "0" : "n"}` : key === "input" ? "x" : key}`);
  if (tensor === undefined) throw new Error(`the case of ${layer} has no ${kind} ${key}`);
  return tensor;
}

function furthest(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers, PyTorch has ${b.length}`);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);
}

/** Numbers to run on. */
function wave(size: number, seed: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + seed));
}
