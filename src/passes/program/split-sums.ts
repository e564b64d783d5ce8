/**
 * A product over many rows, such as a hoisted projection, keeps few sums at a time: each weight that is loaded then serves
 * several rows, which is worth more than sharing the elements of a row between sums. A kernel that does nothing but store
 * the sums of one product becomes one for each sum.
 */
import type { Kernel, Reduction } from "../../ir/kernel/kernel.js";
import { Dependences, ExprRewriter, loadedBuffers } from "../../ir/kernel/traverse.js";
import type { Program } from "../../ir/program/program.js";
import { replaceKernels } from "../../ir/program/traverse.js";
import { at } from "../../support/invariant.js";
import { hasRows, products } from "./products.js";

export function splitSums(smallest?: number): (program: Program) => Program {
  return (program) => ({ ...program, body: replaceKernels(program.body, (kernel) => splitKernel(kernel, smallest)) });
}

function splitKernel(kernel: Kernel, smallest: number | undefined): readonly Kernel[] {
  const [product, ...others] = kernel.reductions;
  if (product === undefined || others.length > 0 || product.accumulators.length < 2 || !hasRows(kernel, product) || !products(kernel, smallest).includes(product)) return [kernel];
  const dependences = new Dependences();
  const slots = kernel.stores.map(({ value }) => (value.op === "result" && value.reduction === product && value.rank === undefined ? value.slot : undefined));
  const used = new Set(slots);
  // What another part has stored would be read too late.
  const stored = new Set(kernel.stores.map(({ buffer }) => buffer));
  if (used.has(undefined) || stored.size !== kernel.stores.length || kernel.stores.some(({ index }) => index.some((expr) => dependences.of(expr).reductions.size > 0))) return [kernel];
  if ([...loadedBuffers(kernel)].some((buffer) => stored.has(buffer))) return [kernel];
  return [...used].flatMap((slot) => (slot === undefined ? [] : [part(kernel, product, slot, kernel.stores.filter((_, i) => slots[i] === slot))]));
}

function part(kernel: Kernel, product: Reduction, slot: number, stores: Kernel["stores"]): Kernel {
  const own: Reduction = { ...product, accumulators: [at(product.accumulators, slot)] };
  const rewriter = new ExprRewriter({ expr: (expr) => (expr.op === "result" ? { ...expr, reduction: own, slot: 0 } : expr), reduction: () => own });
  return { ...kernel, name: `${kernel.name}.${slot}`, reductions: [own], stores: stores.map((store) => ({ ...store, value: rewriter.expr(store.value) })) };
}
