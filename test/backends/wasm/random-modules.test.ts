/** Modules of WebAssembly, held against the graph's interpreter on random models. */
import { jsProgramPasses, plainProgramPasses } from "../../../src/passes/program/pipelines.js";
import { testRandomModules } from "../random-modules.js";
import { emitWasmProgram } from "./run-module.js";

testRandomModules({ emit: emitWasmProgram, pipelines: [plainProgramPasses, jsProgramPasses], tolerance: 1e-3 });
