/** How large the module of an LSTM is, without its weights. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { compile, type CompileOptions, type OutputFile } from "../../../src/compile.js";
import { defined } from "../../../src/support/invariant.js";
import { minifying } from "../../support/minifying.js";

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

const made = (options: CompileOptions): readonly OutputFile[] => {
  const { files, diagnostics } = compile(source, { target: "wasm", relaxedSimd: false, ...options });
  expect(diagnostics).toEqual([]);
  return files;
};
const text = (options: CompileOptions = {}): string => defined(made(options)[0], "a module").text;
const gzipped = (options: CompileOptions): number => gzipSync(text(options), { level: 9 }).length;

test("the body of an LSTM, run and stream, takes little on its way", () => {
  const code = /const code = "([0-9a-f]*)"/.exec(text())?.[1] ?? "";
  expect(code.length / 2).toBeLessThan(10_500);
  expect(gzipSync(code).length).toBeLessThan(3_400);
});

test("the whole module stays small, and can be made smaller", () => {
  expect(gzipped({})).toBeLessThan(13_000);
  expect(gzipped({ ...minifying(true) })).toBeLessThan(10_500);
  expect(gzipped({ ...minifying(true), weightsForm: "float32" })).toBeLessThan(9_500);
  expect(gzipped({ ...minifying(true), weightsForm: "float32", streams: false })).toBeLessThan(8_192);
});

test("what people count, one body and JavaScript with weights as arrays, is at most 8 KB", () => {
  const files = made({ ...minifying(true), weightsForm: "arrays", wasm: "beside" }).filter(({ path }) => /\.(js|wasm)$/.test(path));
  expect(files.map(({ path }) => path)).toEqual(["net.js", "net.wasm"]);
  expect(files.reduce((sum, file) => sum + gzipSync(file.bytes ?? file.text, { level: 9 }).length, 0)).toBeLessThanOrEqual(8_192);
});

test("a second body is almost free", () => {
  expect(gzipped({ ...minifying(true), relaxedSimd: true }) - gzipped({ ...minifying(true) })).toBeLessThan(1_536);
});

test("a file beside it holds the body, and the module no longer does", () => {
  const [module, , code] = made({ wasm: "beside", ...minifying(true) });
  expect(code).toMatchObject({ path: "net.wasm", text: "" });
  expect(Buffer.from(defined(code?.bytes, "bytes")).toString("hex")).toBe(/const code = "([0-9a-f]*)"/.exec(text())?.[1]);
  expect(gzipSync(defined(module, "a module").text).length).toBeLessThan(7_500);
});
