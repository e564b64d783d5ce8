/** Holds docs/language.md against the language: every row of its table of forms, its operations, its diagnostics. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { builtins } from "../../src/frontend/builtins.js";
import { catalogue } from "../../src/frontend/index.js";
import { libraryFiles } from "../../src/frontend/library.generated.js";
import { embeddedLibrary } from "../../scripts/embed-library.js";
import { readText, show } from "./helpers.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(path.join(root, "docs/language.md"), "utf8");

/** The cells of the tables' rows; a bar inside a cell is written `\|`. */
const rows = page.split("\n").filter((line) => line.startsWith("| ")).map((line) => line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|")));
const forms = rows.filter((row) => row.length === 4 && row[0] !== "form" && !row[0]?.startsWith("---"));

/** The code of a cell as a whole file. */
function fileOf(cell: string): string {
  const code = /^(`+)(.*)\1$/.exec(cell)?.[2] ?? "";
  if (/\b(export|import)\b/.test(code)) return code.replace(/;\s*export/, ";\nexport");
  return `export function f(x: Vec<8>, xs: Seq<"time", Vec<8>>, id: Id<9>) { ${code} }`;
}

describe("what may be written", () => {
  test("the table is there", () => expect(forms.length).toBeGreaterThan(30));

  test.each(forms)("%s", (_, accepted, refused, code) => {
    const good = readText(fileOf(accepted ?? ""));
    // Only what the form itself is about counts: inputs that a row does not need are unused.
    expect(show(good)).toBe("");
    expect(good.models).toHaveLength(1);
    expect(readText(fileOf(refused ?? "")).diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
  });
});

test("every operation is told of", () => {
  const told = new Set(page.match(/\b\w+\b/g));
  expect([...builtins.keys(), ...libraryFiles.flatMap((file) => file.exports)].filter((name) => !told.has(name))).toEqual([]);
});

test("every diagnostic is told of", () => {
  expect(rows.filter(([code]) => /^GF\d{4}$/.test(code ?? ""))).toEqual(Object.entries(catalogue));
});

test("the language's types declare every operation, and nothing else", () => {
  const types = readFileSync(path.join(root, "src/frontend/language/gatefold.d.ts"), "utf8");
  const declared = new Set([...types.matchAll(/^export declare (?:function (\w+)|const (.*);)/gm)].flatMap(([, name, list]) => (name !== undefined ? [name] : [...(list ?? "").matchAll(/(\w+):/g)].map((match) => match[1] ?? ""))));
  expect([...declared].sort()).toEqual([...builtins.keys(), ...libraryFiles.flatMap((file) => file.exports)].sort());
});

test("the embedded library is that of the model files", () => {
  expect(readFileSync(path.join(root, "src/frontend/library.generated.ts"), "utf8")).toBe(embeddedLibrary());
});
