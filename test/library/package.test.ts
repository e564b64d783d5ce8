/** What users get of the library: every folder can be imported by name, and the example of PyTorch's four layers compiles. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { libraryFiles } from "../../src/frontend/library.generated.js";
import { projectRoot } from "../architecture/source-tree.js";
import { describeShared } from "../support/shared.js";
import { net } from "./nets.js";

const folders = readdirSync(path.join(projectRoot, "src/frontend/library"), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();

test("the package exports each folder, with its types", () => {
  const { exports } = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8")) as { exports: Readonly<Record<string, unknown>> };
  for (const folder of folders) {
    expect(exports[`./${folder}`]).toEqual({ types: `./dist/frontend/library/${folder}/index.d.ts`, default: `./dist/frontend/library/${folder}/index.js` });
  }
});

test("no folder exports a name twice", () => {
  for (const folder of ["gatefold", ...folders.map((name) => `gatefold/${name}`)]) {
    const names = libraryFiles.filter(({ specifier }) => specifier === folder).flatMap(({ exports }) => exports);
    expect(new Set(names).size, folder).toBe(names.length);
  }
});

test("every function of the library is told of", () => {
  const page = new Set(readFileSync(path.join(projectRoot, "docs/library.md"), "utf8").match(/\b\w+\b/g));
  expect(libraryFiles.flatMap(({ exports }) => exports).filter((name) => !page.has(name))).toEqual([]);
});

test("PyTorch's four layers have PyTorch's parameters", () => {
  const { parameters } = net(readFileSync(path.join(projectRoot, "examples/torch/layers.model.ts"), "utf8"));
  const layer = (prefix: string, gates: number, suffix = ""): [string, number[]][] => [
    [`${prefix}.weight_ih${suffix}`, [20 * gates, 10]], [`${prefix}.weight_hh${suffix}`, [20 * gates, 20]],
    [`${prefix}.bias_ih${suffix}`, [20 * gates]], [`${prefix}.bias_hh${suffix}`, [20 * gates]],
  ];
  expect(parameters).toEqual(Object.fromEntries([...layer("lstmLayer", 4, "_l0"), ...layer("lstmSteps", 4), ...layer("gruLayer", 3, "_l0"), ...layer("gruSteps", 3)]));
});

/** What the example prints: each layer's outputs, with their shapes. */
const printed = /^(\w+)\n((?: {2}\w+ +torch\.Size.*\n?)+)/gm;
const shapes = {
  LSTM: ["output [5, 3, 20]", "hn [1, 3, 20]", "cn [1, 3, 20]"], LSTMCell: ["output [5, 3, 20]", "hx [3, 20]", "cx [3, 20]"],
  GRU: ["output [5, 3, 20]", "hn [1, 3, 20]"], GRUCell: ["output [5, 3, 20]", "hx [3, 20]"],
};

function runExample(...args: string[]): string {
  const text = execFileSync(process.execPath, ["--import", "tsx", path.join(projectRoot, "examples/torch/run.ts"), ...args], { cwd: projectRoot, encoding: "utf8" });
  const found = [...text.matchAll(printed)].map(([, name, lines = ""]) => [name, [...lines.matchAll(/(\w+) +torch\.Size\((\[.*?\])\)/g)].map(([, key, shape]) => `${key} ${shape}`)]);
  expect(Object.fromEntries(found)).toEqual(shapes);
  return text;
}

test("the example prints PyTorch's shapes", () => {
  expect(runExample()).not.toContain("from PyTorch's");
});

describeShared("the example, on PyTorch's cases", "conformance/pytorch", (directory) => {
  test("prints PyTorch's numbers", () => {
    const apart = [...runExample(directory).matchAll(/at most (\S+) from PyTorch's/g)].map(([, each]) => Number(each));
    expect(apart.length).toBe(10);
    for (const each of apart) expect(each).toBeLessThan(1e-6);
  });
});
