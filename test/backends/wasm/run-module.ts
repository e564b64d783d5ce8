/** Emits modules of WebAssembly for tests. */
import { emitWasm } from "../../../src/backends/wasm/module.js";
import type { TargetModel } from "../../../src/backends/target.js";
import type { Program } from "../../../src/ir/program/program.js";
import { testStamp } from "../js/run-module.js";

export function emitWasmModels(models: readonly TargetModel[], emit = emitWasm): string {
  const file = emit({ models, moduleName: "test", stamp: testStamp, relaxedSimd: false }).files.find(({ path }) => path === "test.js");
  if (file === undefined) throw new Error("no module was made");
  return file.text;
}

export function emitWasmProgram(program: Program, emit = emitWasm): string {
  return emitWasmModels([{ name: program.name, program, stream: { reasons: ["it was not asked for"] } }], emit);
}
