/** What callers without types get wrong: each slip is told, and none throws what only an engine would say. */
import { describe, expect, test } from "vitest";
import { compileFile, writeFiles } from "../../src/cli/node.js";
import { compile, type CompileOptions, fitModels, initialWeights, type Source, writeSafetensors } from "../../src/index.js";
import { at } from "../../src/support/invariant.js";
import { DiagnosticError } from "../../src/support/diagnostics.js";

const source = { file: "net.model.ts", text: 'import { linear, type Vec } from "gatefold";\nexport function net(x: Vec<2>) { return { y: linear(x, 2) }; }\n' };

/** As a caller in JavaScript would give it. */
const untyped = <T>(value: unknown): T => value as T;

const told = (options: unknown, given: unknown = source): string[] => {
  const { diagnostics, files } = compile(untyped<Source>(given), untyped<CompileOptions>(options));
  if (diagnostics.length > 0) expect(files).toEqual([]);
  return diagnostics.map(({ code, message, help }) => `${code}: ${message}; ${help ?? ""}`);
};

const thrown = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    if (error instanceof DiagnosticError) return at(error.diagnostics, 0).message;
    throw error;
  }
  throw new Error("nothing was said");
};

describe("an option", () => {
  test.each<[unknown, string]>([
    [[], "GF5009: the options of compile are an array, no object; write them by name"],
    [null, "GF5009: the options of compile are null, no object; write them by name"],
    ["wasm", 'GF5009: the options of compile are "wasm", no object; write them by name'],
    [{ extension: "ts" }, 'GF5009: there is no extension "ts"; did you mean js?'],
    [{ layout: "batchFirst" }, 'GF5009: there is no layout "batchFirst"; did you mean batch-first?'],
    [{ layout: true }, "GF5009: there is no layout true; there are batch-first, time-first"],
    [{ layout: 1 }, "GF5009: there is no layout 1; there are batch-first, time-first"],
    [{ layoutOf: { x: "y" } }, 'GF5009: there is no layout "y"; there are batch-first, time-first'],
    [{ layoutOf: ["x"] }, "GF5009: layoutOf is an array, no object of layouts by name; write layoutOf: { NAME: ... }"],
    [{ streams: "no" }, 'GF5009: streams is "no", neither true nor false; write streams: true or streams: false'],
    [{ relaxedSimd: "no" }, 'GF5009: relaxedSimd is "no", neither true nor false'],
    [{ hoist: 0 }, "GF5009: hoist is 0, neither true nor false"],
    [{ optimise: null }, "GF5009: optimise is null, neither true nor false"],
    [{ models: "net" }, 'GF5009: models is "net", no array of names; write models: ["net"]'],
    [{ models: [1] }, "GF5009: models[0] is 1, no name"],
    [{ keep: "y.*", target: "wasm", quantize: "int8" }, 'GF5009: keep is "y.*", no array of names; write keep: ["y.*"]'],
    [{ settings: "size=3" }, 'GF5009: settings is "size=3", no object of values by name'],
    [{ lengths: 3 }, "GF5009: lengths is 3, no object of lengths by name"],
    [{ unroll: "all" }, 'GF5009: unroll is "all", no object of factors by name'],
    [{ batch: "4" }, 'GF5003: a batch cannot have "4" members; it has a whole number of members from 1, or "any"'],
    [{ name: 3 }, "GF5009: name is 3, no string"],
    [{ weightsPrefix: 3 }, "GF5009: weightsPrefix is 3, no string"],
    [{ weightsName: [] }, "GF5009: weightsName is an array, no string"],
    [{ debug: true }, "GF5009: the options of debug are true, no object"],
    [{ debug: { timing: true } }, 'GF5009: debug has no option "timing"; did you mean timings?'],
    [{ debug: { timings: 1 } }, "GF5009: debug.timings is 1, neither true nor false"],
    [{ weights: "net.safetensors" }, 'GF5009: the option weights: "net.safetensors" is a path, and bytes are wanted; read the file'],
    [{ weights: new ArrayBuffer(8) }, "GF5009: the option weights: an ArrayBuffer is no array of bytes; make it one"],
    [{ weights: new Map() }, "GF5009: the option weights: a Map has no numbers by name; make it an object"],
    [{ weights: [1, 2] }, "GF5009: the option weights: an array is neither the bytes of a file nor numbers by name"],
    [{ weights: { "y.weight": "1, 2" } }, 'GF5009: the option weights: "y.weight" is "1, 2", no array of numbers'],
    [{ weights: { "y.weight": [[1, 2], [3, 4]] } }, 'GF5009: the option weights: element 0 of "y.weight" is no number; give its numbers flat'],
  ])("%j is refused", (options, message) => {
    expect(told(options)).toEqual([expect.stringContaining(message) as string]);
  });

  test("that is undefined was not given", () => {
    expect(told({ target: undefined, layout: undefined, models: undefined, weights: undefined, debug: undefined })).toEqual([]);
  });
});

