/** Compiles one model of a model file into a folder, and imports the module that comes out. */
import path from "node:path";
import { pathToFileURL } from "node:url";
import { writeFiles } from "../../src/cli/files.js";
import { compileFile } from "../../src/cli/node.js";
import { formatDiagnostics } from "../../src/support/diagnostic-format.js";
import { defined } from "../../src/support/invariant.js";
import type { Inputs, LoadModel, ModelOptions, Outputs } from "./check.js";
import type { Tensor } from "./tensors.js";

/** What a generated module exports. */
interface GeneratedModule {
  load(weights: Readonly<Record<string, Float32Array>>): {
    run(inputs: Inputs): Readonly<Record<string, Float32Array | Int32Array>>;
    stream(): { step(inputs: Inputs): Readonly<Record<string, Float32Array | Int32Array>> };
  };
}

export async function compileModel(file: string, model: string, folder: string, options: ModelOptions = {}): Promise<LoadModel> {
  const name = [path.basename(file, ".model.ts"), model, ...Object.values(options)].join("-");
  const { files, diagnostics, sources } = await compileFile(file, { models: [model], name, ...options });
  if (files.length === 0) throw new Error(formatDiagnostics(diagnostics, sources, { color: false }));
  await writeFiles(folder, files);
  const module = (await import(pathToFileURL(path.join(folder, `${name}.js`)).href)) as GeneratedModule;
  return async (weights) => {
    const loaded = module.load(Object.fromEntries(Object.entries(weights).map(([key, { data }]: [string, Tensor]) => [key, data])));
    const outputs = (values: Readonly<Record<string, Float32Array | Int32Array>>): Outputs => (key) => defined(values[key], `the output ${key}`);
    return {
      run: (inputs) => outputs(loaded.run(inputs)),
      stream() {
        const stream = loaded.stream();
        return { step: (inputs) => outputs(stream.step(inputs)) };
      },
    };
  };
}
