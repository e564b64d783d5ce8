/** What a caller sees of a module, of any target. */
import { describe, expect, test } from "vitest";
import { writeSafetensors } from "../../src/formats/safetensors.js";
import { parseProgram } from "../../src/ir/program/parse.js";
import type { Program } from "../../src/ir/program/program.js";
import type { TargetModel, TargetResult, TargetUnit } from "../../src/backends/target.js";
import { type ProgramPass, runProgramPasses } from "../../src/passes/program/pipelines.js";
import { near } from "../support/rounded.js";
import { elman } from "./js/programs.js";
import { runModule, testStamp, type RunningModel, type Values } from "./js/run-module.js";

export interface ModuleTarget {
  readonly passes: readonly ProgramPass[];
  readonly emit: (unit: TargetUnit) => TargetResult;
  /** How many things a module exports. */
  readonly exports: number;
  /** How many pieces of memory, or of work at load, weights take. */
  readonly weightPieces: (unit: TargetUnit) => number;
}

function numbers(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + seed));
}

const weights = { w: numbers(12, 1), u: numbers(16, 2) };

/** Elman's net as one would write it. */
function direct({ w, u }: typeof weights, x: ArrayLike<number>): { h: number[]; last: number[] } {
  const steps = x.length / 3;
  let h = [0, 0, 0, 0];
  const all: number[] = [];
  for (let t = 0; t < steps; t++) {
    const before = h;
    h = h.map((_, j) => {
      let sum = 0;
      for (let k = 0; k < 3; k++) sum += (w[j * 3 + k] ?? NaN) * (x[t * 3 + k] ?? NaN);
      for (let k = 0; k < 4; k++) sum += (u[j * 4 + k] ?? NaN) * (before[k] ?? NaN);
      return Math.tanh(sum);
    });
    all.push(...h);
  }
  return { h: all, last: h };
}

function expectNear(actual: ArrayLike<number> | undefined, wanted: readonly number[]): void {
  expect(actual?.length).toBe(wanted.length);
  wanted.forEach((value, i) => expect(near(actual?.[i] ?? NaN, value, 1e-6), `element ${i}`).toBe(true));
}

function expectRun(result: Values | undefined, x: ArrayLike<number>, of = weights): void {
  const wanted = direct(of, x);
  expectNear(result?.["h"], wanted.h);
  expectNear(result?.["last"], wanted.last);
}

