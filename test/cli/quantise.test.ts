/** --quantize, --keep and --sample on the command line. */
import { describe, expect, test } from "vitest";
import { writeSafetensors } from "../../src/formats/safetensors.js";
import { workplace } from "./cli.js";

const model = `import { linear, scan, tanh, zeros, type Seq, type Vec } from "gatefold";
export function net(xs: Seq<"time", Vec<24>>) {
  const { h } = scan(xs, { h: zeros(32) }, (x, { h }) => ({ h: tanh(linear(x, 32) + linear(h, 32, { bias: false })) }));
  const y = linear(h, 8);
  return { y };
}
`;
const shapes = { "scan.h.h.weight": [32, 32], "scan.h.x.bias": [32], "scan.h.x.weight": [32, 24], "y.bias": [8], "y.weight": [8, 32] };
const weights = writeSafetensors(new Map(Object.entries(shapes).map(([name, shape], k) => [name, { dtype: "F32" as const, shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.3 + k) / 4) }])));
const sample = JSON.stringify({ xs: Array.from({ length: 9 }, (_, t) => Array.from({ length: 24 }, (__, i) => Math.cos(24 * t + i))) });
const files = { "net.model.ts": model, "net.safetensors": weights, "sample.json": sample, "two.json": `[${sample},${sample}]`, "wrong.json": '{"ys":[1]}' };
const quantised = ["--target", "wasm", "--quantize", "int8"] as const;

interface Report {
  readonly report: { readonly models: readonly { readonly quantisation: { readonly weights: string; readonly parameters: readonly { readonly name: string; readonly quantised: boolean; readonly kept: readonly string[] }[]; readonly error?: readonly { readonly output: string; readonly largest: number }[] } }[] };
}

describe("compile", () => {
  test("says how many parameters became integers, and on a sample what that costs", async () => {
    const place = workplace(files);
    const { status, out, err } = await place.run("compile", "net.model.ts", "--out", "out", ...quantised, "--weights", "net.safetensors", "--sample", "sample.json");
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out).toMatch(/^net: .*, 3 of 5 parameters int8$/m);
    expect(out).toMatch(/^ {2}y: off from float32 by 0\.0\d+ at most, 0\.00\d+ typically, [\d.]+% of its size$/m);
  });

  test("gives the same as JSON, with every parameter and why it stays", async () => {
    const place = workplace(files);
    const { out } = await place.run("compile", "net.model.ts", "--out", "out", ...quantised, "--keep", "y.*,scan.*.x.weight", "--weights", "net.safetensors", "--sample", "two.json", "--embed", "--format", "json");
    const [of] = (JSON.parse(out) as Report).report.models;
    expect(of?.quantisation.weights).toBe("int8");
    expect(of?.quantisation.parameters).toEqual([
      { name: "scan.h.h.weight", quantised: true, kept: [] },
      { name: "scan.h.x.bias", quantised: false, kept: ["no product of several rows reads it when the model runs"] },
      { name: "scan.h.x.weight", quantised: false, kept: ["it is to be kept"] },
      { name: "y.bias", quantised: false, kept: ["no product of several rows reads it when the model runs"] },
      { name: "y.weight", quantised: false, kept: ["it is to be kept"] },
    ]);
    expect(of?.quantisation.error).toMatchObject([{ output: "y" }]);
    expect(of?.quantisation.error?.[0]?.largest).toBeGreaterThan(0);
  });

  test.each([
    [["--target", "wasm", "--sample", "sample.json"], "error GF8005: --sample is for measuring what quantised weights cost"],
    [[...quantised, "--sample", "sample.json"], "error GF8005: --sample is for measuring what quantised weights cost"],
    [["--quantize", "int8"], "error GF5010: the target js multiplies no integers"],
    [["--target", "wasm", "--quantize", "int4"], "error GF8001: option '--quantize <weights>' argument 'int4' is invalid. Allowed choices are int8, int16"],
    [["--target", "wasm", "--keep", "y.weight"], "error GF5010: nothing is quantised that could be kept"],
    [[...quantised, "--keep", "z.weight"], 'error GF5010: no parameter is called "z.weight"'],
    [[...quantised, "--weights", "net.safetensors", "--sample", "wrong.json"], 'error GF8007: net: there is no input "ys"'],
  ])("%j is refused", async (args, message) => {
    const place = workplace(files);
    const { status, err } = await place.run("compile", "net.model.ts", "--out", "out", ...args);
    expect(status).toBe(2);
    expect(err).toContain(message);
    expect(place.made()).toEqual([]);
  });
});

describe("run", () => {
  test("tells beside its outputs how far they are from float32", async () => {
    const place = workplace(files);
    const { status, out, err } = await place.run("run", "net.model.ts", ...quantised, "--weights", "net.safetensors", "--inputs", "sample.json");
    expect(status).toBe(0);
    expect(err).toMatch(/^int8: y: off from float32 by 0\.0\d+ at most/);
    expect((JSON.parse(out) as { y: unknown[] }).y).toHaveLength(9);
    const plain = await place.run("run", "net.model.ts", "--target", "wasm", "--weights", "net.safetensors", "--inputs", "sample.json");
    expect(plain.err).toBe("");
    expect(plain.out).not.toBe(out);
  });

  test("step by step says nothing of it", async () => {
    const place = workplace(files);
    expect(await place.run("run", "net.model.ts", ...quantised, "--weights", "net.safetensors", "--inputs", "sample.json", "--stream")).toMatchObject({ status: 0, err: "" });
  });
});

test("inspect lists what becomes integers, and why others stay", async () => {
  const { out } = await workplace(files).run("inspect", "net.model.ts", ...quantised);
  expect(out).toMatch(/^ {2}quantised +scan\.h\.h\.weight int8$/m);
  expect(out).toMatch(/^ +y\.bias float32: no product of several rows reads it when the model runs$/m);
});
