/** The body with relaxed SIMD: chosen where the engine has it, unless it is switched off; and loading without blocking. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { compile } from "../../../src/compile.js";
import { elmanGraph } from "../../api/graphs.js";

const script = `
import { load, loadAsync, parameters } from "./net.mjs";
const weights = Object.fromEntries(Object.entries(parameters).map(([name, shape]) => [name, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i))]));
const xs = Float32Array.from({ length: 300 }, (_, i) => Math.cos(i));
const numbers = (model) => Array.from(Object.values(model.run({ x: xs }))[0]);
const plain = numbers(load(weights, { relaxedSimd: false }));
const usual = numbers(load(weights));
const later = numbers(await loadAsync(weights));
const worst = Math.max(...plain.map((value, i) => Math.abs(value - usual[i])));
console.log(JSON.stringify({ count: plain.length, differ: plain.some((value, i) => value !== usual[i]), worst, later: later.every((value, i) => value === usual[i]) }));
`;

interface Found {
  readonly count: number;
  readonly differ: boolean;
  readonly worst: number;
  readonly later: boolean;
}

/** What a process finds in which relaxed SIMD is on or off. */
function found(relaxed: boolean, relaxedSimd: boolean): Found {
  const text = compile(elmanGraph(), { target: "wasm", relaxedSimd }).files[0]?.text ?? "";
  const folder = mkdtempSync(path.join(tmpdir(), "gatefold-relaxed-"));
  try {
    writeFileSync(path.join(folder, "net.mjs"), text);
    writeFileSync(path.join(folder, "main.mjs"), script);
    return JSON.parse(execFileSync(process.execPath, [`--${relaxed ? "" : "no-"}experimental-wasm-relaxed-simd`, "main.mjs"], { cwd: folder, encoding: "utf8" })) as Found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** From Node 22 on the instructions are there without asking. */
const asked = Number(process.versions.node.split(".")[0]) < 22;

test.runIf(asked)("is used where the engine has it", () => {
  const { count, differ, worst, later } = found(true, true);
  expect(count).toBeGreaterThan(100);
  // A product and a sum that are rounded once differ somewhere from those that are rounded twice.
  expect(differ).toBe(true);
  expect(worst).toBeLessThan(1e-6);
  expect(later).toBe(true);
});

test.runIf(asked)("is not used where the engine lacks it, or the module was made without it", () => {
  expect(found(false, true)).toMatchObject({ differ: false, worst: 0, later: true });
  expect(found(true, false)).toMatchObject({ differ: false, worst: 0, later: true });
});

test("an engine without SIMD is told so", () => {
  const text = compile(elmanGraph(), { target: "wasm" }).files[0]?.text ?? "";
  const body = text.replace(/^export (const|function|async function)/gm, "$1");
  const without = new Function("WebAssembly", `"use strict";\n${body}\nreturn { load, parameters };`) as (engine: unknown) => { load(weights: unknown): unknown; readonly parameters: Record<string, readonly number[]> };
  for (const engine of [undefined, { validate: () => false }]) {
    const { load, parameters } = without(engine);
    const weights = Object.fromEntries(Object.entries(parameters).map(([name, shape]) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1))]));
    expect(() => load(weights)).toThrow("this engine has no WebAssembly with SIMD; compile the model with --target js for it");
  }
});

test("a page that may not compile so much at once is told what to do", () => {
  const text = compile(elmanGraph(), { target: "wasm" }).files[0]?.text ?? "";
  const body = text.replace(/^export (const|function|async function)/gm, "$1");
  const strict = { validate: () => true, Module: class { constructor() { throw new RangeError("WebAssembly.Module is disallowed on the main thread"); } } };
  const { load, parameters } = (new Function("WebAssembly", `"use strict";\n${body}\nreturn { load, parameters };`) as (engine: unknown) => { load(weights: unknown): unknown; readonly parameters: Record<string, readonly number[]> })(strict);
  const weights = Object.fromEntries(Object.entries(parameters).map(([name, shape]) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1))]));
  expect(() => load(weights)).toThrow("await loadAsync(weights) instead of load(weights)");
});
