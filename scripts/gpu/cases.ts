/** Nets that GPU modules are tried on: published ones, and the library's, with what must come out. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { compile, type CompileOptions, initialWeights } from "../../src/compile.js";
import { fileHost } from "../../src/cli/files.js";
import { readModels } from "../../src/frontend/index.js";
import { staticLength } from "../../src/ir/graph/length.js";
import { graphNodes } from "../../src/ir/graph/traverse.js";
import { interpret } from "../../src/ir/graph/interpret.js";
import { formatDiagnostics } from "../../src/support/diagnostic-format.js";
import { defined } from "../../src/support/invariant.js";
import { readMl5Weights } from "../models/ml5-charrnn.js";
import { decisionWeights } from "../models/silero-vad.js";
import { readTensors, type Tensor } from "../models/tensors.js";
import type { Task } from "./evaluate.js";

export interface Case {
  readonly name: string;
  readonly module: string;
  readonly task: Omit<Task, "mode">;
  readonly expected: Readonly<Record<string, ArrayLike<number>>>;
  /** The largest |a - b| / max(1, |b|). */
  readonly bound: number;
  /** The output whose largest component must be the same everywhere, and how many components it has. */
  readonly choice?: { readonly output: string; readonly classes: number };
  /** Dispatches of one step may be no more, besides joining rows. */
  readonly dispatches?: { readonly each: number; readonly steps: number };
  /** Runs after which as many textures live as after the first. */
  readonly steady?: true;
}

type Weights = Readonly<Record<string, ArrayLike<number>>>;

interface Compiled {
  readonly gpu: string;
  readonly js: string;
  readonly dispatchesPerStep: number | undefined;
  readonly weights: Record<string, Float32Array>;
}

function compiled(file: string, text: string, model: string, batch?: "any"): Compiled {
  const make = (options: CompileOptions) => {
    const result = compile({ file, text, host: fileHost(process.cwd()) }, { models: [model], ...(batch === undefined ? {} : { batch }), ...options });
    if (result.files.length === 0) throw new Error(formatDiagnostics(result.diagnostics, result.sources, { color: false }));
    return result;
  };
  const gpu = make({ target: "gpu" });
  const js = make({});
  const report = defined(gpu.report.models[0], "the model");
  const code = (result: typeof gpu): string => defined(result.files.find(({ path: each }) => each.endsWith(".js")), "the module").text;
  return { gpu: code(gpu), js: code(js), dispatchesPerStep: report.gpu?.run.loops[0]?.dispatches, weights: initialWeights(report, 5) };
}

function numbers(weights: Weights): Task["weights"] {
  return Object.fromEntries(Object.entries(weights).map(([name, data]) => [name, Array.from(data)]));
}

function tensorNumbers(weights: Readonly<Record<string, Tensor>>): Task["weights"] {
  return numbers(Object.fromEntries(Object.entries(weights).map(([name, { data }]) => [name, data])));
}

