/** How large the module of an LSTM is, without its weights. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { compile } from "../../../src/compile.js";
import { defined } from "../../../src/support/invariant.js";

const source = {
  file: "net.model.ts",
  text: `import { linear, scan, sigmoid, split, tanh, zeros, type Seq, type Vec } from "gatefold";
export function lstm(xs: Seq<"time", Vec<64>>) {
  return scan(xs, { h: zeros(128), c: zeros(128) }, (x, { h, c }) => {
    const [i, f, g, o] = split(linear(x, 512) + linear(h, 512), 4);
    const cell = sigmoid(f) * c + sigmoid(i) * tanh(g);
    return { h: sigmoid(o) * tanh(cell), c: cell };
  }).h;
}
`,
};

const text = (relaxedSimd: boolean): string => {
  const { files, diagnostics } = compile(source, { target: "wasm", relaxedSimd });
  expect(diagnostics).toEqual([]);
  return defined(files[0], "a module").text;
};

/** Without comments and indentation, as modules are shipped. */
const shortened = (module: string): string => module.replace(/^\s*(\/\/.*|\/\*\*.*\*\/)$/gm, "").replace(/^\s+/gm, "");

test("the body of an LSTM, run and stream, takes little on its way", () => {
  const code = /const code = "([0-9a-f]*)"/.exec(text(false))?.[1] ?? "";
  expect(code.length / 2).toBeLessThan(10_500);
  expect(gzipSync(code).length).toBeLessThan(3_400);
});

test("a second body is almost free, and the whole module stays small", () => {
  const [one, two] = [gzipSync(shortened(text(false))).length, gzipSync(shortened(text(true))).length];
  expect(one).toBeLessThan(13_500);
  expect(two - one).toBeLessThan(1_536);
});