describe("a source", () => {
  test.each<[string, unknown, string]>([
    ["a text", source.text, "neither a model file nor a graph; say how messages call it: compile({ file:"],
    ["nothing", null, "compile got null, neither a model file nor a graph; give { file, text }"],
    ["no graph", [], "compile got no graph"],
    ["an array of something else", [null], "compile got null, neither a model file nor a graph"],
    ["a text without a name", { text: source.text }, "the model file has no name; messages and the module are called by it"],
    ["a name that is none", { file: 3, text: source.text }, "the name of the model file is 3, no string"],
    ["bytes for a text", { file: "net.model.ts", text: new Uint8Array(3) }, "the text of the model file is an object, no string; decode its bytes"],
    ["a host that resolves nothing", { ...source, host: {} }, "the host of the model file is an object, which resolves nothing"],
  ])("%s is refused", (_, given, message) => {
    expect(told({}, given)).toEqual([expect.stringContaining(message) as string]);
  });
});

describe("weights", () => {
  const compilation = compile(source);
  const model = at(compilation.report.models, 0);

  test.each<[string, () => unknown, string]>([
    ["the report of all models", () => initialWeights(untyped(compilation.report), 1), "initialWeights takes the report of a model, and got the report of all models"],
    ["a compilation", () => initialWeights(untyped(compilation), 1), "initialWeights takes the report of a model, and got a whole compilation"],
    ["what a failed compilation has", () => initialWeights(untyped(undefined)), "initialWeights takes the report of a model, and got undefined"],
    ["one model for several", () => fitModels(untyped(model), {}), "fitModels takes an array of reports of models"],
    ["a path", () => fitModels([model], untyped("net.safetensors")), 'the weights: "net.safetensors" is a path, and bytes are wanted'],
  ])("for %s are refused", (_, body, message) => {
    expect(thrown(body)).toBe(message);
  });

  const numbers = new Float32Array(4);
  test.each<[string, unknown, string]>([
    ["an object", { w: numbers }, "tensors are an object, no Map"],
    ["nothing", undefined, "tensors are undefined, no Map"],
    ["numbers without a shape", new Map([["w", numbers]]), 'tensor "w" is numbers without a shape, which is no tensor of float32'],
    ["another element type", new Map([["w", { dtype: "F64", shape: [4], data: new Float64Array(4) }]]), 'tensor "w" is an object, which is no tensor of float32'],
    ["plain numbers", new Map([["w", { dtype: "F32", shape: [4], data: [1, 2, 3, 4] }]]), 'tensor "w" is an object, which is no tensor of float32'],
  ])("%s is not written", (_, tensors, message) => {
    expect(thrown(() => writeSafetensors(untyped(tensors)))).toBe(message);
  });
});

test("compileFile takes a path, and options by name", async () => {
  await expect(compileFile(untyped({ text: "" }))).rejects.toThrow("the model file is an object, no path");
  for (const options of [[], null, "wasm"]) {
    expect((await compileFile("net.model.ts", untyped(options))).diagnostics).toMatchObject([{ code: "GF5009", message: expect.stringContaining("the options of compile are") as string }]);
  }
});

test.each<[unknown, unknown, string]>([
  ["out", "x", 'the files to write are "x", no array'],
  [undefined, [], "the folder to write to is undefined, no path"],
  ["out", ["net.js"], 'a file to write is "net.js" without a path and a text'],
  ["out", [{ path: "net.js" }], "a file to write is an object without a path and a text"],
])("writeFiles(%j, %j) is refused", async (folder, files, message) => {
  await expect(writeFiles(untyped(folder), untyped(files))).rejects.toThrow(message);
});
