/**
 * The file adapter: the one place where the compiler meets a file system.
 *
 * Files are called by their path relative to the current folder, with forward slashes, so that what is printed and what is
 * generated does not depend on where a project lies or on which system it is compiled.
 */
import { lstat, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { SourceHost } from "../compile.js";
import type { SourceText } from "../support/span.js";
import { UsageError } from "./io.js";

/** How messages call a file. */
export function fileName(file: string, cwd: string): string {
  return path.relative(cwd, path.resolve(cwd, file)).split(path.sep).join("/");
}

/** The model file that a command names. */
export function readModelFile(file: string, cwd: string): SourceText {
  if (!file.endsWith(".ts")) throw new UsageError(`${file} is no model file`, "a model file is a TypeScript file, by custom called NAME.model.ts");
  const text = readText(path.resolve(cwd, file));
  if (text === undefined) throw new UsageError(`there is no file ${file}`);
  return { file: fileName(file, cwd), text };
}

/**
 * Finds the model files that a model file imports by a relative path. It reads nothing but model files: a model that nobody
 * vouches for must not make the compiler print other files.
 */
export function fileHost(cwd: string): SourceHost {
  return {
    resolve(specifier, from) {
      if (!/^\.{1,2}\//.test(specifier)) return undefined;
      const target = path.resolve(cwd, path.dirname(from), specifier);
      const candidates = [target.replace(/\.js$/, ".ts"), `${target}.ts`].filter((candidate) => candidate.endsWith(".model.ts"));
      for (const candidate of candidates) {
        const text = readText(candidate);
        if (text !== undefined) return { file: fileName(candidate, cwd), text };
      }
      return undefined;
    },
  };
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    if (isSystemError(thrown) && ["ENOENT", "EISDIR", "ENOTDIR"].includes(thrown.code)) return undefined;
    throw thrown;
  }
}

/** @throws UsageError where the file cannot be read */
export async function readBytes(file: string, cwd: string): Promise<Uint8Array> {
  try {
    return await readFile(path.resolve(cwd, file));
  } catch (thrown) {
    throw asUsageError(thrown, `cannot read ${file}`);
  }
}

/**
 * Writes files into a folder, which is made where it is missing. Each is first written whole under another name and then
 * renamed, so whoever reads meanwhile sees the old file or the new one, and where writing fails, no file has changed.
 */
export async function writeFiles(folder: string, files: readonly { readonly path: string; readonly text: string }[]): Promise<string[]> {
  const written: { readonly temporary: string; readonly final: string }[] = [];
  try {
    for (const file of files) {
      const final = path.join(folder, file.path);
      const temporary = `${final}.${process.pid}.part`;
      await mkdir(path.dirname(final), { recursive: true });
      written.push({ temporary, final });
      await writeFile(temporary, file.text);
    }
    // What can be known to stand in the way is found before the first file changes.
    for (const { final } of written) if (await isFolder(final)) throw new UsageError(`cannot write to ${folder}: ${final} is a folder`);
    for (const { temporary, final } of written) await rename(temporary, final);
  } catch (thrown) {
    for (const { temporary } of written) await rm(temporary, { force: true });
    throw asUsageError(thrown, `cannot write to ${folder}`);
  }
  return written.map(({ final }) => final);
}

async function isFolder(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => undefined))?.isDirectory() ?? false;
}

/** What the system refuses is the call's fault, not the compiler's. */
function asUsageError(thrown: unknown, what: string): unknown {
  return isSystemError(thrown) ? new UsageError(`${what}: ${thrown.message}`) : thrown;
}

function isSystemError(thrown: unknown): thrown is Error & { readonly code: string } {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" && "syscall" in thrown;
}
