/** compile() of model files given as text: what comes back for good ones and bad ones, and streams of what comes out. */
import { describe, expect, test } from "vitest";
import { compile, type Compilation, initialWeights } from "../../src/index.js";
import { at, defined } from "../../src/support/invariant.js";

type Values = Readonly<Record<string, ArrayLike<number>>>;

interface Model {
  run(inputs: object, options?: { readonly lengths?: Readonly<Record<string, number>> }): Values;
  stream(inputs?: object): { step(inputs: object): Values; reset(): void };
}

async function load(compilation: Compilation): Promise<Model> {
  expect(compilation.diagnostics).toEqual([]);
  const code = defined(compilation.files.find(({ path }) => path.endsWith(".js")), "the module");
  const module = (await import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(code.text).toString("base64")}`)) as { load(weights: object): Model };
  return module.load(initialWeights(at(compilation.report.models, 0), 1));
}

function model(body: string, imports: string): { readonly file: string; readonly text: string } {
  return { file: "nets/some.model.ts", text: `import { ${imports} } from "gatefold";\n${body}\n` };
}

const counting = model(`export function count(xs: Seq<"time", Real>) { return { n: scan(xs, { n: zeros(1) }, (x, { n }) => ({ n: n + 1 })).n }; }`, "scan, zeros, type Real, type Seq");

describe("compile", () => {
  test("calls the module as the file is called", () => {
    expect(compile(counting).files.map(({ path }) => path)).toEqual(["some.js", "some.d.ts"]);
    expect(compile(counting, { name: "other" }).files.map(({ path }) => path)).toEqual(["other.js", "other.d.ts"]);
  });

  test.each([
    ["no TypeScript", "export function ("],
    ["no model", "export const x = 1;"],
    ["an import that is not found", 'import { a } from "./a.model.js";\nexport function f(x: Vec<2>) { return { y: a(x) }; }'],
    ["shapes that differ", "export function f(x: Vec<2>, y: Vec<3>) { return { z: x + y }; }"],
  ])("of a file with %s gives diagnostics, and nothing else", (_, body) => {
    const { files, diagnostics, report } = compile(model(body, "type Vec"));
    expect(files).toEqual([]);
    expect(report.models).toEqual([]);
    expect(diagnostics.length).toBeGreaterThan(0);
    for (const { code, severity, message } of diagnostics) expect([/^GF\d{4}$/.test(code), severity, message.endsWith(".")]).toEqual([true, "error", false]);
  });

  test("one bad model of a file keeps all of it back", () => {
    const { files } = compile(model("export function good(x: Vec<2>) { return { y: x }; }\nexport function bad(x: Vec<2>, y: Vec<3>) { return { z: x + y }; }", "type Vec"));
    expect(files).toEqual([]);
  });

  test("asks the host for what a file imports, by the name of the file that imports", () => {
    const asked: string[] = [];
    const host = {
      resolve: (specifier: string, from: string) => {
        asked.push(`${from}: ${specifier}`);
        return specifier.startsWith("./cells") ? { file: "nets/cells.model.ts", text: 'import { type Tensor } from "gatefold";\nexport function double(x: Tensor) { return 2 * x; }' } : undefined;
      },
    };
    const source = model('import { double } from "./cells.model.js";\nexport function f(x: Vec<2>) { return { y: double(x) }; }', "type Vec");
    const { diagnostics, sources } = compile({ ...source, host });
    expect(diagnostics).toEqual([]);
    expect(asked[0]).toBe("nets/some.model.ts: ./cells.model.js");
    expect(sources.map(({ file }) => file)).toEqual(expect.arrayContaining(["nets/some.model.ts", "nets/cells.model.ts"]));
  });
});

describe("a scan that is written out", () => {
  const net = model(`export function f(xs: Seq<"time", Vec<3>>) { return { h: scan(xs, { h: zeros(2) }, (x, { h }) => ({ h: tanh(linear(concat(x, h), 2)) })).h }; }`, "concat, linear, scan, tanh, zeros, type Seq, type Vec");

  test("computes what the loop computes, without one", async () => {
    const rolled = compile(net, { lengths: { time: 4 } });
    const unrolled = compile(net, { lengths: { time: 4 }, unroll: { time: "all" } });
    expect(at(rolled.report.models, 0).stages.some(({ place }) => place === "loop")).toBe(true);
    expect(at(unrolled.report.models, 0).stages.some(({ place }) => place === "loop")).toBe(false);
    const xs = Array.from({ length: 12 }, (_, index) => Math.sin(index));
    const [a, b] = [(await load(rolled)).run({ xs })["h"], (await load(unrolled)).run({ xs })["h"]];
    expect(Array.from(b ?? [])).toHaveLength(8);
    Array.from(a ?? []).forEach((value, index) => expect(b?.[index]).toBeCloseTo(value, 6));
  });

  test("must have a length that is known", () => {
    expect(compile(net, { unroll: { time: "all" } }).diagnostics.map(({ code }) => code)).toEqual(["GF6101"]);
  });
});

describe("a scan that is unrolled by a factor", () => {
  const net = model(`export function f(xs: Seq<"time", Vec<3>>) { return { h: scan(xs, { h: zeros(2) }, (x, { h }) => ({ h: tanh(linear(concat(x, h), 2)) })).h }; }`, "concat, linear, scan, tanh, zeros, type Seq, type Vec");

  test("computes what the loop computes, to the bit, at every length", async () => {
    const rolled = await load(compile(net));
    for (const factor of [2, 3]) {
      const unrolled = await load(compile(net, { unroll: { time: factor } }));
      for (let time = 0; time <= 7; time++) {
        const xs = Array.from({ length: 3 * time }, (_, index) => Math.sin(index));
        expect(unrolled.run({ xs: Float32Array.from(xs) }, { lengths: { time } })["h"]).toEqual(rolled.run({ xs: Float32Array.from(xs) }, { lengths: { time } })["h"]);
      }
    }
  });

  test("by a factor that is one", () => {
    expect(compile(net, { unroll: { time: 0 } }).diagnostics.map(({ code }) => code)).toEqual(["GF5003"]);
    expect(compile(net, { unroll: { time: 1000 } }).diagnostics.map(({ code }) => code)).toEqual(["GF6103"]);
  });
});

describe("a batch of fixed size", () => {
  const net = model("export function f(x: Vec<2>) { return { y: x + x }; }", "type Vec");

  test("is what every run takes, and gives what any batch gives", async () => {
    const fixed = await load(compile(net, { batch: 2 }));
    const members = [{ x: [1, 2] }, { x: [3, 4] }];
    expect((fixed as unknown as { run(members: unknown): unknown }).run(members)).toEqual([{ y: Float32Array.of(2, 4) }, { y: Float32Array.of(6, 8) }]);
    for (const wrong of [{ x: [1, 2] }, members.slice(1), [...members, ...members]]) expect(() => (fixed as unknown as { run(members: unknown): unknown }).run(wrong)).toThrow("a batch of 2 members");
  });

  test("is declared, and must be possible", () => {
    expect(compile(net, { batch: 2 }).files.find(({ path }) => path.endsWith(".d.ts"))?.text).toContain("readonly length: 2");
    expect(compile(net, { batch: 0 }).diagnostics.map(({ code }) => code)).toEqual(["GF5003"]);
  });
});

describe("a stream", () => {
  test.each(["js", "wasm"] as const)("of %s that is given a sequence at its start says whose it is", async (target) => {
    const count = await load(compile(counting, { target }));
    expect(() => count.stream({ xs: [1, 2] })).toThrow('count.stream (step() takes more): there is no input "xs"');
  });

  test("that a model cannot have is refused once, with the reason", async () => {
    const whole = await load(compile(model("export function double(x: Vec<2>) { return { y: 2 * x }; }", "type Vec")));
    expect(() => whole.stream()).toThrow(/^double cannot run step by step: no input is a sequence$/);
  });

  test("keeps its state even where it never looks at its input", async () => {
    const stream = (await load(compile(counting))).stream();
    const steps = [7, 8, 9].map((xs) => Array.from(defined(stream.step({ xs })["n"], "n")));
    expect(steps).toEqual([[1], [2], [3]]);
    stream.reset();
    expect(Array.from(defined(stream.step({ xs: 5 })["n"], "n"))).toEqual([1]);
  });

  test("of a delay and a window gives what a run gives", async () => {
    const body = `export function f(xs: Seq<"time", Vec<2>>) {
      return map(xs, (x, t) => ({ delayed: at(xs, t - 2), mean: mean(slice(xs, t - 2, t + 1), "time") + x }));
    }`;
    const net = await load(compile(model(body, "at, map, mean, slice, type Seq, type Vec")));
    const xs = [[1, 2], [3, 5], [8, 13], [21, 34], [55, 89]];
    const whole = net.run({ xs });
    const stream = net.stream();
    for (const [t, x] of xs.entries()) {
      const step = stream.step({ xs: x });
      for (const name of ["delayed", "mean"]) {
        const due = Array.from(defined(whole[name], name)).slice(2 * t, 2 * t + 2);
        expect(Array.from(defined(step[name], name)), `${name} at ${t}`).toEqual(due);
      }
    }
  });

  test("of a model that looks ahead does not exist, and the report says where it does", () => {
    const { report, diagnostics } = compile(model(`export function f(xs: Seq<"time", Real>) {\n  return { y: map(xs, (_, t) => at(xs, t + 1)) };\n}`, "at, map, type Real, type Seq"));
    expect(diagnostics).toEqual([]);
    const stream = at(report.models, 0).stream;
    expect("refused" in stream && stream.refused).toMatch(/^nets\/some\.model\.ts:3:\d+: this looks 1 steps? ahead of the current step of "time"$/);
  });
});
