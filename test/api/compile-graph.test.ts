/** compile() of graphs that were made by hand: the whole way from a graph to numbers, and what the report says. */
import { describe, expect, test } from "vitest";
import { compile, type Compilation, initialWeights, interpret, type PassDump } from "../../src/index.js";
import { defined } from "../../src/support/invariant.js";
import { elmanGraph } from "./graphs.js";

interface Module {
  load(weights: Readonly<Record<string, Float32Array>>): { run(inputs: object): Readonly<Record<string, Float32Array>> };
}

async function importModule({ files }: Compilation): Promise<Module> {
  const code = defined(files.find(({ path }) => path.endsWith(".js")), "the module");
  return (await import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(code.text).toString("base64")}`)) as Module;
}

describe("compile", () => {
  test("makes a module that computes what the graph means", async () => {
    const graph = elmanGraph();
    const compilation = compile(graph);
    expect(compilation.diagnostics).toEqual([]);
    expect(compilation.files.map(({ path }) => path)).toEqual(["net.js", "net.d.ts"]);
    const weights = initialWeights(defined(compilation.report.models[0], "the model"), 5);
    const { load } = await importModule(compilation);
    const data = [0.5, -1, 2, 0.25, 0, 1];
    const found = load(weights).run({ x: data });
    const parameters = { w: { shape: [4, 3], data: defined(weights["w"], "w") }, u: { shape: [4, 4], data: defined(weights["u"], "u") } };
    const expected = interpret(graph, { inputs: { x: { shape: [2, 3], data } }, parameters });
    const h = defined(found["h"], "h");
    expect(h).toHaveLength(8);
    defined(expected["h"], "h").data.forEach((value, index) => expect(h[index]).toBeCloseTo(value, 5));
  });

  test("gives the same bytes for the same input", () => {
    expect(compile(elmanGraph()).files).toEqual(compile(elmanGraph()).files);
  });

  test("reports what a model is made of", () => {
    const { report } = compile(elmanGraph(3, 4));
    const [model] = report.models;
    expect(model).toMatchObject({
      name: "net",
      inputs: [{ name: "x", type: "{time}[3]", optional: false }],
      outputs: [{ name: "h", type: "{time}[4]" }],
      weightBytes: 4 * (12 + 16),
      lengths: ["time"],
      arenaBytes: undefined,
    });
    expect(model?.parameters.map(({ name, shape, bytes }) => ({ name, shape, bytes }))).toEqual([
      { name: "u", shape: [4, 4], bytes: 64 },
      { name: "w", shape: [4, 3], bytes: 48 },
    ]);
    // Two products, their sums, and the tangents of four units.
    expect(model?.run.operations).toBeGreaterThanOrEqual(2 * 28 + 4);
    expect(report.emittedBytes).toBeGreaterThan(1000);
    expect(report.timings).toBeUndefined();
  });

  test("several graphs are models of one module", async () => {
    const compilation = compile([elmanGraph(3, 4, "small"), elmanGraph(3, 4, "other")], { name: "both" });
    expect(compilation.files.map(({ path }) => path)).toEqual(["both.js", "both.d.ts"]);
    const { load } = await importModule(compilation);
    const weights = initialWeights(defined(compilation.report.models[0], "the model"));
    expect(Object.keys(load(weights))).toEqual(["small", "other"]);
  });

  test("a fixed length is known at compile time", () => {
    const { report, diagnostics } = compile(elmanGraph(), { lengths: { time: 7 } });
    expect(diagnostics).toEqual([]);
    expect(report.models[0]).toMatchObject({ lengths: [], inputs: [{ type: "{time:7}[3]" }] });
  });

  test.each([
    ["a length that no model has", { lengths: { space: 3 } }, "GF5002"],
    ["a length that is none", { lengths: { time: -1 } }, "GF5003"],
    ["a model that is not there", { models: ["nothing"] }, "GF4004"],
    ["a name that leaves the folder", { name: "../net" }, "GF5001"],
  ])("%s is a diagnostic, and nothing is made", (_, options, code) => {
    const { files, diagnostics, report } = compile(elmanGraph(), options);
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
    expect(diagnostics[0]?.help).toBeDefined();
    expect(files).toEqual([]);
    expect(report.models).toEqual([]);
  });

  test("hands out the text after each pass, numbered, and times each part where asked", () => {
    const dumps: PassDump[] = [];
    const { report } = compile(elmanGraph(), { debug: { timings: true, verifyBetweenPasses: true, onDump: (dump) => dumps.push(dump) } });
    expect(dumps.map(({ index }) => index)).toEqual(dumps.map((_, index) => index));
    expect(new Set(dumps.map(({ level }) => level))).toEqual(new Set(["graph", "kernels", "program", "stream", "code"]));
    expect(dumps.at(0)?.text).toContain("scan");
    expect(dumps.at(-1)?.text).toContain("export function load");
    expect(report.timings?.map(({ part }) => part)).toContain("emit");
  });
});
