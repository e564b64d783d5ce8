/** `gatefold check`: what is wrong with a model. It compiles it whole, so that nothing is left for later to find. */
import type { ModelOptions } from "./options.js";
import { type CommandIo, type ExitStatus, exitStatus } from "./io.js";
import { compileForCommand, count, say } from "./reading.js";

export async function checkCommand(file: string, options: ModelOptions, io: CommandIo): Promise<ExitStatus> {
  const compilation = await compileForCommand(file, options, io);
  const models = compilation.report.models.map(({ name }) => name);
  const text = compilation.status === exitStatus.done ? `${file}: ${count(models.length, "model")}, ${models.join(", ")}` : "";
  say(compilation, options, io, text, { models });
  return compilation.status;
}
