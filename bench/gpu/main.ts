/**
 * `npm run bench:gpu`: generated GPU modules against plain JavaScript, TensorFlow.js on WebGL and onnxruntime-web, in one page
 * of Chromium; and on headless GL in Node, against plain JavaScript there. Exits with 1 below a bar.
 *
 *   npm run bench:gpu                 LSTM and GRU, hidden 128 and 256, batches of 1 and 32, 50 steps of 64 numbers; some minutes
 *   npm run bench:gpu -- --quick      hidden 128, batch 1
 *   npm run bench:gpu -- --net lstm --only webgl2,tfjs
 *                                     one net; of the contenders, those whose names have one of these in them
 *
 * Bars: dispatches and bytes of a run, which are counted; and at batch 1 with 128 hidden units, five times as fast as
 * TensorFlow.js on WebGL. Times are medians of rounds in which all contenders take turns. All else is told, with the device.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { nodeEnvironment } from "../../scripts/gpu/environments.js";
import { chromiumFlags } from "../../scripts/gpu/page.js";
import { startDisplay } from "../../scripts/gpu/display.js";
import { toolPath } from "../../scripts/machine/tools.js";
import { compileFile } from "../../src/cli/node.js";
import { initialWeights } from "../../src/index.js";
import { formatDiagnostics } from "../../src/support/diagnostic-format.js";
import { defined } from "../../src/support/invariant.js";
import { installPeers } from "../install.js";
import { onnxFile } from "../onnx/model.js";
import { onnxNets } from "../onnx/nets.js";
import { scriptOptions } from "../../scripts/options.js";

const folder = fileURLToPath(new URL(".", import.meta.url));
const options = scriptOptions(import.meta.url, { quick: { type: "boolean", default: false }, net: { type: "string" }, only: { type: "string" } });
const { quick } = options;
const headlessName = "gatefold headlessgl";
const only = options.only?.split(",") ?? [];
const [input, turns] = [64, 50];
const cases = (["lstm", "gru"] as const).filter((net) => options.net === undefined || net === options.net).flatMap((net) => (quick ? [128] : [128, 256]).flatMap((hidden) => (quick ? [1] : [1, 32]).map((batch) => ({ net, hidden, batch }))));

/** Dispatches of one step, and bytes beside the numbers that go in and come out. */
const dispatchesPerStep = { lstm: 2, gru: 1 } as const;

interface Counts {
  readonly dispatches: number;
  readonly readBacks: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

interface Result {
  readonly name: string;
  readonly distance?: number;
  readonly times: readonly number[];
  readonly counts?: Counts;
  readonly absent?: string;
}

let headless: ReturnType<typeof nodeEnvironment> | undefined;

installPeers();
const page = await openPage();
const faults: string[] = [];
try {
  const device = (await page.evaluate("bench.device()")) as Record<string, string>;
  for (const [name, text] of Object.entries(device)) console.log(`${name}: ${text}`);
  for (const each of cases) report(each, await race(each));
} finally {
  await page.close();
}
for (const fault of faults) console.log(`below the bar: ${fault}`);
console.log(faults.length === 0 ? "every bar is reached" : `${faults.length} bars are missed`);
process.exit(faults.length === 0 ? 0 : 1);

async function race({ net, hidden, batch }: (typeof cases)[number]): Promise<readonly Result[]> {
  const file = path.join(folder, "../nets", `${net}.model.ts`);
  const made = async (target: "gpu" | "js") => {
    const { files, report, diagnostics, sources } = await compileFile(file, { target, settings: { hidden }, name: net, ...(batch === 1 ? {} : { batch: "any" }) });
    if (files.length === 0) throw new Error(formatDiagnostics(diagnostics, sources, { color: false }));
    return { text: defined(files[0], "the module").text, model: defined(report.models[0], "the model") };
  };
  const [gpu, js] = [await made("gpu"), await made("js")];
  const weights = initialWeights(js.model, 3);
  let state = 7;
  const members = Array.from({ length: batch }, () => Array.from({ length: turns * input }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  }));
  const module = (await import(`data:text/javascript;base64,${Buffer.from(js.text).toString("base64")}`)) as { load(weights: unknown): { run(inputs: unknown): { output: Float32Array }[] } };
  const plain = module.load(weights);
  const expected = plain.run(members.map((xs) => ({ xs }))).flatMap(({ output }) => Array.from(output));
  const shapes = new Map(js.model.parameters.map(({ name, shape }) => [name, shape]));
  const data = {
    case: { net, hidden, task: batch === 1 ? "sequence" : "batch", threads: "one" },
    weights: Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, { shape: shapes.get(name) ?? [], data: values }])),
    members: [], expected: new Float32Array(0), modules: {},
  } as unknown as Parameters<NonNullable<(typeof onnxNets)["lstm"]>>[0];
  const onnx = onnxFile(defined(onnxNets[net], "the ONNX net")(data, { turns, members: batch }).graph);
  const flat = Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, Array.from(values)]));
  const work = { net, hidden, input, turns, weights: flat, members, expected, gpu: gpu.text, js: js.text, onnx: Buffer.from(onnx).toString("base64"), modes: ["webgl2", "webgpu", "webasm"], only, rounds: batch === 1 ? 15 : 5, budget: 4000 };
  const results = (await page.evaluate(`bench.race(${JSON.stringify(work)})`)) as Result[];
  return only.length > 0 && !only.some((part) => headlessName.includes(part)) ? results : [...results, await onHeadlessGl(gpu.text, flat, members)];
}

