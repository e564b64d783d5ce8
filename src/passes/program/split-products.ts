/**
 * Gives each product a kernel of its own: it stores what its sums came to, and the rest of the kernel, pointwise, reads
 * them. A product and the exponentials of a cell need more registers than there are; and a product with more sums than fit in
 * registers is cut in groups. Only products that go on from each other's sums stay together. Once the cell stands alone, a state that only
 * the products read as a whole can be updated in place.
 */
import { staticLength } from "../../ir/graph/length.js";
import type { Buffer, Expr, Kernel, Reduction, Store } from "../../ir/kernel/kernel.js";
import { Dependences, ExprRewriter, kernelRoots, visitExprs } from "../../ir/kernel/traverse.js";
import type { Program } from "../../ir/program/program.js";
import { replaceKernels } from "../../ir/program/traverse.js";
import { at } from "../../support/invariant.js";
import { axisOf } from "./expressions.js";
import { FreshNames } from "./fresh-names.js";
import { products } from "./products.js";
import { readBy } from "./read-by.js";
import { restage } from "./restage.js";

export interface SplitOptions {
  /** The most sums that one loop keeps. */
  readonly sums: number;
  /** The fewest turns of what counts as a product; see products.ts. */
  readonly smallest?: number;
  /** Whether sums may be stored for so many positions as a run decides; else only where their number is known. */
  readonly free?: boolean;
}

export function splitProducts(options: SplitOptions): (program: Program) => Program {
  return (program) => {
    const names = FreshNames.ofBuffers(program);
    return { ...program, body: restage(replaceKernels(program.body, (kernel) => splitKernel(kernel, options, names))) };
  };
}

function splitKernel(kernel: Kernel, options: SplitOptions, names: FreshNames): readonly Kernel[] {
  const [product] = products(kernel, options.smallest);
  if (product === undefined) return [kernel];
  const chain = chainFrom(kernel, product, options);
  if (isAlone(kernel, chain, options.sums)) return [kernel];
  // The sums are stored at the positions of the space, so its size must be known; rows of a longer space were looped over before.
  if (!kernel.space.every(({ extent }) => extent.kind === "length" && (options.free === true || staticLength(extent.length) !== undefined))) return [kernel];
  const { kernels, results } = chain.length > 1 ? chainKernel(kernel, chain, names) : groupKernels(kernel, product, options.sums, names);
  const read = (expr: Expr): Expr => (expr.op === "result" ? (results.get(expr.reduction)?.get(expr.slot) ?? expr) : expr);
  // What is read of the chain is read from memory: the chain itself must keep its identity while the rest is rewritten.
  const rewriter: ExprRewriter = new ExprRewriter({ expr: read, reduction: (reduction) => (chain.includes(reduction) ? reduction : rewriter.reduction(reduction)) });
  const rest = rewriter.kernel({ ...kernel, reductions: kernel.reductions.filter((reduction) => !chain.includes(reduction)) });
  return [...kernels, ...splitKernel(rest, options, names)];
}

/** Products whose sums are stored almost as they are: there is nothing to split. */
function isAlone(kernel: Kernel, chain: readonly Reduction[], sums: number): boolean {
  return kernel.reductions.length === chain.length && chain.every(({ accumulators }) => accumulators.length <= sums) && kernel.stores.every(({ value }) => isPlain(value));
}

/**
 * A product, and those that go on from its sums, one from another, as W x + U h does. Their loops follow each other in one
 * kernel, and sums on the way are not stored.
 */
function chainFrom(kernel: Kernel, first: Reduction, { sums, smallest }: SplitOptions): readonly Reduction[] {
  const all = products(kernel, smallest).filter(({ accumulators }) => accumulators.length <= sums);
  const chain = [first];
  if (!all.includes(first)) return chain;
  for (let last: Reduction | undefined = first; last !== undefined; ) {
    const before: Reduction = last;
    last = all.find((each) => !chain.includes(each) && goesOn(each, before) && readBy(each).every((read) => chain.includes(read) || !all.includes(read)));
    if (last !== undefined) chain.push(last);
  }
  return chain;
}

