/**
 * `npm run bench:js`: is generated JavaScript as fast as what one would write by hand?
 *
 * The nets of nets.model.ts go the whole way - model file, compiler, module, load, stream().step() and run() - and race
 * against ../hand, the same nets in the best plain JavaScript that we could write. That these are a fair bar is measured
 * first: the rate of their products against the best of the candidates of ../kernel-shapes.js.
 *
 *   npm run bench:js                 everything, in under three minutes
 *   npm run bench:js -- --quick      fewer processes and rounds: a first look
 *   npm run bench:js -- --check      exit with 1 where a bar is missed
 *   npm run bench:js -- --only lstm-128-step,gru-32-sequence
 *   npm run bench:js -- --compile    how long compiling takes instead
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { compileFile, writeFiles } from "../../src/cli/node.js";
import { formatDiagnostics } from "../../src/support/diagnostic-format.js";
import { reportCompileTimes } from "./compile-time.js";
import { scriptOptions } from "../../scripts/options.js";

const folder = path.dirname(fileURLToPath(import.meta.url));
const run = promisify(execFile);

/** The least that the products of the hand-written nets reach of the best rate, from this size on. */
const handBar = { share: 0.9, from: 128 };
/** The least that generated code reaches of the speed of hand-written code, everywhere. */
const ownBar = 0.97;
/** The largest difference of the two, relative to numbers above 1. */
const errorBar = 1e-5;

const nets = ["lstm", "gru"] as const;
const sizes = [32, 128, 256] as const;
const tasks = ["step", "sequence"] as const;

interface Shape {
  readonly net: (typeof nets)[number];
  readonly hidden: number;
  readonly task: (typeof tasks)[number];
}

/** What measure.js prints; times in microseconds. */
interface Measured {
  readonly hand: number;
  readonly ours: number;
  readonly ratio: number;
  readonly error: number | string;
  readonly consumed: boolean;
}

interface Rate {
  readonly best: number;
  readonly products: number;
  readonly share: number;
}

const options = scriptOptions(import.meta.url, { quick: { type: "boolean", default: false }, check: { type: "boolean", default: false }, only: { type: "string" }, compile: { type: "boolean", default: false } });
const processes = options.quick ? 1 : 5;
const rounds = options.quick ? 21 : 31;

function shapeName({ net, hidden, task }: Shape): string {
  return `${net}-${hidden}-${task}`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** How fast code is depends on where it comes to lie: what counts is the median of several processes. */
async function measure(shape: Shape, module: string): Promise<Measured> {
  const all: Measured[] = [];
  for (let i = 0; i < processes; i++) {
    const { stdout } = await run(process.execPath, [path.join(folder, "measure.js"), module, shape.net, String(shape.hidden), shape.task, String(rounds)]);
    all.push(JSON.parse(stdout) as Measured);
  }
  const wrong = all.find(({ error, consumed }) => typeof error === "string" || !(error < errorBar) || !consumed);
  const [first] = all;
  if (first === undefined) throw new Error("nothing was measured");
  return { hand: median(all.map(({ hand }) => hand)), ours: median(all.map(({ ours }) => ours)), ratio: median(all.map(({ ratio }) => ratio)), error: (wrong ?? first).error, consumed: wrong?.consumed ?? true };
}

async function compileNet(net: Shape["net"], hidden: number, out: string): Promise<string> {
  const name = `${net}-${hidden}`;
  const { files, diagnostics, sources } = await compileFile(path.join(folder, "nets.model.ts"), { models: [net], settings: { hidden }, name });
  if (files.length === 0) throw new Error(formatDiagnostics(diagnostics, sources, { color: false }));
  await writeFiles(out, files);
  return path.join(out, `${name}.js`);
}

/** Rates beside each other; the best of three tries, since what is asked is what the code can do. */
async function handRate(net: Shape["net"], hidden: number): Promise<Rate> {
  const { compareRates } = (await import(new URL("../hand/rate.js", import.meta.url).href)) as { compareRates(hidden: number, gates: number): Rate };
  const tries: Rate[] = [];
  for (let i = 0; i < (options.quick ? 1 : 3); i++) tries.push(compareRates(hidden, net === "lstm" ? 4 : 3));
  return tries.sort((a, b) => b.share - a.share)[0] ?? { best: 0, products: 0, share: 0 };
}

function machine(): string {
  const [cpu] = os.cpus();
  return `${cpu?.model ?? "unknown processor"}, ${os.cpus().length} processors, load ${(os.loadavg()[0] ?? 0).toFixed(1)}; ${os.type()} ${os.arch()}; Node ${process.versions.node}, V8 ${process.versions.v8}`;
}

async function benchmark(): Promise<boolean> {
  const wanted = options.only?.split(",");
  const shapes = nets.flatMap((net) => sizes.flatMap((hidden) => tasks.map((task): Shape => ({ net, hidden, task })))).filter((shape) => wanted === undefined || wanted.includes(shapeName(shape)));
  let missed = 0;
  const mark = (ok: boolean): string => {
    if (!ok) missed += 1;
    return ok ? "" : "  MISSED";
  };
  console.log(machine());
  if (wanted === undefined) {
    console.log(`\nThe products of the hand-written nets, of the best plain JavaScript beside them (bar ${handBar.share} from H=${handBar.from} on)`);
    console.log("net   hidden  GFLOP/s    best   share");
    for (const net of nets) {
      for (const hidden of sizes.filter((size) => size >= handBar.from)) {
        const { best, products, share } = await handRate(net, hidden);
        console.log(`${net.padEnd(4)}  ${String(hidden).padStart(6)}  ${products.toFixed(2).padStart(7)}  ${best.toFixed(2).padStart(6)}  ${share.toFixed(3).padStart(6)}${mark(share >= handBar.share)}`);
      }
    }
  }
  console.log(`\nGenerated against hand-written, input 64 (bar ${ownBar}); medians of ${processes} x ${rounds} pairs`);
  console.log("net   hidden  task       hand us    ours us  hand/ours    error");
  const out = await mkdtemp(path.join(os.tmpdir(), "gatefold-bench-"));
  try {
    for (const shape of shapes) {
      const { net, hidden, task } = shape;
      const { hand, ours, ratio, error } = await measure(shape, await compileNet(net, hidden, out));
      const right = typeof error === "number" && error < errorBar;
      const line = [net.padEnd(4), String(hidden).padStart(6), (task === "step" ? "1 step" : "T=100").padEnd(7), hand.toFixed(1).padStart(10), ours.toFixed(1).padStart(9), ratio.toFixed(3).padStart(9)];
      console.log(`${line.join("  ")}  ${(typeof error === "number" ? error.toExponential(1) : error).padStart(7)}${right ? mark(ratio >= ownBar) : `${mark(false)}, WRONG`}`);
    }
  } finally {
    await rm(out, { recursive: true, force: true });
  }
  console.log(missed === 0 ? "\nevery bar is met" : `\n${missed} missed`);
  return missed === 0;
}

const passed = options.compile ? await reportCompileTimes() : await benchmark();
if (options.check && !passed) process.exitCode = 1;
