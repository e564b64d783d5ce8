/** In which forms modules take weights, and modules without streams. */
import { describe, expect, test } from "vitest";
import { compile, type CompileOptions } from "../../src/compile.js";
import { writeSafetensors } from "../../src/formats/safetensors.js";
import { defined } from "../../src/support/invariant.js";
import { runModule, type RunningModule } from "./js/run-module.js";
import { minifying } from "../support/minifying.js";

const source = {
  file: "net.model.ts",
  text: `import { linear, param, scan, zeros, type Seq, type Vec } from "gatefold";
export function net(xs: Seq<"time", Vec<2>>) {
  const gate = linear(xs, 2);
  const shift = param(2);
  return scan(gate, { h: zeros(2) }, (x, { h }) => ({ h: x + shift * h }));
}
`,
};

const module = (options: CompileOptions): RunningModule => {
  const { files, diagnostics } = compile(source, options);
  expect(diagnostics).toEqual([]);
  return runModule(defined(files[0], "a module").text);
};
const shapes = { "gate.bias": [2], "gate.weight": [2, 2], shift: [2] };
const arrays = { "gate.bias": Float32Array.of(1, 2), "gate.weight": Float32Array.of(1, 2, 3, 4), shift: Float32Array.of(0.5, -0.5) };
type Name = keyof typeof shapes;
/** The bytes of a file of these weights, and of others that no model has. */
function fileOf(prefix = "", more: readonly string[] = []): Uint8Array {
  const tensors = (Object.keys(shapes) as Name[]).map((name) => [prefix + name, { dtype: "F32" as const, shape: shapes[name], data: arrays[name] }] as const);
  const others = more.map((name) => [name, { dtype: "F32" as const, shape: [3] as number[], data: Float32Array.of(1, 2, 3) }] as const);
  return writeSafetensors(new Map([...tensors, ...others]));
}

/** The same bytes, but for a word of the header. */
function changed(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const text = Buffer.from(bytes).toString("latin1");
  expect(text).toContain(from);
  return Buffer.from(text.replace(from, to), "latin1");
}

const xs = [[0.1, 0.2], [0.3, 0.4]];

describe.each(["js", "wasm"] as const)("%s", (target) => {
  const expected = module({ target }).load(arrays).run({ xs });
  const all = [{ weightsForm: "safetensors" }, { weightsForm: "float32" }, { weightsForm: "arrays" }, { weightsForm: "float32", ...minifying(true) }, { weightsForm: "arrays", ...minifying(true) }] as const;

  test.each(all)("arrays by name are taken with %j", (options) => {
    expect(module({ target, ...options }).load(arrays).run({ xs })).toEqual(expected);
    expect(() => module({ target, ...options }).load({ ...arrays, shift: [1] })).toThrow('"shift" has 1 numbers, this model needs [2], 2');
  });

  describe.each([{ minify: false }, { minify: true }])("files of float32, minified: $minify", ({ minify }) => {
    const { load } = module({ target, ...minifying(minify), weightsForm: "float32" });
    test("are read, wherever in a buffer they begin", () => {
      const bytes = fileOf();
      const moved = new Uint8Array(bytes.length + 3);
      moved.set(bytes, 3);
      for (const file of [bytes, moved.subarray(3), Buffer.from(bytes), bytes.slice().buffer]) expect(load(file).run({ xs })).toEqual(expected);
    });
    test("are what it reads, and nothing else", () => {
      expect(() => load(changed(fileOf(), "F32", "F16"))).toThrow(/^the weights do not fit:\n {2}"[\w.]+" has the element type F16; this module reads F32$/);
      expect(load(fileOf("", ["more"]), { strict: false }).run({ xs })).toEqual(expected);
      expect(() => load(fileOf("", ["more"]))).toThrow('"more" is no weight of this module');
    });
    test("that are damaged are refused", () => {
      const bytes = fileOf();
      // A file that ends early, and one whose header is cut or says what is not so.
      for (const length of [0, 7, 8, 40, bytes.length - 1]) expect(() => load(bytes.slice(0, length)), String(length)).toThrow(/^(this is no safetensors file|the weights do not fit)/);
      for (const [from, to] of [['"dtype":"F32"', '"dtype":"F33"'], ["[2,2]", "[2,3]"], ["data_offsets", "data_offzets"], ["[0,8]", "[9,1]"], ["[0,8]", "[0,6]"], ["[2,2]", '{"length":30000000}'], ["[0,8]", "[-8,0]"], ["[0,8]", "[0.5,8]"], ["[0,8]", '["0",8]']] as const) {
        expect(() => load(changed(bytes, from, to)), to).toThrow(/^(this is no safetensors file|the weights do not fit)/);
      }
    });
  });

  test("no file is read where arrays are all that it takes", () => {
    for (const minify of [false, true]) {
      expect(() => module({ target, ...minifying(minify), weightsForm: "arrays" }).load(fileOf())).toThrow(/^weights are a record of Float32Arrays by name$/);
    }
  });

  test.each(["module.", "a.b."])("names that all begin with %s are told of once", (prefix) => {
    const { load } = module({ target });
    const message = `the weights do not fit:\n  the names begin with ${JSON.stringify(prefix)}, which this module's do not: leave it out of them`;
    const named = Object.fromEntries(Object.entries(arrays).map(([name, array]) => [prefix + name, array]));
    for (const given of [named, fileOf(prefix)]) expect(() => load(given)).toThrow(new Error(message));
    expect(() => load({ ...named, [`${prefix}shift`]: Float32Array.of(1), shift: arrays.shift })).toThrow('"gate.bias" is missing');
  });

  test("without streams it says so, and runs", () => {
    for (const minify of [false, true]) {
      const made = module({ target, ...minifying(minify), streams: false }).load(arrays);
      expect(made.run({ xs })).toEqual(expected);
      expect(() => made.stream()).toThrow("net cannot run step by step: it was compiled without streams");
    }
  });
});

test.each([
  [{ weightsForm: "float16" }, "there is no form of weights \"float16\""],
  [{ target: "wasm", wasm: "inside" }, "there is no place \"inside\" for WebAssembly"],
  [{ target: "js", wasm: "beside" }, "the target js has no WebAssembly to put beside the module"],
] as const)("%j is refused", (options, message) => {
  expect(compile(source, options as unknown as CompileOptions).diagnostics.map(({ code, message: said }) => `${code} ${said}`)).toEqual([`GF5009 ${message}`]);
});