/** Numbers between -1 and 1, the same each time. */
export function noise(count: number, seed: number): number[] {
  let state = seed * 2654435761 + 1;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

/** What the float64 interpreter of graphs says. */
function interpreted(text: string, weights: Weights, name: string, xs: { readonly data: readonly number[]; readonly length: number }): Record<string, ArrayLike<number>> {
  const graph = defined(readModels({ file: "net.model.ts", text }, fileHost(process.cwd())).models[0], "the model").graph;
  const shapes = new Map(graphNodes(graph).flatMap((node) => (node.op === "param" ? [[node.attributes.name, [...node.attributes.per.map((dim) => staticLength(dim.length) ?? 0), ...node.attributes.shape]] as const] : [])));
  const parameters = Object.fromEntries(Object.entries(weights).map(([key, data]) => [key, { shape: shapes.get(key) ?? [], data: Array.from(data) }]));
  const run = { inputs: { [name]: { shape: [xs.length, xs.data.length / xs.length], data: xs.data } }, parameters };
  return Object.fromEntries(Object.entries(interpret(graph, run as Parameters<typeof interpret>[1])).map(([key, { data }]) => [key, data]));
}

/** What plain JavaScript says, which tests hold against the interpreter. */
async function plain(js: string, weights: Weights, inputs: Readonly<Record<string, unknown>>): Promise<Record<string, ArrayLike<number>>> {
  const module = (await import(`data:text/javascript;base64,${Buffer.from(js).toString("base64")}`)) as { load(weights: Weights): { run(inputs: unknown): Record<string, ArrayLike<number>> } };
  return module.load(weights).run(inputs);
}

const nets = {
  LSTM: { call: "lstm", options: "{ hiddenSize: 24 }", each: 2 },
  GRU: { call: "gru", options: "{ hiddenSize: 24 }", each: 1 },
  "bidirectional LSTM": { call: "lstm", options: "{ hiddenSize: 12, bidirectional: true }", each: 2 },
  "stacked GRU": { call: "gru", options: "{ hiddenSize: 16, numLayers: 3 }", each: 1 },
} as const;

function netText(call: string, options: string): string {
  return `import { type Seq, type Vec } from "gatefold";\nimport { ${call} } from "gatefold/torch";\nexport function net(xs: Seq<"time", Vec<10>>) {\n  const layer = ${call}(xs, ${options});\n  return { output: layer.output };\n}\n`;
}

export async function libraryCases(): Promise<readonly Case[]> {
  const cases: Case[] = [];
  for (const [name, { call, options, each }] of Object.entries(nets)) {
    const text = netText(call, options);
    const { gpu, weights } = compiled("net.model.ts", text, "net");
    const xs = { data: noise(300, 3), length: 30 };
    const expected = interpreted(text, weights, "xs", xs);
    const loops = name.startsWith("bidirectional") ? 2 : name.startsWith("stacked") ? 3 : 1;
    cases.push({ name, module: gpu, task: { weights: numbers(weights), run: { inputs: { xs: xs.data }, times: 1 } }, expected, bound: 1e-4, dispatches: { each, steps: 30 * loops } });
    if (name !== "LSTM" && name !== "GRU") continue;
    const loud = noise(300, 4).map((x) => (x < 0 ? -1000 : 1000));
    cases.push({ name: `${name}, inputs of +-1000`, module: gpu, task: { weights: numbers(weights), run: { inputs: { xs: loud }, times: 1 } }, expected: interpreted(text, weights, "xs", { data: loud, length: 30 }), bound: 1e-4 });
  }
  const together = compiled("net.model.ts", netText("lstm", "{ hiddenSize: 24 }"), "net", "any");
  const members = [30, 30, 29, 27, 30, 22, 30, 30, 16, 30, 28, 30].map((length, i) => ({ xs: noise(10 * length, i + 7) }));
  const each = await Promise.all(members.map((member) => plain(together.js, together.weights, member)));
  const all = each.flatMap(({ output }) => Array.from(output ?? []));
  cases.push({ name: "LSTM, 12 members side by side", module: together.gpu, task: { weights: numbers(together.weights), run: { inputs: members, times: 1 } }, expected: { output: all }, bound: 1e-4, dispatches: { each: 2, steps: 30 } });
  const wide = compiled("net.model.ts", netText("lstm", "{ hiddenSize: 128 }"), "net");
  const many = noise(20_000, 8);
  cases.push({ name: "LSTM of 128 over 2,000 steps", module: wide.gpu, task: { weights: numbers(wide.weights), run: { inputs: { xs: many }, times: 1 } }, expected: await plain(wide.js, wide.weights, { xs: many }), bound: 1e-4, dispatches: { each: 2, steps: 2000 } });
  const long = compiled("net.model.ts", netText("lstm", "{ hiddenSize: 16 }"), "net");
  const xs = noise(20_000, 5);
  const expected = await plain(long.js, long.weights, { xs });
  cases.push({ name: "LSTM over 2,000 steps", module: long.gpu, task: { weights: numbers(long.weights), run: { inputs: { xs }, times: 1 } }, expected, bound: 1e-4, dispatches: { each: 2, steps: 2000 } });
  const short = noise(50, 6);
  cases.push({ name: "LSTM, 1,000 sequences in a row", module: long.gpu, task: { weights: numbers(long.weights), run: { inputs: { xs: short }, times: 1000 } }, expected: await plain(long.js, long.weights, { xs: short }), bound: 1e-4, steady: true });
  return cases;
}

interface Ml5Expected {
  readonly ids: readonly number[];
  readonly logits: readonly number[];
}

/** Undefined where the published models are not beside the project. */
export function publishedCases(shared: string, models: string): readonly Case[] | undefined {
  const ml5 = path.join(shared, "models/ml5-charrnn");
  const silero = path.join(shared, "models/silero-vad");
  if (!existsSync(ml5) || !existsSync(silero)) return undefined;
  const { ids, logits } = JSON.parse(readFileSync(path.join(ml5, "expected.json"), "utf8")) as Ml5Expected;
  const characters = ids.slice(0, 100);
  const classes = logits.length / ids.length;
  const charrnn = compiled("ml5-charrnn.model.ts", readFileSync(path.join(models, "ml5-charrnn.model.ts"), "utf8"), "charRnn");
  const ml5Weights = tensorNumbers(readMl5Weights(ml5));
  const wanted = { expected: { logits: logits.slice(0, 100 * classes) }, bound: 1e-3, choice: { output: "logits", classes } };
  const decide = compiled("silero-vad.model.ts", readFileSync(path.join(models, "silero-vad.model.ts"), "utf8"), "decide");
  const tensor = readTensors(path.join(silero, "weights"));
  const said = readTensors(path.join(silero, "expected"));
  const features = said("lstm_input").data;
  const frames = said("speech_prob").data.length;
  const width = features.length / frames;
  const steps = Array.from({ length: frames }, (_, t) => ({ features: Array.from(features.slice(t * width, (t + 1) * width)) }));
  return [
    { name: "ml5 character model, 100 characters", module: charrnn.gpu, task: { weights: ml5Weights, run: { inputs: { text: characters }, times: 1 } }, ...wanted },
    { name: "ml5 character model, step by step", module: charrnn.gpu, task: { weights: ml5Weights, steps: characters.map((text) => ({ text })) }, ...wanted },
    {
      name: `Silero's LSTM, ${frames} frames step by step`,
      module: decide.gpu,
      task: { weights: tensorNumbers(decisionWeights(tensor)), steps },
      expected: { h: said("h").data, probability: said("speech_prob").data },
      bound: 1e-4,
    },
  ];
}