/** Whether every sum of a product begins with one of the other's, and nothing else of it reads these. */
function goesOn(reduction: Reduction, before: Reduction): boolean {
  const dependences = new Dependences();
  return reduction.accumulators.every(({ start, value }) => start?.op === "result" && start.reduction === before && !dependences.of(value).reductions.has(before));
}

/** At most a few cheap operations after the sum. */
function isPlain(expr: Expr): boolean {
  switch (expr.op) {
    case "number":
    case "result":
    case "load":
    case "axis":
    case "length":
      return true;
    case "binary":
      return expr.f !== "power" && expr.f !== "modulo" && isPlain(expr.left) && isPlain(expr.right);
    case "unary":
      return (expr.f === "negate" || expr.f === "absolute") && isPlain(expr.arg);
    case "select":
    case "draw":
      return false;
  }
}

interface SplitOff {
  readonly kernels: readonly Kernel[];
  /** Where the results of products are found, by slot. */
  readonly results: ReadonlyMap<Reduction, ReadonlyMap<number, Expr>>;
}

/** One product, with as many of its sums to a kernel as may be. */
function groupKernels(kernel: Kernel, product: Reduction, sums: number, names: FreshNames): SplitOff {
  const kernels: Kernel[] = [];
  const results = new Map<number, Expr>();
  for (let first = 0; first < product.accumulators.length; first += sums) {
    const own: Reduction = { ...product, accumulators: product.accumulators.slice(first, first + sums) };
    const stored = own.accumulators.map((_, slot) => storeSum(kernel, own, slot, names));
    stored.forEach(({ load }, slot) => results.set(first + slot, load));
    kernels.push(productKernel(kernel, [...readBy(own), own], stored.map(({ store }) => store)));
  }
  return { kernels, results: new Map([[product, results]]) };
}

/** A chain of products: what others read of it is stored. */
function chainKernel(kernel: Kernel, chain: readonly Reduction[], names: FreshNames): SplitOff {
  const rest = { ...kernel, reductions: kernel.reductions.filter((reduction) => !chain.includes(reduction)) };
  const results = new Map<Reduction, Map<number, Expr>>();
  const stores: Store[] = [];
  visitExprs(kernelRoots(rest), (expr) => {
    if (expr.op !== "result" || !chain.includes(expr.reduction)) return;
    const known = results.get(expr.reduction) ?? new Map<number, Expr>();
    results.set(expr.reduction, known);
    if (known.has(expr.slot)) return;
    const { store, load } = storeSum(kernel, expr.reduction, expr.slot, names);
    known.set(expr.slot, load);
    stores.push(store);
  });
  const before = new Set(chain.flatMap((each) => readBy(each)));
  return { kernels: [productKernel(kernel, [...new Set([...before, ...chain])], stores)], results };
}

function storeSum(kernel: Kernel, reduction: Reduction, slot: number, names: FreshNames): { readonly store: Store; readonly load: Expr } {
  const { source, value } = at(reduction.accumulators, slot);
  const index = kernel.space.map(axisOf);
  const shape = kernel.space.map(({ extent }) => extent.length);
  const kind = value.kind === "int" ? "int" : "real";
  const name = names.fresh(`${source ?? `${kernel.name}.${slot}`}.sum`);
  const buffer: Buffer = { name, role: "temporary", element: kind === "int" ? "int32" : "float32", shape, source };
  return { store: { buffer, index, value: { op: "result", kind, reduction, slot }, source }, load: { op: "load", kind, buffer, index } };
}

function productKernel(kernel: Kernel, reductions: readonly Reduction[], stores: readonly Store[]): Kernel {
  return { name: `${kernel.name}.product`, stage: kernel.stage, space: kernel.space, reductions, stores };
}
