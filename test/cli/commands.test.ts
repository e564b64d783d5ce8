/** The commands: what they print, what they write, and how they end. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { writeSafetensors } from "../../src/formats/safetensors.js";
import { graphPasses } from "../../src/passes/pipelines.js";
import { brokenModel, netModel, workplace } from "./cli.js";

const model = { "net.model.ts": netModel };
const steps = "xs=[[1,0,0],[0,1,0]]";

describe("compile", () => {
  test("writes a module and its types, and says so", async () => {
    const place = workplace(model);
    const { status, out, err } = await place.run("compile", "net.model.ts", "--out", "out");
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(place.made()).toEqual(["out/net.d.ts", "out/net.js"]);
    expect(out).toContain("out/net.js");
    expect(out).toMatch(/^net: \d+ kernels?, 1\d\d bytes of weights/m);
    const module = (await import(/* @vite-ignore */ pathToFileURL(path.join(place.folder, "out/net.js")).href)) as { load: unknown };
    expect(module.load).toBeTypeOf("function");
  });

  test("makes the same bytes wherever the project lies", async () => {
    const [one, other] = [workplace(model), workplace(model)];
    await one.run("compile", "net.model.ts", "--out", "out");
    await other.run("compile", path.join(other.folder, "net.model.ts"), "--out", path.join(other.folder, "out"));
    for (const file of one.made()) expect(readFileSync(path.join(other.folder, file), "utf8")).toBe(readFileSync(path.join(one.folder, file), "utf8"));
  });

  test("follows imports of other model files", async () => {
    const place = workplace({
      "cells/half.model.ts": 'import { type Tensor } from "gatefold";\nexport function half(x: Tensor) {\n  return x / 2;\n}\n',
      "main.model.ts": 'import { type Vec } from "gatefold";\nimport { half } from "./cells/half.model.js";\nexport function main(x: Vec<2>) {\n  return { y: half(x) };\n}\n',
    });
    expect(await place.run("run", "main.model.ts", "-i", "x=[1,3]")).toMatchObject({ status: 0, out: '{"y":[0.5,1.5]}\n' });
  });

  test("as .mjs makes a module that is one everywhere, and its types beside it", async () => {
    const place = workplace({ ...model, "package.json": '{ "type": "commonjs" }' });
    expect(await place.run("compile", "net.model.ts", "--out", "out", "--extension", "mjs")).toMatchObject({ status: 0, err: "" });
    expect(place.made()).toEqual(["out/net.d.mts", "out/net.mjs"]);
    const module = (await import(/* @vite-ignore */ pathToFileURL(path.join(place.folder, "out/net.mjs")).href)) as { load: unknown };
    expect(module.load).toBeTypeOf("function");
  });

  test.each([
    ["that says CommonJS", "package.json", '{ "type": "commonjs" }', true],
    ["around it that says CommonJS", "a/package.json", '{ "type": "commonjs" }', true],
    ["that says modules", "a/b/package.json", '{ "type": "module" }', false],
    ["that says nothing", "a/b/package.json", "{}", false],
    ["that is broken", "a/b/package.json", "{", false],
    ["that is none", "a/b/package.json", "null", false],
  ])("into a project with a package.json %s warns where Node would not load it", async (_, file, text, warns) => {
    const place = workplace({ ...model, "package.json": '{ "type": "commonjs" }', [file]: text });
    const { status, out, err } = await place.run("compile", "net.model.ts", "--out", "a/b");
    expect({ status, warned: err.includes(`warning GF8009: Node takes a/b/net.js for CommonJS, since ${file} says`) }).toEqual({ status: 0, warned: warns });
    expect(out).toContain("a/b/net.js");
    const said = JSON.parse((await place.run("compile", "net.model.ts", "--out", "a/b", "--format", "json")).out) as { diagnostics: { code: string; severity: string }[] };
    expect(said.diagnostics).toMatchObject(warns ? [{ code: "GF8009", severity: "warning" }] : []);
  });

  test("with an error writes nothing, and shows where it is", async () => {
    const place = workplace({ "broken.model.ts": brokenModel });
    const { status, out, err } = await place.run("compile", "broken.model.ts", "--out", "out");
    expect(status).toBe(1);
    expect(out).toBe("");
    expect(place.made()).toEqual([]);
    expect(existsSync(path.join(place.folder, "out"))).toBe(false);
    expect(err).toMatch(/^broken\.model\.ts:4:\d+ - error GF\d{4}: /);
    expect(err.split("> 4 |   return { y: a + b };")).toHaveLength(2);
    expect(err).toContain("[3]");
    expect(err).toContain("help:");
  });

  test("leaves what was there as it was, where writing fails", async () => {
    const place = workplace({ ...model, "out/net.d.ts/keep": "in the way" });
    const { status, err } = await place.run("compile", "net.model.ts", "--out", "out");
    expect(status).toBe(2);
    expect(err).toContain("cannot write");
    expect(place.made()).toEqual([]);
  });

  test("as JSON says all of it on standard output", async () => {
    const place = workplace(model);
    const { out, err } = await place.run("compile", "net.model.ts", "--out", "out", "--format", "json", "--timings");
    expect(err).toBe("");
    const said = JSON.parse(out) as { files: { path: string; bytes: number }[]; report: { models: { name: string }[] }; diagnostics: unknown[]; timings: { part: string }[] };
    expect(said.files.map((file) => file.path)).toEqual(["out/net.js", "out/net.d.ts"]);
    expect(said.report.models.map(({ name }) => name)).toEqual(["net", "twice"]);
    expect(said.diagnostics).toEqual([]);
    expect(said.timings[0]?.part).toBe("load the compiler");
  });

  test("--models, --set, --fixed and --name reach the compiler", async () => {
    const place = workplace(model);
    const options = ["--out", "out", "--format", "json"];
    const models = async (...args: string[]) => (JSON.parse((await place.run("compile", "net.model.ts", ...args, ...options)).out) as { report: { models: { name: string; lengths: string[] }[] } }).report.models;
    expect((await models("--models", "twice", "--name", "other")).map(({ name }) => name)).toEqual(["twice"]);
    expect(place.made()).toContain("out/other.js");
    expect((await models("-m", "net"))[0]?.lengths).toEqual(["time"]);
    expect((await models("-m", "net", "-m", "twice")).map(({ name }) => name)).toEqual(["net", "twice"]);
    expect((await models("-m", "net,twice")).map(({ name }) => name)).toEqual(["net", "twice"]);
    expect((await models("-m", "net", "--fixed", "time=10"))[0]?.lengths).toEqual([]);
  });
});

