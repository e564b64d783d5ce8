/** `gatefold inspect`: the text of a model after any pass, the list of passes, or the figures. */
import type { PassDump } from "../support/debug.js";
import { type InspectCommandOptions, targetChoices } from "./options.js";
import { fail } from "../support/diagnostics.js";
import { modelFigures } from "./figures-text.js";
import { type CommandIo, type ExitStatus, exitStatus } from "./io.js";
import { compileForCommand, say } from "./reading.js";

export async function inspectCommand(file: string, options: InspectCommandOptions, io: CommandIo): Promise<ExitStatus> {
  const { list, after, level } = options;
  if ([list, after !== undefined, level !== undefined].filter(Boolean).length > 1) fail("GF8005", "--list, --after and --level are three questions", { help: "ask one of them" });
  const dumps: PassDump[] = [];
  const compilation = await compileForCommand(file, options, io, { ...targetChoices(options), debug: { onDump: (dump) => dumps.push(dump) } });
  if (compilation.status !== exitStatus.done) {
    say(compilation, options, io, "", {});
    return compilation.status;
  }
  if (list) {
    // The passes are the same for every model; one may run more than once.
    const passes = dumps.filter(({ model }) => model === dumps[0]?.model).map(({ index, pass, level }) => ({ index, pass, level }));
    const text = passes.map(({ index, pass, level }) => `${String(index).padStart(2)}  ${level.padEnd(8)} ${pass}`).join("\n");
    say(compilation, options, io, text, { passes });
  } else if (after !== undefined || level !== undefined) {
    const chosen = choose(dumps, after, level);
    say(compilation, options, io, chosen.map(({ text }) => text).join("\n"), { dumps: chosen });
  } else {
    const { models } = compilation.report;
    say(compilation, options, io, models.map(modelFigures).join("\n\n"), { models });
  }
  return compilation.status;
}

/** Of each model, the dump after a pass, or the last one of a level. */
function choose(dumps: readonly PassDump[], after: string | undefined, level: string | undefined): PassDump[] {
  const byModel = new Map<string, PassDump>();
  for (const dump of dumps) {
    if (after !== undefined ? dump.pass === after || String(dump.index) === after : dump.level === level) byModel.set(dump.model, dump);
  }
  if (byModel.size > 0) return [...byModel.values()];
  const names = [...new Set(dumps.map(({ pass }) => pass))];
  return fail("GF8008", after === undefined ? `there is no text of level ${level ?? ""}` : `no pass is called ${after}`, { help: `the passes are ${names.join(", ")}` });
}
