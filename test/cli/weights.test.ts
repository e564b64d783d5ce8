/** Trained weights on the command line: held against the model, written beside the module or into it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { compile, fitModels } from "../../src/compile.js";
import { base64 } from "../../src/support/base64.js";
import { readSafetensors, tensorAsFloat32, writeSafetensors } from "../../src/formats/safetensors.js";
import { DiagnosticError } from "../../src/support/diagnostics.js";
import { runModule } from "../backends/js/run-module.js";
import { fileOf } from "../formats/safetensors-samples.js";
import { workplace } from "./cli.js";

const model = `import { linear, type Vec } from "gatefold";
export function net(x: Vec<2>) {
  const unused = linear(x, 7);
  const y = linear(x, 2);
  return y;
}
`;
const weight = new Float32Array([1, -2, 0.1, 4]);
const bias = new Float32Array([0.5, -0.25]);
const tensors = { "y.weight": { dtype: "F32" as const, shape: [2, 2], data: weight }, "y.bias": { dtype: "F32" as const, shape: [2], data: bias } };
const file = writeSafetensors(new Map(Object.entries(tensors)));
const expected = [1 - 6 + 0.5, Math.fround(0.1) + 12 - 0.25];

function loaded(text: string, weights?: unknown): number[] {
  return Array.from(runModule(text).load(weights).run({ x: [1, 3] })["output"] ?? []);
}

test("beside the module: what the model needs, as float32, whatever it was", async () => {
  const half = fileOf('{"y.bias":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"y.weight":{"dtype":"F64","shape":[2,2],"data_offsets":[4,36]},"unused.bias":{"dtype":"BF16","shape":[7],"data_offsets":[36,50]}}',
    new Uint8Array([...new Uint8Array(Uint16Array.of(0x3800, 0xb400).buffer), ...new Uint8Array(Float64Array.from(weight).buffer), ...new Uint8Array(14)]));
  const place = workplace({ "net.model.ts": model, "trained.safetensors": half, "package.json": '{ "type": "module" }' });
  const { status, out } = await place.run("compile", "net.model.ts", "--out", "out", "--weights", "trained.safetensors");
  expect({ status, made: place.made() }).toEqual({ status: 0, made: ["out/net.d.ts", "out/net.js", "out/net.safetensors"] });
  expect(out).toContain("out/net.safetensors");
  const written = readFileSync(path.join(place.folder, "out/net.safetensors"));
  const read = [...readSafetensors(written).tensors].map(([name, tensor]) => [name, tensor.shape, [...tensorAsFloat32(tensor)]]);
  expect(read).toEqual([["y.bias", [2], [...bias]], ["y.weight", [2, 2], [...weight]]]);
  expect(loaded(readFileSync(path.join(place.folder, "out/net.js"), "utf8"), new Uint8Array(written))).toEqual(expected.map(Math.fround));
});

test("in the module: load() needs none, and may be given others", async () => {
  const place = workplace({ "net.model.ts": model, "trained.safetensors": file, "package.json": '{ "type": "module" }' });
  const run = () => place.run("compile", "net.model.ts", "--out", "out", "--weights", "trained.safetensors", "--embed");
  expect((await run()).status).toBe(0);
  expect(place.made()).toEqual(["out/net.d.ts", "out/net.js"]);
  const text = readFileSync(path.join(place.folder, "out/net.js"), "utf8");
  expect(loaded(text)).toEqual(expected.map(Math.fround));
  expect(loaded(text, { "y.weight": new Float32Array(4), "y.bias": bias })).toEqual([...bias]);
  expect(text).not.toMatch(/fetch|import\(/);
  expect(readFileSync(path.join(place.folder, "out/net.d.ts"), "utf8")).toContain("load(weights?: Weights, options?: LoadOptions): NetModel");
  // The same weights give the same bytes, whatever the order in which they stand in the file.
  const { files } = compile({ file: "net.model.ts", text: model }, { weights: { "y.bias": bias, "y.weight": weight } });
  expect(files.find((each) => each.path === "net.js")?.text).toBe(text);
});

test("any numbers and any names survive", () => {
  const values = Float32Array.of(0, -0, 1e-45, -1e-45, 3.4028234663852886e38, Infinity, -Infinity, NaN, 0.1, 1 / 3);
  const text = `import { param, type Vec } from "gatefold";
export function net(x: Vec<10>) { return { a: x * param(10, { name: "__proto__" }), b: x * param(10, { name: "10" }), c: x * param(10, { name: "2" }) }; }`;
  const weights = Object.fromEntries([["__proto__", values], ["10", values.map((each) => each + 1)], ["2", values.map((each) => each + 2)]] as const);
  const { files } = compile({ file: "net.model.ts", text }, { weights });
  const run = runModule(files[0]?.text ?? "").load(undefined).run({ x: Array.from({ length: 10 }, () => 1) });
  expect([run["a"], run["b"], run["c"]].map((each) => Array.from(each ?? []))).toEqual([[...values], Array.from(values, (each) => Math.fround(each + 1)), Array.from(values, (each) => Math.fround(each + 2))]);
});

test("everything that does not fit is told at once, and nothing is written", async () => {
  const wrong = writeSafetensors(new Map([["y.weigth", tensors["y.weight"]], ["y.bias", { ...tensors["y.bias"], shape: [1, 2] }], ["other", tensors["y.bias"]]]));
  const place = workplace({ "net.model.ts": model, "wrong.safetensors": wrong });
  for (const args of [["compile", "net.model.ts", "--out", "out", "--weights", "wrong.safetensors"], ["compile", "net.model.ts", "--out", "out", "--weights", "wrong.safetensors", "--embed"], ["run", "net.model.ts", "--weights", "wrong.safetensors", "-i", "x=[1,3]"]]) {
    const { status, err } = await place.run(...args);
    expect(status).toBe(2);
    expect(err.match(/error GF70\d\d: .*|help: did you mean .*/g)).toEqual([
      'error GF7016: "y.weight" is missing from wrong.safetensors; it has the shape [2, 2]',
      'error GF7018: "y.bias" has the shape [1, 2] in wrong.safetensors, the model needs [2]',
      'error GF7017: "other" of wrong.safetensors is no parameter of the model',
      'error GF7017: "y.weigth" of wrong.safetensors is no parameter of the model',
      'help: did you mean "y.weight"?',
    ]);
    expect(place.made()).toEqual([]);
  }
});

