/** What the commands share: reading the model, compiling it, and saying what came of it. */
import type { Compilation, CompileOptions } from "../compile.js";
import { diagnosticToJson, formatDiagnostics } from "../support/diagnostic-format.js";
import type { DebugOptions } from "../support/debug.js";
import type { ModelOptions } from "./options.js";
import { fileHost, readModelFile } from "./files.js";
import { type CommandIo, type ExitStatus, exitStatus } from "./io.js";

export interface CommandCompilation extends Compilation {
  readonly status: ExitStatus;
}

/** Compiles the model file of a command. Its diagnostics are shown by `say`. */
export async function compileForCommand(file: string, options: ModelOptions, io: CommandIo, extra: Partial<CompileOptions> = {}): Promise<CommandCompilation> {
  const source = readModelFile(file, io.cwd);
  const started = performance.now();
  const { compile, isCallFault } = await import("../compile.js");
  const loaded = performance.now() - started;
  const { debug, ...rest } = extra;
  const result = compile({ ...source, host: fileHost(io.cwd) }, { ...compileOptions(options), ...rest, debug: { ...debugOptions(options), ...debug } });
  const errors = result.diagnostics.filter(({ severity }) => severity === "error");
  const status = errors.length === 0 ? exitStatus.done : errors.every(isCallFault) ? exitStatus.call : exitStatus.model;
  if (result.report.timings === undefined) return { ...result, status };
  const timings = [{ part: "load the compiler", milliseconds: loaded }, ...result.report.timings];
  return { ...result, report: { ...result.report, timings }, status };
}

function compileOptions(options: ModelOptions): CompileOptions {
  return {
    settings: options.set,
    lengths: options.fixed,
    hoist: options.hoist,
    optimise: options.optimise,
    ...(options.models === undefined ? {} : { models: options.models }),
    unroll: options.unroll,
  };
}

function debugOptions({ verify, timings }: ModelOptions): Partial<DebugOptions> {
  return { verifyBetweenPasses: verify, timings };
}

/**
 * Says what the compiler has to say. As text: diagnostics and timings on standard error, `text` on standard output. As
 * JSON: one object on standard output, that of `data` with the diagnostics in it.
 */
export function say(compilation: CommandCompilation, { format }: ModelOptions, io: CommandIo, text: string, data: Readonly<Record<string, unknown>>): void {
  const { diagnostics, sources, report } = compilation;
  if (format === "json") {
    const json = { ...data, ...(report.timings === undefined ? {} : { timings: report.timings }), diagnostics: diagnostics.map((diagnostic) => diagnosticToJson(diagnostic, sources)) };
    io.out(`${JSON.stringify(json, null, 2)}\n`);
    return;
  }
  io.err(formatDiagnostics(diagnostics, sources, { color: io.color }));
  if (text !== "") io.out(text.endsWith("\n") ? text : `${text}\n`);
  if (report.timings === undefined) return;
  const width = Math.max(...report.timings.map(({ part }) => part.length));
  for (const { part, milliseconds } of report.timings) io.err(`${part.padEnd(width)}  ${milliseconds.toFixed(1).padStart(8)} ms\n`);
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
