/** What users get of the library: every folder can be imported by name, and the example of PyTorch's four layers compiles. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { libraryFiles } from "../../src/frontend/library.generated.js";
import { projectRoot } from "../architecture/source-tree.js";
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
  const layer = (prefix: string, gates: number) => [0, 1].flatMap((index): [string, number[]][] => [
    [`${prefix}.weight_ih_l${index}`, [20 * gates, index === 0 ? 10 : 20]], [`${prefix}.weight_hh_l${index}`, [20 * gates, 20]],
    [`${prefix}.bias_ih_l${index}`, [20 * gates]], [`${prefix}.bias_hh_l${index}`, [20 * gates]],
  ]);
  const cell = (prefix: string, gates: number): [string, number[]][] => [[`${prefix}.weight_ih`, [20 * gates, 10]], [`${prefix}.weight_hh`, [20 * gates, 20]], [`${prefix}.bias_ih`, [20 * gates]], [`${prefix}.bias_hh`, [20 * gates]]];
  expect(parameters).toEqual(Object.fromEntries([...layer("lstmLayers", 4), ...cell("lstmSteps", 4), ...layer("gruLayers", 3), ...cell("gruSteps", 3)]));
});
