/**
 * A processor works on several positions of a loop at once, as long as what it must keep track of fits: an exponential of an
 * exponential, such as the tanh of a new cell, is too long a chain for that. So a pointwise kernel of a step that holds one
 * becomes two: the first stores what the later exponentials are computed of, the second goes on from there.
 */
import type { Axis, Buffer, Expr, Kernel, Store } from "../../ir/kernel/kernel.js";
import { isInside } from "../../ir/kernel/ranges.js";
import { alwaysComputed, Dependences, exprChildren, ExprRewriter, loadedBuffers, storedBuffers, visitExprs } from "../../ir/kernel/traverse.js";
import type { Carried, Instruction, Program } from "../../ir/program/program.js";
import { axisOf } from "./expressions.js";
import { FreshNames } from "./fresh-names.js";
import { isLong } from "./long-functions.js";
import { staticExtent } from "./products.js";
import { restage } from "./restage.js";

/** @param narrowest the fewest positions of the last axis for which a call more pays */
export function splitChains(narrowest = 32): (program: Program) => Program {
  return (program) => {
    const names = FreshNames.ofBuffers(program);
    const list = (instructions: readonly Instruction[], carried?: readonly Carried[]): readonly Instruction[] =>
      instructions.flatMap((instruction): readonly Instruction[] => {
        if (instruction.op === "loop") return [{ ...instruction, body: list(instruction.body, instruction.carried) }];
        if (instruction.op !== "kernel" || carried === undefined) return [instruction];
        return splitKernel(instruction.kernel, carried, narrowest, names).map((kernel): Instruction => ({ op: "kernel", kernel }));
      });
    return { ...program, body: restage(list(program.body)) };
  };
}

function splitKernel(kernel: Kernel, carried: readonly Carried[], narrowest: number, names: FreshNames): readonly Kernel[] {
  const { space, reductions, stores } = kernel;
  const last = space.at(-1);
  if (last === undefined || (staticExtent(last) ?? 0) < narrowest || space.some(({ extent }) => extent.kind !== "length") || reductions.some(({ depth }) => depth === space.length)) return [kernel];
  const levels = new Levels(last);
  const late = stores.filter(({ value }) => levels.of(value) > 1);
  const [early, loaded] = [stores.filter((store) => !late.includes(store)), loadedBuffers(kernel)];
  if (late.length === 0 || stores.some(({ buffer }) => loaded.has(buffer)) || storedBuffers(kernel).size < stores.length) return [kernel];

  const known = new Map<Expr, Expr>();
  for (const { buffer, index, value } of early) if (value.kind === "real" && buffer.element === "float32" && index.length === space.length && index.every((expr, d) => expr.op === "axis" && expr.axis === space[d])) known.set(value, { op: "load", kind: "real", buffer, index });
  const index = space.map(axisOf);
  const always = alwaysComputed(late.map(({ value }) => value));
  const added: Store[] = [];
  visitExprs(late.map(({ value }) => value), (expr) => {
    if (!isLong(expr) || levels.of(expr) !== 2) return;
    const { arg } = expr;
    // A number that is no real would be stored as one.
    if (known.has(arg) || arg.kind !== "real") return;
    // Behind a selection it may read a place that there is not where another side is chosen.
    if (!always.has(expr) && !readsInside(arg)) return;
    const source = "source" in arg ? arg.source : undefined;
    const buffer: Buffer = { name: names.fresh(`${source ?? kernel.name}.argument`), role: "temporary", element: "float32", shape: space.map(({ extent }) => extent.length), source };
    known.set(arg, { op: "load", kind: "real", buffer, index });
    added.push({ buffer, index, value: arg, source });
  });

  if (early.length === 0 && added.length === 0) return [kernel];

  const rewriter = new Reader(known);
  const rest = { ...kernel, stores: late.map((store) => ({ ...store, value: rewriter.expr(store.value) })) };
  // A state that is read after its next value was stored could not be updated in place.
  const next = new Set(early.map(({ buffer }) => buffer));
  const later = loadedBuffers(rest);
  if (carried.some((pair) => next.has(pair.next) && later.has(pair.current))) return [kernel];
  return [{ ...kernel, name: `${kernel.name}.first`, stores: [...early, ...added] }, ...splitKernel(rest, carried, narrowest, names)];
}

/** Whether all that a value reads is certainly there. */
function readsInside(value: Expr): boolean {
  let inside = true;
  visitExprs([value], (expr) => {
    if (expr.op === "load") inside &&= isInside(expr.buffer, expr.index);
  });
  return inside;
}

/** Of how many long functions, one of another, a value is computed; what is the same all along the vector axis counts nothing. */
class Levels {
  readonly #known = new Map<Expr, number>();
  readonly #dependences = new Dependences();

  constructor(readonly axis: Axis) {}

  of(expr: Expr): number {
    const known = this.#known.get(expr);
    if (known !== undefined) return known;
    const below = Math.max(0, ...exprChildren(expr).map((child) => this.of(child)));
    const level = isLong(expr) && this.#dependences.of(expr).axes.has(this.axis) ? below + 1 : below;
    this.#known.set(expr, level);
    return level;
  }
}

/** Reads what was stored, instead of computing it again. */
class Reader extends ExprRewriter {
  constructor(readonly stored: ReadonlyMap<Expr, Expr>) {
    super({ reduction: (reduction) => reduction });
  }

  override expr(expr: Expr): Expr {
    return this.stored.get(expr) ?? super.expr(expr);
  }
}
