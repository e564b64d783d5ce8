/** What a caller sees of a module of WebAssembly: the same as of JavaScript, and a way to load it without blocking. */
import { describe } from "vitest";
import { emitBody, emitWasm } from "../../../src/backends/wasm/module.js";
import type { TargetUnit } from "../../../src/backends/target.js";
import { wasmProgramPasses } from "../../../src/passes/program/pipelines.js";
import { minified } from "../js/run-module.js";
import { testModules } from "../modules.js";

function weightPieces(unit: TargetUnit): number {
  const { parameters, module } = emitBody(unit, false);
  return parameters.length + module.functions.filter(({ name }) => name.startsWith("prepare.")).length;
}

describe.each([{ what: "readable", emit: emitWasm }, { what: "minified", emit: minified(emitWasm) }])("$what", ({ emit }) => {
  testModules({ passes: wasmProgramPasses, emit, exports: 4, weightPieces });
});
