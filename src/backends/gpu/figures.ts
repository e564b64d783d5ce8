/**
 * What a model costs on a GPU, in figures that do not depend on a device or a clock: kernels with their sources, dispatches
 * of a run and of a step, bytes that the host hands over and reads back. They are counted from the plan that the module
 * carries out.
 */
import { evaluateLength, lengthText } from "../../ir/graph/length.js";
import type { Buffer } from "../../ir/kernel/kernel.js";
import type { Program } from "../../ir/program/program.js";
import type { TargetModel } from "../target.js";
import { planRun, planStream, type ModelContext, type PlanUse } from "./model.js";
import { type LoopStep, type Step } from "./plan.js";

export interface GpuKernelReport {
  readonly name: string;
  readonly source: string;
  /** What GL gets, where that is another text; undefined also where a kernel after it computes what it would. */
  readonly quads: string | undefined;
  readonly reads: readonly string[];
  readonly writes: string;
  /** The shape of what it writes. */
  readonly shape: readonly string[];
}

export interface GpuLoopReport {
  /** Dispatches of one turn, inner loops apart; GL, where a kernel may have several results, needs fewer. */
  readonly dispatches: number;
  readonly dispatchesInGl: number;
  /** Sequences of which each turn leaves a row, joined without being computed anew. */
  readonly collected: readonly string[];
  readonly loops: readonly GpuLoopReport[];
}

/** Dispatches beside the loops, and one report for each loop. Uploads that need a kernel of their own count. */
export interface GpuRunReport {
  readonly dispatches: number;
  readonly dispatchesInGl: number;
  readonly loops: readonly GpuLoopReport[];
  readonly readBacks: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

export interface GpuReport {
  readonly kernels: readonly GpuKernelReport[];
  readonly load: { readonly dispatches: number; readonly bytesUp: number };
  readonly run: GpuRunReport;
  /** The same for members of a batch side by side, where the module has a program for that. */
  readonly batch?: GpuRunReport;
  readonly step?: { readonly dispatches: number; readonly dispatchesInGl: number; readonly readBacks: number; readonly bytesUp: number; readonly bytesDown: number };
}

/** Bytes are those of a run in which each free length is 1. */
export function gpuReport(model: TargetModel, context: Pick<ModelContext, "limits" | "collected">): GpuReport {
  const run = planRun(model.program, context);
  const stream = "program" in model.stream ? { use: planStream(model.stream, context), program: model.stream } : undefined;
  const { program } = model;
  const batched = model.batched !== undefined && "program" in model.batched ? model.batched.program : undefined;
  const report: GpuReport = {
    kernels: [...kernelReports(run), ...(stream === undefined ? [] : kernelReports(stream.use))],
    load: { dispatches: countKernels(run.prepare) + program.parameters.length, bytesUp: bytes(program.parameters.map(({ buffer }) => buffer)) },
    run: runReport(run, program),
    ...(batched === undefined ? {} : { batch: runReport(planRun(batched, context), batched) }),
  };
  if (stream === undefined) return report;
  const { use, program: streamed } = stream;
  const stepInputs = streamed.program.inputs.filter(({ name }) => streamed.stepInputs.includes(name)).map(({ buffer }) => buffer);
  const stepOutputs = streamed.program.outputs.map(({ buffer }) => buffer);
  const steps = use.step ?? [];
  return {
    ...report,
    step: {
      dispatches: countKernels(steps) + uploads(use, stepInputs, steps) + packs(stepOutputs),
      dispatchesInGl: countKernels(inGl(use, steps)) + uploadsInGl(use, stepInputs, steps) + packs(stepOutputs),
      readBacks: stepOutputs.length === 0 ? 0 : 1,
      bytesUp: bytes(stepInputs) + bytes(drawn(steps)),
      bytesDown: bytes(stepOutputs),
    },
  };
}

function runReport(use: PlanUse, program: Program): GpuRunReport {
  const [inputs, outputs] = [program.inputs, program.outputs].map((values) => values.map(({ buffer }) => buffer)) as [Buffer[], Buffer[]];
  return {
    dispatches: countKernels(use.body) + uploads(use, inputs, use.body) + packs(outputs),
    dispatchesInGl: countKernels(inGl(use, use.body)) + uploadsInGl(use, inputs, use.body) + packs(outputs),
    loops: loopReports(use),
    readBacks: outputs.length === 0 ? 0 : 1,
    bytesUp: bytes(inputs) + bytes(drawn(use.body)),
    bytesDown: bytes(outputs),
  };
}

function kernelReports({ plan }: PlanUse): readonly GpuKernelReport[] {
  return plan.kernels.map(({ name, source, quads, loads, into }) => ({ name, source, quads: quads === "later" ? undefined : quads?.source, reads: loads.map((buffer) => buffer.name), writes: into.name, shape: into.shape.map(lengthText) }));
}

function countKernels(steps: readonly Step[]): number {
  return steps.filter(({ op }) => op === "kernel").length;
}

/** Numbers of the host that become textures by a kernel of their own. */
function uploads({ plan }: PlanUse, inputs: readonly Buffer[], steps: readonly Step[]): number {
  return [...inputs, ...drawn(steps)].filter((buffer) => !plan.isDirect(buffer)).length;
}

/** There, also those that become textures of four numbers a place. */
function uploadsInGl({ plan }: PlanUse, inputs: readonly Buffer[], steps: readonly Step[]): number {
  return [...inputs, ...drawn(steps)].filter((buffer) => !plan.isDirect(buffer) || plan.quadTexture(buffer).quads).length;
}

function drawn(steps: readonly Step[]): readonly Buffer[] {
  return steps.flatMap((step) => (step.op === "draw" ? [step.into] : []));
}

/** Several outputs are joined before they are read back. */
function packs(outputs: readonly Buffer[]): number {
  return outputs.length > 1 ? 1 : 0;
}

/** Without kernels that others stand for in GL. */
function inGl({ plan }: PlanUse, steps: readonly Step[]): readonly Step[] {
  return steps.filter((step) => step.op !== "kernel" || plan.kernels[step.kernel]?.quads !== "later");
}

function loopReports(use: PlanUse, steps: readonly Step[] = use.body): readonly GpuLoopReport[] {
  return steps.filter((step): step is LoopStep => step.op === "loop").map(({ body, collects }) => ({
    dispatches: countKernels(body), dispatchesInGl: countKernels(inGl(use, body)), collected: collects.map(({ into }) => into.name), loops: loopReports(use, body),
  }));
}

function bytes(buffers: readonly Buffer[]): number {
  return buffers.reduce((sum, { shape }) => sum + 4 * shape.reduce((product, length) => product * evaluateLength(length, () => 1), 1), 0);
}

/** The sources of all kernels, for people. */
export function gpuSources(report: GpuReport, program: Pick<Program, "name">): string {
  const kernels = report.kernels.map(({ name, source, quads, reads, writes, shape }) => {
    const four = quads === undefined ? "" : `// in GL\n${quads}\n`;
    return `// ${name}: ${writes} [${shape.join(", ")}] from ${reads.length === 0 ? "nothing" : reads.join(", ")}\n${source}\n${four}`;
  });
  return [`// kernels of ${program.name}`, ...kernels].join("\n");
}