describe("check", () => {
  test("of a good model names its models", async () => {
    const place = workplace(model);
    expect(await place.run("check", "net.model.ts")).toEqual({ status: 0, out: "net.model.ts: 2 models, net, twice\n", err: "" });
    expect(place.made()).toEqual([]);
  });

  test("as JSON gives places for tools", async () => {
    const place = workplace({ "broken.model.ts": brokenModel });
    const { status, out } = await place.run("check", "broken.model.ts", "--format", "json");
    expect(status).toBe(1);
    const { diagnostics } = JSON.parse(out) as { diagnostics: { severity: string; location: { file: string; position: { start: { line: number } } } }[] };
    expect(diagnostics[0]).toMatchObject({ severity: "error", location: { file: "broken.model.ts", position: { start: { line: 4 } } } });
  });
});

describe("inspect", () => {
  test("gives the figures of each model", async () => {
    const { status, out } = await workplace(model).run("inspect", "net.model.ts");
    expect(status).toBe(0);
    expect(out).toMatch(/^net:\n {2}input .* xs \{time\}\[3\]/m);
    expect(out).toContain("scale [1], may be left out");
    expect(out).toMatch(/^twice:$/m);
  });

  test("lists passes, and prints after any of them by name or number", async () => {
    const place = workplace(model);
    const list = (await place.run("inspect", "net.model.ts", "--list")).out;
    expect(list).toMatch(/^ 0 {2}graph +read$/m);
    expect(list.split("\n").filter((line) => /graph +drop-dead$/.test(line))).toHaveLength(graphPasses.filter(({ name }) => name === "drop-dead").length);
    const graph = (await place.run("inspect", "net.model.ts", "-m", "net", "--after", "0")).out;
    expect(graph).toContain("scan s0 over time");
    expect((await place.run("inspect", "net.model.ts", "-m", "net", "--after", "read")).out).toBe(graph);
    expect((await place.run("inspect", "net.model.ts", "-m", "net", "--level", "program")).out).toContain("kernel step0");
    const batched = ["inspect", "net.model.ts", "-m", "net", "--target", "wasm", "--batch", "any"];
    expect((await place.run(...batched, "--list")).out).toContain("batch-plan-buffers");
    expect((await place.run(...batched, "--after", "batch-lower")).out).toContain("members");
  });

  test("as JSON is data", async () => {
    const place = workplace(model);
    const said = async (...args: string[]) => JSON.parse((await place.run("inspect", "net.model.ts", ...args, "--format", "json")).out) as Readonly<Record<string, unknown>>;
    expect(await said()).toMatchObject({ models: [{ name: "net", inputs: [{ name: "xs", type: "{time}[3]" }, {}] }, { name: "twice" }], diagnostics: [] });
    expect(await said("--list")).toMatchObject({ passes: expect.arrayContaining([{ index: 0, pass: "read", level: "graph" }]) as unknown });
    expect(await said("-m", "net", "--after", "0")).toMatchObject({ dumps: [{ model: "net", pass: "read", text: expect.stringContaining("scan s0 over time") as string }] });
  });

  test("of a pass that there is not names those that there are", async () => {
    const { status, err } = await workplace(model).run("inspect", "net.model.ts", "--after", "magic");
    expect(status).toBe(2);
    expect(err).toContain("no pass is called magic");
    expect(err).toContain("canonicalise");
  });
});

