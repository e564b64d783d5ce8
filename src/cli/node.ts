/** For programs in Node: compiling a model file by its path. The package offers it as `gatefold/node`. */
import { compile, type Compilation, type CompileOptions } from "../compile.js";
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
export async function compileFile(file: string, { cwd = process.cwd(), ...options }: CompileFileOptions = {}): Promise<Compilation> {
  return compile({ ...readModelFile(file, cwd), host: fileHost(cwd) }, options);
}
