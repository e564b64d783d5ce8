/** Where an element lies in a texture, as text: from a position along each axis to a line and a place in it. */
import type { Expr } from "../../ir/kernel/kernel.js";
import type { Fresh } from "./functions.js";
import { integerSum } from "./integer-sum.js";
import { quad } from "./quads.js";
import type { Scope } from "./scope.js";
import type { Layout } from "./texture-layout.js";

/**
 * The line, and the place in it.
 *
 * @param sizes of the axes; that of the outermost is not asked for
 */
export function placeText(layout: Layout, index: readonly string[], sizes: readonly (() => string)[], scope: Scope, fresh: Fresh): readonly [string, string] {
  if (layout.kind === "rows") return [rowMajor(index.slice(0, layout.inner), sizes.slice(0, layout.inner)), rowMajor(index.slice(layout.inner), sizes.slice(layout.inner))];
  const [place, row] = [fresh("place"), fresh("row")];
  scope.lines.push(`const ${place} = ${rowMajor(index, sizes)};`, `const ${row} = Math.floor(${place} * ${1 / layout.width});`);
  return [row, `${place} - ${row} * ${layout.width}`];
}

function rowMajor(index: readonly string[], sizes: readonly (() => string)[]): string {
  let text = "0";
  for (const [i, each] of index.entries()) {
    const scaled = text === "0" ? "0" : multiple(text, sizes[i]?.() ?? "1");
    text = scaled === "0" ? each : sum(scaled, each);
  }
  return text;
}

function multiple(text: string, factor: string): string {
  if (factor === "1") return text;
  if (isLiteral(text) && isLiteral(factor)) return String(Number(text) * Number(factor));
  return `${/^[\w.]+$/.test(text) ? text : `(${text})`} * ${factor}`;
}

function sum(a: string, b: string): string {
  if (b === "0") return a;
  return isLiteral(a) && isLiteral(b) ? String(Number(a) + Number(b)) : `${a} + ${b}`;
}

function isLiteral(text: string): boolean {
  return /^\d+$/.test(text);
}

export interface QuadPlace {
  readonly place: string;
  /** Which of its four; a text where that is computed. */
  readonly element: number | string;
}

/** The place of an element along the axis whose elements lie four to a place, and which of the four it is. */
export function quadPlace(index: Expr, text: (expr: Expr) => string, axis: (axis: Extract<Expr, { op: "axis" }>["axis"]) => string, scope: Scope, fresh: Fresh): QuadPlace {
  const { constant, terms } = integerSum(index);
  if (Number.isInteger(constant) && [...terms.values()].every((coefficient) => Number.isInteger(coefficient / quad))) {
    const element = ((constant % quad) + quad) % quad;
    const places = [...terms].map(([term, coefficient]) => multiple("op" in term ? text(term) : axis(term), signed(coefficient / quad)));
    const first = (constant - element) / quad;
    if (first !== 0 || places.length === 0) places.push(signed(first));
    return { place: places.join(" + "), element };
  }
  const [whole, place, element] = [fresh("element"), fresh("place"), fresh("part")];
  scope.lines.push(`const ${whole} = ${text(index)};`, `const ${place} = Math.floor((${whole} + 0.5) * ${1 / quad});`, `const ${element} = ${whole} - ${place} * ${quad};`);
  return { place, element };
}

function signed(value: number): string {
  return value < 0 ? `(-${-value})` : String(value);
}
