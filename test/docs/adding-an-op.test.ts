/**
 * The checklist of docs/adding-an-op.md is the truth: it has every file in which an op stands, and what it says that the
 * type checker tells, the type checker tells.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { projectRoot } from "../architecture/source-tree.js";

const page = readFileSync(path.join(projectRoot, "docs/adding-an-op.md"), "utf8");
const rows = [...page.matchAll(/^\| `(src\/[^`]+)` \| .+ \| (.+) \|$/gm)].map(([, file = "", teller = ""]) => ({ file, teller }));
const toldBy = (teller: string): string[] => rows.filter((row) => row.teller === teller).map(({ file }) => file).sort();

test("it has every file in which an op stands, and no other", () => {
  const files = readdirSync(path.join(projectRoot, "src"), { recursive: true, encoding: "utf8" }).map((name) => `src/${name.split(path.sep).join("/")}`);
  // What stands in a comment, as a word of the library, is no entry.
  const entered = files.filter((file) => /(?<!\.generated|\.model)\.ts$/.test(file) && /\b(log1p|erf)\b/.test(readFileSync(path.join(projectRoot, file), "utf8")));
  expect(rows.map(({ file }) => file).sort()).toEqual(entered.sort());
  expect([...new Set(rows.map(({ teller }) => teller))].sort()).toEqual(["a type error", "nobody", "not for yours", "you begin here"]);
});

test("a new op is a type error in each file that is marked so, and in no other", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "gatefold-op-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ["src", "package.json", "tsconfig.base.json", "tsconfig.core.json"]) cpSync(path.join(projectRoot, name), path.join(folder, name), { recursive: true });
  symlinkSync(path.join(projectRoot, "node_modules"), path.join(folder, "node_modules"));
  const check = (): string[] => {
    const { stdout } = spawnSync(process.execPath, [path.join(projectRoot, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.core.json"], { cwd: folder, encoding: "utf8" });
    return [...new Set([...stdout.matchAll(/^(src\/[^(]+)\(/gm)].map(([, file = ""]) => file))].sort();
  };
  expect(check()).toEqual([]);
  for (const file of toldBy("you begin here")) {
    const text = readFileSync(path.join(folder, file), "utf8");
    const changed = text.replace(/export type (UnaryOp|UnaryFunction) =/, '$& | "cubeRoot"');
    expect(changed, file).not.toBe(text);
    writeFileSync(path.join(folder, file), changed);
  }
  expect(check()).toEqual(toldBy("a type error"));
}, 60_000);

test("a cell touches the library alone: no other file of the compiler knows one by its name", () => {
  const cells = /\b(lstm|gru|elman|jordan|indRnn|minimalGatedUnit)\b/i;
  const files = readdirSync(path.join(projectRoot, "src"), { recursive: true, encoding: "utf8" }).map((name) => name.split(path.sep).join("/"));
  const knowing = files.filter((file) => file.endsWith(".ts") && !/^frontend\/library(\/|\.generated)/.test(file) && cells.test(withoutComments(readFileSync(path.join(projectRoot, "src", file), "utf8"))));
  // Other frameworks' weights are told apart by their cells; help shows an example.
  expect(knowing).toEqual(["formats/recurrent-layouts.ts", "formats/recurrent-weights.ts"]);
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
}
