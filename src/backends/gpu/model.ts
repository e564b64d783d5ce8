/** What a module says of one model: the plans of its run and of its stream, and where inputs and outputs lie. */
import { staticLength, type Length } from "../../ir/graph/length.js";
import type { Buffer } from "../../ir/kernel/kernel.js";
import type { Instruction, Program, ProgramInput, ProgramOutput, StreamProgram } from "../../ir/program/program.js";
import { lengthExpression } from "../length-text.js";
import { propertyKey, stringLiteral, type Names } from "../names.js";
import { sizeText, valueSizes } from "../sizes.js";
import type { TargetModel } from "../target.js";
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

export function planStream({ program, loop, stepInputs }: StreamProgram, { limits, collected }: Pick<ModelContext, "limits" | "collected">): PlanUse {
  // The caller turns the loop: nothing is collected over its turns, only over those of loops within.
  const plan = new Plan(program, { limits, collected: (kernel, around) => (around === loop ? undefined : collected(kernel, around)), driven: { loop, inputs: stepInputs } });
  plan.axis(loop.axis);
  return { plan, prepare: plan.steps(program.prepare), body: plan.steps(program.body.slice(0, -1)), step: plan.steps(loop.body, loop) };
}

function definitionLines({ plan, prepare, body }: PlanUse, inputs: readonly ProgramInput[], outputs: readonly ProgramOutput[], { limits }: ModelContext): string[] {
  const { program } = plan;
  const inputLines = inputs.map((input) => `  { ${inputText(plan, input)} },`);
  const outputLines = outputs.map((output) => `  { ${valueText(plan, output)}, sizes: [${sizesText(program, valueSizes(output.type)).join(", ")}] },`);
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

function inputText(plan: Plan, input: ProgramInput): string {
  const sizes = valueSizes(input.type).map((size) => learnedSize(plan.program, size));
  const classes = input.classes === undefined ? "" : `, classes: ${input.classes}`;
  const steps = input.fallback === undefined ? "" : `, optional: true, fallback: ${stepsText(plan, plan.steps(input.fallback.map((kernel): Instruction => ({ op: "kernel", kernel }))))}`;
  return `${valueText(plan, input)}, sizes: [${sizes.join(", ")}]${classes}${input.type.kind === "condition" ? ", condition: true" : ""}${steps}`;
}

function valueText(plan: Plan, { name, type, buffer }: Pick<ProgramInput, "name" | "type" | "buffer">): string {
  const dims = type.dims.map((dim) => stringLiteral(dim.name));
  return `name: ${stringLiteral(name)}, element: ${stringLiteral(buffer.element)}, dims: [${dims.join(", ")}], shape: [${valueSizes(type).map(sizeText).join(", ")}], buffer: ${plan.place(buffer)}`;
}

function sizesText({ lengths }: Program, sizes: readonly Length[]): string[] {
  return sizes.map((size) => (staticLength(size) === undefined ? `(L) => ${lengthExpression(size, lengths)}` : sizeText(size)));
}

/** A free length stands by its name: the caller's arrays tell it. */
function learnedSize(program: Program, size: Length): string {
  const [term] = size.terms;
  const bare = size.constant === 0 && size.terms.length === 1 && term?.coefficient === 1 && term.atom.kind === "free" ? term.atom.name : undefined;
  return bare === undefined ? (sizesText(program, [size])[0] ?? "0") : stringLiteral(bare);
}

function streamLines(use: PlanUse, { program, loop, stepInputs, histories, rows }: StreamProgram, context: ModelContext): string[] {
  const { plan } = use;
  const isStep = ({ name }: ProgramInput): boolean => stepInputs.includes(name);
  const used = new Map<string, number>();
  const state = (buffer: Buffer, source: string | undefined, grows: boolean): string => {
    const base = source ?? buffer.source ?? buffer.name;
    const count = (used.get(base) ?? 0) + 1;
    used.set(base, count);
    const name = count === 1 ? base : `${base}#${count}`;
    return `{ name: ${stringLiteral(name)}, element: ${stringLiteral(buffer.element)}, buffer: ${plan.place(buffer)}, sizes: [${sizesText(program, buffer.shape).join(", ")}]${grows ? ", grows: true" : ""} },`;
  };
  const states = [
    ...loop.carried.map(({ current, source }) => state(current, source, false)),
    ...histories.map((buffer) => state(buffer, undefined, buffer.shape[0] !== undefined && staticLength(buffer.shape[0]) === undefined)),
  ];
  const stepLines = program.inputs.filter(isStep).map((input) => `  ${propertyKey(input.name)}: { ${inputText(plan, input)}, sizeOf: (L) => ${input.buffer.shape.map((size) => lengthExpression(size, program.lengths)).join(" * ") || "1"} },`);
  const carried = loop.carried.map(({ current, next }) => `[${plan.place(current)}, ${plan.place(next)}]`);
  const unseen = program.lengths.filter((name) => name !== rows && loop.axis.extent.length.terms.some(({ atom }) => atom.kind === "free" && atom.name === name));
  const steps = stepsText(plan, use.step ?? []);
  return [
    ...definitionLines(use, program.inputs.filter((input) => !isStep(input)), program.outputs, context),
    ...(rows === undefined ? [] : [`rows: ${stringLiteral(rows)},`, `rowsIndex: ${program.lengths.indexOf(rows)},`]),
    `fixedLengths: [${unseen.map(stringLiteral).join(", ")}],`,
    "states: [", ...states.map((line) => `  ${line}`), "],",
    "stepInputs: {", ...stepLines, "},",
    `axis: ${plan.axis(loop.axis)},`,
    `carried: [${carried.join(", ")}],`,
    `step: ${steps},`,
  ];
}