/** The same on GL in Node, by itself: nobody else runs there. */
async function onHeadlessGl(module: string, weights: Record<string, number[]>, members: readonly number[][]): Promise<Result> {
  const display = await startDisplay();
  if (display === undefined) return { name: headlessName, times: [], absent: "no display" };
  headless ??= nodeEnvironment("headlessgl");
  const inputs = members.map((xs) => ({ xs }));
  // The first run makes the kernels.
  const { evaluated } = await headless.evaluate(module, { weights, run: { inputs, times: members.length === 1 ? 11 : 3 } });
  return { name: headlessName, times: evaluated.times.slice(1) };
}

function report({ net, hidden, batch }: (typeof cases)[number], results: readonly Result[]): void {
  const title = `${net.toUpperCase()}, ${hidden} hidden, batch ${batch}, ${turns} steps`;
  console.log(`\n${title}`);
  for (const { name, times, distance, counts, absent } of results) {
    const cost = counts === undefined ? "" : `${counts.dispatches} dispatches, ${counts.readBacks} read back, ${counts.bytesUp} bytes up, ${counts.bytesDown} down`;
    console.log(`  ${name.padEnd(24)}${absent === undefined ? `${median(times).toFixed(2).padStart(10)} ms  ${distance === undefined ? "" : distance.toExponential(1)}  ${cost}` : `  absent: ${absent}`}`);
    if (distance !== undefined && !(distance <= 1e-4)) faults.push(`${title}: ${name} is off by ${distance}`);
    if (counts !== undefined) {
      // One projection; the steps; rows joined by sevens at the most, and sevens of these. Inputs and lengths of a batch are
      // handed over by kernels of their own, and its rows become parts of its members. All members go together.
      const most = 1 + dispatchesPerStep[net] * turns + Math.ceil(turns / 6) + 2 + (batch === 1 ? 1 : 4);
      if (counts.dispatches > most) faults.push(`${title}: ${name} takes ${counts.dispatches} dispatches, more than ${most}`);
      if (counts.readBacks !== 1) faults.push(`${title}: ${name} reads back ${counts.readBacks} times`);
      // Lengths are rounded up to a power of two: at most twice what is asked for.
      if (counts.bytesUp > 2 * 4 * batch * turns * input || counts.bytesDown > 2 * 4 * batch * turns * hidden) faults.push(`${title}: ${name} moves ${counts.bytesUp} bytes up and ${counts.bytesDown} down`);
    }
  }
  if (net !== "lstm" || batch !== 1 || hidden !== 128) return;
  const [own, other] = ["gatefold webgl2", "tfjs webgl"].map((name) => results.find((each) => each.name === name));
  if (own?.absent !== undefined || other?.absent !== undefined || own === undefined || other === undefined) {
    faults.push(`${title}: nobody to compare with: ${own?.absent ?? ""} ${other?.absent ?? ""}`);
    return;
  }
  // Paired: the same round of each.
  const ratio = median(own.times.map((time, i) => (other.times[i] ?? NaN) / time).filter((each) => !Number.isNaN(each)));
  console.log(`  ${ratio.toFixed(1)} times as fast as TensorFlow.js on WebGL`);
  if (!(ratio >= 5)) faults.push(`${title}: ${ratio.toFixed(2)} times tfjs-webgl, less than 5`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

async function openPage() {
  const bundle = await build({ entryPoints: [path.join(folder, "page.ts")], bundle: true, write: false, format: "iife", platform: "browser", target: "esnext", logLevel: "error", define: { "process.env.NODE_ENV": '"production"' } });
  const ort = path.dirname(createRequire(import.meta.url).resolve("onnxruntime-web/webgpu"));
  const gpuJs = readFileSync(createRequire(import.meta.url).resolve("gpu.js/dist/gpu-browser.js"));
  const files: Record<string, readonly [string, () => Uint8Array | string]> = {
    "/": ["text/html", () => `<!doctype html><meta charset="utf-8"><title>bench</title><script src="/gpu.js"></script><script src="/bench.js"></script>`],
    "/gpu.js": ["text/javascript", () => gpuJs],
    "/bench.js": ["text/javascript", () => defined(bundle.outputFiles[0], "the bundle").text],
  };
  const server = createServer((request, response) => {
    const url = (request.url ?? "/").split("?")[0] ?? "/";
    const known = files[url];
    const [type, content] = known ?? (/^\/ort\/[\w.-]+\.(mjs|wasm)$/.test(url) ? [url.endsWith(".wasm") ? "application/wasm" : "text/javascript", () => readFileSync(path.join(ort, path.basename(url)))] as const : (["text/plain", () => ""] as const));
    response.writeHead(200, { "content-type": type, "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" });
    response.end(content());
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const browser = await chromium.launch({ executablePath: toolPath("chromium"), args: chromiumFlags });
  const opened = await browser.newPage();
  await opened.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
  opened.setDefaultTimeout(600_000);
  return {
    evaluate: (text: string) => opened.evaluate(text),
    async close() {
      await browser.close();
      server.close();
    },
  };
}
