/** For programs in Node: compiling a model file by its path. The package offers it as `gatefold/node`. */
import { compile, type Compilation, type CompileOptions } from "../compile.js";
import { fail } from "../support/diagnostics.js";
import { shown } from "../support/shown.js";
import { fileHost, readModelFile, writeFiles } from "./files.js";

export { fileHost, writeFiles };

export interface CompileFileOptions extends CompileOptions {
  /** Messages call files by their path relative to it; the current folder where it is not said. */
  readonly cwd?: string;
}

/**
 * Compiles a model file, and what it imports. As `compile`, it reports a bad model as diagnostics.
 * @throws Error where the file is not there
 */
export async function compileFile(file: string, given: CompileFileOptions = {}): Promise<Compilation> {
  const path: unknown = file;
  if (typeof path !== "string") fail("GF8002", `the model file is ${shown(path)}, no path`, { help: 'name it: compileFile("net.model.ts"); compile of gatefold takes a text' });
  // What is no record of options, compile refuses as it does its own.
  if (typeof given !== "object" || given === null || Array.isArray(given)) return compile({ file, text: "" }, given);
  const { cwd = process.cwd(), ...options } = given;
  return compile({ ...readModelFile(file, cwd), host: fileHost(cwd) }, options);
}
