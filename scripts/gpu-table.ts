/**
 * Tries every operation and every function of the library in every mode of gpu.js, holds what comes out against plain
 * JavaScript, and writes the table of docs/backends-gpu.md. Exits with 1 if anything is refused or wrong on headless GL or
 * WebGL 2.
 *
 *     npm run gpu:table                 writes the table
 *     npm run gpu:table -- --check      compares it with what stands there
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { compile, initialWeights } from "../src/compile.js";
import { fileHost } from "../src/cli/files.js";
import { formatDiagnostics } from "../src/support/diagnostic-format.js";
import { defined } from "../src/support/invariant.js";
import { noise } from "./gpu/cases.js";
import { startDisplay } from "./gpu/display.js";
import { type Environment, nodeEnvironment, pageEnvironment } from "./gpu/environments.js";
import { type OpNet, opNets } from "./gpu/op-nets.js";
import { difference } from "./models/table.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = path.join(root, "docs/backends-gpu.md");
const [begin, end] = ["<!-- made by npm run gpu:table -->", "<!-- end of the table -->"];

interface Made {
  readonly gpu: string;
  readonly weights: Readonly<Record<string, Float32Array>>;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly expected: Readonly<Record<string, ArrayLike<number>>>;
}

interface PlainModel {
  readonly inputs: Readonly<Record<string, { readonly shape: readonly (number | string)[]; readonly classes?: number }>>;
  run(inputs: unknown, options: { readonly seed: number }): Readonly<Record<string, ArrayLike<number>>>;
}

async function make({ text }: OpNet): Promise<Made> {
  const compiled = (target: "gpu" | "js") => {
    const { files, diagnostics, sources, report } = compile({ file: "net.model.ts", text, host: fileHost(root) }, { target });
    if (files.length === 0) throw new Error(formatDiagnostics(diagnostics, sources, { color: false }));
    return { text: defined(files[0], "the module").text, model: defined(report.models[0], "the model") };
  };
  const js = compiled("js");
  const module = (await import(`data:text/javascript;base64,${Buffer.from(js.text).toString("base64")}`)) as { load(weights: unknown): PlainModel };
  const weights = initialWeights(js.model, 4);
  const model = module.load(weights);
  const inputs = Object.fromEntries(Object.entries(model.inputs).map(([name, { shape, classes }], i) => {
    const count = shape.reduce<number>((product, size) => product * (typeof size === "number" ? size : 5), 1);
    return [name, noise(count, i + 2).map((x) => (classes === undefined ? x : Math.floor(((x + 1) / 2) * classes)))];
  }));
  return { gpu: compiled("gpu").text, weights, inputs, expected: model.run(inputs, { seed: 0 }) };
}

async function verdict(environment: Environment, { gpu, weights, inputs, expected }: Made): Promise<string> {
  try {
    const numbers = Object.fromEntries(Object.entries(weights).map(([name, data]) => [name, Array.from(data)]));
    const { evaluated } = await environment.evaluate(gpu, { weights: numbers, run: { inputs, times: 1 } });
    const apart = Math.max(...Object.entries(expected).map(([name, wanted]) => difference(evaluated.outputs[name] ?? [], wanted)));
    if (evaluated.device.mode !== environment.mode) return `fell back: ${evaluated.device.mode}`;
    return apart <= 1e-4 ? "yes" : `wrong by ${apart.toExponential(0)}`;
  } catch (thrown) {
    return `refused: ${(thrown instanceof Error ? thrown.message : String(thrown)).split("\n")[0]?.slice(0, 60) ?? ""}`;
  }
}

const display = await startDisplay();
const made: { readonly net: OpNet; readonly made: Made }[] = [];
for (const net of opNets) made.push({ net, made: await make(net) });
const modes = ["headlessgl", "webgl2", "webgpu", "webasm", "cpu"] as const;
const columns = new Map<string, string[]>();
for (const mode of modes) {
  const environment = mode === "webgl2" || mode === "webgpu" ? await pageEnvironment(mode) : nodeEnvironment(mode);
  const column: string[] = [];
  for (const each of made) column.push(await verdict(environment, each.made));
  columns.set(mode, column);
  console.log(`${mode}: ${column.filter((each) => each === "yes").length} of ${column.length}`);
  for (const [i, each] of column.entries()) if (each !== "yes") console.log(`  ${made[i]?.net.name ?? ""}: ${each}`);
  await environment.close();
}
const rows = made.map(({ net }, i) => `| ${net.name.replaceAll("|", "\\|")} | ${modes.map((mode) => columns.get(mode)?.[i] ?? "").join(" | ")} |`);
const heading = (title: string): string => `| ${title} | ${modes.join(" | ")} |\n| --- | ${modes.map(() => "---").join(" | ")} |`;
const part = (group: OpNet["group"]): string => rows.filter((_, i) => made[i]?.net.group === group).join("\n");
const table = [begin, heading("operation"), part("operation"), "", heading("library"), part("library"), end].join("\n");
const text = readFileSync(page, "utf8");
const written = text.slice(0, text.indexOf(begin)) + table + text.slice(text.indexOf(end) + end.length);
const isChecking = process.argv.includes("--check");
if (!isChecking) writeFileSync(page, written);
const short = made.flatMap(({ net }, i) => (["headlessgl", "webgl2"] as const).filter((mode) => columns.get(mode)?.[i] !== "yes").map((mode) => `${net.name} on ${mode}`));
for (const each of short) console.log(`falls short: ${each}`);
if (isChecking && written !== text) console.log("docs/backends-gpu.md says something else");
display?.stop();
process.exit(short.length === 0 && !(isChecking && written !== text) ? 0 : 1);
