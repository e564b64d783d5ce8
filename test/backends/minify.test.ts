/** What makes a module shorter leaves its meaning, and what others know of it, alone. */
import { describe, expect, test } from "vitest";
import { declarations } from "../../src/backends/declarations.js";
import { compile, type CompileOptions } from "../../src/compile.js";
import { minifier } from "../../src/minify.js";
import { internalProperties } from "../../src/runtime/internal-properties.js";
import { defined } from "../../src/support/invariant.js";
import { minifying } from "../support/minifying.js";
import { runModule } from "./js/run-module.js";
import { engine } from "./wasm/engine.js";

const text = (source: string, options: CompileOptions): string => {
  const { files, diagnostics } = compile({ file: "net.model.ts", text: source }, options);
  expect(diagnostics).toEqual([]);
  return defined(files[0], "a module").text;
};

describe.each(["js", "wasm"] as const)("%s", (target) => {
  // Each of these is what the runtime calls something of its own, too.
  const source = `import { param, scan, type Seq, type Vec } from "gatefold";
export function machine(words: Seq<"turn", Vec<2>>, offsets: Vec<2>) {
  const view = param(2);
  return { total: scan(words, { state: offsets }, (x, { state }) => ({ state: x * view + state })).state };
}`;

  test("names that callers use stay, whatever the runtime calls its own", () => {
    const [plain, short] = [text(source, { target }), text(source, { target, ...minifying(true) })];
    const results = [plain, short].map((each) => runModule(each).load({ view: Float32Array.of(2, 3) }).run({ words: [[1, 2], [3, 4]], offsets: [5, 6] }));
    expect(results[1]).toEqual(results[0]);
    expect(results[0]?.["total"]).toEqual(Float32Array.of(7, 12, 13, 24));
    expect(short.length).toBeLessThan(0.8 * plain.length);
  });

  test("the lines that say what it is stay", () => {
    expect(text(source, { target, ...minifying(true) })).toMatch(/^\/\/ @ts-self-types="\.\/net\.d\.ts"\n\/\/ net: made by gatefold [^\n]*\n[^/]/);
  });
});

test("properties that only the runtime knows get other names, those of callers keep theirs", () => {
  expect(minifier("export const a = { innermost: 1, outer: 2 }; a.innermost += a.outer;", ["innermost"])).toMatch(/^export const a=\{(\w):1,outer:2\};a\.\1\+=a\.outer;$/);
});

test("what JavaScript and its platforms have is none of the runtime's own", () => {
  const platform = new Set<string>();
  const add = (value: unknown, depth: number): void => {
    if (value === null || !["object", "function"].includes(typeof value)) return;
    for (const name of Object.getOwnPropertyNames(value)) {
      platform.add(name);
      const inner = Object.getOwnPropertyDescriptor(value, name)?.value as unknown;
      if (depth > 0) add(inner, depth - 1);
    }
  };
  for (const each of [Array, Map, Set, Object, Number, String, Math, JSON, Float32Array, Float64Array, Int32Array, Uint8Array, ArrayBuffer, DataView, Promise, engine, TextDecoder, URL, fetch, Response, Error]) add(each, 2);
  for (const each of [Object.getPrototypeOf(Float32Array), Object.getPrototypeOf(Float32Array.prototype)]) add(each, 1);
  // WebAssembly is asked for its memory by name.
  platform.add("memory").add("exports").add("getBuiltinModule").add("promises").add("readFile").add("readFileSync");
  expect(internalProperties.filter((name) => platform.has(name))).toEqual([]);
  const shown = new Set(declarations({ models: [], moduleName: "m", stamp: { generator: "gatefold", version: "0" }, layout: { all: "batch-first", of: {} } }, { asynchronous: true }).match(/\w+(?=\??[:(])/g));
  expect(internalProperties.filter((name) => shown.has(name))).toEqual([]);
});

test("a caller without types learns where the minifier is", () => {
  const options = JSON.parse(`{ "minify": true }`) as CompileOptions;
  expect(compile({ file: "net.model.ts", text: "" }, options).diagnostics[0]).toMatchObject({ code: "GF5009", message: "minify is true, no function", help: expect.stringContaining("gatefold/minify") as string });
});
