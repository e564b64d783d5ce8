/** Numbers as kernels write them. */
import type { Expr } from "../../ir/kernel/kernel.js";

/** @param infinity the name of an argument that is infinite: not every shading language can write it */
export function literalText({ value, kind }: Extract<Expr, { op: "number" }>, infinity: () => string): string {
  if (kind === "condition") return value === 0 ? "(1.0 < 0.0)" : "(0.0 < 1.0)";
  if (Number.isNaN(value)) return `(${infinity()} - ${infinity()})`;
  // What overflows float32 is infinite there.
  if (Math.abs(value) > 3.4028235677973366e38) return value < 0 ? `(-${infinity()})` : infinity();
  const text = Number.isInteger(value) && Math.abs(value) < 1e15 ? `${Math.abs(value)}${kind === "real" ? ".0" : ""}` : String(Math.abs(value));
  return value < 0 ? `(-${text})` : text;
}