export function testModules({ passes, emit, exports, weightPieces }: ModuleTarget): void {
  const emitModels = (models: readonly TargetModel[]): string => {
    const file = emit({ models, moduleName: "test", stamp: testStamp }).files.find(({ path }) => path === "test.js");
    if (file === undefined) throw new Error("no module was made");
    return file.text;
  };
  const emitProgram = (each: Program): string => emitModels([{ name: each.name, program: each, stream: { reasons: ["it was not asked for"] } }]);

  const program = runProgramPasses(parseProgram(elman), passes);
  const text = emitProgram(program);

  const model = (): RunningModel => runModule(text).load(weights);

  describe("inputs", () => {
    const x = numbers(15, 3);

    test("may be flat, plain, or rows of any kind", () => {
      const rows = Array.from({ length: 5 }, (_, t) => x.subarray(t * 3, t * 3 + 3));
      for (const given of [x, [...x], Float64Array.from(x), rows, rows.map((row) => [...row])]) expectRun(model().run({ x: given }), x);
    });

    test("decide the length, which may be 0", () => {
      const running = model();
      for (const steps of [5, 1, 0, 9, 2]) {
        const given = numbers(3 * steps, steps);
        expectRun(running.run({ x: given }), given);
      }
    });

    test("results are the caller's to keep", () => {
      const running = model();
      const first = running.run({ x });
      const copy = first["h"]?.slice();
      running.run({ x: numbers(15, 8) });
      expect(first["h"]).toEqual(copy);
    });

    test.each([
      { given: { x: [1, 2] }, message: 'input "x" has 2 numbers, which is no multiple of 3; it is [time, 3]' },
      { given: {}, message: 'elman: input "x" is missing; it is [time, 3]' },
      { given: { y: [1] }, message: 'elman: there is no input "y"; input "x" is missing; it is [time, 3]' },
      { given: { x: "text" }, message: 'input "x" is neither a number nor an array of numbers' },
      { given: { x: [[1, 2, 3], [1, 2]] }, message: 'input "x" has rows of different lengths' },
      { given: { x: [[1, 2], [3, 4]] }, message: 'input "x" has the shape [2, 2], it is [time, 3], here [2, 3]' },
      { given: { x: [1, 2, "3"] }, message: 'input "x": element 2 is not a number' },
      { given: null, message: "elman.run takes a record of inputs by name" },
    ])("that do not fit are refused: $message", ({ given, message }) => {
      expect(() => model().run(given as Record<string, unknown>)).toThrow(message);
    });

    test("a length that is given must be one, and agree", () => {
      expect(() => model().run({ x }, { lengths: { steps: 3 } })).toThrow('elman has no free length "steps"; it has time');
      expect(() => model().run({ x }, { lengths: { time: 4 } })).toThrow('input "x" has 15 numbers, it is [time, 3], here [4, 3]: "time" is 4 in options.lengths');
      expect(() => model().run({ x }, { seed: -1 })).toThrow("a seed is a whole number from 0 to 2^53-1, this is -1");
    });

    test("a batch has members of their own lengths", () => {
      const members = [numbers(15, 1), numbers(6, 2), numbers(0, 3)];
      const results = model().run(members.map((each) => ({ x: each })));
      members.forEach((each, i) => expectRun(results[i], each));
    });

    test("of a batch that do not fit name the member", () => {
      expect(() => model().run([{ x }, { x: [1, 2, "3"] as unknown as number[] }])).toThrow('member 1: input "x": element 2 is not a number');
      expect(() => model().run([{ x }, { x }, {}])).toThrow('member 2: elman: input "x" is missing; it is [time, 3]');
      expect(() => model().run([{ x }, { x }], { seed: [1, -1] })).toThrow("member 1: a seed is a whole number from 0 to 2^53-1, this is -1");
      expect(() => model().run([null as unknown as Record<string, unknown>])).toThrow("member 0: elman.run takes a record of inputs by name");
    });
  });

  describe("lengths and ids", () => {
    const source = `
      program look (time) {
        input ids = ids {time}[1]int classes 5
        input scale = scale {time}[1]
        parameter table = table [5,2]
        output rows = rows {time}[2]
        buffer ids: input int32[time]
        buffer scale: input float32[time]
        buffer table: parameter float32[5,2]
        buffer rows: output float32[time,2]
        body {
          kernel look stage 0 (t:time, j:2) {
            rows[t,j] = table[ids[t],j] * scale[t]
          }
        }
      }`;
    const look = runModule(emitProgram(parseProgram(source))).load({ table: numbers(10, 4) });

    test("rows are looked up", () => {
      const table = numbers(10, 4);
      const result = look.run({ ids: [4, 0], scale: [1, 2] });
      expect([...(result["rows"] ?? [])]).toEqual([table[8], table[9], 2 * (table[0] ?? NaN), 2 * (table[1] ?? NaN)].map((value) => Math.fround(value ?? NaN)));
    });

    test("two inputs along one dimension must agree", () => {
      expect(() => look.run({ ids: [1, 2], scale: [1] })).toThrow('input "scale" has 1 numbers, it is [time], here [2]: "time" is 2 in input "ids"');
    });

    test.each([5, -1, 1.5, NaN, "x"])("the id %s is refused", (id) => {
      expect(() => look.run({ ids: [0, id], scale: [1, 1] })).toThrow(/input "ids": element 1 is .*(outside 0 to 4|not an integer)/);
    });
  });

  describe("weights", () => {
    test("all that is wrong is said at once", () => {
      const load = (given: unknown) => () => runModule(text).load(given);
      expect(load({})).toThrow('the weights do not fit:\n  "u" is missing; it has the shape [4, 4]\n  "w" is missing; it has the shape [4, 3]');
      expect(load({ w: new Float32Array(3), v: new Float32Array(1), u: "u" })).toThrow(
        'the weights do not fit:\n  "u" is not a Float32Array\n  "w" has 3 numbers, this model needs [4, 3], 12\n  "v" is no weight of this module',
      );
      const right = { u: new Float32Array(16), w: new Float32Array(12) };
      expect(load({ u: right.u, W: right.w, rest: new Float32Array(1) })).toThrow('the weights do not fit:\n  "w" is missing; it has the shape [4, 3]\n  "W" is no weight of this module; did you mean "w"?\n  "rest" is no weight of this module');
      expect(load({ "net.u": right.u, w: right.w })).toThrow('"net.u" is no weight of this module');
      expect(load({ ...right, rest: new Float32Array(1) })).toThrow('the weights do not fit:\n  "rest" is no weight of this module');
      expect(() => runModule(text).load({ ...right, rest: new Float32Array(1) }, { strict: false })).not.toThrow();
      expect(load(undefined)).toThrow("weights are a record of Float32Arrays by name");
      expect(load(new Uint8Array(3))).toThrow("this is no safetensors file: it has 3 bytes");
    });

    test("may be a safetensors file", () => {
      const tensor = (shape: number[], data: Float32Array) => ({ dtype: "F32" as const, shape, data });
      const bytes = writeSafetensors(new Map([["w", tensor([4, 3], weights.w)], ["u", tensor([4, 4], weights.u)]]));
      const x = numbers(9, 5);
      expectRun(runModule(text).load(bytes).run({ x }), x);
      expectRun(runModule(text).load(bytes.buffer).run({ x }), x);
      const wrong = writeSafetensors(new Map([["w", tensor([3, 4], weights.w)], ["u", tensor([4, 4], weights.u)]]));
      const place = Buffer.from(wrong).indexOf('"u":{"dtype":"F32"') + '"u":{"dtype":"'.length;
      wrong.set(Buffer.from("U32"), place);
      expect(() => runModule(text).load(wrong)).toThrow('"u" has the element type U32; F64, F32, F16 and BF16 are read\n  "w" has the shape [3, 4], this model needs [4, 3]');
    });

    test("a module may be loaded again: each model keeps its own weights", () => {
      const module = runModule(text);
      const others = { w: numbers(12, 7), u: numbers(16, 8) };
      const x = numbers(12, 6);
      const [a, b] = [module.load(weights), module.load(others)];
      for (let i = 0; i < 3; i++) {
        expectRun(a.run({ x }), x, weights);
        expectRun(b.run({ x }), x, others);
      }
    });

    test("what a failed load did not change still runs", () => {
      const module = runModule(text);
      const good = module.load(weights);
      expect(() => module.load({})).toThrow();
      const x = numbers(6, 6);
      expectRun(good.run({ x }), x);
    });

    test("are the module's to copy", () => {
      const given = { w: weights.w.slice(), u: weights.u.slice() };
      const running = runModule(text).load(given);
      given.w.fill(0);
      const x = numbers(6, 6);
      expectRun(running.run({ x }), x);
    });
  });

  describe("a module", () => {
    test("stands alone, without anything that a strict page forbids", () => {
      expect(text).not.toMatch(/\bimport\b|\brequire\b|\beval\b|new Function/);
      expect(text.match(/(?<=^|[;}])export /gm)).toHaveLength(exports);
      expect(runModule(text).stamp).toEqual({ format: 1, ...testStamp });
      expect(runModule(text).parameters).toEqual({ u: [4, 4], w: [4, 3] });
    });

    test("describes its inputs and outputs", () => {
      const running = model();
      expect(running.inputs).toEqual({ x: { dims: ["time"], shape: ["time", 3], element: "float32" } });
      expect(running.outputs).toEqual({ h: { dims: ["time"], shape: ["time", 4], element: "float32" }, last: { dims: [], shape: [4], element: "float32" } });
    });

    test("says why a model cannot run step by step", () => {
      expect(() => model().stream()).toThrow("elman cannot run step by step: it was not asked for");
    });

    test("of several models shares their weights", () => {
      const named = (name: string): Program => ({ ...program, name });
      const one: TargetModel = { name: "one", program: named("one"), stream: { reasons: ["no"] } };
      const two: TargetModel = { name: "two", program: runProgramPasses({ ...parseProgram(elman), name: "two" }, passes), stream: { reasons: ["no"] } };
      const both = emitModels([one, two]);
      const loaded = runModule(both).load(weights);
      const x = numbers(6, 1);
      expectRun(loaded["one"]?.run({ x }), x);
      expectRun(loaded["two"]?.run({ x }), x);
      const pieces = (models: readonly TargetModel[]): number => weightPieces({ models, moduleName: "test", stamp: testStamp });
      expect(pieces([one])).toBeGreaterThan(0);
      expect(pieces([one, two])).toBe(pieces([one]));
    });

    test("comes with its types", () => {
      const { files } = emit({ models: [{ name: "elman", program, stream: { reasons: ["it looks ahead"] }, doc: "Elman's net.\n*/ evil" }], moduleName: "net", stamp: testStamp });
      expect(files.map(({ path }) => path)).toEqual(["net.js", "net.d.ts"]);
      const types = files[1]?.text ?? "";
      expect(types).toContain("  /** {time}[3] */\n  readonly x: Rows;");
      expect(types).toContain("  /** [4] */\n  readonly last: Float32Array;");
      expect(types).toContain("  /** Throws: it looks ahead */\n  stream(): never;");
      expect(types).toContain(" * Elman's net.\n * * / evil\n */");
      expect(types).toContain("export declare function load(weights: Weights, options?: LoadOptions): ElmanModel;");
    });
  });
}
