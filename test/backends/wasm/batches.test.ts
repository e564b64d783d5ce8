/** Members side by side give, bit for bit, what they give alone. */
import { describe, expect, test } from "vitest";
import wabt from "wabt";
import { compile, type CompileOptions } from "../../../src/compile.js";
import type { Graph } from "../../../src/ir/graph/node.js";
import { batchGraph } from "../../../src/passes/graph/batch.js";
import { arbitraryCell, arbitraryGraph, lengthsOf, randomRun, type RandomRun } from "../../random/graphs.js";
import { checkProperty } from "../../support/property.js";
import { moduleInputs, moduleWeights, runModule } from "../js/run-module.js";

/** Lengths of the run that the graph still has. */
function known(graph: Graph, { lengths }: RandomRun): Record<string, number> {
  const free = new Set(graph.inputs.flatMap(({ attributes }) => attributes.type.dims.flatMap(({ length }) => length.terms.flatMap(({ atom }) => (atom.kind === "free" ? [atom.name] : [])))));
  return Object.fromEntries(Object.entries(lengths).filter(([name]) => free.has(name) && lengthsOf(graph).has(name)));
}

describe.each([
  { what: "graphs", arbitrary: arbitraryGraph({ without: ["draw"] }) },
  { what: "cells", arbitrary: arbitraryCell({ without: ["draw"] }) },
])("random $what", ({ arbitrary }) => {
  test("give each member what it gives alone", () => {
    checkProperty(30, arbitrary, ({ graph }) => {
      const compiled = compile(graph, { target: "wasm", relaxedSimd: false, batch: "any" });
      expect(compiled.diagnostics).toEqual([]);
      const text = compiled.files[0]?.text ?? "";
      expect(text.includes("batched: {")).toBe(!("reasons" in batchGraph(graph)));
      const runs = [1, 2, 3, 4].map((seed) => randomRun(graph, seed, { omitDefaults: true }));
      const weights = runs[0] === undefined ? {} : moduleWeights(runs[0]);
      const model = runModule(text).load(weights, { strict: false });
      const alone = runs.map((run) => model.run(moduleInputs(run), { lengths: known(graph, run) }));
      expect(model.run(runs.map(moduleInputs), { lengths: runs.map((run) => known(graph, run)) })).toEqual(alone);
    });
  }, 120_000);
});

test("a batch of any size is put together from groups of like lengths", () => {
  const text = `
    import { gru } from "gatefold/torch";
    import { softmax, sum, type Seq, type Vec } from "gatefold";
    export function net(xs: Seq<"time", Vec<3>>) {
      const { output } = gru(xs, { hiddenSize: 5, bidirectional: true });
      const weights = softmax(sum(output), "time");
      return { output, pooled: sum(weights * output, "time") };
    }`;
  const compiled = compile({ file: "net.model.ts", text }, { target: "wasm", relaxedSimd: false, batch: "any" });
  expect(compiled.diagnostics).toEqual([]);
  const module = runModule(compiled.files[0]?.text ?? "");
  const weights = Object.fromEntries(Object.entries(module.parameters).map(([name, shape], i) => [name, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => Math.sin(k + i))]));
  const model = module.load(weights);
  const members = Array.from({ length: 80 }, (_, i) => ({ xs: Float32Array.from({ length: 3 * ((i * 37) % 50) }, (_, k) => Math.cos(k * (i + 1))) }));
  expect(model.run(members)).toEqual(members.map((member) => model.run(member)));
});

test("long sums are added up in one order", () => {
  const text = `
    import { layerNorm, linear, scan, softmax, sum, tanh, zeros, type Seq, type Vec } from "gatefold";
    export function net(xs: Seq<"time", Vec<5>>) {
      const { h } = scan(xs, { h: zeros(96) }, (x, { h }) => {
        const a = linear(x, 96);
        const b = linear(h, 96);
        return { h: tanh(layerNorm(a + b)) };
      });
      return { h, total: sum(h), spread: sum(h * h), likely: softmax(h) };
    }`;
  const compiled = compile({ file: "net.model.ts", text }, { target: "wasm", relaxedSimd: false, batch: "any" });
  expect(compiled.diagnostics).toEqual([]);
  const module = runModule(compiled.files[0]?.text ?? "");
  const weights = Object.fromEntries(Object.entries(module.parameters).map(([name, shape], i) => [name, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => Math.sin(k + i))]));
  const model = module.load(weights);
  const members = Array.from({ length: 5 }, (_, i) => ({ xs: Float32Array.from({ length: 5 * (7 + (i % 3)) }, (_, k) => Math.cos(k * (i + 1))) }));
  expect(model.run(members)).toEqual(members.map((member) => model.run(member)));
});

