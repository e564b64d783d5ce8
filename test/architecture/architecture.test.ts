/** Holds src/ and the top level of the project against the architecture. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { importCircles, importFaults } from "./import-rules.js";
import { projectRoot, readSourceTree } from "./source-tree.js";

const files = readSourceTree();

test("every file imports only what its part may", () => {
  expect(importFaults(files)).toEqual([]);
});

test("no files of src import each other in a circle", () => {
  expect(importCircles(files).map((group) => group.join(", "))).toEqual([]);
});

test("every import of a file of src leads to one", () => {
  const missing = files.flatMap((file) =>
    file.internal
      // The words of the language are declared by hand: there, only the declarations exist.
      .filter((target) => ![target, target.replace(/\.ts$/, ".d.ts")].some((file) => existsSync(path.join(projectRoot, "src", file))))
      .map((target) => `src/${file.path} imports src/${target}, which does not exist`),
  );
  expect(missing).toEqual([]);
});

test("backends import of the runtime only its text", async () => {
  const texts = new Set(
    files
      .filter((file) => file.path.startsWith("backends/"))
      .flatMap((file) => file.internal.filter((target) => target.startsWith("runtime/"))),
  );
  for (const file of texts) {
    const module: object = await import(pathToFileURL(path.join(projectRoot, "src", file)).href);
    for (const [name, value] of Object.entries(module)) {
      expect(isText(value), `src/${file}: the export ${name} is not text`).toBe(true);
    }
  }
});

/** A string, or an object of strings. */
function isText(value: unknown): boolean {
  if (typeof value === "string") return true;
  return typeof value === "object" && value !== null && Object.values(value).every(isText);
}

test("every package that src imports is a dependency, and the other way round", () => {
  const manifest = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const used = files
    .filter((file) => !file.path.endsWith(".model.ts"))
    .flatMap((file) => file.external)
    .filter((specifier) => !specifier.startsWith("node:"));
  expect([...new Set(used)].sort()).toEqual(Object.keys(manifest.dependencies).sort());
});

test.each([
  "package.json",
  "tsconfig.json",
  "src/ir",
  "src/passes",
  "src/backends",
  "src/frontend",
  "test",
  "examples",
  "README.md",
  "LICENSE",
])("the project has %s at its top level", (name) => {
  expect(existsSync(path.join(projectRoot, name))).toBe(true);
});
