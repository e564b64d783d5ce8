/** Modules of JavaScript, held against the graph's interpreter on random models. */
import { emitJs } from "../../../src/backends/js/module.js";
import { packWeights } from "../../../src/passes/program/pack-weights.js";
import { jsProgramPasses, plainProgramPasses, type ProgramPass } from "../../../src/passes/program/pipelines.js";
import { planBuffers } from "../../../src/passes/program/plan-buffers.js";
import { splitProducts } from "../../../src/passes/program/split-products.js";
import { statesInPlace } from "../../../src/passes/program/states-in-place.js";
import { testRandomModules } from "../random-modules.js";
import { emitProgram, minified } from "./run-module.js";

/** Products of any size, cut and dealt out to lanes. */
function tiled(lanes: number): readonly ProgramPass[] {
  return [
    { name: "split-products", run: splitProducts({ sums: 2, smallest: 1 }) },
    { name: "states-in-place", run: statesInPlace },
    { name: "pack-weights", run: packWeights({ lanes: () => lanes, smallest: 1 }) },
    { name: "plan-buffers", run: planBuffers },
  ];
}

testRandomModules({ emit: emitProgram, pipelines: [jsProgramPasses, plainProgramPasses, tiled(2), tiled(3)], tolerance: 1e-4 });
testRandomModules({ emit: (program) => emitProgram(program, minified(emitJs)), pipelines: [jsProgramPasses], tolerance: 1e-4 });
