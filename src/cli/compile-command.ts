/** `gatefold compile`: the module and its types into a folder, or, where there is an error, nothing. */
import path from "node:path";
import type { CompileCommandOptions } from "./options.js";
import { bytesText } from "./figures-text.js";
import { fileName, writeFiles } from "./files.js";
import { type CommandIo, type ExitStatus, exitStatus } from "./io.js";
import { moduleKindWarning } from "./project.js";
import { compileForCommand, count, say } from "./reading.js";

export async function compileCommand(file: string, options: CompileCommandOptions, io: CommandIo): Promise<ExitStatus> {
  const { target, name, extension, batch } = options;
  const compilation = await compileForCommand(file, options, io, { target, extension, ...(name === undefined ? {} : { name }), ...(batch === undefined ? {} : { batch }) });
  const folder = path.resolve(io.cwd, options.out);
  const written = compilation.status === exitStatus.done ? await writeFiles(folder, compilation.files) : [];
  const files = compilation.files.map(({ path: name, text }, index) => ({ path: fileName(written[index] ?? name, io.cwd), bytes: Buffer.byteLength(text) }));
  const { report } = compilation;
  const summary = report.models.map((model) => `${model.name}: ${count(model.run.kernels, "kernel")}, ${bytesText(model.weightBytes)} of weights${"step" in model.stream ? ", streams" : ""}`);
  const text = written.length === 0 ? "" : [...files.map((each) => `${each.path}  ${bytesText(each.bytes)}`), ...summary].join("\n");
  const [module] = written;
  const kind = module === undefined ? undefined : moduleKindWarning(module, io.cwd);
  const diagnostics = kind === undefined ? compilation.diagnostics : [...compilation.diagnostics, kind];
  say({ ...compilation, diagnostics }, options, io, text, { files: written.length === 0 ? [] : files, report });
  return compilation.status;
}
