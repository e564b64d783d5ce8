/**
 * The command line: what can be asked, and how it ends.
 *
 * Nothing heavy is loaded here. The compiler comes in when a command runs, so `--help` and a mistyped option answer at once.
 */
import { Command, CommanderError, Option } from "commander";
import { type Diagnostic, DiagnosticError, error } from "../support/diagnostics.js";
import { diagnosticToJson, formatDiagnostics } from "../support/diagnostic-format.js";
import { type CommandIo, type ExitStatus, exitStatus } from "./io.js";
import { type CompileCommandOptions, factor, folder, type InspectCommandOptions, jsonValue, keyed, layout, members, type ModelOptions, names, type RunCommandOptions, setting, whole } from "./options.js";
import { version } from "../support/version.js";

/** @returns the exit status; nothing is thrown but what the system itself throws */
export async function commandLine(args: readonly string[], io: CommandIo): Promise<ExitStatus> {
  let status: ExitStatus = exitStatus.done;
  const program = describe(io, async (command) => {
    status = await command();
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return status;
  } catch (thrown) {
    return ended(thrown, io, args);
  }
}

/** Says why a command gave up. Only diagnostics of a model are said by the command itself. */
function ended(thrown: unknown, io: CommandIo, args: readonly string[]): ExitStatus {
  // Help was asked for, or is shown where no command was given: it is on its stream already.
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return exitStatus.done;
  const { diagnostics, status } = reasons(thrown, args);
  if (wantsJson(args)) io.out(`${JSON.stringify({ diagnostics: diagnostics.map((diagnostic) => diagnosticToJson(diagnostic, [])) }, null, 2)}\n`);
  else if (!(thrown instanceof CommanderError && thrown.code === "commander.help") || args[0] === "help") io.err(formatDiagnostics(diagnostics, [], { color: io.color }));
  if (status === exitStatus.internal && args.includes("--debug") && thrown instanceof Error) io.err(`${thrown.stack ?? ""}\n${causes(thrown)}`);
  return status;
}

function reasons(thrown: unknown, args: readonly string[]): { readonly diagnostics: readonly Diagnostic[]; readonly status: ExitStatus } {
  // What the compiler says of a model never arrives as an error; what does is about the call, and files that it named.
  if (thrown instanceof DiagnosticError) return { diagnostics: thrown.diagnostics, status: exitStatus.call };
  if (thrown instanceof CommanderError) {
    const text = thrown.code === "commander.help" ? (args[0] === "help" ? `unknown command '${args[1] ?? ""}'` : "no command is given") : thrown.message.replace(/^error: /, "");
    const [, message = text, likely] = /^(.*?)\s*(?:\(Did you mean (.*)\?\))?$/s.exec(text) ?? [];
    const help = `${likely === undefined ? "" : `did you mean ${likely}? `}gatefold --help, or gatefold COMMAND --help, tells what can be asked`;
    return { diagnostics: [error("GF8001", message.replace(/\.$/, ""), { help })], status: exitStatus.call };
  }
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  const help = "this is a mistake of Gatefold, not of your model: please report it, with the model and the command; --debug shows where it happened";
  return { diagnostics: [error("GF9001", message, { help })], status: exitStatus.internal };
}

/** Even a call that is not understood is answered in the form that it asks for. */
function wantsJson(args: readonly string[]): boolean {
  return args.some((arg, i) => arg === "--format=json" || (arg === "--format" && args[i + 1] === "json"));
}

function causes(error: Error): string {
  return error.cause instanceof Error ? `caused by ${error.cause.stack ?? error.cause.message}\n${causes(error.cause)}` : "";
}

type Run = (command: () => Promise<ExitStatus>) => Promise<void>;

function describe(io: CommandIo, run: Run): Command {
  const program = new Command("gatefold")
    .description("Compiles recurrent nets, written as equations in TypeScript, to small, fast, standalone modules.")
    .version(version, "-v, --version")
    .configureHelp({ optionDescription: helpOf })
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text), outputError: () => {}, getErrHasColors: () => io.color, getOutHasColors: () => io.color })
    .exitOverride()
    .addHelpText("after", overview);

  modelCommand(program, "compile", "compile a model to a module")
    .requiredOption("-o, --out <dir>", "the folder for the module and its types", folder)
    .addOption(targetOption())
    .addOption(quantizeOption())
    .addOption(keepOption())
    .option("--no-relaxed-simd", "for wasm: compute the same numbers in every engine, without the faster instructions that some have")
    .addOption(new Option("--wasm <place>", "for wasm: its code is part of the module, as text, or a file .wasm beside it").choices(["embedded", "beside"]).default("embedded"))
    .option("--minify", "as few bytes as the module needs; people cannot read it then", false)
    .option("--no-stream", "leave stream() out of the module, which makes it smaller")
    .addOption(new Option("--weights-form <form>", "what load() takes besides arrays by name: any safetensors file, or only one of float32, as --weights writes, or nothing").choices(["safetensors", "float32", "arrays"]).default("safetensors"))
    .option("--name <name>", "what the module is called; by default as the model file is")
    .addOption(new Option("--extension <extension>", "how the module's file ends; mjs is for projects whose package.json does not say \"type\": \"module\"").choices(["js", "mjs"]).default("js"))
    .addOption(batchOption())
    .option("--layout <order>", "batches may also be flat, padded arrays: batch-first, [batch, time, features], or time-first, [time, batch, features]; NAME=ORDER for one input or output", layout)
    .option("--weights <file>", "a safetensors file of trained weights: it is held against the model, and written beside the module as float32")
    .addOption(prefixOption())
    .option("--sample <file>", "with --quantize and --weights: inputs as JSON, one example or an array of them; tells how far outputs are from float32 on them")
    .option("--embed", "write the weights into the module itself, whose load() then needs none", false)
    .addHelpText("after", compileExamples)
    .action((file: string, options: CompileCommandOptions) => run(async () => (await import("./compile-command.js")).compileCommand(file, options, io)));

  modelCommand(program, "check", "say what is wrong with a model, and write nothing")
    .addHelpText("after", checkExamples)
    .action((file: string, options: ModelOptions) => run(async () => (await import("./check-command.js")).checkCommand(file, options, io)));

  modelCommand(program, "inspect", "show what the compiler makes of a model, after any pass, and what it costs")
    .option("--list", "list the passes that run, in their order", false)
    .option("--after <pass>", "the text form after this pass (its name, or its number in the list)")
    .addOption(new Option("--level <level>", "the text form at the end of this level").choices(["graph", "kernels", "program", "stream", "code"]))
    .addOption(targetOption())
    .addOption(batchOption())
    .addOption(quantizeOption())
    .addOption(keepOption())
    .addHelpText("after", inspectExamples)
    .action((file: string, options: InspectCommandOptions) => run(async () => (await import("./inspect-command.js")).inspectCommand(file, options, io)));

  modelCommand(program, "run", "compile a model, run it, and print what comes out as JSON")
    .option("--weights <file>", "the parameters, a safetensors file")
    .addOption(prefixOption())
    .option("--random <seed>", "random parameters instead, the same for the same seed", whole)
    .option("-i, --input <name=value>", "an input as JSON, or @FILE for a file of JSON; once for each input", keyed("an input", jsonValue), {})
    .option("--inputs <file>", "all inputs, a file with a JSON object; with an array of objects a batch is run, and an array comes out")
    .option("--stream", "step by step: feed the elements of sequences one after another, and print a line for each step", false)
    .option("--steps <n>", "with --stream: how many steps; by default as many as the inputs have", whole)
    .option("--seed <n>", "where what the model draws comes from", whole)
    .addOption(targetOption())
    .addOption(quantizeOption())
    .addOption(keepOption())
    .addOption(new Option("--mode <mode>", "for gpu: the backend of gpu.js; by default headless GL").choices(["headlessgl", "webgl2", "webgl", "webgpu", "webasm", "cpu"]))
    .option("--fallback", "for gpu: another backend may run where this one does not", false)
    .addHelpText("after", runExamples)
    .action((file: string, options: RunCommandOptions) => run(async () => (await import("./run-command.js")).runCommand(file, options, io)));
  return program;
}

function modelCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument("<model>", "the model file, NAME.model.ts")
    .option("-m, --models <names>", "only these models of the file, joined by commas; may be repeated", names)
    .option("--set <name=value>", "the value of a setting of a model (a number with a default); may be repeated", keyed("a setting", setting), {})
    .option("--fixed <name=n>", "a length that is always n, such as time=100; may be repeated", keyed("a length", whole), {})
    .option("--unroll <name=n>", "write out n steps of the scans over this dimension one after another; n may be \"all\" where the length is fixed", keyed("a dimension", factor), {})
    .option("--no-hoist", "leave the products of the inputs inside the time loop")
    .option("--no-optimise", "only what is needed to run at all")
    .option("--verify", "hold every intermediate form against its invariants", false)
    .addOption(new Option("--format <format>", "how to print").choices(["text", "json"]).default("text"))
    .option("--timings", "tell how long each part took", false)
    .option("--debug", "where Gatefold itself fails, show the stack", false);
}

function batchOption(): Option {
  return new Option("--batch <n>", "every run takes a batch of n members, in wasm and gpu side by side; with \"any\" it may have any size; by default members run one after another").argParser(members);
}

function targetOption(): Option {
  return new Option("--target <target>", "what to make: plain JavaScript, WebAssembly, or kernels for gpu.js").choices(["js", "wasm", "gpu"]).default("js");
}