const streaming = {
  "streams.model.ts": `import { map, random, scan, sum, zeros, type Real, type Seq, type Vec } from "gatefold";
export function totals(xs: Seq<"time", Vec<2>>, ys: Seq<"time", Real>) {
  return { h: scan({ xs, ys }, { h: zeros(2) }, (each, { h }) => ({ h: h + each.xs + each.ys })).h };
}
export function backwards(xs: Seq<"time", Real>) {
  return { h: scan(xs, { h: 0 }, (x, { h }) => ({ h: h + x }), { reverse: true }).h };
}
export function scaled(xs: Seq<"time", Real>, memory: Seq<"source", Vec<2>>) {
  const total = sum(memory, "source");
  return { y: map(xs, (x) => x * total) };
}
export function noise(xs: Seq<"step", Real>) {
  return { y: map(xs, () => random()) };
}
`,
  "several.json": '[{"xs":[[1,1],[2,4]],"ys":[1,1]},{"xs":[[5,7]],"ys":[1]},{"xs":[],"ys":[]}]',
  "shared.json": '[{"ys":[1]},{"ys":[2]}]',
  "mixed.json": '[{"xs":[],"ys":[]},3]',
};

describe("run", () => {
  test("with random weights gives the same for the same seed", async () => {
    const place = workplace(model);
    const run = async (seed: string) => (await place.run("run", "net.model.ts", "-m", "net", "--random", seed, "-i", steps)).out;
    const first = await run("1");
    const { y } = JSON.parse(first) as { y: number[][] };
    expect(y).toHaveLength(2);
    expect(y[0]).toHaveLength(2);
    expect(await run("1")).toBe(first);
    expect(await run("2")).not.toBe(first);
  });

  test("reads weights of a safetensors file, and inputs of files", async () => {
    const weights = new Map(
      Object.entries({ "y.weight": [2, 4], "y.bias": [2], "scan.next.x.weight": [4, 3], "scan.next.x.bias": [4], "scan.next.h.weight": [4, 4] }).map(([name, shape]) => {
        const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
        return [name, { dtype: "F32" as const, shape, data: name === "y.bias" ? Float32Array.of(5, 7) : data }];
      }),
    );
    const place = workplace({ ...model, "w.safetensors": writeSafetensors(weights), "in.json": '{"xs":[[1,2,3]]}', "scale.json": "2" });
    const outcome = await place.run("run", "net.model.ts", "-m", "net", "--weights", "w.safetensors", "--inputs", "in.json", "-i", "scale=@scale.json");
    expect(outcome).toEqual({ status: 0, out: '{"y":[[10,14]]}\n', err: "" });
  });

  test("as JSON gives outputs beside what is said", async () => {
    const { out } = await workplace(model).run("run", "net.model.ts", "-m", "twice", "-i", "x=[1,2]", "--format", "json");
    expect(JSON.parse(out)).toEqual({ outputs: { y: [2, 4] }, diagnostics: [] });
  });

  describe.each(["js", "wasm"])("for %s", (target) => {
    const run = async (...args: string[]) => workplace(streaming).run("run", "streams.model.ts", "--target", target, ...args);

    test("several examples are a batch, each of its own length", async () => {
      expect(await run("-m", "totals", "--inputs", "several.json")).toEqual({ status: 0, err: "", out: '[{"h":[[2,2],[5,7]]},{"h":[[6,8]]},{"h":[]}]\n' });
      expect(await run("-m", "totals", "--inputs", "shared.json", "-i", "xs=[[1,2]]")).toMatchObject({ status: 0, out: '[{"h":[[2,3]]},{"h":[[3,4]]}]\n' });
    });

    test("a stream prints a line for each step, of rows and of flat arrays", async () => {
      const lines = { status: 0, err: "", out: '{"h":[2,2]}\n{"h":[5,7]}\n' };
      expect(await run("-m", "totals", "--stream", "-i", "xs=[[1,1],[2,4]]", "-i", "ys=[1,1]")).toEqual(lines);
      expect(await run("-m", "totals", "--stream", "-i", "xs=[1,1,2,4]", "-i", "ys=[1,1]", "--steps", "1")).toEqual({ ...lines, out: '{"h":[2,2]}\n' });
      expect(JSON.parse((await run("-m", "totals", "--stream", "-i", "xs=[[1,1],[2,4]]", "-i", "ys=[1,1]", "--format", "json")).out)).toEqual({ outputs: [{ h: [2, 2] }, { h: [5, 7] }], diagnostics: [] });
      expect(await run("-m", "totals", "--stream", "--fixed", "time=2", "-i", "xs=[[1,1],[2,4]]", "-i", "ys=[1,1]")).toEqual(lines);
    });

    test("what is no sequence is given at the start", async () => {
      expect((await run("-m", "scaled", "--stream", "-i", "xs=[1,2]", "-i", "memory=[[1,2],[3,4]]")).out).toBe('{"y":[4,6]}\n{"y":[8,12]}\n');
    });

    test("a stream draws what a run draws", async () => {
      const noise = ["-m", "noise", "-i", "xs=[0,0,0]", "--seed", "5"];
      const { y } = JSON.parse((await run(...noise)).out) as { y: number[] };
      expect((await run(...noise, "--stream")).out).toBe(y.map((each) => `{"y":${each}}\n`).join(""));
    });
  });

  test("--set changes a setting", async () => {
    const place = workplace(model);
    expect((await place.run("run", "net.model.ts", "-m", "twice", "-i", "x=[1,2]")).out).toBe('{"y":[2,4]}\n');
    expect((await place.run("run", "net.model.ts", "-m", "twice", "--set", "times=3", "-i", "x=[1,2]")).out).toBe('{"y":[3,6]}\n');
  });

  test.each([
    ["no weights", ["-m", "net", "-i", steps], "--random"],
    ["two sources of weights", ["-m", "net", "--random", "1", "--weights", "w", "-i", steps], "give one"],
    ["several models", ["--random", "1", "-i", steps], "--models"],
    ["an input that is missing", ["-m", "net", "--random", "1"], "xs"],
    ["an input of the wrong size", ["-m", "twice", "-i", "x=[1,2,3]"], "[2]"],
    ["an input that is not JSON", ["-m", "twice", "-i", "x=[1"], "JSON"],
    ["a file that is not there", ["-m", "twice", "-i", "x=@none.json"], "none.json"],
    ["weights that are not there", ["-m", "net", "--weights", "none.safetensors", "-i", steps], "there is no file none.safetensors\n\n  help: give its path from the current folder"],
    ["weights that are none", ["-m", "net", "--weights", "net.model.ts", "-i", steps], "GF7"],
    ["several examples for a stream", ["-m", "totals", "--stream", "--inputs", "several.json"], "a stream takes one example"],
    ["a stream of a model that looks ahead", ["-m", "backwards", "--stream", "-i", "xs=[1,2]"], "backwards has no stream: streams.model.ts:6:"],
    ["sequences of two lengths", ["-m", "totals", "--stream", "-i", "xs=[[1,2]]", "-i", "ys=[1,2]"], "xs has 1 steps, and ys has 2"],
    ["more steps than there are", ["-m", "totals", "--stream", "--steps", "2", "-i", "xs=[[1,2]]", "-i", "ys=[1]"], "xs has 1 steps, not 2"],
    ["steps that nothing tells", ["-m", "noise", "--stream"], "--steps 10"],
    ["more steps than memory holds", ["-m", "noise", "--stream", "--steps", "1e15"], "--steps 1000000000000000 is more than 1000000"],
    ["steps without a stream", ["-m", "totals", "--steps", "2", "-i", "xs=[[1,2]]", "-i", "ys=[1]"], "--stream --steps 10"],
    ["a sequence that is none", ["-m", "totals", "--stream", "-i", "xs=1", "-i", "ys=[1]"], "xs is no sequence"],
    ["numbers that do not fall into steps", ["-m", "totals", "--stream", "-i", "xs=[1,2,3]", "-i", "ys=[1]"], "xs does not fall into steps"],
    ["an example that is none", ["-m", "totals", "--inputs", "mixed.json"], "an array of such objects for a batch"],
  ])("with %s says what to do", async (_, args, hint) => {
    const { status, out, err } = await workplace({ ...model, ...streaming }).run("run", args.includes("net") || args.includes("twice") || args.includes("--models") || args[0] === "--random" ? "net.model.ts" : "streams.model.ts", ...args);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toContain(hint);
  });
});