test("of many faults of one sort the first are told, and how many more there are", () => {
  const { report } = compile({ file: "net.model.ts", text: model });
  const many = Object.fromEntries([...Object.entries({ "y.weight": weight, "y.bias": bias }), ...Array.from({ length: 5000 }, (_, i): [string, Float32Array] => [`more.${i}`, bias])]);
  try {
    fitModels(report.models, many);
    expect.unreachable();
  } catch (thrown) {
    const messages = thrown instanceof DiagnosticError ? thrown.diagnostics.map(({ message }) => message) : [];
    expect(messages.length).toBe(21);
    expect(messages.at(-1)).toBe("4980 more are no parameters of the model");
  }
  expect([...fitModels(report.models, many, { strict: false }).keys()]).toEqual(report.models[0]?.parameters.map(({ name }) => name));
});

test("--embed wants weights", async () => {
  const { status, err } = await workplace({ "net.model.ts": model }).run("compile", "net.model.ts", "--out", "out", "--embed");
  expect({ status, err }).toEqual({ status: 2, err: expect.stringContaining("error GF8005: --embed wants weights") as string });
});

test("base64 is that of Node", () => {
  for (const length of [0, 1, 2, 3, 4, 255, 3 * 4096, 3 * 4096 + 1, 100_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 89 + (i >> 8)) % 256);
    expect(base64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
  }
});

test("names that all begin alike are told of once, and taken without it where that is said", async () => {
  const prefixed = writeSafetensors(new Map(Object.entries(tensors).map(([name, tensor]) => [`model.${name}`, tensor])));
  const place = workplace({ "net.model.ts": model, "trained.safetensors": prefixed, "package.json": '{ "type": "module" }' });
  const compiling = ["compile", "net.model.ts", "--out", "out", "--weights", "trained.safetensors"];
  const running = ["run", "net.model.ts", "--weights", "trained.safetensors", "-i", "x=[1,3]"];
  for (const args of [compiling, [...compiling, "--embed"], running]) {
    const { status, err } = await place.run(...args);
    expect({ status, err }).toEqual({ status: 2, err: 'error GF7016: the names in trained.safetensors begin with "model.", and those of the model do not\n\n  help: leave it out of them: the option weightsPrefix (--prefix model.)\n' });
  }
  expect(place.made()).toEqual([]);
  expect(await place.run(...compiling, "--prefix", "model.")).toMatchObject({ status: 0, err: "" });
  expect([...readSafetensors(readFileSync(path.join(place.folder, "out/net.safetensors"))).tensors.keys()].sort()).toEqual(["y.bias", "y.weight"]);
  expect(await place.run(...compiling, "--embed", "--prefix", "model.")).toMatchObject({ status: 0, err: "" });
  expect(loaded(readFileSync(path.join(place.folder, "out/net.js"), "utf8"))).toEqual(expected.map(Math.fround));
  expect(JSON.parse((await place.run(...running, "--prefix", "model.")).out)).toEqual({ output: expected.map(Math.fround) });
  // Of a prefix that is too short, too long or another one, the whole of it is told.
  for (const wrong of ["mod", "model", "model.y.", "module."]) expect((await place.run(...running, "--prefix", wrong)).err).toContain('begin with "model.", and those of the model do not\n\n  help: leave it out of them: the option weightsPrefix (--prefix model.)');
});
