/** Quantising, as a caller of compile() has it. */
import { describe, expect, test } from "vitest";
import { compile, type CompileOptions, measureQuantisation } from "../../src/compile.js";
import { defined } from "../../src/support/invariant.js";
import { runModule, type RunningModule } from "../backends/js/run-module.js";

const hidden = 24;
const source = {
  file: "net.model.ts",
  text: `import { embedding, linear, param, scan, sigmoid, split, tanh, zeros, type Id, type Seq } from "gatefold";
export function net(text: Seq<"time", Id<40>>) {
  const { h } = scan(embedding(text, 20), { h: zeros(${hidden}), c: zeros(${hidden}) }, (x, { h, c }) => {
    const [i, f, g, o] = split(linear(x, ${4 * hidden}) + linear(h, ${4 * hidden}), 4);
    const cell = sigmoid(f) * c + sigmoid(i) * tanh(g);
    return { h: sigmoid(o) * tanh(cell), c: cell };
  });
  return { logits: linear(h, 40) };
}
`,
};

const small: CompileOptions = { target: "wasm", relaxedSimd: false };

function compiled(options: CompileOptions = {}): ReturnType<typeof compile> {
  const result = compile(source, { ...small, ...options, debug: { verifyBetweenPasses: true } });
  expect(result.diagnostics).toEqual([]);
  return result;
}

function moduleOf({ files }: ReturnType<typeof compile>): RunningModule {
  return runModule(defined(files[0], "a module").text);
}

function weightsFor(module: RunningModule): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(module.parameters).map(([name, shape], k) => [name, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.7 + k) / 3)]));
}

function furthest(a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined): number {
  expect(a?.length).toBe(b?.length);
  return Array.from(a ?? []).reduce((most, value, i) => Math.max(most, Math.abs(value - (b?.[i] ?? NaN))), 0);
}

const text = Array.from({ length: 30 }, (_, t) => (t * 7) % 40);

