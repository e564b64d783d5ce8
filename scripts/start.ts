/**
 * What `npm start` shows: Gatefold's main job, from a model file to a module that runs.
 *
 * It compiles a net that no framework has, a stack that is driven by gates (examples/brackets.model.ts), into out/, loads
 * the module with weights set by hand, and lets it read real text: a source file of Gatefold, or the file that is named
 * (`npm start -- FILE`). Where a trained character model lies beside the project, that one is compiled, too, and speaks.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compileFile } from "../src/cli/node.js";
import { writeFiles } from "../src/cli/files.js";
import { formatDiagnostics } from "../src/support/diagnostic-format.js";
import { writeSafetensors } from "../src/formats/safetensors.js";
import { bracketWeights, interpret, textIds, type Reading } from "./start/brackets.js";
import { speak } from "./start/speak.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = path.join(root, "out");
const modelFile = "examples/brackets.model.ts";
const textFile = process.argv[2] ?? "src/ir/graph/infer.ts";

interface Brackets {
  run(inputs: { readonly text: Uint8Array }): { readonly depth: Float32Array; readonly fault: Float32Array };
  stream(): { step(inputs: { readonly text: number }): { readonly depth: Float32Array } };
}

async function main(): Promise<void> {
  console.log(`1. ${modelFile} says, as equations, what happens at one character of a text. Compiled:\n`);
  const files = await compileTo(modelFile);
  for (const file of files) console.log(`   ${show(file)}  ${(readFileSync(file).length / 1024).toFixed(1)} KiB`);

  const weights = bracketWeights();
  mkdirSync(out, { recursive: true });
  const weightFile = path.join(out, "brackets.safetensors");
  const tensors = new Map(Object.entries(weights).map(([name, { shape, data }]) => [name, { dtype: "F32" as const, shape, data }]));
  writeFileSync(weightFile, writeSafetensors(tensors));
  console.log(`   ${show(weightFile)}  ${(readFileSync(weightFile).length / 1024).toFixed(1)} KiB, set by hand: nothing was trained\n`);

  const { load } = (await import(pathToFileURL(path.join(out, "brackets.js")).href)) as { load(weights: Uint8Array): Brackets };
  const model = load(new Uint8Array(readFileSync(weightFile)));

  const text = readFileSync(path.resolve(root, textFile), "utf8");
  console.log(`2. The module reads ${textFile}, ${text.length} characters, and keeps a stack of what is open:\n`);
  tell(read(model, text));

  const [damaged, line] = withoutOneBracket(text);
  if (line > 0) {
    console.log(`\n   The same text with the last bracket of line ${line} taken out:\n`);
    tell(read(model, damaged));
  }

  console.log(`\n3. A step, one character after another, as in a stream: ${stepTime(model, text)}\n`);

  await speak({ root, out, compileTo });

  console.log(`Try next:
   npx tsx src/cli/main.ts inspect ${modelFile}                    what it became, and what it costs
   npx tsx src/cli/main.ts inspect ${modelFile} --level program    its loops and kernels
   npx tsx src/cli/main.ts run ${modelFile} --weights out/brackets.safetensors --input 'text=[40,41,41]'
   npm start -- README.md                                                    another text
   and open out/brackets.js: it is all there is, with no dependency.`);
}

async function compileTo(file: string): Promise<string[]> {
  const compilation = await compileFile(path.join(root, file), { cwd: root });
  if (compilation.files.length === 0) {
    process.stderr.write(formatDiagnostics(compilation.diagnostics, compilation.sources, { color: process.stderr.isTTY }));
    throw new Error(`${file} does not compile`);
  }
  return writeFiles(out, compilation.files);
}

function read(model: Brackets, text: string): Reading {
  const { depth, fault } = model.run({ text: textIds(text) });
  return interpret(text, depth, fault);
}

function tell({ deepest, faults }: Reading): void {
  console.log(`   deepest: ${deepest.depth} brackets are open in line ${deepest.line}: ${deepest.text.slice(0, 90)}`);
  if (faults.length === 0) console.log("   every bracket that opens is closed by its own kind");
  for (const { line, column, what } of faults.slice(0, 5)) console.log(`   ${line}:${column}  ${what}`);
  if (faults.length > 5) console.log(`   and ${faults.length - 5} more`);
}

/** Takes out a closing bracket from the middle of the text, and says from which line; 0 where there is none. */
function withoutOneBracket(text: string): [string, number] {
  const lines = text.split("\n");
  for (let index = Math.floor(lines.length / 2); index < lines.length; index++) {
    const line = lines[index] ?? "";
    const at = Math.max(...[...")]}"].map((bracket) => line.lastIndexOf(bracket)));
    if (at === -1) continue;
    lines[index] = line.slice(0, at) + line.slice(at + 1);
    return [lines.join("\n"), index + 1];
  }
  return [text, 0];
}

function stepTime(model: Brackets, text: string): string {
  const ids = textIds(text);
  const stream = model.stream();
  for (const id of ids) stream.step({ text: id });
  const started = performance.now();
  for (const id of ids) stream.step({ text: id });
  return `${(((performance.now() - started) / ids.length) * 1000).toFixed(2)} microseconds`;
}

function show(file: string): string {
  return path.relative(root, file).split(path.sep).join("/");
}

await main();
