/** A plan as the table of a module. */
import { lengthExpression } from "../length-text.js";
import { stringLiteral } from "../names.js";
import type { GpuLimits } from "./limits.js";
import type { KernelText } from "./kernel-source.js";
import type { Plan, PlanKernel, Step } from "./plan.js";
import type { Texture } from "./texture-layout.js";

export function stepsText(plan: Plan, steps: readonly Step[]): string {
  return `[${steps.map((step) => stepText(plan, step)).join(", ")}]`;
}

function stepText(plan: Plan, step: Step): string {
  switch (step.op) {
    case "kernel":
      return `{ kernel: ${step.kernel} }`;
    case "copy":
      return `{ copy: [${plan.place(step.from)}, ${plan.place(step.to)}] }`;
    case "draw":
      return `{ draw: ${plan.place(step.into)}, numbers: ${step.numbers} }`;
    case "collect":
      return `{ collect: ${step.collect} }`;
    case "loop": {
      const carried = step.carried.map(([current, next]) => `[${plan.place(current)}, ${plan.place(next)}]`).join(", ");
      const collects = step.collects.map(({ row, into }) => `{ row: ${plan.place(row)}, into: ${plan.place(into)} }`).join(", ");
      return `{ axis: ${step.axis}, from: (S, A, H) => ${step.from}, to: (S, A, H) => ${step.to}, reverse: ${step.reverse}, carried: [${carried}], collects: [${collects}], body: ${stepsText(plan, step.body)} }`;
    }
  }
}

/** Everything but the steps; asked for last, when all buffers and sizes are known. */
export function planLines(plan: Plan, limits: GpuLimits): string[] {
  const { lengths } = plan.program;
  const buffers = plan.buffers.map((buffer) => {
    const [texture, quads] = [plan.texture(buffer), plan.quadTexture(buffer)];
    const shape = buffer.shape.map((length) => {
      const size = plan.sizes.size(length);
      return typeof size === "number" ? String(size) : `{ s: ${size.capacity} }`;
    });
    const four = quads.quads ? `, quads: { ${layoutText(quads)} }` : "";
    return `{ name: ${stringLiteral(buffer.name)}, shape: [${shape.join(", ")}], ${layoutText(texture)}${four}${plan.isDirect(buffer) ? ", direct: true" : ""}${plan.onHost.has(buffer) ? ", host: true" : ""} },`;
  });
  const sizes = plan.sizes.lengths.map((length) => `(L) => ${lengthExpression(length, lengths)}`);
  return [
    `limits: { side: ${limits.side}, elements: ${limits.elements} },`,
    `sizes: [${sizes.join(", ")}],`,
    "buffers: [",
    ...buffers.map((line) => `  ${line}`),
    "],",
    "kernels: [",
    ...plan.kernels.map((kernel) => `  ${kernelLine(plan, kernel)}`),
    "],",
  ];
}

function layoutText({ layout }: Texture): string {
  return layout.kind === "rows" ? `inner: ${layout.inner}` : `width: ${layout.width}`;
}

function kernelLine(plan: Plan, { name, into, quads, ...plain }: PlanKernel): string {
  return `{ name: ${stringLiteral(name)}, into: ${plan.place(into)}, ${kernelText(plan, plain)}${quads === undefined ? "" : `, quads: ${quads === "later" ? stringLiteral(quads) : `{ ${kernelText(plan, quads)} }`}`} },`;
}

function kernelText(plan: Plan, { source, loads, numbers, capacities, keeps }: KernelText): string {
  const given = numbers.map((number) => (number.kind === "axis" ? `{ axis: ${plan.axis(number.axis)} }` : number.kind === "length" ? `{ size: ${number.place} }` : `"infinity"`));
  return `loads: [${loads.map((buffer) => plan.place(buffer)).join(", ")}], numbers: [${given.join(", ")}], capacities: [${capacities.join(", ")}], ${keeps.length === 0 ? "" : `keeps: [${keeps.map((buffer) => plan.place(buffer)).join(", ")}], `}source: ${sourceLiteral(source)}`;
}

/** A template literal keeps the lines of a source, for people; nothing in it is evaluated. */
function sourceLiteral(source: string): string {
  return `\`${source.replace(/[\\`]/g, "\\$&").replace(/\$\{/g, "\\${")}\``;
}
