/** Members side by side give what they give alone, and take the dispatches of one. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile, type CompileOptions } from "../../../src/compile.js";
import type { Graph } from "../../../src/ir/graph/node.js";
import { arbitraryCell, arbitraryGraph, lengthsOf, randomRun, type RandomRun } from "../../random/graphs.js";
import { propertyParameters } from "../../support/property.js";
import { differences } from "../../support/rounded.js";
import { moduleInputs, moduleWeights, runModule } from "../js/run-module.js";
import { nodeModes, runGpuModule } from "./run-module.js";

function codeOf(graph: Graph, options: CompileOptions): string {
  const { files, diagnostics } = compile(graph, options);
  fc.pre(!diagnostics.some(({ code }) => code === "GF5102" || code === "GF5103"));
  expect(diagnostics).toEqual([]);
  return files[0]?.text ?? "";
}

/** Lengths of the run that the graph still has. */
function known(graph: Graph, { lengths }: RandomRun): Record<string, number> {
  const free = new Set(graph.inputs.flatMap(({ attributes }) => attributes.type.dims.flatMap(({ length }) => length.terms.flatMap(({ atom }) => (atom.kind === "free" ? [atom.name] : [])))));
  return Object.fromEntries(Object.entries(lengths).filter(([name]) => free.has(name) && lengthsOf(graph).has(name)));
}

describe.each(nodeModes())("members together in the mode %s", (mode) => {
  test.each([
    { what: "graphs", arbitrary: arbitraryGraph({ without: ["draw"] }) },
    { what: "cells", arbitrary: arbitraryCell({ without: ["draw"] }) },
  ])("of random $what give what JavaScript gives one by one", { timeout: 300_000 }, async ({ arbitrary }) => {
    const body = async ({ graph }: { readonly graph: Graph }): Promise<void> => {
      const runs = [1, 2, 3, 4].map((seed) => randomRun(graph, seed, { omitDefaults: true }));
      const weights = runs[0] === undefined ? {} : moduleWeights(runs[0]);
      const plain = runModule(codeOf(graph, {})).load(weights, { strict: false });
      const model = await runGpuModule(codeOf(graph, { target: "gpu", batch: "any" })).load(weights, { mode, strict: false });
      try {
        const together = await model.run(runs.map(moduleInputs), { lengths: runs.map((run) => known(graph, run)) });
        expect(runs.map((run, i) => differences(together[i] ?? {}, plain.run(moduleInputs(run), { lengths: known(graph, run) }), 1e-4))).toEqual(runs.map(() => []));
      } finally {
        await model.dispose();
      }
    };
    await fc.assert(fc.asyncProperty(arbitrary, body), { ...propertyParameters(mode === "headlessgl" ? 8 : 20), endOnFailure: true });
  });
});

const text = `
  import { gru } from "gatefold/torch";
  import { softmax, sum, type Seq, type Vec } from "gatefold";
  export function net(xs: Seq<"time", Vec<3>>) {
    const { output } = gru(xs, { hiddenSize: 5, bidirectional: true });
    const weights = softmax(sum(output), "time");
    return { output, pooled: sum(weights * output, "time") };
  }`;

function made(options: CompileOptions, source = text) {
  const { files, diagnostics, report } = compile({ file: "net.model.ts", text: source }, options);
  expect(diagnostics).toEqual([]);
  return { text: files[0]?.text ?? "", report };
}

function weightsOf(parameters: Readonly<Record<string, readonly number[]>>): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(parameters).map(([name, shape], i) => [name, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => Math.sin(k + i))]));
}

test("a batch of any size is put together from groups of like lengths", async () => {
  const plain = runModule(made({}).text);
  const weights = weightsOf(plain.parameters);
  const members = Array.from({ length: 40 }, (_, i) => ({ xs: Float32Array.from({ length: 3 * ((i * 37) % 30) }, (_, k) => Math.cos(k * (i + 1))) }));
  const model = await runGpuModule(made({ target: "gpu", batch: "any" }).text).load(weights, { mode: "cpu" });
  const expected = plain.load(weights).run(members);
  expect((await model.run(members)).flatMap((each, i) => differences(each, expected[i] ?? {}, 1e-5))).toEqual([]);
  await model.dispose();
});

test("eight members take the dispatches of one, and read back once", async () => {
  const module = runGpuModule(made({ target: "gpu", batch: 8 }).text);
  const model = await module.load(weightsOf(module.parameters), { mode: "cpu" });
  const inputs = Array.from({ length: 8 }, (_, i) => ({ xs: Float32Array.from({ length: 3 * 10 }, (_, k) => Math.cos(k * (i + 1))) }));
  const before = model.device;
  await model.run(inputs);
  const after = model.device;
  const alone = runGpuModule(made({ target: "gpu" }).text);
  const one = await alone.load(weightsOf(alone.parameters), { mode: "cpu" });
  const first = one.device;
  await one.run(inputs[0] ?? {});
  // Rows of each output become parts of the members by a kernel more; and the lengths of the members are handed over.
  expect(after.dispatches - before.dispatches).toBeLessThanOrEqual(one.device.dispatches - first.dispatches + 8);
  expect({ readBacks: after.readBacks - before.readBacks, liveTextures: after.liveTextures }).toEqual({ readBacks: 1, liveTextures: before.liveTextures });
  await model.dispose();
  await one.dispose();
});

test("flat, padded batches are taken apart and put together again", async () => {
  const plain = runModule(made({ layout: "time-first" }).text);
  const weights = weightsOf(plain.parameters);
  const xs = Float32Array.from({ length: 7 * 3 * 3 }, (_, k) => Math.cos(k));
  const options = { lengths: { time: [7, 4, 6] } };
  const expected = (plain.load(weights) as unknown as { runPadded(inputs: unknown, options: unknown): Record<string, { readonly data: Float32Array; readonly shape: readonly number[] }> }).runPadded({ xs }, options);
  for (const batch of [undefined, "any"] as const) {
    const model = await runGpuModule(made({ target: "gpu", layout: "time-first", ...(batch === undefined ? {} : { batch }) }).text).load(weights, { mode: "cpu" });
    const result = await (model as unknown as { runPadded(inputs: unknown, options: unknown): Promise<typeof expected> }).runPadded({ xs }, options);
    for (const [name, { data, shape }] of Object.entries(expected)) {
      expect(result[name]?.shape).toEqual(shape);
      expect(differences({ [name]: result[name]?.data ?? [] }, { [name]: data }, 1e-5)).toEqual([]);
    }
    await model.dispose();
  }
});

test("whether members run side by side is told", () => {
  const source = `
    import { sample, softmax, type Seq, type Vec } from "gatefold";
    export function still(xs: Seq<"time", Vec<3>>) { return softmax(xs); }
    export function drawn(xs: Seq<"time", Vec<3>>) { return sample(xs); }`;
  const batches = made({ target: "gpu", batch: "any" }, source).report.models.map(({ name, batch }) => [name, batch === undefined ? undefined : "refused" in batch ? batch.refused : "side by side"]);
  expect(batches).toEqual([["still", "side by side"], ["drawn", "each member draws under a seed of its own"]]);
});
