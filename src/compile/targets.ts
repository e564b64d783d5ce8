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
import { gpuProgramPasses, gpuStreamPasses, jsProgramPasses, plainProgramPasses, type ProgramPass, quantisedWasmPasses, wasmProgramPasses } from "../passes/program/pipelines.js";

export interface TargetRules {
  /** What makes programs fast there; a stream's where they differ. */
  readonly passes: readonly ProgramPass[];
  readonly streamPasses?: readonly ProgramPass[];
  /** What no program can do without. */
  readonly plainPasses: readonly ProgramPass[];
  /** What makes products of integers, where the target can multiply them. */
  readonly quantised?: (options: QuantiseOptions) => readonly ProgramPass[];
  readonly hoist: "cost" | "always";
  readonly emit: (unit: TargetUnit) => TargetResult;
  /** Why it cannot run the members of a batch side by side, with this program; without it no program of it can. */
  readonly refusesBatch?: (batched: BatchedProgram) => readonly string[];
  /** Where among its passes loops are unrolled: after those that copies of a step share what they made of, or before all. */
  readonly unrolls: "before" | "after";
  /** What a model costs there beyond what is counted for all targets, and its code as text for people. */
  readonly report?: (model: TargetModel) => { readonly gpu: GpuReport; readonly kernels: () => string };
}

/** What each target makes of programs. */
export const targets: { readonly [T in TargetName]: TargetRules } = {
  js: { passes: jsProgramPasses, plainPasses: plainProgramPasses, hoist: "cost", emit: emitJs, unrolls: "after" },
  wasm: { passes: wasmProgramPasses, quantised: quantisedWasmPasses, plainPasses: plainProgramPasses, hoist: "always", emit: emitWasm, refusesBatch: () => [], unrolls: "after" },
  // Without its passes a kernel would write several buffers, and parts of them, which a GPU does not.
  gpu: {
    passes: gpuProgramPasses, streamPasses: gpuStreamPasses, plainPasses: gpuProgramPasses, hoist: "always", unrolls: "before",
    refusesBatch: ({ program }) => refusalsOf(program, { limits: gpuLimits, collected: collectedRow }),
    emit: (unit) => emitGpu(unit, { collected: collectedRow }),
    report: (model) => {
      const gpu = gpuReport(model, { limits: gpuLimits, collected: collectedRow });
      return { gpu, kernels: () => gpuSources(gpu, model.program) };
    },
  },
};
