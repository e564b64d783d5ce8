/** The module of consumer/sample.model.ts in a folder of its own, with the programs that use it, and what Node makes of it. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect } from "vitest";
import { compile, type CompileOptions, formatDiagnostics } from "../../src/index.js";
import { projectRoot } from "../architecture/source-tree.js";

const consumer = path.join(projectRoot, "test/package/consumer");

/** A folder that is gone after the tests of the file. */
export function temporaryFolder(): string {
  // A space, since folders of people have them.
  const folder = mkdtempSync(path.join(tmpdir(), "gatefold consumer "));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder with the module, its types and its consumers. */
export function sampleFolder(extension: "js" | "mjs" = "js", options: CompileOptions = {}): string {
  const folder = temporaryFolder();
  cpSync(consumer, folder, { recursive: true });
  writeFileSync(path.join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  const text = readFileSync(path.join(consumer, "sample.model.ts"), "utf8");
  const { files, diagnostics, sources } = compile({ file: "sample.model.ts", text }, { extension, ...options });
  expect(formatDiagnostics(diagnostics, sources, { color: false })).toBe("");
  for (const file of files) writeFileSync(path.join(folder, file.path), file.bytes ?? file.text);
  return folder;
}

/** What a program printed. @throws Error where it ended badly, with what it said */
export function run(cwd: string, command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8", shell: process.platform === "win32", maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status ?? error?.message}\n${stdout}\n${stderr}`);
  return stdout;
}

/** Whether this Node requires ES modules; its first versions 20 did not. */
export const canRequire = "require_module" in process.features && process.features.require_module === true;

/** What the exercise gives. */
export type Result = Readonly<Record<string, unknown>>;

/** The exercise in Node, as a module. Its numbers are worth comparing with. */
export function nodeResult(folder: string): Result {
  const result = JSON.parse(run(folder, process.execPath, "main.js")) as Result;
  const numbers = numbersIn(result);
  expect(numbers.length).toBeGreaterThan(300);
  expect(new Set(numbers).size).toBeGreaterThan(200);
  return result;
}

/** Engines may round sin, tanh and their like differently; all else must be the same. */
export function expectSame(actual: unknown, expected: Result): void {
  const apart = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_, each: unknown) => (typeof each === "number" ? "number" : each))) as unknown;
  expect(apart(actual)).toEqual(apart(expected));
  const [ours, theirs] = [numbersIn(actual), numbersIn(expected)];
  expect(ours.findIndex((value, index) => !(Math.abs(value - (theirs[index] ?? NaN)) <= 1e-6))).toBe(-1);
}

function numbersIn(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}
