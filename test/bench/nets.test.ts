/** The nets of the bench, as far as that can be seen without peers: they compile, and their ONNX models are whole. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { allCases, caseName, extent, quickCases, select, tasks, type Case } from "../../bench/cases.js";
import { floorOf } from "../../bench/limits/floor-work.js";
import { makeMaterial } from "../../bench/material.js";
import { readCase } from "../../bench/measure/data.js";
import { nets, netNames, type Net } from "../../bench/nets/nets.js";
import { onnxFile, type OnnxGraph } from "../../bench/onnx/model.js";
import { onnxNets } from "../../bench/onnx/nets.js";
import { encode } from "../../bench/onnx/protobuf.js";
import { enterGatefold } from "../../bench/peers/gatefold.js";
import { toleranceOf } from "../../bench/tolerances.js";

const folder = mkdtempSync(path.join(tmpdir(), "gatefold-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const small = netNames.flatMap((net) => (nets[net] as Net).tasks.map((task): Case => ({ net, hidden: 8, task, threads: "one" })));

test.each(small.map((each) => [caseName(each), each] as const))("%s: the material says what our modules compute, and the ONNX model is whole", async (_, each) => {
  const data = readCase(await makeMaterial(each, folder));
  for (const [name, module] of Object.entries(data.modules)) {
    const contender = await enterGatefold(data, module);
    const outputs = await contender.outputs();
    expect(outputs).toHaveLength(data.expected.length);
    expect(Math.max(...Array.from(outputs, (value, i) => Math.abs(value - (data.expected[i] ?? Number.NaN))))).toBeLessThan(toleranceOf(name) > 1e-4 ? toleranceOf(name) : 1e-5);
  }
  const build = onnxNets[each.net];
  if (build === undefined) return;
  const { graph } = build(data, extent(each.task));
  expect(danglingNames(graph, new Set())).toEqual([]);
  expect(onnxFile(graph).length).toBeGreaterThan(1000);
}, 60_000);

/** Values that a graph reads before anything makes them; a body sees the names of the graph around it. */
function danglingNames({ nodes, constants, inputs, outputs }: OnnxGraph, around: ReadonlySet<string>): string[] {
  const known = new Set([...around, ...constants.map(({ name }) => name), ...inputs.map(({ name }) => name), ""]);
  const missing: string[] = [];
  for (const node of nodes) {
    missing.push(...node.inputs.filter((name) => !known.has(name)));
    for (const attribute of Object.values(node.attributes ?? {})) if (typeof attribute === "object" && "nodes" in attribute) missing.push(...danglingNames(attribute, known));
    for (const name of node.outputs) known.add(name);
  }
  return [...missing, ...outputs.map(({ name }) => name).filter((name) => !known.has(name))];
}

test("protocol buffers: varints, strings, floats, messages", () => {
  expect([...encode([[1, 300]])]).toEqual([8, 0xac, 2]);
  expect([...encode([[1, -1]])]).toEqual([8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
  expect([...encode([[2, "ab"], [3, [[1, 5]]]])]).toEqual([18, 2, 97, 98, 26, 2, 8, 5]);
  expect([...encode([[2, 1, "float"]])]).toEqual([21, 0, 0, 128, 63]);
});

test("cases: names are unique, a first look is a part of everything, filters take parts of names", () => {
  const names = allCases.map(caseName);
  expect(new Set(names).size).toBe(names.length);
  expect(quickCases.map(caseName).filter((name) => !names.includes(name))).toEqual([]);
  expect(select(allCases, "lstm-128-step,gru-512").map(caseName)).toEqual(["lstm-128-step", ...tasks.map((task) => `gru-512-${task}`), "lstm-128-step-threads"]);
  expect(select(allCases, "nothing")).toEqual([]);
});

test("the floor of an LSTM", () => {
  const weights = 4 * 128 * (128 + 64);
  expect(floorOf({ net: "lstm", hidden: 128, task: "step" })).toEqual({ walks: 1, bytes: 4 * weights, operations: 0, activations: 640 });
  expect(floorOf({ net: "lstm", hidden: 128, task: "sequence" })).toEqual({ walks: 100, bytes: 4 * 4 * 128 * 128, operations: 2 * 100 * 4 * 128 * 64, activations: 64000 });
  expect(floorOf({ net: "lstm", hidden: 128, task: "batch" })).toEqual({ walks: 0, bytes: 0, operations: 2 * 32 * 50 * weights, activations: 32 * 50 * 640 });
});
