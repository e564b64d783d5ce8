/**
 * How long compiling takes: the command, started cold, on a model that people would write; and how it grows with the model.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { compile, type CompileOptions } from "../../src/compile.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A cold start of the command, and what of it is the compiler's own work, in ms. */
const coldBar = { wall: 1500, own: 500 };
/** By how much the time of a model twice as large may grow: 2, and some noise. */
const growthBar = 2.6;

export async function reportCompileTimes(): Promise<boolean> {
  const cold = coldCommand();
  const layers = growth("layers of a stack", [1, 2, 4, 8, 16, 32], (n) => time(stack(n), {}));
  const turns = growth("turns written out", [50, 100, 200, 400, 800], (n) => time(plain, { lengths: { time: n }, unroll: { time: "all" } }));
  return [cold, layers, turns].every(Boolean);
}

function coldCommand(): boolean {
  const command = path.join(root, "dist", "cli", "main.js");
  if (!existsSync(command)) {
    console.log("there is no dist/cli/main.js: npm run build");
    return false;
  }
  const out = mkdtempSync(path.join(os.tmpdir(), "gatefold-bench-"));
  const runs: { wall: number; parts: ReadonlyMap<string, number> }[] = [];
  for (let i = 0; i < 7; i++) {
    const started = performance.now();
    const { status, stderr } = spawnSync(process.execPath, [command, "compile", path.join(root, "examples", "char-lstm.model.ts"), "-m", "charLstm", "--out", out, "--timings"], { encoding: "utf8" });
    const wall = performance.now() - started;
    if (status !== 0) throw new Error(stderr);
    const parts = [...stderr.matchAll(/^(.*?) +([\d.]+) ms$/gm)].map(([, part = "", ms]): [string, number] => [part, Number(ms)]);
    runs.push({ wall, parts: new Map(parts) });
  }
  rmSync(out, { recursive: true, force: true });
  const middle = runs.sort((a, b) => a.wall - b.wall)[runs.length >> 1];
  if (middle === undefined) return false;
  const own = [...middle.parts].reduce((sum, [part, ms]) => (part === "load the compiler" ? sum : sum + ms), 0);
  console.log(`gatefold compile examples/char-lstm.model.ts -m charLstm, cold: ${middle.wall.toFixed(0)} ms (bar ${coldBar.wall}), the compiler's own ${own.toFixed(0)} ms (bar ${coldBar.own}); median of ${runs.length}`);
  for (const [part, ms] of middle.parts) console.log(`  ${part.padEnd(32)} ${ms.toFixed(1).padStart(8)} ms`);
  return middle.wall <= coldBar.wall && own <= coldBar.own;
}

/** Each size is compiled several times; the fastest counts. */
function growth(what: string, sizes: readonly number[], run: (size: number) => number): boolean {
  run(sizes[0] ?? 1);
  let before: number | undefined;
  let linear = true;
  console.log(`\n${what}`);
  for (const size of sizes) {
    const ms = Math.min(...Array.from({ length: 3 }, () => run(size)));
    const factor = before === undefined ? undefined : ms / before;
    if (factor !== undefined && factor > growthBar) linear = false;
    console.log(`  ${String(size).padStart(5)}  ${ms.toFixed(0).padStart(7)} ms  ${(ms / size).toFixed(2).padStart(7)} ms each${factor === undefined ? "" : `  x ${factor.toFixed(2)}${factor > growthBar ? "  MISSED" : ""}`}`);
    before = ms;
  }
  return linear;
}

function time(text: string, options: CompileOptions): number {
  const started = performance.now();
  const { files, diagnostics } = compile({ file: "growth.model.ts", text }, options);
  const ms = performance.now() - started;
  if (files.length === 0) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return ms;
}

const cell = `
import { linear, scan, sigmoid, split, tanh, zeros, type Seq, type Tensor, type Vec } from "gatefold";

function layer(xs: Tensor, hidden: number) {
  const { h } = scan(xs, { h: zeros(hidden), c: zeros(hidden) }, (x, { h, c }) => {
    const [i, f, g, o] = split(linear(x, 4 * hidden) + linear(h, 4 * hidden), 4);
    const cell = sigmoid(f) * c + sigmoid(i) * tanh(g);
    return { h: sigmoid(o) * tanh(cell), c: cell };
  });
  return h;
}
`;

function stack(layers: number): string {
  const lines = Array.from({ length: layers }, (_, i) => `  const layer${i + 1} = layer(${i === 0 ? "xs" : `layer${i}`}, 32);`);
  return `${cell}\nexport function stack(xs: Seq<"time", Vec<16>>) {\n${lines.join("\n")}\n  return { y: linear(layer${layers}, 8) };\n}\n`;
}

const plain = stack(1);
