/** What the host computes between kernels, as JavaScript: bounds of loops, and draws. */
import { staticLength } from "../../ir/graph/length.js";
import type { Axis, BinaryFunction, Buffer, Expr, Kernel } from "../../ir/kernel/kernel.js";
import { fail } from "../../support/diagnostics.js";
import { at, invariant } from "../../support/invariant.js";
import type { FreeSizes } from "./texture-layout.js";

export interface HostContext {
  readonly sizes: FreeSizes;
  /** The text of a position: of a loop that the host turns. */
  readonly axis: (axis: Axis) => string;
  /** The text of the numbers of an input, which the host still has; undefined of what only the device knows. */
  readonly numbers: (buffer: Buffer) => string | undefined;
}

const infix: { readonly [F in BinaryFunction]: string | undefined } = {
  add: "+", subtract: "-", multiply: "*", divide: "/", modulo: "%", power: undefined, minimum: undefined, maximum: undefined,
  less: "<", lessEqual: "<=", equal: "===", notEqual: "!==", and: "&&", or: "||",
};

/** An integer expression of positions and lengths. S are the free lengths of the run. */
export function hostExpression(expr: Expr, context: HostContext): string {
  const text = (each: Expr): string => hostExpression(each, context);
  switch (expr.op) {
    case "number":
      return `(${expr.value})`;
    case "axis":
      return context.axis(expr.axis);
    case "length": {
      const place = context.sizes.place(expr.length);
      return place === undefined ? String(staticLength(expr.length)) : `S[${place}]`;
    }
    case "unary":
      if (expr.f === "floor") return `Math.floor(${text(expr.arg)})`;
      if (expr.f === "negate") return `(-${text(expr.arg)})`;
      if (expr.f === "absolute") return `Math.abs(${text(expr.arg)})`;
      if (expr.f === "not") return `(!${text(expr.arg)})`;
      return refuse();
    case "binary": {
      const sign = infix[expr.f];
      if (sign !== undefined) return `(${text(expr.left)} ${sign} ${text(expr.right)})`;
      return `Math.${expr.f === "power" ? "pow" : expr.f === "minimum" ? "min" : "max"}(${text(expr.left)}, ${text(expr.right)})`;
    }
    case "select":
      return `(${text(expr.condition)} ? ${text(expr.yes)} : ${text(expr.no)})`;
    case "load": {
      const numbers = context.numbers(expr.buffer);
      if (numbers === undefined) return refuse();
      const place = expr.index.map(text).reduce((all, each, i) => {
        const length = at(expr.buffer.shape, i);
        const free = context.sizes.place(length);
        return `(${all} * ${free === undefined ? String(staticLength(length)) : `S[${free}]`} + ${each})`;
      }, "0");
      return `${numbers}[${place}]`;
    }
    case "result":
    case "draw":
      return refuse();
  }
}

function refuse(): never {
  return fail("GF5103", "a loop has bounds that a kernel computes", { help: "bound it by lengths and positions, or compile for another target" });
}

/** A function that draws what a kernel of draws stores, in the order of its buffer. */
export function drawFunction(kernel: Kernel, context: HostContext): string {
  const store = at(kernel.stores, 0);
  const { value } = store;
  invariant(value.op === "draw", () => `${kernel.name} draws`);
  const names = new Map<Axis, string>(kernel.space.map((axis, i) => [axis, `i${i}`]));
  const inner: HostContext = { ...context, axis: (axis) => names.get(axis) ?? context.axis(axis) };
  const size = (axis: Axis): string => {
    const place = context.sizes.place(axis.extent.length);
    return place === undefined ? String(staticLength(axis.extent.length)) : `S[${place}]`;
  };
  const lines = [`(seed0, seed1, S, A) => {`, `  const drawn = new Float32Array(${kernel.space.map(size).join(" * ") || "1"});`, "  let place = 0;"];
  for (const axis of kernel.space) lines.push(`  for (let ${names.get(axis) ?? ""} = 0; ${names.get(axis) ?? ""} < ${size(axis)}; ${names.get(axis) ?? ""}++) {`);
  const counters = value.counters.map((counter) => `${hostExpression(counter, inner)} | 0`);
  lines.push(`    drawBegin(seed0, seed1, ${value.site}, ${counters.length});`);
  for (let i = 0; i < counters.length; i += 2) lines.push(`    drawMix(${at(counters, i)}, ${counters[i + 1] ?? "0"});`);
  lines.push("    drawn[place++] = drawEnd();", ...kernel.space.map(() => "  }"), "  return drawn;", "}");
  return lines.join("\n");
}
