/** What a module says where the engine does not take its code. */
import { expect, test, vi } from "vitest";
import { compile } from "../../../src/compile.js";
import { defined } from "../../../src/support/invariant.js";
import { runModule } from "../js/run-module.js";

const { WebAssembly: engine } = globalThis as unknown as { readonly WebAssembly: { Module: () => unknown; CompileError: new () => Error } };
const source = { file: "net.model.ts", text: 'import { type Vec } from "gatefold";\nexport function net(x: Vec<2>) {\n  return x * 2;\n}\n' };
const code = defined(compile(source, { target: "wasm", relaxedSimd: false }).files[0], "a module").text;

test("code that is damaged is what the engine says it is", () => {
  const damaged = code.replace(/const code = "[0-9a-f]{16}/, 'const code = "0061736d02000000');
  expect(damaged).not.toBe(code);
  expect(() => runModule(damaged).load({})).toThrow(engine.CompileError);
});

test("what is too large for the main thread of a page is compiled later", () => {
  const module = vi.spyOn(engine, "Module").mockImplementation(function () {
    throw new RangeError("WebAssembly.Compile is disallowed on the main thread, if the buffer size is larger than 8MB");
  });
  try {
    expect(() => runModule(code).load({})).toThrow("this engine does not compile so large a module at once: await loadAsync(weights) instead of load(weights)");
  } finally {
    module.mockRestore();
  }
});
