/**
 * Gives each product a kernel of its own: it stores what its sums came to, and the rest of the kernel, pointwise, reads
 * them. Two product loops in one function, or a product and the exponentials of a cell, need more registers than there are;
 * and a product with more sums than fit in registers is cut in groups. Once the cell stands alone, a state that only the
 * products read as a whole can be updated in place.
 */
import { staticLength } from "../../ir/graph/length.js";
import type { Accumulator, Buffer, Expr, Kernel, Reduction, Store } from "../../ir/kernel/kernel.js";
import { accumulatorRoots, Dependences, rewriteKernel } from "../../ir/kernel/traverse.js";
import type { Instruction, Program } from "../../ir/program/program.js";
import { FreshNames } from "./fresh-names.js";
import { products } from "./products.js";
import { restage } from "./restage.js";

export interface SplitOptions {
  /** The most sums that one loop keeps. */
  readonly sums: number;
  /** The fewest turns of what counts as a product; see products.ts. */
  readonly smallest?: number;
}

export function splitProducts(options: SplitOptions): (program: Program) => Program {
  return (program) => {
    const names = new FreshNames(program);
    return { ...program, body: restage(splitList(program.body, options, names)) };
  };
}

function splitList(instructions: readonly Instruction[], options: SplitOptions, names: FreshNames): readonly Instruction[] {
  return instructions.flatMap((instruction): readonly Instruction[] => {
    if (instruction.op === "loop") return [{ ...instruction, body: splitList(instruction.body, options, names) }];
    if (instruction.op !== "kernel") return [instruction];
    return splitKernel(instruction.kernel, options, names).map((kernel): Instruction => ({ op: "kernel", kernel }));
  });
}

function splitKernel(kernel: Kernel, options: SplitOptions, names: FreshNames): readonly Kernel[] {
  const [product] = products(kernel, options.smallest);
  if (product === undefined || isAlone(kernel, product, options.sums)) return [kernel];
  // The sums are stored at the positions of the space, so its size must be known; rows of a longer space were looped over before.
  if (!kernel.space.every(({ extent }) => extent.kind === "length" && staticLength(extent.length) !== undefined)) return [kernel];
  const kernels: Kernel[] = [];
  const results: Expr[] = [];
  for (let first = 0; first < product.accumulators.length; first += options.sums) {
    const made = productKernel(kernel, product, product.accumulators.slice(first, first + options.sums), names);
    kernels.push(made.kernel);
    results.push(...made.results);
  }
  const read = (expr: Expr): Expr => (expr.op === "result" && expr.reduction === product ? (results[expr.slot] ?? expr) : expr);
  const rest = rewriteKernel({ ...kernel, reductions: kernel.reductions.filter((reduction) => reduction !== product) }, { expr: read });
  return [...kernels, ...splitKernel(rest, options, names)];
}

/** One product, whose sums are stored almost as they are: there is nothing to split. */
function isAlone(kernel: Kernel, product: Reduction, sums: number): boolean {
  return kernel.reductions.length === 1 && product.accumulators.length <= sums && kernel.stores.every(({ value }) => isPlain(value));
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

function productKernel(kernel: Kernel, product: Reduction, accumulators: readonly Accumulator[], names: FreshNames): { readonly kernel: Kernel; readonly results: readonly Expr[] } {
  const own: Reduction = { ...product, accumulators };
  const index = kernel.space.map((axis): Expr => ({ op: "axis", kind: "int", axis }));
  const shape = kernel.space.map(({ extent }) => extent.length);
  const stores = accumulators.map(({ source, value }, slot): Store => {
    const integer = value.kind === "int";
    const name = names.fresh(`${source ?? `${kernel.name}.${slot}`}.sum`);
    const buffer: Buffer = { name, role: "temporary", element: integer ? "int32" : "float32", shape, source };
    return { buffer, index, value: { op: "result", kind: integer ? "int" : "real", reduction: own, slot }, source };
  });
  const results = stores.map(({ buffer, value }): Expr => ({ op: "load", kind: value.kind, buffer, index }));
  return { kernel: { name: `${kernel.name}.product`, stage: kernel.stage, space: kernel.space, reductions: [...readBy(own), own], stores }, results };
}

/** The reductions whose results another one reads, in their order. */
function readBy(reduction: Reduction): readonly Reduction[] {
  const found = new Set<Reduction>();
  const walk = (each: Reduction): void => {
    const dependences = new Dependences();
    const bounds = each.axes.flatMap(({ extent }) => (extent.kind === "window" ? [extent.start, extent.end] : []));
    for (const root of [...bounds, ...each.accumulators.flatMap(accumulatorRoots)]) {
      for (const below of dependences.of(root).reductions) {
        if (found.has(below)) continue;
        walk(below);
        found.add(below);
      }
    }
  };
  walk(reduction);
  return [...found];
}
