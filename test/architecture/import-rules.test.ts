/** Tests the checks themselves on made-up sources: a check that cannot fail protects nothing. */
import { expect, test } from "vitest";
import { importCircles, importFaults } from "./import-rules.js";
import { sourceFile } from "./source-tree.js";

function faults(file: string, ...specifiers: readonly string[]): string[] {
  return importFaults([sourceFile(file, specifiers.map((name) => `import {} from "${name}";`).join("\n"))]);
}

test.each([
  ["support/a.ts", "./b.js"],
  ["support/a.ts", "@babel/code-frame"],
  ["ir/graph/a.ts", "../../support/a.js"],
  ["passes/a.ts", "../ir/a.js"],
  ["frontend/a.ts", "../ir/a.js"],
  ["frontend/models/a.ts", "../values/a.js"],
  ["frontend/reader/a.ts", "ts-morph"],
  ["frontend/library/a.model.ts", "gatefold"],
  ["backends/js/a.ts", "../../ir/a.js"],
  ["backends/js/a.ts", "../backend.js"],
  ["backends/js/a.ts", "../../runtime/a.js"],
  ["backends/backend.ts", "../ir/a.js"],
  ["compile.ts", "./backends/js/a.js"],
  ["compile.ts", "./passes/a.js"],
  ["index.ts", "./compile.js"],
  ["cli/main.ts", "../compile.js"],
  ["cli/main.ts", "node:fs"],
  ["cli/main.ts", "commander"],
])("src/%s may import %s", (file, specifier) => {
  expect(faults(file, specifier)).toEqual([]);
});

test.each([
  ["support/a.ts", "../ir/a.js"],
  ["support/a.ts", "node:fs"],
  ["ir/a.ts", "../passes/a.js"],
  ["ir/a.ts", "../frontend/a.js"],
  ["passes/a.ts", "../frontend/a.js"],
  ["passes/a.ts", "../backends/js/a.js"],
  ["frontend/a.ts", "../passes/a.js"],
  ["frontend/reader.ts", "ts-morph"],
  ["frontend/values/a.ts", "../models/a.js"],
  ["frontend/a.ts", "gatefold"],
  ["backends/js/a.ts", "../wasm/a.js"],
  ["backends/js/a.ts", "../../passes/a.js"],
  ["backends/gpu/a.ts", "gpu.js"],
  ["backends/backend.ts", "./js/a.js"],
  ["runtime/a.ts", "../support/a.js"],
  ["formats/a.ts", "../ir/a.js"],
  ["training/a.ts", "../compile.js"],
  ["compile.ts", "./index.js"],
  ["compile.ts", "./cli/main.js"],
  ["cli/main.ts", "../index.js"],
  ["cli/main.ts", "../passes/a.js"],
  ["index.ts", "./passes/a.js"],
  ["cli/main.ts", "../../test/a.js"],
  ["cli/main.ts", "chalk"],
])("src/%s may not import %s", (file, specifier) => {
  expect(faults(file, specifier)).toHaveLength(1);
});

test("a file outside every part is a fault", () => {
  expect(faults("helpers.ts")).toHaveLength(1);
  expect(faults("utils/a.ts")).toHaveLength(1);
});

test("every form of import counts", () => {
  const text = `
    import type { A } from "../passes/a.js";
    export * from "../passes/b.js";
    export type { C } from "../passes/c.js";
    const d = await import("../passes/d.js");
    type E = import("../passes/e.js").E;
    import "../passes/f.js";
    // import "../passes/comment.js"; and in a string: 
    const text = 'import "../passes/string.js"';
  `;
  const found = sourceFile("ir/a.ts", text).internal;
  expect([...found].sort()).toEqual(["a", "b", "c", "d", "e", "f"].map((name) => `passes/${name}.ts`));
});

test("circles are found, and only circles", () => {
  const files = [
    sourceFile("ir/a.ts", 'import "./b.js"; import "./d.js";'),
    sourceFile("ir/b.ts", 'import "./c.js"; import "./d.js";'),
    sourceFile("ir/c.ts", 'import "./a.js";'),
    sourceFile("ir/d.ts", 'import "./e.js";'),
    sourceFile("ir/e.ts", ""),
    sourceFile("ir/f.ts", 'import "./f.js"; import "./a.js";'),
  ];
  expect(importCircles(files)).toEqual([["ir/a.ts", "ir/b.ts", "ir/c.ts"], ["ir/f.ts"]]);
  expect(importCircles(files.slice(3, 5))).toEqual([]);
});