function quantizeOption(): Option {
  return new Option("--quantize <weights>", "for wasm: store the weights of products as integers of 8 or 16 bits, and multiply integers; inspect and --format json tell which").choices(["int8", "int16"]);
}

function keepOption(): Option {
  return new Option("--keep <names>", "parameters that are not quantised, joined by commas; * stands for any letters; may be repeated").argParser(names);
}

function prefixOption(): Option {
  return new Option("--prefix <text>", "what the names of the weights begin with and those of the model do not, such as model.");
}

/** What an option is for; its default only where that says something. */
function helpOf({ description, defaultValue, argChoices, mandatory }: Option): string {
  const choices = argChoices === undefined ? [] : [argChoices.join(" or ")];
  const byDefault = typeof defaultValue === "string" ? [`by default ${defaultValue}`] : [];
  const further = [...choices, ...byDefault, ...(mandatory ? ["required"] : [])];
  return further.length === 0 ? description : `${description} (${further.join("; ")})`;
}

// ---- What help adds: one worked example for each command.

const overview = `
A model file is TypeScript that is read, never run:

  import { linear, scan, tanh, zeros, type Seq, type Vec } from "gatefold";

  export function net(xs: Seq<"time", Vec<8>>) {
    const { h } = scan(xs, { h: zeros(16) }, (x, { h }) => ({ h: tanh(linear(x, 16) + linear(h, 16)) }));
    return { y: linear(h, 2) };
  }

Begin with:
  $ gatefold check net.model.ts                say what is wrong with it
  $ gatefold compile net.model.ts --out out    make out/net.js and out/net.d.ts
  $ gatefold run net.model.ts --random 1 --input 'xs=[[1,0,0,0,0,0,0,0]]'
  $ gatefold inspect net.model.ts              show what became of it, and what it costs

Exit status: 0 done, 1 the model is at fault, 2 the call is, 70 Gatefold is.
`;

const compileExamples = `
Examples:
  $ gatefold compile char-rnn.model.ts --out out
  $ gatefold compile char-rnn.model.ts --out out --models next --set count=100
  $ gatefold compile tagger.model.ts --out out --fixed word=40
  $ gatefold compile tagger.model.ts --out out --fixed word=8 --unroll word=all
  $ gatefold compile tagger.model.ts --out out --weights tagger.safetensors --embed
  $ gatefold compile tagger.model.ts --out out --target wasm --quantize int16 --keep 'embedding.*'
  $ gatefold compile tagger.model.ts --out out --target wasm --quantize int8 --weights tagger.safetensors --sample sentences.json

The module stands alone: it has no dependency, and takes its weights when it is loaded.
  import { load } from "./out/char-rnn.js";
`;

const checkExamples = `
Examples:
  $ gatefold check char-rnn.model.ts
  $ gatefold check char-rnn.model.ts --format json

Types, which your editor checks as you write, are checked by tsc --noEmit.
`;

const inspectExamples = `
Examples:
  $ gatefold inspect char-rnn.model.ts                          figures of each model
  $ gatefold inspect char-rnn.model.ts --list                   the passes
  $ gatefold inspect char-rnn.model.ts -m next --after simplify
  $ gatefold inspect char-rnn.model.ts -m next --level program
  $ gatefold inspect char-rnn.model.ts --target gpu --level code    the kernels that a GPU runs
`;

const runExamples = `
Examples:
  $ gatefold run char-rnn.model.ts -m next --random 1 --input char=7
  $ gatefold run tagger.model.ts -m tagger --weights tagger.safetensors --input 'sentence=[3,14,15]'
  $ gatefold run char-rnn.model.ts -m charRnn --random 1 --inputs inputs.json | jq .logits
  $ gatefold run char-rnn.model.ts -m charRnn --random 1 --target wasm --stream --input 'text=[20,43,50]'

inputs.json holds {"text": [20, 43, 50]}, or, for a batch, [{"text": [20, 43]}, {"text": [50]}].
`;