test("a batch in flat, padded arrays runs side by side, too", () => {
  const text = `
    import { gru } from "gatefold/torch";
    import { type Seq, type Vec } from "gatefold";
    export function net(xs: Seq<"time", Vec<3>>) { return { output: gru(xs, { hiddenSize: 5 }).output }; }`;
  const compiled = (options: CompileOptions) => compile({ file: "net.model.ts", text }, { target: "wasm", relaxedSimd: false, layout: "batch-first", ...options }).files[0]?.text ?? "";
  const results = [compiled({}), compiled({ batch: "any" })].map((code) => {
    const module = runModule(code);
    const weights = Object.fromEntries(Object.entries(module.parameters).map(([name, shape], i) => [name, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => Math.sin(k + i))]));
    const model = module.load(weights) as unknown as { runPadded(inputs: unknown, options: unknown): unknown };
    return model.runPadded({ xs: Float32Array.from({ length: 3 * 7 * 3 }, (_, k) => Math.cos(k)) }, { lengths: { time: [7, 4, 6] } });
  });
  expect(results[1]).toEqual(results[0]);
});

test("whether members run side by side is told", () => {
  const text = `
    import { sample, softmax, type Seq, type Vec } from "gatefold";
    export function still(xs: Seq<"time", Vec<3>>) { return softmax(xs); }
    export function drawn(xs: Seq<"time", Vec<3>>) { return sample(xs); }`;
  const batchOf = (options: CompileOptions) => compile({ file: "net.model.ts", text }, options).report.models.map(({ name, batch }) => [name, batch === undefined ? undefined : "refused" in batch ? batch.refused : "side by side"]);
  expect(batchOf({ target: "wasm" })).toEqual([["still", undefined], ["drawn", undefined]]);
  expect(batchOf({ target: "wasm", batch: "any" })).toEqual([["still", "side by side"], ["drawn", "each member draws under a seed of its own"]]);
  expect(batchOf({ target: "js", batch: 4 })).toEqual([["still", "the target js runs one example at a time"], ["drawn", "the target js runs one example at a time"]]);
});

describe.each([16, 20, 32])("%d units", (units) => {
  const text = `
    import { lstm } from "gatefold/torch";
    import { type Seq, type Vec } from "gatefold";
    export function net(xs: Seq<"time", Vec<6>>) {
      return lstm(xs, { hiddenSize: ${units} });
    }`;
  const compiled = compile({ file: "net.model.ts", text }, { target: "wasm", relaxedSimd: false, batch: "any" });
  const code = compiled.files[0]?.text ?? "";
  const module = runModule(code);
  const model = module.load(Object.fromEntries(Object.entries(module.parameters).map(([name, shape], i) => [name, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => Math.sin(k + i))])));
  const member = (length: number): { readonly xs: Float32Array } => ({ xs: Float32Array.from({ length: 6 * length }, (_, k) => Math.cos(k * (length + 1))) });

  test("what whole blocks of rows leave comes out as in a block", () => {
    expect(compiled.diagnostics).toEqual([]);
    for (let count = 2; count <= 9; count++) {
      const members = Array.from({ length: count }, (_, i) => member(4 + (i % 3)));
      expect(model.run(members)).toEqual(members.map((each) => model.run(each)));
    }
    const first = model.run(member(7)).output;
    for (let length = 1; length < 7; length++) expect(model.run({ xs: member(7).xs.slice(0, 6 * length) }).output).toEqual(first?.slice(0, units * length));
  });
});

test("between a member's next state and, behind its end, the one it had, no branch is taken", async () => {
  const text = `
    import { gru } from "gatefold/torch";
    import { type Seq, type Vec } from "gatefold";
    export function net(xs: Seq<"time", Vec<6>>) {
      return gru(xs, { hiddenSize: 32 }).output;
    }`;
  const made = compile({ file: "net.model.ts", text }, { target: "wasm", relaxedSimd: false, streams: false, batch: "any" });
  const code = /const code = "([0-9a-f]*)"/.exec(made.files[0]?.text ?? "")?.[1] ?? "";
  const functions = (await wabt()).readWasm(Buffer.from(code, "hex"), { simd: true }).toText({}).split(/^ {2}\(func /m);
  const choosing = functions.filter((each) => each.includes("v128.bitselect"));
  expect(choosing).toHaveLength(1);
  // What there is asks whether there are members at all.
  for (const each of choosing) expect(each.slice(each.indexOf("loop")).match(/\bif\b/g)).toBeNull();
});
