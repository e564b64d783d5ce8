/** A GPU model step by step gives what the JavaScript module gives step by step; and goes on from a state that was kept. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile } from "../../../src/compile.js";
import { evaluateLength, staticLength } from "../../../src/ir/graph/length.js";
import { inferLengths } from "../../../src/ir/graph/interpret.js";
import type { Graph } from "../../../src/ir/graph/node.js";
import { streamDimension } from "../../../src/passes/graph/stream.js";
import { InternalError } from "../../../src/support/invariant.js";
import { arbitraryCell, arbitraryGraph, randomRun } from "../../random/graphs.js";
import { propertyParameters } from "../../support/property.js";
import { differences } from "../../support/rounded.js";
import { moduleInputs, moduleWeights, runModule } from "../js/run-module.js";
import { runGpuModule } from "./run-module.js";

/** More than the rows that a stream begins with. */
const most = 20;

function codeOf(graph: Graph, target: "js" | "gpu"): string | undefined {
  const { files, diagnostics } = compile(graph, { target });
  fc.pre(!diagnostics.some(({ code }) => code === "GF5102" || code === "GF5103"));
  expect(diagnostics).toEqual([]);
  return files.find(({ path }) => path.endsWith(".js"))?.text;
}

/** What no target compiles is for the tests of the levels above. */
function plainCode(graph: Graph): string {
  try {
    return codeOf(graph, "js") ?? "";
  } catch (thrown) {
    if (thrown instanceof InternalError) fc.pre(false);
    throw thrown;
  }
}

describe.each(["cpu", "webasm"])("streams in the mode %s", (mode) => {
  test.each([
    { what: "graphs", arbitrary: arbitraryGraph() },
    { what: "cells", arbitrary: arbitraryCell() },
  ])("of random $what give what JavaScript gives", { timeout: 300_000 }, async ({ arbitrary }) => {
    const body = async ({ graph }: { readonly graph: Graph }): Promise<void> => {
      const run = randomRun(graph, 3);
      const plain = runModule(plainCode(graph)).load(moduleWeights(run));
      const dim = streamDimension(graph);
      if (Array.isArray(dim) || !("name" in dim)) return;
      const isStep = (name: string): boolean => graph.inputs.some(({ attributes, type }) => attributes.name === name && type.dims.some((each) => each.name === dim.name));
      const lengths = inferLengths(graph, run);
      const all = moduleInputs(run);
      const start = Object.fromEntries(Object.entries(all).filter(([name]) => !isStep(name)));
      // A dimension of a known length has no more steps.
      const steps = Math.min(most, (staticLength(dim.length) ?? most + 1) - 1);
      const known = Object.fromEntries([...lengths].filter(([name]) => name !== dim.name));
      let expected: ReturnType<typeof plain.stream>;
      try {
        expected = plain.stream(start, { seed: run.seed, lengths: known });
      } catch {
        // No stream, or one that needs lengths which its inputs do not tell.
        return;
      }
      const model = await runGpuModule(codeOf(graph, "gpu") ?? "").load(moduleWeights(run), { mode });
      const stream = await model.stream(start, { seed: run.seed, lengths: known });
      const inputsOf = (t: number): Record<string, number[]> =>
        Object.fromEntries(graph.inputs.filter(({ attributes }) => isStep(attributes.name)).map(({ attributes, type }) => {
          const size = type.dims.filter((each) => each.name !== dim.name).reduce((product, each) => product * evaluateLength(each.length, (length) => lengths.get(length) ?? 0), type.shape.reduce((product, n) => product * n, 1));
          const given = all[attributes.name] ?? [];
          return [attributes.name, Array.from({ length: size }, (_, i) => given[(t * size + i) % Math.max(1, given.length)] ?? 0)];
        }));
      try {
        for (let t = 0; t < steps; t++) {
          const wanted = Object.fromEntries(Object.entries(expected.step(inputsOf(t))).map(([name, data]) => [name, data.slice()]));
          expect(differences(await stream.step(inputsOf(t)), wanted, 1e-4), `step ${t}`).toEqual([]);
        }
        const kept = await stream.state();
        expect(kept.position).toBe(steps);
        const next = await stream.step(inputsOf(steps));
        const other = await model.stream(start, { seed: run.seed, lengths: known });
        await other.setState(kept);
        expect(await other.step(inputsOf(steps))).toEqual(next);
      } finally {
        await model.dispose();
      }
    };
    await fc.assert(fc.asyncProperty(arbitrary, body), { ...propertyParameters(mode === "cpu" ? 40 : 15), endOnFailure: true });
  });
});

test("a step takes the inputs that the model has, and its state integers", async () => {
  const text = `import { scan, type Id, type Seq } from "gatefold";
export function net(xs: Seq<"time", Id<9>>, start: Id<9>) {
  return scan(xs, { last: start, before: start }, (x, { last }) => ({ last: x, before: last })).before;
}
`;
  const model = await runGpuModule(compile({ file: "net.model.ts", text }, { target: "gpu" }).files[0]?.text ?? "").load({}, { mode: "cpu" });
  const stream = await model.stream({ start: 3 });
  await expect(stream.step({ xs: 1, typo: 2 })).rejects.toThrow('a step takes no input "typo"');
  await expect(stream.step(Object.create({ xs: 1 }) as Record<string, unknown>)).rejects.toThrow('input "xs" is missing');
  await expect(stream.setState({ position: 1, arrays: { last: [1.5] } })).rejects.toThrow('"last" holds what is no integer of 32 bits');
  expect((await stream.step({ xs: 1 }))["output"]).toEqual(Int32Array.of(3));
  await model.dispose();
});
