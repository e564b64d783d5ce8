/** Sequences that are longer than a strip, in modules; and streams, which have none. */
import { describe, expect, test } from "vitest";
import { compile, type Compilation, type CompileOptions } from "../../../src/compile.js";
import { defined } from "../../../src/support/invariant.js";
import { runModule } from "../js/run-module.js";

/** The gates read a second sequence, which is projected as a whole, at the position of the step. */
const source = {
  file: "net.model.ts",
  text: `import { at, linear, map, scan, sigmoid, tanh, zeros, type Seq, type Vec } from "gatefold";
export function net(xs: Seq<"time", Vec<3>>, keys: Seq<"key", Vec<3>>) {
  const projected = map(keys, (key) => linear(key, 40));
  const { h } = scan(xs, { h: zeros(40) }, (x, { h }, t) => {
    const keep = sigmoid(linear(x, 40) + linear(h, 40));
    return { h: keep * h + (1 - keep) * tanh(linear(x, 40) + at(projected, t)) };
  });
  return { h };
}
`,
};
const steps = 150;
const lengths = { time: steps, key: steps };

function made(options: CompileOptions): Compilation {
  const compilation = compile(source, { relaxedSimd: false, ...options });
  expect(compilation.diagnostics).toEqual([]);
  return compilation;
}

function numbers(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + seed));
}

const inputs = { xs: numbers(3 * steps, 1), keys: numbers(3 * steps, 2) };

function loaded(compilation: Compilation): ReturnType<ReturnType<typeof runModule>["load"]> {
  const module = runModule(defined(compilation.files[0], "a module").text);
  const weights = Object.fromEntries(Object.entries(module.parameters).map(([name, shape], i) => [name, numbers(shape.reduce((a, b) => a * b, 1), i).map((x) => x / 6)]));
  return module.load(weights);
}

function outputs(options: CompileOptions): readonly number[] {
  return Array.from(defined(loaded(made(options)).run(inputs)["h"], "h"));
}

describe.each([
  { what: "free", fixed: {} },
  { what: "fixed", fixed: { lengths } },
])("of $what length", ({ fixed }) => {
  const expected = outputs({ target: "js", ...fixed });

  test.each([
    { how: "in strips", options: {} },
    { how: "in strips, with a batch", options: { batch: "any" as const } },
    { how: "as a whole, where steps are written out", options: { unroll: { time: 3 } } },
  ])("$how it gives the same", ({ options }) => {
    const found = outputs({ target: "wasm", ...options, ...fixed });
    expect(Math.max(...found.map((value, i) => Math.abs(value - defined(expected[i], "a number"))))).toBeLessThan(1e-5);
  });
});

test("a stream takes one step a call, whatever it reads was computed at its start", () => {
  const whole = outputs({ target: "wasm", lengths });
  const stream = loaded(made({ target: "wasm", lengths })).stream({ keys: inputs.keys });
  for (let t = 0; t < steps; t++) {
    const { h = [] } = stream.step({ xs: inputs.xs.subarray(3 * t, 3 * t + 3) });
    expect(Math.max(...Array.from(h).map((value, j) => Math.abs(value - defined(whole[40 * t + j], "a number"))))).toBeLessThan(1e-5);
  }
});

test("figures count what a run of one step does, not what a strip could hold", () => {
  const [js, wasm] = (["js", "wasm"] as const).map((target) => defined(made({ target }).report.models[0], "a model").run);
  expect(wasm?.operations).toBe(js?.operations);
  expect(defined(wasm, "figures").launches).toBeLessThan(30);
});
