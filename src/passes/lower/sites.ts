/**
 * A site is one value that is stored: its expression over an index space, and the buffers that it goes to. Sites are what
 * kernels are grouped from.
 */
import type { Node } from "../../ir/graph/node.js";
import type { Axis, Buffer, Expr } from "../../ir/kernel/kernel.js";
import { exprChildren } from "../../ir/kernel/traverse.js";
import { extentOperands, reductionOperands } from "./expressions.js";
import type { Place } from "./places.js";

export interface SiteStore {
  readonly buffer: Buffer;
  readonly index: readonly Expr[];
}

export interface Site {
  /** Position in the order in which sites were asked for; keeps the result the same each time. */
  readonly order: number;
  readonly node: Node;
  readonly place: Place;
  readonly space: readonly Axis[];
  value: Expr;
  readonly stores: SiteStore[];
}

/** Every load below the roots, reductions included. */
export function loadsOf(roots: readonly Expr[]): Extract<Expr, { op: "load" }>[] {
  const loads: Extract<Expr, { op: "load" }>[] = [];
  const seen = new Set<Expr>();
  const stack = [...roots];
  for (let expr = stack.pop(); expr !== undefined; expr = stack.pop()) {
    if (seen.has(expr)) continue;
    seen.add(expr);
    if (expr.op === "load") loads.push(expr);
    if (expr.op === "axis") stack.push(...extentOperands(expr.axis.extent));
    if (expr.op === "result") stack.push(...reductionOperands(expr.reduction));
    stack.push(...exprChildren(expr));
  }
  return loads;
}

/** The loads among these on which the length of some loop depends: they are needed before its kernel runs. */
export function boundLoads(site: Site): ReadonlySet<Expr> {
  const bounds: Expr[] = [];
  const seen = new Set<Expr>();
  const stack: Expr[] = [...siteRoots(site)];
  for (const axis of site.space) bounds.push(...extentOperands(axis.extent));
  for (let expr = stack.pop(); expr !== undefined; expr = stack.pop()) {
    if (seen.has(expr)) continue;
    seen.add(expr);
    if (expr.op === "axis") bounds.push(...extentOperands(expr.axis.extent));
    if (expr.op === "result") {
      for (const axis of expr.reduction.axes) bounds.push(...extentOperands(axis.extent));
      stack.push(...reductionOperands(expr.reduction));
    }
    stack.push(...exprChildren(expr));
  }
  return new Set(loadsOf(bounds));
}

/** All expressions that computing a site takes. */
export function siteRoots(site: Site): readonly Expr[] {
  return [site.value, ...site.stores.flatMap((store) => store.index), ...site.space.flatMap((axis) => extentOperands(axis.extent))];
}

/** Two sites can share a kernel only if their loops are the same. */
export function sameSpace(a: readonly Axis[], b: readonly Axis[]): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i]);
}

export function sameIndex(a: readonly Expr[], b: readonly Expr[]): boolean {
  return a.length === b.length && a.every((expr, i) => expr === b[i]);
}

