/** What a module says of one model: the plans of its run and of its stream, and where inputs and outputs lie. */
import type { Buffer } from "../../ir/kernel/kernel.js";
import type { Instruction, Program, ProgramInput, ProgramOutput, StreamProgram } from "../../ir/program/program.js";
import { lengthExpression } from "../length-text.js";
import { Definitions, memberLines, streamLengths } from "../definitions.js";
import { propertyKey, stringLiteral, type Names } from "../names.js";
import type { BatchedProgram, TargetModel } from "../target.js";
import { DiagnosticError } from "../../support/diagnostics.js";
import type { GpuLimits } from "./limits.js";
import { Plan, type PlanOptions, type Step } from "./plan.js";
import { planLines, stepsText } from "./plan-text.js";

export interface ModelContext {
  readonly names: Names;
  readonly limits: GpuLimits;
  readonly collected: PlanOptions["collected"];
  readonly batch: number | undefined;
}

export interface ModelText {
  readonly name: string;
  readonly definition: string;
  readonly text: string;
  readonly plans: readonly PlanUse[];
}

/** A plan with the steps that were made of it. */
export interface PlanUse {
  readonly plan: Plan;
  readonly prepare: readonly Step[];
  readonly body: readonly Step[];
  /** Of a stream: one turn. */
  readonly step?: readonly Step[];
}

export function emitModel(model: TargetModel, context: ModelContext): ModelText {
  const definition = context.names.fresh(`${model.name}_definition`, "definition");
  const run = planRun(model.program, context);
  const lines = [`name: ${stringLiteral(model.name)},`, ...(context.batch === undefined ? [] : [`batch: ${context.batch},`])];
  lines.push(...definitionLines(run, model.program.inputs, model.program.outputs, context));
  const plans: PlanUse[] = [run];
  if (model.batched !== undefined && "program" in model.batched) {
    const batched = planRun(model.batched.program, context);
    plans.push(batched);
    lines.push("batched: {", ...batchLines(batched, model.batched, context).map((line) => `  ${line}`), "},");
  }
  if ("program" in model.stream) {
    const stream = planStream(model.stream, context);
    plans.push(stream);
    lines.push("stream: {", ...streamLines(stream, model.stream, context).map((line) => `  ${line}`), "},");
  } else lines.push(`whyNoStream: ${stringLiteral(model.stream.reasons.join("; "))},`);
  return { name: model.name, definition, plans, text: `const ${definition} = {\n${lines.map((line) => `  ${line}`).join("\n")}\n};\n` };
}

export function planRun(program: Program, { limits, collected }: Pick<ModelContext, "limits" | "collected">): PlanUse {
  const plan = new Plan(program, { limits, collected });
  return { plan, prepare: plan.steps(program.prepare), body: plan.steps(program.body) };
}

/** What of a program no kernel can do. */
export function refusalsOf(program: Program, context: Pick<ModelContext, "limits" | "collected">): readonly string[] {
  try {
    planRun(program, context);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof DiagnosticError)) throw thrown;
    return thrown.diagnostics.map(({ message }) => message);
  }
}

export function planStream({ program, loop, stepInputs }: StreamProgram, { limits, collected }: Pick<ModelContext, "limits" | "collected">): PlanUse {
  // The caller turns the loop: nothing is collected over its turns, only over those of loops within.
  const plan = new Plan(program, { limits, collected: (kernel, around) => (around === loop ? undefined : collected(kernel, around)), driven: { loop, inputs: stepInputs } });
  plan.axis(loop.axis);
  return { plan, prepare: plan.steps(program.prepare), body: plan.steps(program.body.slice(0, -1)), step: plan.steps(loop.body, loop) };
}

function batchLines(use: PlanUse, batched: BatchedProgram, context: ModelContext): string[] {
  const { program } = batched;
  return [...definitionLines(use, program.inputs, program.outputs, context, "known"), ...memberLines(batched)];
}

