/**
 * A conformance case as Gatefold sees it: the text of a model file that says what the case describes, the case's weights,
 * and for each member of its batch what goes in and what must come out.
 */
import path from "node:path";
import { pathToFileURL } from "node:url";
import { compile } from "../../src/compile.js";
import { writeFiles } from "../../src/cli/files.js";
import { formatDiagnostics } from "../../src/support/diagnostic-format.js";
import { at, defined, invariant } from "../../src/support/invariant.js";
import type { NdArray } from "./arrays.js";
import { difference } from "./table.js";

export interface Member {
  readonly inputs: Readonly<Record<string, NdArray>>;
  readonly expected: Readonly<Record<string, NdArray>>;
}

export interface Trial {
  /** A model file with one model, `net`. */
  readonly text: string;
  readonly weights: Readonly<Record<string, NdArray>>;
  readonly members: readonly Member[];
}

interface GeneratedModule {
  load(weights: Readonly<Record<string, Float32Array>>): {
    readonly outputs: Readonly<Record<string, unknown>>;
    run(inputs: readonly Readonly<Record<string, ArrayLike<number>>>[]): readonly Readonly<Record<string, Float32Array | Int32Array>>[];
  };
}

/** Compiles the trial's model through the whole pipeline into `folder`, runs it on the batch: the largest difference. */
export async function runTrial(name: string, { text, weights, members }: Trial, folder: string): Promise<number> {
  const { files, diagnostics, sources, report } = compile({ file: `${name}.model.ts`, text }, { name });
  if (files.length === 0) throw new Error(`${formatDiagnostics(diagnostics, sources, { color: false })}\n${text}`);
  const parameters = defined(report.models[0], "the model").parameters;
  const shapeText = (shape: readonly number[]) => `[${shape.join(", ")}]`;
  const wanted = parameters.map((each) => `${each.name} ${shapeText(each.shape)}`).sort();
  const given = Object.entries(weights).map(([key, { shape }]) => `${key} ${shapeText(shape)}`).sort();
  invariant(wanted.join() === given.join(), () => `the model's parameters are ${wanted.join(", ") || "none"}; the case has ${given.join(", ") || "none"}`);
  await writeFiles(folder, files);
  const module = (await import(pathToFileURL(path.join(folder, `${name}.js`)).href)) as GeneratedModule;
  const model = module.load(Object.fromEntries(Object.entries(weights).map(([key, { data }]) => [key, Float32Array.from(data)])));
  const outputs = model.run(members.map(({ inputs }) => Object.fromEntries(Object.entries(inputs).map(([key, { data }]) => [key, data]))));
  invariant(members.length > 0, "the case has no members");
  let largest = 0;
  for (const [i, { expected }] of members.entries()) {
    invariant(Object.keys(expected).sort().join() === Object.keys(model.outputs).sort().join(), () => `the model gives ${Object.keys(model.outputs).join(", ")}; the case expects ${Object.keys(expected).join(", ")}`);
    for (const [key, { data }] of Object.entries(expected)) {
      const found = defined(at(outputs, i)[key], `the output ${key}`);
      // A sequence of no elements has nothing to compare but its length.
      const each = data.length === 0 && found.length === 0 ? 0 : difference(found, data);
      if (!(each <= largest)) largest = each;
      if (Number.isNaN(each)) return NaN;
    }
  }
  return largest;
}

/** Where a case's batch is padded, the padding is zeros: else the case means something that was not understood. */
export function expectZeros({ data }: NdArray, what: string): void {
  invariant(data.every((value) => value === 0), `${what} is not padded with zeros`);
}
