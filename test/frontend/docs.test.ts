/** Holds docs/language.md against the language: every row of its table of forms, its operations, its diagnostics. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { builtins } from "../../src/frontend/operations/table.js";
import { catalogue } from "../../src/frontend/index.js";
import { libraryFiles } from "../../src/frontend/library.generated.js";
import { embeddedLibrary } from "../../scripts/embed-library.js";
import { fileOfCell, languageForms, languageRows, readText, show } from "./helpers.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(path.join(root, "docs/language.md"), "utf8");

/** What the library adds to the language itself; its folders have pages of their own. */
const library = libraryFiles.flatMap((file) => (file.specifier === "gatefold" ? file.exports : []));

describe("what may be written", () => {
  test("the table is there", () => expect(languageForms.length).toBeGreaterThan(30));

  test.each(languageForms)("%s", (_, accepted, refused, code) => {
    const good = readText(fileOfCell(accepted ?? ""));
    // Only what the form itself is about counts: inputs that a row does not need are unused.
    expect(show(good)).toBe("");
    expect(good.models).toHaveLength(1);
    expect(readText(fileOfCell(refused ?? "")).diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
  });
});

test("every operation is told of", () => {
  const told = new Set(page.match(/\b\w+\b/g));
  expect([...builtins.keys(), ...library].filter((name) => !told.has(name))).toEqual([]);
});

test("every diagnostic is told of", () => {
  expect(languageRows.filter(([code]) => /^GF\d{4}$/.test(code ?? ""))).toEqual(Object.entries(catalogue));
});

test("the language's types declare every operation, and nothing else", () => {
  const types = readFileSync(path.join(root, "src/frontend/language/gatefold.d.ts"), "utf8");
  const declared = new Set([...types.matchAll(/^export declare (?:function (\w+)|const (.*);)/gm)].flatMap(([, name, list]) => (name !== undefined ? [name] : [...(list ?? "").matchAll(/(\w+):/g)].map((match) => match[1] ?? ""))));
  expect([...declared].sort()).toEqual([...builtins.keys(), ...library].sort());
});

test("the embedded library is that of the model files", () => {
  expect(readFileSync(path.join(root, "src/frontend/library.generated.ts"), "utf8")).toBe(embeddedLibrary());
});
