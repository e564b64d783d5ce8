/** The targets: which passes make programs fast there, and what makes code of them. */
import { gpuReport, type GpuReport, gpuSources } from "../backends/gpu/figures.js";
import { gpuLimits } from "../backends/gpu/limits.js";
import { refusalsOf } from "../backends/gpu/model.js";
import { emitGpu } from "../backends/gpu/module.js";
import { emitJs } from "../backends/js/module.js";
import type { BatchedProgram, TargetModel, TargetName, TargetResult, TargetUnit } from "../backends/target.js";
import { emitWasm } from "../backends/wasm/module.js";
import { collectedRow } from "../passes/program/collect-rows.js";
import type { QuantiseOptions } from "../passes/program/quantise.js";
import { gpuProgramPasses, gpuStreamPasses, jsProgramPasses, plainProgramPasses, type ProgramPass, quantisedWasmPasses, wasmProgramPasses, wasmStreamPasses, type Ways } from "../passes/program/pipelines.js";

export interface TargetRules {
  /** What makes programs fast there. */
  readonly passes: Ways;
  /** What no program can do without. */
  readonly plainPasses: Ways;
  /** What makes products of integers, where the target can multiply them. */
  readonly quantised?: (options: QuantiseOptions) => Ways;
  readonly hoist: "cost" | "always";
  readonly emit: (unit: TargetUnit) => TargetResult;
  /** Why it cannot run the members of a batch side by side, with this program; without it no program of it can. */
  readonly refusesBatch?: (batched: BatchedProgram) => readonly string[];
  /** Where among its passes loops are unrolled: after those that copies of a step share what they made of, or before all. */
  readonly unrolls: "before" | "after";
  /** What a model costs there beyond what is counted for all targets, and its code as text for people. */
  readonly report?: (model: TargetModel) => { readonly gpu: GpuReport; readonly kernels: () => string };
}

const bothWays = (passes: readonly ProgramPass[]): Ways => ({ run: passes, stream: passes });
const plain = bothWays(plainProgramPasses);
const gpuPasses: Ways = { run: gpuProgramPasses, stream: gpuStreamPasses };

/** What each target makes of programs. */
export const targets: { readonly [T in TargetName]: TargetRules } = {
  js: { passes: bothWays(jsProgramPasses), plainPasses: plain, hoist: "cost", emit: emitJs, unrolls: "after" },
  wasm: { passes: { run: wasmProgramPasses, stream: wasmStreamPasses }, quantised: quantisedWasmPasses, plainPasses: plain, hoist: "always", emit: emitWasm, refusesBatch: () => [], unrolls: "after" },
  // Without its passes a kernel would write several buffers, and parts of them, which a GPU does not.
  gpu: {
    passes: gpuPasses, plainPasses: gpuPasses, hoist: "always", unrolls: "before",
    refusesBatch: ({ program }) => refusalsOf(program, { limits: gpuLimits, collected: collectedRow }),
    emit: (unit) => emitGpu(unit, { collected: collectedRow }),
    report: (model) => {
      const gpu = gpuReport(model, { limits: gpuLimits, collected: collectedRow });
      return { gpu, kernels: () => gpuSources(gpu, model.program) };
    },
  },
};
