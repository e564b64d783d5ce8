/**
 * Makes what a measuring process gets (measure/data.ts): the modules of a net for each target, its weights and inputs, and
 * what the graph interpreter, which defines the meaning of a model, says of them.
 */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { ParameterReport } from "../src/compile.js";
import { compileFile, writeFiles } from "../src/cli/node.js";
import { readModelFile, fileHost } from "../src/cli/files.js";
import { readModels } from "../src/frontend/index.js";
import { interpret } from "../src/ir/graph/interpret.js";
import { formatDiagnostics } from "../src/support/diagnostic-format.js";
import { defined } from "../src/support/invariant.js";
import { caseName, extent, shape, type Case } from "./cases.js";
import { checkedMembers, checkedSteps, elementCount, NumberFile, type CaseIndex, type Member, type NumberArray } from "./measure/data.js";
import { nets, type NetName } from "./nets/nets.js";
import { variants } from "./targets.js";

const root = fileURLToPath(new URL("..", import.meta.url));

export function modelFile(net: NetName): string {
  return path.join(root, "bench", "nets", `${net}.model.ts`);
}

/** Makes the material of a case in a folder of its own below `folder`, and gives that. */
export async function makeMaterial(each: Case, folder: string): Promise<string> {
  const place = path.join(folder, caseName(each));
  await mkdir(place, { recursive: true });
  const { modules, gpuModule, parameters } = await compileNet(each, place);
  const random = numbers(1);
  const weights = Object.fromEntries(parameters.map(({ name, shape }) => [name, { shape, data: random(elementCount(shape), spread(shape)) }]));
  const members = makeMembers(each, random);
  const file = new NumberFile();
  const index: CaseIndex = {
    case: each,
    weights: Object.fromEntries(Object.entries(weights).map(([name, array]) => [name, file.add(array)])),
    members: members.map((member) => Object.fromEntries(Object.entries(member).map(([name, array]) => [name, file.add(array)]))),
    expected: file.add(expectedOf(each, weights, members)),
    modules,
    gpuModule,
  };
  await writeFile(path.join(place, "case.json"), JSON.stringify(index));
  await writeFile(path.join(place, "numbers.bin"), file.bytes());
  return place;
}

/**
 * The net as modules, one for each of our variants, each in a folder of its own; with a batch, for batches of that size. No relaxed
 * SIMD: not every engine has it, and its results differ from machine to machine.
 */
export async function compileNet({ net, hidden, task }: Pick<Case, "net" | "hidden" | "task">, folder: string): Promise<{ readonly modules: Readonly<Record<string, string>>; readonly gpuModule: string; readonly parameters: readonly ParameterReport[] }> {
  const modules: Record<string, string> = {};
  let parameters: readonly ParameterReport[] = [];
  for (const { name: variant, options } of [...variants, { name: "gpu", options: { target: "gpu" } } as const]) {
    const batch = task === "batch" ? { batch: shape.members } : {};
    const { files, diagnostics, sources, report } = await compileFile(modelFile(net), { ...options, relaxedSimd: false, settings: { hidden }, name: net, ...batch });
    if (files.length === 0) throw new Error(formatDiagnostics(diagnostics, sources, { color: false }));
    await writeFiles(path.join(folder, variant), files);
    // The module imports gpu.js, which is installed with the compiler.
    if (variant === "gpu") await symlink(path.join(root, "node_modules"), path.join(folder, variant, "node_modules"), "dir");
    modules[variant] = path.join(folder, variant, `${net}.js`);
    parameters = defined(report.models[0], "a model").parameters;
  }
  const { gpu = "", ...raced } = modules;
  return { modules: raced, gpuModule: gpu, parameters };
}

/** As weights that were trained might lie: sums stay about as large as what they sum. */
function spread(shape: readonly number[]): number {
  return shape.length < 2 ? 0.5 : 1 / Math.sqrt(shape.at(-1) ?? 1);
}

/** Numbers from -scale to scale; always the same for a seed. */
function numbers(seed: number): (count: number, scale: number) => Float32Array {
  let state = seed;
  return (count, scale) => Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * scale;
  });
}

function makeMembers({ net, task }: Case, random: ReturnType<typeof numbers>): Member[] {
  const { turns, members } = extent(task);
  // Of a stream, so many inputs are there before the first comes again.
  const lengths = { xs: task === "step" ? shape.turns : turns, source: shape.source };
  return Array.from({ length: members }, () => Object.fromEntries(nets[net].inputs.map((name): [string, NumberArray] => [name, { shape: [lengths[name], shape.input], data: random(lengths[name] * shape.input, 1) }])));
}

function expectedOf({ net, hidden, task }: Case, parameters: Readonly<Record<string, NumberArray>>, members: readonly Member[]): { readonly shape: readonly number[]; readonly data: Float64Array } {
  const { file, text } = readModelFile(modelFile(net), root);
  const { models, diagnostics } = readModels({ file, text }, fileHost(root), { settings: { hidden } });
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join("; "));
  const { graph } = defined(models[0], "a model");
  const parts = checkedMembers(members.length).map((b) => {
    const { xs, ...others } = defined(members[b], "a member");
    const all = defined(xs, "xs");
    const steps = task === "step" ? checkedSteps : defined(all.shape[0], "a length");
    const inputs = { ...others, xs: { shape: [steps, shape.input], data: all.data.subarray(0, steps * shape.input) } };
    return defined(interpret(graph, { inputs, parameters })["output"], "output").data;
  });
  const data = Float64Array.from(parts.flatMap((part) => Array.from(part)));
  return { shape: [data.length], data };
}

