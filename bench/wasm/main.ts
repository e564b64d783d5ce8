/**
 * `npm run bench:wasm`: the target wasm against the target js, on the nets of ../js/nets.model.ts. Both sides run in one
 * process, in turns that change places; what counts is the median of the rounds' ratios, since times taken apart may differ
 * by 2 on a shared machine.
 *
 *   npm run bench:wasm
 *   npm run bench:wasm -- --only lstm-128,gru-256 --rounds 61
 */
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compileFile, writeFiles } from "../../src/cli/node.js";
import { formatDiagnostics } from "../../src/support/diagnostic-format.js";
import { scriptOptions } from "../../scripts/options.js";

const options = scriptOptions(import.meta.url, { only: { type: "string" }, rounds: { type: "string", default: "31" } });
const rounds = Number(options.rounds);
const input = 64;
const turns = 100;
/** Milliseconds that a side runs in a round. */
const slice = 5;

interface Model {
  run(inputs: Readonly<Record<string, unknown>>): { readonly h: Float32Array };
  stream(): { step(inputs: Readonly<Record<string, unknown>>): { readonly h: Float32Array } };
}

interface Module {
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  load(weights: Readonly<Record<string, Float32Array>>): Model;
}

type Side = () => Float32Array;

function numbers(count: number, seed: number, scale: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.3 + seed) * scale);
}

async function loadTarget(net: string, hidden: number, target: "js" | "wasm", folder: string): Promise<Module> {
  const name = `${net}-${hidden}-${target}`;
  const source = fileURLToPath(new URL("../js/nets.model.ts", import.meta.url));
  const { files, diagnostics, sources } = await compileFile(source, { models: [net], settings: { hidden }, name, target, extension: "mjs" });
  if (files.length === 0) throw new Error(formatDiagnostics(diagnostics, sources, { color: false }));
  await writeFiles(folder, files);
  return (await import(pathToFileURL(path.join(folder, `${name}.mjs`)).href)) as Module;
}

function sides(model: Model): { readonly step: Side; readonly sequence: Side } {
  const xs = numbers(turns * input, 3, 1);
  const rows = Array.from({ length: turns }, (_, t) => xs.slice(t * input, (t + 1) * input));
  const stream = model.stream();
  const record: { xs: Float32Array | undefined } = { xs: rows[0] };
  let turn = 0;
  return {
    step: () => {
      record.xs = rows[turn++ % turns];
      return stream.step(record).h;
    },
    sequence: () => model.run({ xs }).h,
  };
}

/** Microseconds a call. */
function time(side: Side, count: number): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i++) side();
  return Number(process.hrtime.bigint() - start) / count / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function race(js: Side, wasm: Side): { readonly js: number; readonly wasm: number; readonly ratio: number } {
  const counts = [js, wasm].map((side) => {
    for (const end = performance.now() + 200; performance.now() < end; ) time(side, 5);
    return Math.max(1, Math.round((slice * 1000) / time(side, 10)));
  });
  const times: { readonly js: number[]; readonly wasm: number[] } = { js: [], wasm: [] };
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? (["js", "wasm"] as const) : (["wasm", "js"] as const)) times[name].push(time(name === "js" ? js : wasm, (name === "js" ? counts[0] : counts[1]) ?? 1));
  }
  return { js: median(times.js), wasm: median(times.wasm), ratio: median(times.js.map((each, i) => each / (times.wasm[i] ?? NaN))) };
}

const folder = await mkdtemp(path.join(os.tmpdir(), "gatefold-bench-"));
try {
  console.log(`${os.cpus()[0]?.model ?? "unknown processor"}, load ${(os.loadavg()[0] ?? 0).toFixed(1)}; Node ${process.versions.node}; ${input} inputs, medians of ${rounds} rounds`);
  console.log("net   hidden  task        js us   wasm us   js/wasm    error");
  for (const net of ["lstm", "gru"]) {
    for (const hidden of [32, 128, 256, 512]) {
      if (options.only !== undefined && !options.only.split(",").includes(`${net}-${hidden}`)) continue;
      const modules = [await loadTarget(net, hidden, "js", folder), await loadTarget(net, hidden, "wasm", folder)] as const;
      const weights = Object.fromEntries(Object.entries(modules[0].parameters).map(([name, shape], i) => [name, numbers(shape.reduce((a, b) => a * b, 1), i, 1 / Math.sqrt(hidden))]));
      const [js, wasm] = [sides(modules[0].load(weights)), sides(modules[1].load(weights))];
      for (const task of ["step", "sequence"] as const) {
        const wanted = js[task]().slice();
        const error = wasm[task]().reduce((worst, value, i) => Math.max(worst, Math.abs(value - (wanted[i] ?? NaN))), 0);
        const raced = race(js[task], wasm[task]);
        console.log([net.padEnd(4), String(hidden).padStart(6), (task === "step" ? "1 step" : `T=${turns}`).padEnd(6), raced.js.toFixed(1).padStart(10), raced.wasm.toFixed(1).padStart(8), raced.ratio.toFixed(2).padStart(8), error.toExponential(1).padStart(7)].join("  "));
      }
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
