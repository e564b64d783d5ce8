/** Modules of WebAssembly, held against the graph's interpreter on random models. */
import { emitWasm } from "../../../src/backends/wasm/module.js";
import { packVectors } from "../../../src/passes/program/pack-vectors.js";
import { jsProgramPasses, plainProgramPasses, type ProgramPass, wasmProgramPasses } from "../../../src/passes/program/pipelines.js";
import { planBuffers } from "../../../src/passes/program/plan-buffers.js";
import { splitChains } from "../../../src/passes/program/split-chains.js";
import { splitProducts } from "../../../src/passes/program/split-products.js";
import { splitRanges } from "../../../src/passes/program/split-ranges.js";
import { splitSums } from "../../../src/passes/program/split-sums.js";
import { statesInPlace } from "../../../src/passes/program/states-in-place.js";
import { stripMine } from "../../../src/passes/program/strip-mine.js";
import { sumsInLanes } from "../../../src/passes/program/sums-in-lanes.js";
import { minified } from "../js/run-module.js";
import { testRandomModules } from "../random-modules.js";
import { emitWasmProgram } from "./run-module.js";

/** Products of any size, in blocks of so many vectors and rows; all that can be cut is. */
function blocks(vectors: number, rows: number): readonly ProgramPass[] {
  return [
    { name: "split-products", run: splitProducts({ sums: 2, smallest: 1 }) },
    { name: "split-sums", run: splitSums(1) },
    { name: "split-ranges", run: splitRanges(1) },
    { name: "split-chains", run: splitChains(1) },
    { name: "states-in-place", run: statesInPlace },
    { name: "pack-vectors", run: packVectors({ width: 4, vectors, rows, smallest: 1 }) },
    { name: "sums-in-lanes", run: sumsInLanes({ lanes: 2, shortest: 2 }) },
    { name: "strip-mine", run: stripMine({ elements: 1, positions: 1, freeLength: 1, rows }) },
    { name: "plan-buffers", run: planBuffers },
  ];
}

// What JavaScript's passes make is no good for vectors, and must be right all the same.
testRandomModules({ emit: emitWasmProgram, pipelines: [wasmProgramPasses, plainProgramPasses, jsProgramPasses, blocks(2, 2), blocks(8, 3)], tolerance: 1e-3 });
testRandomModules({ emit: (program) => emitWasmProgram(program, minified(emitWasm)), pipelines: [wasmProgramPasses], tolerance: 1e-3 });
