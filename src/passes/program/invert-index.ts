/**
 * Where a store puts its values, read backwards: for each place of a buffer, which position of the kernel's space stores
 * there, if any. Places are sums of multiples of axes, as in `4 * i + j`, with whatever does not vary along the space.
 */
import { staticLength } from "../../ir/graph/length.js";
import type { Axis, Expr, Store } from "../../ir/kernel/kernel.js";
import { needsOf } from "../../ir/kernel/prune.js";
import { lengthOf, ofIntegers, quotientOf, wholeNumber } from "./expressions.js";

export interface Inverse {
  /** What holds of a place that the store reaches. */
  readonly conditions: readonly Expr[];
  /** The position along each axis, within its length whatever the place. */
  readonly positions: ReadonlyMap<Axis, Expr>;
}

interface Term {
  readonly axis: Axis;
  readonly factor: number;
}

/** Undefined where a place does not tell the position. @param place the position along each axis of the buffer */
export function invertIndex(store: Store, space: readonly Axis[], place: readonly Expr[]): Inverse | undefined {
  const conditions: Expr[] = [];
  const positions = new Map<Axis, Expr>();
  for (const [i, index] of store.index.entries()) {
    const here = place[i];
    const form = here === undefined ? undefined : sumOf(index, space);
    if (form === undefined || here === undefined) return undefined;
    const terms = [...form.terms].sort((a, b) => b.factor - a.factor);
    let rest = form.rest === undefined ? here : subtract(here, form.rest);
    if (terms.length === 0) {
      conditions.push(ofIntegers("equal", here, form.rest ?? wholeNumber(0)));
      continue;
    }
    // What is left must be within the reach of the smaller terms, or two positions would share a place.
    let reach = 1;
    for (const { axis, factor } of [...terms].reverse()) {
      const size = staticLength(axis.extent.length);
      if (factor < reach || positions.has(axis) || (size === undefined && axis !== terms[0]?.axis)) return undefined;
      reach += factor * ((size ?? 1) - 1);
    }
    for (const { axis, factor } of terms) {
      const quotient: Expr = factor === 1 ? rest : quotientOf(rest, factor);
      const length = lengthOf(axis.extent.length);
      conditions.push(ofIntegers("lessEqual", wholeNumber(0), quotient), ofIntegers("less", quotient, length));
      positions.set(axis, ofIntegers("maximum", wholeNumber(0), ofIntegers("minimum", quotient, subtract(length, wholeNumber(1)))));
      rest = factor === 1 ? wholeNumber(0) : subtract(rest, ofIntegers("multiply", quotient, wholeNumber(factor)));
    }
    if (rest.op !== "number") conditions.push(ofIntegers("equal", rest, wholeNumber(0)));
  }
  // Along an axis that no place tells, all positions store the same: the first will do.
  for (const axis of space) if (!positions.has(axis)) positions.set(axis, wholeNumber(0));
  return { conditions, positions };
}

/** One term for each axis. */
function together(terms: readonly Term[]): readonly Term[] {
  const factors = new Map<Axis, number>();
  for (const { axis, factor } of terms) factors.set(axis, (factors.get(axis) ?? 0) + factor);
  return [...factors].map(([axis, factor]) => ({ axis, factor }));
}

function subtract(left: Expr, right: Expr): Expr {
  if (left.op === "number" && right.op === "number") return wholeNumber(left.value - right.value);
  return right.op === "number" && right.value === 0 ? left : ofIntegers("subtract", left, right);
}

interface Sum {
  readonly terms: readonly Term[];
  /** What does not vary along the space; undefined for 0. */
  readonly rest: Expr | undefined;
}

function sumOf(expr: Expr, space: readonly Axis[]): Sum | undefined {
  const { axes, slots } = needsOf([expr]);
  if (!space.some((axis) => axes.has(axis)) && slots.size === 0) return { terms: [], rest: expr.op === "number" && expr.value === 0 ? undefined : expr };
  if (expr.op === "axis") return { terms: [{ axis: expr.axis, factor: 1 }], rest: undefined };
  if (expr.op !== "binary") return undefined;
  const left = sumOf(expr.left, space);
  const right = sumOf(expr.right, space);
  if (left === undefined || right === undefined) return undefined;
  if (expr.f === "add") {
    const rest = left.rest === undefined ? right.rest : right.rest === undefined ? left.rest : ofIntegers("add", left.rest, right.rest);
    return { terms: together([...left.terms, ...right.terms]), rest };
  }
  if (expr.f === "subtract" && right.terms.length === 0) return { terms: left.terms, rest: right.rest === undefined ? left.rest : subtract(left.rest ?? wholeNumber(0), right.rest) };
  if (expr.f !== "multiply") return undefined;
  const [factor, sum] = expr.left.op === "number" ? [expr.left.value, right] : [expr.right.op === "number" ? expr.right.value : 0, left];
  if (!(factor > 0)) return undefined;
  return { terms: sum.terms.map((term) => ({ axis: term.axis, factor: term.factor * factor })), rest: sum.rest === undefined ? undefined : ofIntegers("multiply", sum.rest, wholeNumber(factor)) };
}
