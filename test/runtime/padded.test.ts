/** Batches in flat, padded arrays give what their members give alone, wherever the batch stands. */
import { describe, expect, test } from "vitest";
import { compile, type CompileOptions } from "../../src/compile.js";
import { numbers } from "../library/nets.js";
import { runModule } from "../backends/js/run-module.js";

interface Padded {
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

interface PaddedModel {
  run(inputs: unknown, options?: unknown): Readonly<Record<string, Float32Array>>;
  runPadded(inputs: unknown, options?: unknown): Readonly<Record<string, Padded>>;
}

const recurrent = `import { type Seq, type Vec } from "gatefold";
import { gru } from "gatefold/torch";
export function net(x: Seq<"time", Vec<3>>, h0: Seq<"layer", Vec<2>, 2>) {
  return gru(x, { hiddenSize: 2, bidirectional: true, h0 });
}`;

function modelOf(text: string, options: CompileOptions): PaddedModel {
  const { files, diagnostics } = compile({ file: "net.model.ts", text }, options);
  expect(diagnostics).toEqual([]);
  const module = runModule(files[0]?.text ?? "");
  const weights = Object.fromEntries(Object.entries(module.parameters).map(([name, shape], i) => [name, numbers(shape.reduce((size, n) => size * n, 1), i)]));
  return module.load(weights) as unknown as PaddedModel;
}

/** [batch][time][features] as a flat array. */
function flat(rows: readonly (readonly (readonly number[])[])[], order: "batch-first" | "time-first"): number[] {
  if (order === "batch-first") return rows.flat(2);
  return Array.from({ length: rows[0]?.length ?? 0 }, (_, t) => rows.map((row) => row[t] ?? [])).flat(2);
}

const [time, lengths] = [5, [5, 2, 0]];
const xs = lengths.map((_, i) => Array.from({ length: time }, (_, t) => [...numbers(3, 100 * i + t)]));
const h0s = lengths.map((_, i) => [[...numbers(2, 50 + i)], [...numbers(2, 60 + i)]]);

describe.each(["batch-first", "time-first"] as const)("%s", (order) => {
  test("each member has its own length, and what lies behind its end is zero", () => {
    const model = modelOf(recurrent, { layout: order, layoutOf: { h0: "time-first", hn: "time-first" } });
    const found = model.runPadded({ x: flat(xs, order), h0: flat(h0s, "time-first") }, { lengths: { time: lengths } });
    const alone = lengths.map((length, i) => model.run({ x: (xs[i] ?? []).slice(0, length).flat(), h0: (h0s[i] ?? []).flat() }));
    const outputs = alone.map(({ output = [] }) => Array.from({ length: time }, (_, t) => Array.from({ length: 4 }, (_, k) => output[4 * t + k] ?? 0)));
    expect(found["output"]?.shape).toEqual(order === "batch-first" ? [3, 5, 4] : [5, 3, 4]);
    expect([...(found["output"]?.data ?? [])]).toEqual(flat(outputs, order));
    const states = alone.map(({ hn = [] }) => [[...hn.slice(0, 2)], [...hn.slice(2)]]);
    expect(found["hn"]?.shape).toEqual([2, 3, 2]);
    expect([...(found["hn"]?.data ?? [])]).toEqual(flat(states, "time-first"));
  });

  test("without lengths, all are as long as the array", () => {
    const model = modelOf(recurrent, { layout: order });
    const h0 = flat(h0s, order);
    expect(model.runPadded({ x: flat(xs, order), h0 }, { batch: 3 })["output"]?.data).toEqual(model.runPadded({ x: flat(xs, order), h0 }, { lengths: { time: [5, 5, 5] } })["output"]?.data);
    // The array of the states alone tells how many there are.
    expect(model.runPadded({ x: flat(xs, order), h0 })["output"]?.shape).toEqual(order === "batch-first" ? [3, 5, 4] : [5, 3, 4]);
    expect(model.runPadded({ x: [], h0 })["output"]?.shape).toEqual(order === "batch-first" ? [3, 0, 4] : [0, 3, 4]);
  });

  test("several dimensions, ids, values that only some have, seeds", () => {
    const model = modelOf(`import { embedding, map, random, type Id, type Real, type Seq, type Vec } from "gatefold";
export function net(ids: Seq<"sentence", Seq<"word", Id<9>>>, scale: Real = 2) {
  return { rows: embedding(ids, 2) * scale, ids, noise: map(ids, (each) => random(), { over: "sentence" }), scale };
}`, { layout: order });
    const ids = [0, 1].map((i) => Array.from({ length: 3 }, (_, s) => Array.from({ length: 4 }, (_, w) => (i + 2 * s + w) % 9)));
    const sizes = { sentence: [3, 1], word: [2, 4] };
    const found = model.runPadded({ ids: flat(ids, order) }, { lengths: sizes, seed: 5 });
    const alone = ids.map((rows, i) => model.run({ ids: rows.slice(0, sizes.sentence[i]).map((row) => row.slice(0, sizes.word[i])) }, { seed: 5 + i }));
    expect(found["ids"]?.shape).toEqual(order === "batch-first" ? [2, 3, 4] : [3, 2, 4]);
    const kept = ids.map((rows, i) => rows.map((row, s) => row.map((id, w) => (s < (sizes.sentence[i] ?? 0) && w < (sizes.word[i] ?? 0) ? id : 0))));
    expect([...(found["ids"]?.data ?? [])]).toEqual(flat(kept, order));
    expect(found["scale"]).toEqual({ data: Float32Array.of(2, 2), shape: [2] });
    expect(found["rows"]?.shape).toEqual(order === "batch-first" ? [2, 3, 4, 2] : [3, 2, 4, 2]);
    const noise = alone.map((each) => Array.from({ length: 3 }, (_, s) => [each["noise"]?.[s] ?? 0]));
    expect([...(found["noise"]?.data ?? [])]).toEqual(flat(noise, order));
  });
});

test("what does not fit is told", () => {
  const model = modelOf(recurrent, { layout: "batch-first", layoutOf: { h0: "time-first" } });
  const h0 = new Float32Array(12);
  const call = (inputs: unknown, options?: unknown) => () => model.runPadded(inputs, options);
  expect(call({ x: new Float32Array(44), h0 })).toThrow('input "x" has 44 numbers, which is no multiple of 9; it is [batch, time, 3] with a batch of 3');
  expect(call({ x: new Float32Array(45), h0: new Float32Array(13) }, { batch: 3 })).toThrow('input "h0" has 13 numbers, it is [2, batch, 2], here 12');
  expect(call({ x: [[1, 2, 3]], h0 })).toThrow('input "x" is no flat array; it is [batch, time, 3]');
  expect(call({ x: new Float32Array(45), h0, y: [1] })).toThrow('there is no input "y"');
  expect(call({ x: new Float32Array(45), h0 }, { lengths: { time: [5, 6, 1] } })).toThrow('the length "time" of member 1 is 6; it lies from 0 to 5');
  expect(call({ x: new Float32Array(45), h0 }, { lengths: { time: [5, 1] } })).toThrow(/2 lengths for 3 members|numbers/);
  expect(call({ x: new Float32Array(45), h0 }, { lengths: { space: 1 } })).toThrow('no free length "space"');
  expect(call({ x: new Float32Array(45) })).toThrow(/do not tell how many members|input "h0" is missing/);
  expect(call(undefined)).toThrow("runPadded takes a record of inputs by name");
  expect(call({ x: new Float32Array(45), h0 }, { batch: -1 })).toThrow("a batch cannot have -1 members");
});

describe.each(["js", "wasm"] as const)("%s", (target) => {
  const [ids, reals] = ["Id<9>", "Real"].map((element) => modelOf(`import { type Id, type Real, type Seq } from "gatefold";
export function net(xs: Seq<"time", ${element}>) {
  return { xs };
}`, { target, layout: "batch-first" }));

  test.each([["1.5", [1.5, 2]], ["NaN", [Number.NaN]], ["3", ["3"]], ["null", [null]], ["4294967297", [2 ** 32 + 1]], ["1.5", Float32Array.of(1.5)]])("what is no integer is refused, as it is by run: %s", (what, xs) => {
    expect(() => ids?.runPadded({ xs }, { batch: 1 })).toThrow(`input "xs": element 0 is ${what}, not an integer`);
  });

  test.each([[["3"]], [[null]], [[undefined]], [[{}]], [new Array(1)]])("what is no number is refused: %j", (xs) => {
    expect(() => reals?.runPadded({ xs }, { batch: 1 })).toThrow('input "xs": element 0 is not a number');
    expect(() => reals?.runPadded({ xs: [1, [2]] }, { batch: 2 })).toThrow('input "xs" is no flat array: element 1 is an array');
  });

  test("what lies behind a member's end may be anything", () => {
    expect(ids?.runPadded({ xs: [1, 2, 3, -1] }, { lengths: { time: [2, 1] } })["xs"]?.data).toEqual(Int32Array.of(1, 2, 3, 0));
  });

  test("members may be many, but not more than there are numbers for", () => {
    const count = 200_000;
    expect(ids?.runPadded({ xs: new Int32Array(count) }, { lengths: { time: new Int32Array(count).fill(1) } })["xs"]?.shape).toEqual([count, 1]);
    expect(ids?.runPadded({ xs: [] }, { batch: 3 })["xs"]?.shape).toEqual([3, 0]);
    expect(() => ids?.runPadded({ xs: [] }, { batch: 1e9 })).toThrow("a batch of 1000000000 members has more of them than any input has numbers");
  });
});

test("the types name each array's layout", () => {
  const { files } = compile({ file: "net.model.ts", text: recurrent }, { layout: "batch-first", layoutOf: { h0: "time-first", hn: "time-first" } });
  const types = files.find(({ path }) => path === "net.d.ts")?.text ?? "";
  expect(types).toContain("  /** [batch, time, 3] */\n  readonly x: Flat;\n  /** [2, batch, 2] */\n  readonly h0: Flat;");
  expect(types).toContain("  /** [batch, time, 4] */\n  readonly output: Padded<Float32Array>;\n  /** [2, batch, 2] */\n  readonly hn: Padded<Float32Array>;");
  expect(types).toContain("runPadded(inputs: NetPaddedInputs, options?: PaddedOptions): NetPaddedOutputs;");
  expect(compile({ file: "net.model.ts", text: recurrent }).files.some(({ text }) => text.includes("runPadded"))).toBe(false);
});
