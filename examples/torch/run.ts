/**
 * Compiles layers.model.ts, runs each layer on a batch of 3 sequences of 5 steps, and prints the shapes as PyTorch does:
 *
 *     npx tsx examples/torch/run.ts
 *
 * What PyTorch keeps in one tensor [time, batch, features] is here a list of members, each [time, features]; weights begin
 * as PyTorch's do. A state_dict that was saved as safetensors loads by the same names.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compile, formatDiagnostics, initialWeights } from "gatefold";

const [time, batch] = [5, 3];
const file = fileURLToPath(new URL("layers.model.ts", import.meta.url));
const { files, diagnostics, sources, report } = compile({ file: "layers.model.ts", text: readFileSync(file, "utf8") });
if (files.length === 0) throw new Error(formatDiagnostics(diagnostics, sources));

interface Model {
  readonly inputs: Readonly<Record<string, { readonly dims: readonly string[]; readonly shape: readonly (number | string)[] }>>;
  readonly outputs: Model["inputs"];
  run(members: readonly Readonly<Record<string, Float32Array>>[]): readonly Readonly<Record<string, Float32Array>>[];
}

const folder = mkdtempSync(path.join(tmpdir(), "gatefold-torch-"));
try {
  for (const { path: name, text } of files) writeFileSync(path.join(folder, name), text);
  const { load } = (await import(pathToFileURL(path.join(folder, "layers.js")).href)) as { load(weights: unknown): Readonly<Record<string, Model>> };
  const models = load(Object.assign({}, ...report.models.map((model) => initialWeights(model, 1))));

  for (const { name } of report.models) {
    const model = models[name];
    if (model === undefined) continue;
    const sizes = ({ shape }: Model["inputs"][string]) => shape.map((size) => (size === "time" ? time : Number(size)));
    const members = Array.from({ length: batch }, (_, member) => {
      const inputs = Object.entries(model.inputs).map(([key, input], i) => [key, wave(sizes(input), 10 * member + i)] as const);
      return Object.fromEntries(inputs);
    });
    const results = model.run(members);
    console.log(`\n${name}`);
    for (const [key, output] of Object.entries(model.outputs)) {
      const shape = sizes(output);
      // PyTorch's batch stands before the features: [time, batch, features], [layers, batch, features].
      const shown = [...shape.slice(0, -1), batch, ...shape.slice(-1)];
      const first = Array.from(results[0]?.[key]?.slice(0, 3) ?? [], (value) => value.toFixed(4));
      console.log(`  ${key.padEnd(6)} torch.Size([${shown.join(", ")}])   ${first.join(" ")} ...`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Numbers to run on. */
function wave(sizes: readonly number[], seed: number): Float32Array {
  return Float32Array.from({ length: sizes.reduce((product, size) => product * size, 1) }, (_, i) => Math.sin(1.7 * i + seed));
}