describe.each(["int8", "int16"] as const)("%s", (quantize) => {
  const bound = quantize === "int8" ? 2e-2 : 5e-4;
  const exact = moduleOf(compiled());
  const weights = weightsFor(exact);
  const wanted = exact.load(weights).run({ text })["logits"];
  const result = compiled({ quantize, batch: "any" });
  const model = moduleOf(result).load(weights);

  test("a run is near that of float32, and is not that", () => {
    const error = furthest(model.run({ text })["logits"], wanted);
    expect(error).toBeLessThan(bound);
    expect(error).toBeGreaterThan(0);
  });

  test("a stream gives what a run does", () => {
    const all = model.run({ text })["logits"];
    const stream = model.stream();
    text.forEach((id, t) => expect(furthest(stream.step({ text: id })["logits"], all?.subarray(40 * t, 40 * t + 40))).toBeLessThan(1e-4));
  });

  test("a member of a batch gives what it gives alone, bit for bit", () => {
    expect(result.report.models[0]?.batch).toHaveProperty("run");
    const members = [text, text.slice(3, 20), text.slice(9), []];
    expect(model.run(members.map((each) => ({ text: each })))).toEqual(members.map((each) => model.run({ text: each })));
  });

  test("the report says which parameters became integers, and why others did not", () => {
    const { quantisation } = defined(result.report.models[0], "a model");
    expect(quantisation?.weights).toBe(quantize);
    const state = Object.fromEntries(quantisation?.parameters.map(({ name, quantised }) => [name, quantised]) ?? []);
    // What is multiplied with rows of the embedding is a table when the model runs.
    expect(Object.entries(state).flatMap(([name, quantised]) => (quantised ? [name] : []))).toEqual(["logits.weight", "scan.split.h.weight"]);
    for (const { kept } of quantisation?.parameters.filter(({ quantised }) => !quantised) ?? []) expect(kept).not.toEqual([]);
    expect(Object.keys(state)).toEqual(Object.keys(exact.parameters));
  });

  test("what is kept gives the same as without", () => {
    const kept = compile(source, { ...small, quantize, keep: ["*"], debug: { verifyBetweenPasses: true } });
    expect(kept.diagnostics).toEqual([
      {
        code: "GF5010", severity: "warning", message: `no weight of net becomes ${quantize}`, help: expect.stringContaining("leave out --quantize") as string,
        notes: [{ message: expect.stringMatching(/^logits\.bias, .* more: no product of several rows reads it/) as string }, { message: "logits.weight, scan.split.h.weight: it is to be kept" }],
      },
    ]);
    expect(moduleOf(kept).load(weights).run({ text })["logits"]).toEqual(wanted);
    expect(kept.report.models[0]?.quantisation?.parameters.some(({ quantised }) => quantised)).toBe(false);
  });

  test.each(["*.weight", "logits*", "*i*h*", "logits.weight", "**split.h.weight", "scan.*.bias"])("%s keeps what it stands for", (pattern) => {
    const plain = new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*")}$`);
    const { report, diagnostics } = compile(source, { ...small, quantize, keep: [pattern] });
    const reported = report.models[0]?.quantisation?.parameters ?? [];
    // Where nothing is left to quantise, that is said.
    expect(diagnostics.map(({ code }) => code)).toEqual(reported.some(({ quantised }) => quantised) ? [] : ["GF5010"]);
    expect(reported.filter(({ name, quantised }) => quantised && plain.test(name))).toEqual([]);
    expect(reported.filter(({ quantised }) => quantised).map(({ name }) => name)).toEqual(["logits.weight", "scan.split.h.weight"].filter((name) => !plain.test(name)));
  });

  test.each(["*".repeat(60) + "x", "*a".repeat(60), "logits.weight*logits.weight", "*weigh"])("a pattern that stands for no parameter is refused at once: %s", (pattern) => {
    expect(compile(source, { ...small, quantize, keep: [pattern] }).diagnostics.map(({ message }) => message)).toEqual([`no parameter is called ${JSON.stringify(pattern)}`]);
  });

  test("a module that brings its weights along gives what they give when they are loaded, to the bit", () => {
    const brings = compiled({ quantize, batch: "any", weights });
    const embedded = moduleOf(brings);
    const [own, loaded] = [embedded.load(undefined), moduleOf(compiled({ quantize, batch: "any" })).load(weights)];
    expect(own.run({ text })).toEqual(loaded.run({ text }));
    expect(own.run([{ text }, { text: [1] }])).toEqual(loaded.run([{ text }, { text: [1] }]));
    expect(own.stream().step({ text: 7 })).toEqual(loaded.stream().step({ text: 7 }));
    // Others may be loaded all the same.
    const others = Object.fromEntries(Object.entries(weights).map(([name, array]) => [name, array.map((value) => value / 2)]));
    expect(embedded.load(others).run({ text })).toEqual(moduleOf(result).load(others).run({ text }));
    expect(own.run({ text })).toEqual(loaded.run({ text }));
  });

  test("embedded weights take a part of what they take as float32", () => {
    const [with32, without32] = [compiled({ weights }), compiled()].map(({ report }) => report.emittedBytes);
    const [withIntegers, without] = [compiled({ quantize, weights }), compiled({ quantize })].map(({ report }) => report.emittedBytes);
    const share = ((withIntegers ?? NaN) - (without ?? NaN)) / ((with32 ?? NaN) - (without32 ?? NaN));
    // The table of the embedding and the scales are float32 in either.
    expect(share).toBeLessThan(quantize === "int8" ? 0.65 : 0.8);
  });

  test("weights to embed that no integers could stand for are refused", () => {
    const spoilt = { ...weights, "logits.weight": Float32Array.from(weights["logits.weight"] ?? [], (value, i) => (i === 5 ? NaN : value)) };
    const { diagnostics, files } = compile(source, { ...small, quantize, weights: spoilt });
    expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual(['GF5010: "logits.weight" of the weights: element 5 is NaN, which cannot be quantised']);
    expect(files).toEqual([]);
    expect(compile(source, { ...small, quantize, weights: spoilt, keep: ["logits.*"] }).diagnostics).toEqual([]);
  });

  test("the error on a sample is that of the outputs", async () => {
    const [error] = await measureQuantisation({ float32: compiled(), quantised: compiled({ quantize }) }, { weights, inputs: { text } });
    const given = moduleOf(compiled({ quantize })).load(weights).run({ text })["logits"];
    expect(error).toMatchObject({ output: "logits", largest: furthest(given, wanted) });
    expect(error?.typical).toBeLessThan(error?.largest ?? NaN);
    expect(error?.typical).toBeGreaterThan(0);
    expect(error?.outputSize).toBeCloseTo(Math.sqrt(Array.from(wanted ?? []).reduce((sum, value) => sum + value * value, 0) / (wanted?.length ?? NaN)), 9);
    const [several] = await measureQuantisation({ float32: compiled(), quantised: compiled({ quantize }) }, { weights, inputs: [{ text }, { text: text.slice(5) }] });
    expect(several?.largest).toBeGreaterThanOrEqual(error?.largest ?? NaN);
    await expect(measureQuantisation({ float32: compiled(), quantised: compiled({ quantize }) }, { weights, inputs: { words: text } })).rejects.toThrow('there is no input "words"');
  });

  test.each([NaN, Infinity, -Infinity])("a weight that is %s is refused where it would become an integer", (bad) => {
    const name = defined(result.report.models[0]?.quantisation?.parameters.find(({ quantised }) => quantised), "a parameter").name;
    const spoilt = Float32Array.from(weights[name] ?? []);
    spoilt[11] = bad;
    expect(() => moduleOf(result).load({ ...weights, [name]: spoilt })).toThrow(`the weights do not fit:\n  "${name}": element 11 is ${bad}, which cannot be quantised`);
    expect(() => exact.load({ ...weights, [name]: spoilt })).not.toThrow();
  });
});

test("the modules of one model are the same bytes each time, and others for other integers", () => {
  const [a, b, c] = [compiled({ quantize: "int16" }), compiled({ quantize: "int16" }), compiled({ quantize: "int8" })];
  expect(b.files).toEqual(a.files);
  expect(c.files[0]?.text).not.toBe(a.files[0]?.text);
});
