/** A model step by step gives what it gives at once, in any target. */
import { describe, expect, test } from "vitest";
import { compile, type CompileOptions } from "../../src/compile.js";
import { lengthText, staticLength } from "../../src/ir/graph/length.js";
import type { Graph } from "../../src/ir/graph/node.js";
import { streamDimension } from "../../src/passes/graph/stream.js";
import { arbitraryCell, arbitraryGraph, randomRun, type RandomRun } from "../random/graphs.js";
import { checkProperty } from "../support/property.js";
import { differences } from "../support/rounded.js";
import { moduleInputs, moduleWeights, runModule, type RunningModel, type Values } from "./js/run-module.js";
import { defined } from "../../src/support/invariant.js";
import { models } from "../passes/graph/models.js";
import { minifying } from "../support/minifying.js";

function modelOf(graph: Graph, run: RandomRun, options: CompileOptions): RunningModel | undefined {
  const { files, diagnostics } = compile(graph, options);
  expect(diagnostics).toEqual([]);
  const text = files.find(({ path }) => path.endsWith(".js"))?.text;
  return text === undefined ? undefined : runModule(text).load(moduleWeights(run));
}

/** One step's part of what runs along the streamed dimension, which stands first. */
function row(values: ArrayLike<number>, t: number, steps: number): number[] {
  const width = values.length / steps;
  return Array.from({ length: width }, (_, i) => values[t * width + i] ?? NaN);
}

/** Runs a model both ways; undefined where it has no stream, or one along a dimension that does not stand in front. */
export function compareStream(graph: Graph, seed: number, longest: number, options: CompileOptions): boolean {
  const dim = streamDimension(graph);
  if (!("label" in dim)) return false;
  const steps = staticLength(dim.length) ?? longest;
  if (steps === longest && lengthText(dim.length) !== dim.name) return false;
  const run = randomRun(graph, seed, { lengths: { [dim.name]: steps } });
  const model = modelOf(graph, run, options);
  if (model === undefined) return false;
  const along = (dims: Graph["outputs"][number]["node"]["type"]["dims"]): boolean => dims[0]?.name === dim.name;
  const inputs = moduleInputs(run);
  const isStep = (name: string): boolean => graph.inputs.some(({ attributes }) => attributes.name === name && attributes.type.dims.some(({ name: each }) => each === dim.name));
  if (!graph.inputs.every(({ attributes }) => !isStep(attributes.name) || along(attributes.type.dims))) return false;
  const start = Object.fromEntries(Object.entries(inputs).filter(([name]) => !isStep(name)));
  const { [dim.name]: _, ...lengths } = run.lengths;
  let stream;
  try {
    stream = model.stream(start, { seed: run.seed, lengths });
  } catch (thrown) {
    expect(String(thrown)).toMatch(/cannot run step by step/);
    return false;
  }
  const whole = model.run(inputs, { seed: run.seed, lengths: run.lengths });
  const step = (t: number): Values => stream.step(Object.fromEntries(Object.entries(inputs).filter(([name]) => isStep(name)).map(([name, values]) => [name, row(values, t, steps)])));
  const check = (t: number, result: Values): void => {
    // Rows of an output are compared where they lie together.
    const outputs = graph.outputs.filter(({ name, node, dims }) => Object.hasOwn(result, name) && along(dims ?? node.type.dims));
    const wanted = Object.fromEntries(outputs.map(({ name }) => [name, row(whole[name] ?? [], t, steps)]));
    expect(differences(result, wanted, 1e-4)).toEqual([]);
  };
  const middle = Math.floor(steps / 2);
  let saved;
  for (let t = 0; t < steps; t++) {
    if (t === middle) saved = stream.state();
    check(t, step(t));
  }
  // From a state that was saved, and from the start, the same again.
  stream.setState(saved);
  for (let t = middle; t < steps; t++) check(t, step(t));
  stream.reset();
  for (let t = 0; t < steps; t++) check(t, step(t));
  return true;
}

export function testRandomStreams(target: NonNullable<CompileOptions["target"]>): void {
  test.each(["a scan along the last elements that reads none of them", "attention over what a scan has read, by slices"])("stream of %s", (name) => {
    expect(compareStream(defined(models[name], "a model")(), 5, 9, { target })).toBe(true);
  });

  describe.each([{ optimise: true, minify: false }, { optimise: false, minify: true }])("streams, optimised: $optimise, minified: $minify", ({ optimise, minify }) => {
    test("of random cells", () => {
      let streamed = 0;
      checkProperty(40, arbitraryCell(), ({ graph }) => {
        if (compareStream(graph, 3, 20, { optimise, ...minifying(minify), target })) streamed += 1;
      });
      expect(streamed).toBeGreaterThan(2);
    }, 120_000);

    test("of random graphs", () => {
      checkProperty(40, arbitraryGraph(), ({ graph }) => {
        compareStream(graph, 4, 20, { optimise, ...minifying(minify), target });
      });
    }, 120_000);
  });
}
