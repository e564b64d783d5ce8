/**
 * A generated module and a caller that means it no good: whatever it is given, it gives right numbers or throws one of its
 * own errors, which names the input; and what it refused leaves no trace in what it does next.
 */
import { describe, expect, test } from "vitest";
import type { TargetName } from "../../src/backends/target.js";
import type { RunningModel } from "../backends/js/run-module.js";
import { importModule } from "./import-module.js";
import { minifying } from "../support/minifying.js";

export async function testHostileCallers(target: TargetName, minify = false): Promise<void> {
  const double = (await importModule(`export function double(x: Vec<3>) { return x * 2; }`, { target, ...minifying(minify) })).load({});
  const lookUp = (await importModule(`export function lookUp(ids: Seq<"time", Id<5>>) { return embedding(ids, 2); }`, { target, ...minifying(minify) })).load({ weight: Float32Array.from({ length: 10 }, (_, i) => i) });
  const totals = (await importModule(`export function totals(xs: Seq<"time", Vec<2>>, start: Vec<2> = zeros(2)) { return scan(xs, { h: start }, (x, { h }) => ({ h: h + x })).h; }`, { target, ...minifying(minify) })).load({});
  const pairs = (await importModule(`export function pairs(xs: Seq<"left", Real>, ys: Seq<"right", Real>) { return map(xs, (x) => x * ys); }`, { target, ...minifying(minify) })).load({});

  const output = (model: RunningModel, inputs: unknown, options?: unknown): number[] => Array.from(model.run(inputs as Record<string, unknown>, options)["output"] ?? []);

  function holding<T>(value: T, change: (value: T) => void): T {
    change(value);
    return value;
  }

  const detached = holding(new Float32Array(3), (array) => void structuredClone(array.buffer, { transfer: [array.buffer] }));
  const itself = holding<unknown[]>([], (array) => void array.push(array));
  const deep = Array.from({ length: 20_000 }).reduce<unknown>((inner) => [inner], [1, 2, 3]);
  /** An array that says something else each time it is asked. */
  const fickle = (): unknown => {
    let asked = 0;
    return new Proxy([1, 1, 1], { get: (target, name) => (name === "1" ? (asked++ === 0 ? 1 : 1e9) : (Reflect.get(target, name) as unknown)) });
  };

  const notNumbers: readonly (readonly [string, unknown])[] = [
    ["text", "abc"], ["null", null], ["nothing", undefined], ["a record", {}], ["a function", () => 1], ["a symbol", Symbol("a")], ["a big integer", 5n], ["big integers", [1n, 2n, 3n]],
    ["an array of big integers", new BigInt64Array(3)], ["holes", new Array(3)], ["texts", ["1", "2", "3"]], ["empty texts", ["", "", ""]], ["nulls", [null, null, null]], ["dates", [new Date(), 1, 2]],
    ["what can be a number", [{ valueOf: () => 1 }, 1, 2]], ["a view without numbers", new DataView(new ArrayBuffer(12))], ["bytes without a view", new ArrayBuffer(12)], ["what looks like an array", { 0: 1, 1: 2, 2: 3, length: 3 }],
    ["more holes than memory has", new Array(2 ** 32 - 1)], ["an array in itself", itself], ["an array deep in arrays", deep], ["rows of different lengths", [[1, 2], [3]]], ["rows beside numbers", [[1], 2, 3]], ["a promise", Promise.resolve([1, 2, 3])],
  ];

  describe("a vector is not", () => {
    test.each([...notNumbers, ["too short", [1, 2]], ["too long", [1, 2, 3, 4]], ["nothing at all", []], ["detached", detached], ["conditions", [true, false, true]], ["rows", [[1, 2, 3]]]] as const)("%s", (_, x) => {
      expect(() => double.run({ x })).toThrow(/^(double: )?input "x"[ :]/);
      expect(output(double, { x: [1, 2, 3] })).toEqual([2, 4, 6]);
    });
  });

  describe("a sequence of ids is not", () => {
    test.each([...notNumbers.filter(([what]) => what !== "rows of different lengths"), ["-1", [-1]], ["5", [5]], ["1.5", [1.5]], ["NaN", [NaN]], ["infinite", [Infinity]], ["2^31", [2 ** 31]], ["2^32", [2 ** 32]], ["2^53", [2 ** 53]], ["-1 in a typed array", Int32Array.of(-1)], ["NaN in a typed array", Float32Array.of(NaN)], ["2^32 - 1 in a typed array", Uint32Array.of(2 ** 32 - 1)]] as const)("%s", (_, ids) => {
      expect(() => lookUp.run({ ids })).toThrow(/^(lookUp: )?input "ids"[ :]/);
      expect(output(lookUp, { ids: [4, 0] })).toEqual([8, 9, 0, 1]);
    });

    test("what it was when it was checked, and something else when it is used", () => {
      expect(output(lookUp, { ids: fickle() })).toEqual([2, 3, 2, 3, 2, 3]);
    });
  });

  test.each([
    ["a typed array of another type", Uint8ClampedArray.of(1, 2, 3)], ["float64", Float64Array.of(1, 2, 3)], ["shared memory", holding(new Float32Array(new SharedArrayBuffer(12)), (array) => array.set([1, 2, 3]))],
    ["an array with members of its own", Object.assign([1, 2, 3], { toString: () => "x", every: () => false, length: 3 })], ["an array of a class of its own", new (class extends Array<number> {})(1, 2, 3)], ["a view in the middle of a buffer", new Float32Array(Float32Array.of(0, 1, 2, 3, 4).buffer, 4, 3)],
  ])("a vector may be %s", (_, x) => {
    expect(output(double, { x })).toEqual([2, 4, 6]);
  });

  test("not a number, infinity and what is larger than float32 are numbers", () => {
    expect(output(double, { x: [NaN, Infinity, -1e40] })).toEqual([NaN, Infinity, -Infinity]);
  });

  describe("a record of inputs", () => {
    test.each([["null", null], ["nothing", undefined], ["a number", 3], ["text", "x"]])("is not %s", (_, inputs) => {
      expect(() => output(double, inputs)).toThrow("double.run takes a record of inputs by name");
    });

    test.each([
      ["its prototype", JSON.parse('{"__proto__":[1,2,3]}'), 'there is no input "__proto__"; input "x" is missing'],
      ["what it inherits", Object.create({ x: [1, 2, 3] }), 'input "x" is missing'],
      ["a map", new Map([["x", [1, 2, 3]]]), 'input "x" is missing'],
      ["one too many", { x: [1, 2, 3], y: 1 }, 'there is no input "y"'],
    ])("gives nothing by %s", (_, inputs, message) => {
      expect(() => output(double, inputs)).toThrow(message);
    });

    test("may have no prototype", () => {
      expect(output(double, Object.assign(Object.create(null) as object, { x: [1, 2, 3] }))).toEqual([2, 4, 6]);
    });

    test("may throw what it likes, and nothing is left of it", () => {
      const inputs = { get x(): never { throw new Error("mine"); } };
      expect(() => output(double, inputs)).toThrow("mine");
      expect(output(double, { x: [1, 2, 3] })).toEqual([2, 4, 6]);
    });
  });

  test.each([["holes", new Array(2)], ["nulls", [null]], ["more holes than memory has", new Array(2 ** 32 - 1)]])("a batch is not made of %s", (_, batch) => {
    expect(() => double.run(batch as Record<string, unknown>[])).toThrow("takes a record of inputs by name");
  });

  test.each([-1, 1.5, NaN, Infinity, 2 ** 53, "1", 1n, {}, true])("a seed is not %s", (seed) => {
    expect(() => double.run({ x: [1, 2, 3] }, { seed })).toThrow("a seed is a whole number from 0 to 2^53-1");
  });

  describe("lengths", () => {
    test.each([[{ time: 2 ** 40 }, "here [1099511627776, 2]"], [{ time: -1 }, "is -1"], [{ time: 1.5 }, "is 1.5"], [{ time: NaN }, "is NaN"], [{ time: "2" }, "is 2"], [{ space: 2 }, "no free length"], [JSON.parse('{"__proto__":3}'), 'no free length "__proto__"']])("are not %j", (lengths, message) => {
      expect(() => totals.run({ xs: [] }, { lengths })).toThrow(message);
      expect(output(totals, { xs: [[1, 2], [3, 4]] })).toEqual([1, 2, 4, 6]);
    });

    test("that memory cannot hold are refused, and the next run is right", () => {
      const [xs, ys] = [new Float32Array(200_000), new Float32Array(200_000)];
      expect(output(pairs, { xs: [1, 2], ys: [3, 4] })).toEqual([3, 4, 6, 8]);
      expect(() => pairs.run({ xs, ys })).toThrow(RangeError);
      expect(output(pairs, { xs: [1, 2], ys: [3, 4] })).toEqual([3, 4, 6, 8]);
      expect(output(pairs, { xs: [1], ys: [3, 4, 5] })).toEqual([3, 4, 5]);
    });
  });

  describe("a stream", () => {
    test.each([...notNumbers, ["too short", [1]], ["too long", [1, 2, 3]], ["rows", [[1, 2]]]] as const)("takes no step of %s", (_, xs) => {
      const stream = totals.stream();
      stream.step({ xs: [1, 2] });
      expect(() => stream.step({ xs })).toThrow(/^input "xs" /);
      expect(stream.position).toBe(1);
      expect(Array.from(stream.step({ xs: [1, 2] })["output"] ?? [])).toEqual([2, 4]);
    });

    test.each([
      ["null", null], ["a number", 3], ["a position below 0", { position: -1, arrays: { h: [1, 2] } }], ["a position between two", { position: 0.5, arrays: { h: [1, 2] } }], ["no arrays", { position: 1, arrays: null }], ["a state missing", { position: 1, arrays: {} }],
      ["a state too many", { position: 1, arrays: { h: [1, 2], g: [1] } }], ["a prototype", { position: 1, arrays: JSON.parse('{"__proto__":[1,2]}') as unknown }], ["too few numbers", { position: 1, arrays: { h: [1] } }], ["texts", { position: 1, arrays: { h: ["1", "2"] } }], ["holes", { position: 1, arrays: { h: new Array(2) } }],
    ])("is not set to %s", (_, state) => {
      const stream = totals.stream();
      stream.step({ xs: [1, 2] });
      expect(() => stream.setState(state)).toThrow();
      expect(Array.from(stream.step({ xs: [1, 2] })["output"] ?? [])).toEqual([2, 4]);
    });

    test("whose input runs another stream of the model in between says so, and goes on", () => {
      const [stream, other] = [totals.stream(), totals.stream({ start: [10, 20] })];
      const xs = Object.defineProperty([0, 2], 0, { get: () => (other.step({ xs: [1, 1] }), 1) });
      stream.step({ xs: [1, 2] });
      expect(() => stream.step({ xs })).toThrow("an input ran the model while it was read");
      expect(Array.from(stream.step({ xs: [1, 2] })["output"] ?? [])).toEqual([2, 4]);
      expect(Array.from(other.step({ xs: [1, 1] })["output"] ?? [])).toEqual([12, 22]);
    });
  });

  test("a step of a stream whose input makes memory grow says so, or is right", async () => {
    const model = (await importModule(`export function net(xs: Seq<"time", Vec<3>>) { return scan(xs, { h: zeros(3) }, (x, { h }) => ({ h: h + x })).h; }`, { target, ...minifying(minify) })).load({});
    const stream = model.stream();
    stream.step({ xs: [1, 1, 1] });
    const step = (): number[] => Array.from(stream.step({ xs: Object.defineProperty([0, 20, 30], 0, { get: () => (model.run({ xs: new Float32Array(1_200_000) }), 10) }) })["output"] ?? []);
    if (target === "wasm") expect(step).toThrow("an input ran the model while it was read");
    else expect(step()).toEqual([11, 21, 31]);
  });

  test("a step has the inputs that the model has, and that the caller gave", async () => {
    const model = (await importModule(`export function net(xs: Seq<"time", Real>, toString: Seq<"time", Real>) { return xs + toString; }`, { target, ...minifying(minify) })).load({});
    const stream = model.stream();
    for (const [inputs, said] of [[{ xs: 1, toString: 2, typo: 5 }, 'a step takes no input "typo"'], [{ x: 1 }, 'a step takes no input "x"'], [[1], 'a step takes no input "0"'], [{ xs: 1 }, 'input "toString" is missing'], [{ xs: 1, __proto__: { toString: 2 } }, 'input "toString" is missing'], [5, "a record of inputs by name"]] as const) {
      expect(() => stream.step(inputs as Record<string, unknown>)).toThrow(said);
    }
    expect(stream.position).toBe(0);
    expect(Array.from(stream.step(Object.assign(Object.create({ more: 1 }) as object, { xs: 1, toString: 2 }))["output"] ?? [])).toEqual([3]);
    // Names are those of the first step: looking at them again would cost more than a small net.
    expect(Array.from(stream.step({ xs: 2, toString: 2, typo: 5 })["output"] ?? [])).toEqual([4]);
    expect(() => stream.step({ xs: 2, typo: 5 })).toThrow('input "toString" is missing');
    stream.reset();
    expect(() => stream.step({ xs: 1, toString: 2, typo: 5 })).toThrow('a step takes no input "typo"');
  });

  test.each([1.5, NaN, 2 ** 31, Infinity])("a state of integers is not set to %s", async (value) => {
    const model = (await importModule(`export function net(xs: Seq<"time", Id<9>>, start: Id<9>) { return scan(xs, { last: start, before: start }, (x, { last }) => ({ last: x, before: last })).before; }`, { target, ...minifying(minify) })).load({});
    const stream = model.stream({ start: 3 });
    expect(() => stream.setState({ position: 1, arrays: { last: [value] } })).toThrow('"last" holds what is no integer of 32 bits');
    expect(Array.from(stream.step({ xs: 4 })["output"] ?? [])).toEqual([3]);
    stream.setState({ position: 1, arrays: { last: [5] } });
    expect(Array.from(stream.step({ xs: 4 })["output"] ?? [])).toEqual([5]);
  });

  test("an input that runs the model with other weights does not change whose weights are used", async () => {
    const module = await importModule(`export function net(x: Vec<2>) { const w = param(2); return w * x; }`, { target });
    const [one, other] = [module.load({ w: [1, 2] }), module.load({ w: [10, 20] })];
    const inputs = { get x() { other.run({ x: [1, 1] }); return [1, 1]; } };
    expect(output(one, inputs)).toEqual([1, 2]);
    expect(output(one, { x: Object.defineProperty([0, 1], 0, { get: () => (other.run({ x: [1, 1] }), 1) }) })).toEqual([1, 2]);
    expect(output(other, { x: [1, 1] })).toEqual([10, 20]);
  });

  describe("weights are not", () => {
    test.each([
      ["null", null], ["nothing", undefined], ["a number", 1], ["text", "abc"], ["a function", () => 1], ["empty", {}], ["an array", [1, 2]], ["a promise", Promise.resolve({})], ["a prototype", JSON.parse('{"__proto__":[1,2]}')], ["inherited", Object.create({ w: [1, 2] })],
      ["text by name", { w: "ab" }], ["texts", { w: ["1", "2"] }], ["holes", { w: new Array(2) }], ["too short", { w: [1] }], ["detached", { w: detached }], ["integers of another type", { w: Int32Array.of(1, 2) }], ["big integers", { w: BigInt64Array.of(1n, 2n) }], ["matrices", { w: [[1, 2]] }],
      ["a map of something else", new Map<unknown, unknown>([[5, 6]])], ["a file cut off", new ArrayBuffer(3)], ["a file of nothing", new Uint8Array(64)], ["shared bytes without a view", new SharedArrayBuffer(16)], ["a view without numbers", new DataView(new ArrayBuffer(8))],
    ])("%s", async (_, weights) => {
      const module = await importModule(`export function net(x: Vec<2>) { const w = param(2); return w * x; }`, { target });
      const good = module.load({ w: [3, 4] });
      expect(() => module.load(weights)).toThrow(/^(the weights do not fit|weights are a record|this is no safetensors file)/);
      expect(output(good, { x: [1, 1] })).toEqual([3, 4]);
    });
  });
}