/** @param lengths whether the caller's arrays tell the free ones, or the module knows them when the program begins */
function definitionLines({ plan, prepare, body }: PlanUse, inputs: readonly ProgramInput[], outputs: readonly ProgramOutput[], { limits }: ModelContext, lengths: "learned" | "known" = "learned"): string[] {
  const { program } = plan;
  const inputLines = inputs.map((input) => `  { ${inputText(plan, input, lengths)} },`);
  const outputLines = outputs.map((output) => `  { ${definitionsOf(plan).output(output)} },`);
  const parameters = program.parameters.map(({ name, buffer }) => `[${stringLiteral(name)}, ${plan.place(buffer)}]`);
  const steps = [`prepare: ${stepsText(plan, prepare)},`, `body: ${stepsText(plan, body)},`];
  const kept = weightsRead(plan, program, body).map((buffer) => plan.place(buffer));
  return [
    `lengths: [${program.lengths.map(stringLiteral).join(", ")}],`,
    "inputs: [", ...inputLines, "],",
    "outputs: [", ...outputLines, "],",
    `weights: [${parameters.join(", ")}],`,
    `kept: [${kept.join(", ")}],`,
    ...steps,
    ...planLines(plan, limits),
  ];
}

/** What was prepared from weights, and weights as they are, that something reads after loading. */
function weightsRead(plan: Plan, program: Program, body: readonly Step[]): readonly Buffer[] {
  const wanted = new Set<Buffer>();
  const note = (buffer: Buffer): void => {
    if (buffer.role === "parameter" || buffer.role === "prepared") wanted.add(buffer);
  };
  const visit = (instructions: readonly Instruction[]): void => {
    for (const instruction of instructions) {
      if (instruction.op === "loop") visit(instruction.body);
      if (instruction.op === "copy") note(instruction.from);
    }
  };
  visit(program.body);
  const collected = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.op !== "loop") continue;
      for (const { row } of step.collects) note(row);
      collected(step.body);
    }
  };
  collected(body);
  const prepared = new Set(program.prepare.flatMap((instruction) => (instruction.op === "kernel" ? instruction.kernel.stores.map(({ buffer }) => buffer) : [])));
  for (const { loads, into } of plan.kernels) if (!prepared.has(into)) loads.forEach(note);
  return [...wanted];
}

function definitionsOf(plan: Plan): Definitions {
  return new Definitions(plan.program, (buffer) => `buffer: ${plan.place(buffer)}`);
}

function inputText(plan: Plan, input: ProgramInput, lengths: "learned" | "known" = "learned"): string {
  const fallback = input.fallback === undefined ? undefined : stepsText(plan, plan.steps(input.fallback.map((kernel): Instruction => ({ op: "kernel", kernel }))));
  return definitionsOf(plan).input(input, { fallback, lengths, more: input.type.kind === "condition" ? ", condition: true" : "" });
}

function streamLines(use: PlanUse, stream: StreamProgram, context: ModelContext): string[] {
  const { program, loop, stepInputs } = stream;
  const { plan } = use;
  const isStep = ({ name }: ProgramInput): boolean => stepInputs.includes(name);
  const stepLines = program.inputs.filter(isStep).map((input) => `  ${propertyKey(input.name)}: { ${inputText(plan, input)}, sizeOf: (L) => ${input.buffer.shape.map((size) => lengthExpression(size, program.lengths)).join(" * ") || "1"} },`);
  const carried = loop.carried.map(({ current, next }) => `[${plan.place(current)}, ${plan.place(next)}]`);
  const steps = stepsText(plan, use.step ?? []);
  return [
    ...definitionLines(use, program.inputs.filter((input) => !isStep(input)), program.outputs, context),
    ...streamLengths(stream),
    "states: [", ...definitionsOf(plan).states(stream).map((line) => `  ${line}`), "],",
    "stepInputs: {", ...stepLines, "},",
    `axis: ${plan.axis(loop.axis)},`,
    `carried: [${carried.join(", ")}],`,
    `step: ${steps},`,
  ];
}
