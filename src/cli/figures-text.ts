/** The figures of a model as people read them. */
import type { GpuLoopReport, GpuReport, ModelReport, QuantisationReport } from "../compile.js";

export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const [size, unit] = bytes < 1024 ** 2 ? [bytes / 1024, "KiB"] : [bytes / 1024 ** 2, "MiB"];
  return `${size.toFixed(1)} ${unit}`;
}

export function numberText(number: number): string {
  return number.toLocaleString("en-US");
}

/** A line for each figure, under the model's name. */
export function modelFigures(model: ModelReport): string {
  const lengths = model.lengths.length === 0 ? "a run" : `a run with ${model.lengths.map((name) => `${name} = 1`).join(", ")}`;
  const runKernels = model.stages.filter(({ place }) => place !== "load").map(({ place, stage, kernels }) => `${place} stage ${stage}: ${kernels.join(", ")}`);
  const lines: (readonly [string, string])[] = [
    ...model.inputs.map(({ name, type, optional }) => ["input", `${name} ${type}${optional ? ", may be left out" : ""}`] as const),
    ...model.outputs.map(({ name, type }) => ["output", `${name} ${type}`] as const),
    ...model.parameters.map(({ name, shape }) => ["parameter", `${name} [${shape.join(", ")}]`] as const),
    ["parameters", `${numberText(model.weightBytes / 4)} numbers, ${bytesText(model.weightBytes)}`],
    ["kernels", `${model.run.kernels} in a run, ${model.load.kernels} when weights are loaded`],
    ...runKernels.map((text) => ["", text] as const),
    ["arena", model.arenaBytes === undefined ? "placed at run time: its size depends on the lengths" : bytesText(model.arenaBytes)],
    [lengths, `${numberText(model.run.operations)} operations, ${bytesText(model.run.bytesMoved)} moved`],
    "step" in model.stream
      ? ["a step of the stream", `${numberText(model.stream.step.operations)} operations, ${bytesText(model.stream.step.bytesMoved)} moved`]
      : ["stream", `none: ${model.stream.refused}`],
  ];
  if (model.quantisation !== undefined) lines.push(...quantisationLines(model.quantisation));
  if (model.gpu !== undefined) lines.push(...gpuLines(model.gpu));
  const width = Math.max(...lines.map(([label]) => label.length));
  return [`${model.name}:`, ...lines.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`)].join("\n");
}

/** Which parameters products read as integers, and why others stay as they are. */
function quantisationLines({ weights, parameters }: QuantisationReport): (readonly [string, string])[] {
  return parameters.map(({ name, quantised, kept }, i) => {
    const why = kept.length === 0 ? "" : `float32${quantised ? " too" : ""}: ${kept.join("; ")}`;
    return [i === 0 ? "quantised" : "", `${name} ${[...(quantised ? [weights] : []), ...(why === "" ? [] : [why])].join(", ")}`] as const;
  });
}

/** Dispatches, and what passes between the host and the device. */
function gpuLines({ kernels, load, run, batch, step }: GpuReport): (readonly [string, string])[] {
  const count = (dispatches: number, inGl: number): string => `${numberText(dispatches)}${inGl === dispatches ? "" : ` (${numberText(inGl)} in GL)`}`;
  const loops = (list: readonly GpuLoopReport[], depth: number): (readonly [string, string])[] =>
    list.flatMap(({ dispatches, dispatchesInGl, collected, loops: inner }) => [
      ["", `${"  ".repeat(depth)}${count(dispatches, dispatchesInGl)} for each step of a loop${collected.length === 0 ? "" : `; ${collected.join(", ")} joined from its rows`}`] as const,
      ...loops(inner, depth + 1),
    ]);
  const whole = (label: string, { dispatches, dispatchesInGl, readBacks, bytesUp, bytesDown, loops: inner }: GpuReport["run"]): (readonly [string, string])[] => [
    [label, `${count(dispatches, dispatchesInGl)} dispatches beside loops, ${readBacks} read back; ${bytesText(bytesUp)} up, ${bytesText(bytesDown)} down`],
    ...loops(inner, 0),
  ];
  return [
    ["GPU kernels", `${kernels.length}, of which each writes one texture`],
    ["GPU load", `${numberText(load.dispatches)} dispatches, ${bytesText(load.bytesUp)} up`],
    ...whole("GPU run", run),
    ...(batch === undefined ? [] : whole("GPU batch", batch)),
    ...(step === undefined ? [] : [["GPU step of the stream", `${count(step.dispatches, step.dispatchesInGl)} dispatches, ${step.readBacks} read back; ${bytesText(step.bytesUp)} up, ${bytesText(step.bytesDown)} down`] as const]),
  ];
}
