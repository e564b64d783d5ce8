/** Weights that no cache holds are gone through to and fro: nothing else changes. */
import { expect, test } from "vitest";
import { compile } from "../../../src/compile.js";
import { defined } from "../../../src/support/invariant.js";
import { near } from "../../support/rounded.js";
import { runModule, type RunningModel } from "../js/run-module.js";

const hidden = 275;
const source = {
  file: "net.model.ts",
  text: `import { linear, scan, sigmoid, split, tanh, zeros, type Seq, type Vec } from "gatefold";
export function lstm(xs: Seq<"time", Vec<5>>) {
  const { h } = scan(xs, { h: zeros(${hidden}), c: zeros(${hidden}) }, (x, { h, c }) => {
    const [i, f, g, o] = split(linear(x, ${4 * hidden}) + linear(h, ${4 * hidden}), 4);
    const cell = sigmoid(f) * c + sigmoid(i) * tanh(g);
    return { h: sigmoid(o) * tanh(cell), c: cell };
  });
  return { h };
}
`,
};

function model(target: "js" | "wasm"): { readonly model: RunningModel; readonly code: string } {
  let code = "";
  const { files } = compile(source, { target, relaxedSimd: false, debug: { onDump: ({ level, text }) => void (level === "code" && (code = text)) } });
  const module = runModule(defined(files[0], "a module").text);
  const weights = Object.fromEntries(Object.entries(module.parameters).map(([name, shape], k) => [name, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.7 + k) / 16)]));
  return { model: module.load(weights), code };
}

test("blocks run backwards at every second turn, and give the same", () => {
  const [js, wasm] = [model("js"), model("wasm")];
  expect(wasm.code).toContain("$backwards");
  const xs = Float32Array.from({ length: 35 }, (_, i) => Math.cos(i));
  const [wanted, given] = [js.model.run({ xs })["h"], wasm.model.run({ xs })["h"]];
  expect(given).toHaveLength(7 * hidden);
  given?.forEach((value, i) => expect(near(value, wanted?.[i] ?? NaN, 1e-6)).toBe(true));
  const stream = wasm.model.stream();
  for (let t = 0; t < 7; t++) {
    const { h } = stream.step({ xs: xs.subarray(5 * t, 5 * t + 5) });
    h?.forEach((value, j) => expect(near(value, given?.[t * hidden + j] ?? NaN, 1e-6)).toBe(true));
  }
});
