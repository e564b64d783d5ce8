/** A step allocates nothing: the heap is as large after a million steps as after a few. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { compile } from "../../src/compile.js";
import { elmanGraph } from "../api/graphs.js";

const script = `
import { load, parameters } from "./net.mjs";
const weights = Object.fromEntries(Object.entries(parameters).map(([name, shape]) => [name, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i))]));
const stream = load(weights).stream();
const inputs = { x: new Float32Array([0.5, -0.25, 0.125]) };
const steps = (count) => {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    inputs.x[0] = (i & 255) / 256;
    sum += stream.step(inputs).h[0];
  }
  return sum;
};
steps(100000);
gc();
const grown = [];
const buffers = process.memoryUsage().arrayBuffers;
for (let i = 0; i < 4; i++) {
  // No collection in between: what the steps had allocated would still count.
  const before = process.memoryUsage().heapUsed;
  steps(1000000);
  grown.push(process.memoryUsage().heapUsed - before);
}
console.log(JSON.stringify({ grown, buffers: process.memoryUsage().arrayBuffers - buffers, position: stream.position }));
`;

test.each(["js", "wasm"] as const)("the heap is flat over a million steps, target %s", (target) => {
  const text = compile(elmanGraph(), { target }).files.find(({ path: name }) => name.endsWith(".js"))?.text ?? "";
  const folder = mkdtempSync(path.join(tmpdir(), "gatefold-heap-"));
  try {
    writeFileSync(path.join(folder, "net.mjs"), text);
    writeFileSync(path.join(folder, "main.mjs"), script);
    const printed = execFileSync(process.execPath, ["--expose-gc", "main.mjs"], { cwd: folder, encoding: "utf8" });
    const { grown, buffers, position } = JSON.parse(printed) as { grown: number[]; buffers: number; position: number };
    expect(position).toBe(4_100_000);
    // Now and then V8 compiles something; but what each step allocates would show in every million, with 12 bytes at least.
    expect(Math.min(...grown)).toBeLessThan(100_000);
    expect(buffers).toBeLessThanOrEqual(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
