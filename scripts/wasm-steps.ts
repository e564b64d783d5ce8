/**
 * `npx tsx scripts/wasm-steps.ts [STEPS]`: ten million steps of a stream of WebAssembly, and what memory they took: nothing.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";
import { compile } from "../src/compile.js";

const steps = Number(process.argv[2] ?? 10_000_000);
const text = `import { linear, scan, sigmoid, split, tanh, zeros, type Seq, type Vec } from "gatefold";
export function lstm(xs: Seq<"time", Vec<8>>) {
  return { h: scan(xs, { h: zeros(32), c: zeros(32) }, (x, { h, c }) => {
    const [i, f, g, o] = split(linear(x, 128) + linear(h, 128), 4);
    const cell = sigmoid(f) * c + sigmoid(i) * tanh(g);
    return { h: sigmoid(o) * tanh(cell), c: cell };
  }).h };
}
`;
const script = `
import { load, parameters } from "./net.mjs";
const weights = Object.fromEntries(Object.entries(parameters).map(([name, shape]) => [name, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i))]));
const stream = load(weights).stream();
const inputs = { xs: new Float32Array(8) };
const run = (count) => { let sum = 0; for (let i = 0; i < count; i++) { inputs.xs[i & 7] = (i & 255) / 256; sum += stream.step(inputs).h[0]; } return sum; };
run(100000);
gc();
const before = process.memoryUsage();
const sum = run(${steps});
gc();
const after = process.memoryUsage();
console.log(JSON.stringify({ steps: stream.position, heap: after.heapUsed - before.heapUsed, buffers: after.arrayBuffers - before.arrayBuffers, finite: Number.isFinite(sum) }));
if (after.heapUsed - before.heapUsed > 200000 || after.arrayBuffers > before.arrayBuffers) process.exitCode = 1;
`;
const { files } = compile({ file: "net.model.ts", text }, { target: "wasm", extension: "mjs" });
const folder = mkdtempSync(path.join(tmpdir(), "gatefold-steps-"));
try {
  for (const file of files) writeFileSync(path.join(folder, file.path), file.text);
  writeFileSync(path.join(folder, "main.mjs"), script);
  console.log(execFileSync(process.execPath, ["--expose-gc", "main.mjs"], { cwd: folder, encoding: "utf8" }).trim());
} finally {
  rmSync(folder, { recursive: true, force: true });
}
