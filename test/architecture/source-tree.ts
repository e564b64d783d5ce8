/**
 * The source files of src/ and what each imports, read from their text without
 * running them.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { ts } from "ts-morph";

export const projectRoot = fileURLToPath(new URL("../..", import.meta.url));

export interface SourceFile {
  /** Path from src/, with forward slashes. */
  readonly path: string;
  /** Files of src/ that it imports, as such paths, whether or not they exist. */
  readonly internal: readonly string[];
  /** Specifiers of packages and of modules of Node. */
  readonly external: readonly string[];
}

/** Reads all of src/, sorted by path. Declaration files describe what lies outside and are left out. */
export function readSourceTree(): readonly SourceFile[] {
  const source = path.join(projectRoot, "src");
  return readdirSync(source, { recursive: true, encoding: "utf8" })
    .map((file) => file.split(path.sep).join("/"))
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
    .sort()
    .map((file) => sourceFile(file, readFileSync(path.join(source, file), "utf8")));
}

/** What a file of that path and text imports: by import and export declarations, types, and import(). */
export function sourceFile(file: string, text: string): SourceFile {
  const specifiers = ts.preProcessFile(text, true, true).importedFiles.map((reference) => reference.fileName);
  return {
    path: file,
    internal: unique(specifiers.filter(isRelative).map((specifier) => resolve(file, specifier))),
    external: unique(specifiers.filter((specifier) => !isRelative(specifier))),
  };
}

function isRelative(specifier: string): boolean {
  return /^\.{0,2}\//.test(specifier) || specifier === "." || specifier === "..";
}

/** Sources name the compiled file, "./a.js"; the source beside it is "./a.ts". */
function resolve(importer: string, specifier: string): string {
  return path.posix.join(path.posix.dirname(importer), specifier).replace(/\.js$/, ".ts");
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
