/** The file adapter: the one place where the compiler meets a file system. */
import { closeSync, linkSync, lstatSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import path from "node:path";
import { isatty } from "node:tty";
import type { SourceHost } from "../compile.js";
import { DiagnosticError, error, fail } from "../support/diagnostics.js";
import { shown } from "../support/shown.js";
import type { SourceText } from "../support/span.js";
import { hostOf, nameOf } from "./paths.js";

/** How messages call a file. */
export function fileName(file: string, cwd: string): string {
  return nameOf(file, cwd, path);
}

/** The model file that a command names. */
export function readModelFile(file: string, cwd: string): SourceText {
  if (!file.endsWith(".ts")) fail("GF8003", `${file} is no model file`, { help: "a model file is a TypeScript file, by custom called NAME.model.ts" });
  const text = readText(path.resolve(cwd, file), file) ?? missing(file);
  return { file: fileName(file, cwd), text };
}

/** Model files of the file system; see `hostOf`. */
export function fileHost(cwd: string): SourceHost {
  return hostOf(cwd, path, readText);
}

/** The text of a model file; undefined where there is none. `name` is how messages call it. */
function readText(file: string, name: string): string | undefined {
  try {
    const { size } = statSync(file);
    if (size > sizeLimit) fail("GF8003", `${name} has ${size} bytes, more than a model file may have`, { help: `a model file has ${sizeLimit} bytes at most; weights belong in a file of their own` });
    // Neither a device nor a pipe: an import must not make the compiler wait, or read for ever.
    const bytes = statSync(file).isFile() ? readFileSync(file) : undefined;
    return bytes === undefined ? fail("GF8002", `${name} is no file`, { help: "give the path of a model file" }) : new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (thrown) {
    if (thrown instanceof TypeError) fail("GF8003", `${name} is not UTF-8 text`, { help: "save it as UTF-8" });
    if (isMissing(thrown)) return undefined;
    throw asDiagnostic("GF8002", thrown, `cannot read ${name}`);
  }
}

function missing(file: string): never {
  fail("GF8002", `there is no file ${file}`, { help: "give its path from the current folder" });
}

function isMissing(thrown: unknown): boolean {
  return isSystemError(thrown) && ["ENOENT", "ENOTDIR"].includes(thrown.code);
}

/** Far more than anyone writes; more than that would only be read to be refused. */
const sizeLimit = 4 * 1024 * 1024;

/** Node reads no more at once. */
const bytesLimit = 2 ** 31 - 1;

/**
 * @param limit how many bytes the file may have
 * @throws DiagnosticError where the file cannot be read
 */
export async function readBytes(file: string, cwd: string, limit = bytesLimit): Promise<Uint8Array> {
  try {
    const handle = await open(path.resolve(cwd, file));
    try {
      const found = await handle.stat();
      if (found.isFile() && found.size > limit) tooLarge(file, found.size, limit);
      // A device such as /dev/zero has no end; what someone types has one.
      if (found.isBlockDevice() || (found.isCharacterDevice() && !isatty(handle.fd))) fail("GF8002", `${file} is a device, which is not read`, { help: "give the path of a file, or of a pipe such as /dev/stdin" });
      return found.isFIFO() || found.isCharacterDevice() ? await readPipe(handle, file, limit) : await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    if (isMissing(thrown)) missing(file);
    throw asDiagnostic("GF8002", thrown, `cannot read ${file}`);
  }
}

/** What is no file does not say how much it has. */
async function readPipe(handle: FileHandle, file: string, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of handle.createReadStream({ autoClose: false }) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > limit) tooLarge(file, size, limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(file: string, size: number, limit: number): never {
  return fail("GF8002", `${file} has ${size} bytes or more, and ${limit} can be read`, { help: "give a smaller file, or what it holds in several" });
}

/**
 * Writes files into a folder, which is made where it is missing. Each is first written whole under another name and then
 * renamed, so whoever reads meanwhile sees the old file or the new one, and where writing fails, no file has changed. A
 * signal that would end the process waits until all are written.
 */
export async function writeFiles(folder: string, files: readonly WrittenFile[]): Promise<string[]> {
  checkWritten(folder, files);
  let signalled: NodeJS.Signals | undefined;
  const wait = (signal: NodeJS.Signals): void => void (signalled = signal);
  for (const signal of endings) process.on(signal, wait);
  try {
    return writeAll(folder, files);
  } finally {
    // Signals arrive between turns of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    for (const signal of endings) process.off(signal, wait);
    if (signalled !== undefined) process.kill(process.pid, signalled);
  }
}

/** Callers in JavaScript have no types that would tell. */
function checkWritten(folder: unknown, files: unknown): void {
  if (typeof folder !== "string") fail("GF8004", `the folder to write to is ${shown(folder)}, no path`, { help: 'name it: writeFiles("out", compilation.files)' });
  const list: readonly unknown[] = Array.isArray(files) ? files : fail("GF8004", `the files to write are ${shown(files)}, no array`, { help: 'give those of a compilation: writeFiles("out", compilation.files)' });
  for (const file of list) {
    const isFile = typeof file === "object" && file !== null && "path" in file && typeof file.path === "string" && (("text" in file && typeof file.text === "string") || ("bytes" in file && file.bytes instanceof Uint8Array));
    if (!isFile) fail("GF8004", `a file to write is ${shown(file)} without a path and a text`, { help: "give { path, text }, or { path, text: \"\", bytes }" });
  }
}

/** A file of text, or, where it has them, of bytes. */
export interface WrittenFile {
  readonly path: string;
  readonly text: string;
  readonly bytes?: Uint8Array;
}

const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const satisfies readonly NodeJS.Signals[];

/** Where a file is written, where it belongs, and where an older one is kept until all are in their places. */
interface Written {
  readonly temporary: string;
  readonly final: string;
  readonly kept: string;
}

/** Without a pause, so that no signal comes between. */
function writeAll(folder: string, files: readonly WrittenFile[]): string[] {
  const written: Written[] = [];
  const moved: Written[] = [];
  try {
    for (const file of files) {
      const final = path.join(folder, file.path);
      const each = { temporary: `${final}.${process.pid}.part`, final, kept: `${final}.${process.pid}.old` };
      makeFolder(path.dirname(final));
      // A name that is taken already is no file of ours: it is neither written nor, where that fails, removed.
      const opened = openSync(each.temporary, "wx");
      written.push(each);
      try {
        writeFileSync(opened, file.bytes ?? file.text);
      } finally {
        closeSync(opened);
      }
    }
    // What can be known to stand in the way is found before the first file changes.
    for (const { final, kept } of written) {
      if (lstatSync(final, { throwIfNoEntry: false })?.isDirectory() === true) fail("GF8004", `cannot write to ${folder}: ${final} is a folder`, { help: "choose another folder or --name" });
      if (lstatSync(kept, { throwIfNoEntry: false }) !== undefined) fail("GF8004", `cannot write to ${folder}: ${kept} is there already`, { help: "an earlier run that was ended left it: move it away" });
    }
    for (const each of written) {
      keep(each);
      moved.push(each);
      renameSync(each.temporary, each.final);
    }
  } catch (thrown) {
    for (const { temporary } of written) rmSync(temporary, { force: true });
    const lost = moved.reverse().filter((each) => !putBack(each));
    throw asDiagnostic("GF8004", thrown, `cannot write to ${folder}${lost.map(({ final, kept }) => `, nor put back ${final}, which is ${kept} now`).join("")}`);
  }
  for (const { kept } of written) rmSync(kept, { force: true });
  return written.map(({ final }) => final);
}

/**
 * Gives an older file a second name, so that its own one is never without a file. Of others' files that is not for everyone
 * to do, nor to undo, and some systems have no second names: there the file gets another name, as replacing it would ask for.
 */
function keep({ final, kept }: Written): void {
  const old = lstatSync(final, { throwIfNoEntry: false });
  if (old === undefined) return;
  try {
    if (old.isFile() && old.uid === (process.geteuid?.() ?? old.uid)) return linkSync(final, kept);
  } catch {
    // Then by renaming.
  }
  renameSync(final, kept);
}

/** Undoes what was done for a file; false where the system refuses that too. */
function putBack({ final, kept }: Written): boolean {
  try {
    if (lstatSync(kept, { throwIfNoEntry: false }) !== undefined) renameSync(kept, final);
    else rmSync(final, { force: true });
    // Two names of one file are left as they are by renaming one to the other.
    rmSync(kept, { force: true });
    return true;
  } catch {
    return false;
  }
}

/** A folder and those around it. (Node's own way to make several may try for ever where the system makes none, as in /proc.) */
function makeFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const around = path.dirname(folder);
  if (around !== folder) makeFolder(around);
  try {
    mkdirSync(folder);
  } catch (thrown) {
    // Another process may have been faster.
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw thrown;
  }
}

/** What the system refuses is the call's fault, not the compiler's. */
function asDiagnostic(code: "GF8002" | "GF8004", thrown: unknown, what: string): unknown {
  if (!isSystemError(thrown)) return thrown;
  return new DiagnosticError(error(code, `${what}: ${thrown.message}`, { help: "the system refused: check the path and your rights" }));
}

function isSystemError(thrown: unknown): thrown is Error & { readonly code: string } {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" && !(thrown instanceof DiagnosticError);
}
