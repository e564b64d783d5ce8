/**
 * Turns products of weights and vectors into products of integers, which are faster to read and to multiply: a sum of
 *
 *     w[j,k] * v[k]     becomes     scale[j] * scale of v * (the sum of the integers q[j,k] * r[k])
 *
 * with weights rounded when they are loaded (quantise-weights.ts) and the vector each time the model runs
 * (quantise-vectors.ts), in blocks whose sums cannot leave 32 bits (quantised-blocks.ts). What a quantised program means is
 * what its kernels say: its loads are of narrow integers, its sums are sums of integers, exact in any order.
 *
 * Any product that split-products gave a kernel is looked at, and only what is there decides: a sum whose terms are one
 * weight times a value that is the same for all rows. Whatever else there is stays as it was, and whoever asked is told why.
 */
import { fixedLength } from "../../ir/graph/length.js";
import type { Accumulator, Axis, Expr, Kernel, Reduction } from "../../ir/kernel/kernel.js";
import { accumulatorKind } from "../../ir/kernel/kinds.js";
import { Dependences, ExprRewriter, storedBuffers } from "../../ir/kernel/traverse.js";
import type { Instruction, Program } from "../../ir/program/program.js";
import { instructionBuffers } from "../../ir/program/traverse.js";
import { at, defined } from "../../support/invariant.js";
import { axisOf, binary, loadOf, wholeNumber } from "./expressions.js";
import { FreshNames } from "./fresh-names.js";
import { PackedBuffers } from "./packed-buffers.js";
import { products, staticExtent, turns } from "./products.js";
import { QuantisedVectors, type QuantisedVector } from "./quantise-vectors.js";
import { quantiseWeights } from "./quantise-weights.js";
import { blocksOf, type Blocks, type Quantisation } from "./quantised-blocks.js";
import { restage } from "./restage.js";
import { weightLoads, type Load } from "./weight-loads.js";
import { weightOrigins } from "./weight-origins.js";

export interface QuantiseOptions {
  readonly quantisation: Quantisation;
  /** Parameters that stay as they are. */
  readonly keep?: (parameter: string) => boolean;
  /** The fewest rows, and terms of each, for which quantising a vector is worth it. */
  readonly fewest?: { readonly rows: number; readonly terms: number };
  /** The fewest turns of what counts as a product; see products.ts. */
  readonly smallest?: number;
  readonly told?: (found: QuantisedProduct) => void;
}

/** What became of the weights of a product. */
export interface QuantisedProduct {
  /** The parameters that they were made of. */
  readonly parameters: readonly string[];
  /** Why they stay as they are; undefined where they were quantised. */
  readonly kept: string | undefined;
}

const fewestByDefault = { rows: 8, terms: 16 };

export function quantise(options: QuantiseOptions): (program: Program) => Program {
  return (program) => new Quantiser(program, options).program();
}

/** A sum that can be computed in integers. */
interface Factors {
  readonly slot: number;
  readonly weight: Load;
  readonly vector: Expr;
  /** Axes of the space on which weights and vector depend. */
  readonly weightAxes: readonly Axis[];
  readonly vectorAxes: readonly Axis[];
}

class Quantiser {
  readonly #program: Program;
  readonly #options: QuantiseOptions;
  readonly #packed: PackedBuffers;
  readonly #names: FreshNames;
  readonly #origins: ReturnType<typeof weightOrigins>;
  readonly #dependences = new Dependences();

  constructor(program: Program, options: QuantiseOptions) {
    this.#program = program;
    this.#options = options;
    this.#packed = new PackedBuffers(program);
    this.#names = FreshNames.ofBuffers(program);
    this.#origins = weightOrigins(program);
  }

  program(): Program {
    return this.#packed.withBody(restage(this.#list(this.#program.body, [])));
  }

  #list(instructions: readonly Instruction[], enclosing: readonly string[]): readonly Instruction[] {
    const vectors = new QuantisedVectors(this.#names);
    return instructions.flatMap((instruction): readonly Instruction[] => {
      if (instruction.op === "kernel") {
        const kernels = this.#kernel(instruction.kernel, vectors, enclosing);
        vectors.forget(storedBuffers(instruction.kernel));
        return kernels.map((kernel): Instruction => ({ op: "kernel", kernel }));
      }
      vectors.forget(instructionBuffers([instruction]));
      return [instruction.op === "loop" ? { ...instruction, body: this.#list(instruction.body, [...enclosing, instruction.axis.name]) } : instruction];
    });
  }

  #kernel(kernel: Kernel, vectors: QuantisedVectors, enclosing: readonly string[]): readonly Kernel[] {
    const candidates = new Set(products(kernel, this.#options.smallest));
    const found = new Map(kernel.reductions.map((reduction) => [reduction, candidates.has(reduction) ? this.#factors(kernel, reduction) : []] as const));
    if ([...found.values()].every((factors) => factors.length === 0)) return [kernel];
    const before: Kernel[] = [];
    const reductions: Reduction[] = [];
    const results = new Map<Reduction, ReadonlyMap<number, Expr>>();
    const rewriter: ExprRewriter = new ExprRewriter({
      expr: (expr) => (expr.op === "result" ? (results.get(expr.reduction)?.get(expr.slot) ?? expr) : expr),
      reduction: (reduction) => (results.has(reduction) ? reduction : rewriter.reduction(reduction)),
    });
    for (const [reduction, factors] of found) {
      if (factors.length === 0) {
        reductions.push(rewriter.reduction(reduction));
        continue;
      }
      const own = new Map<number, Expr>();
      const left = [...reduction.accumulators.keys()].filter((slot) => !factors.some((each) => each.slot === slot));
      if (left.length > 0) {
        const rest = rewriter.reduction({ ...reduction, accumulators: left.map((slot) => at(reduction.accumulators, slot)) });
        left.forEach((slot, i) => own.set(slot, { op: "result", kind: accumulatorKind(at(rest.accumulators, i), undefined), reduction: rest, slot: i }));
        reductions.push(rest);
      }
      const product = new IntegerProduct(kernel, reduction, this.#blocks(reduction), enclosing, rewriter);
      for (const { group, vector, kernels } of this.#byVector(kernel, reduction, factors, vectors, enclosing)) {
        before.push(...kernels);
        const { made, sums } = product.of(group, vector, (each) => quantiseWeights({ load: each.weight, outer: each.weightAxes, rows: rowsOf(kernel), axes: reduction.axes }, product.blocks, this.#options.quantisation, this.#packed));
        reductions.push(...made);
        for (const [slot, sum] of sums) own.set(slot, sum);
      }
      results.set(reduction, own);
    }
    const stores = kernel.stores.map((store) => ({ ...store, index: store.index.map((expr) => rewriter.expr(expr)), value: rewriter.expr(store.value) }));
    return [...before, { ...kernel, reductions, stores }];
  }

  #blocks(reduction: Reduction): Blocks {
    return defined(this.#blocksOrNone(reduction), "the blocks of a product");
  }

  #blocksOrNone({ axes }: Reduction): Blocks | undefined {
    const leading = axes.slice(0, -1).reduce((product, axis) => product * (staticExtent(axis) ?? Infinity), 1);
    return blocksOf(this.#options.quantisation, leading, staticExtent(at(axes, axes.length - 1)) ?? Infinity);
  }

  /** The sums that multiply one vector are computed together. */
  #byVector(kernel: Kernel, reduction: Reduction, factors: readonly Factors[], vectors: QuantisedVectors, enclosing: readonly string[]): { readonly group: Factors[]; readonly vector: QuantisedVector; readonly kernels: readonly Kernel[] }[] {
    const groups: { readonly group: Factors[]; readonly vector: QuantisedVector; readonly kernels: readonly Kernel[] }[] = [];
    for (const each of factors) {
      const hint = each.vector.op === "load" ? each.vector.buffer.name : kernel.name;
      const { vector, kernels } = vectors.of({ value: each.vector, outer: each.vectorAxes, axes: reduction.axes, enclosing }, this.#blocks(reduction), hint);
      const known = groups.find((group) => group.vector.integers === vector.integers);
      if (known === undefined) groups.push({ group: [each], vector, kernels });
      else known.group.push(each);
    }
    return groups;
  }

  #factors(kernel: Kernel, reduction: Reduction): readonly Factors[] {
    return reduction.accumulators.flatMap((accumulator, slot) => {
      const weights = weightLoads(kernel, { ...reduction, accumulators: [accumulator] }, rowsOf(kernel));
      if (weights.length === 0) return [];
      const parameters = [...new Set(weights.flatMap(({ buffer }) => this.#origins(buffer)))];
      const found = this.#factorsOf(kernel, reduction, accumulator, slot, weights, parameters);
      this.#options.told?.({ parameters, kept: typeof found === "string" ? found : undefined });
      return typeof found === "string" ? [] : [found];
    });
  }

  /** The factors of a sum, or why it stays as it is. */
  #factorsOf(kernel: Kernel, reduction: Reduction, { f, value }: Accumulator, slot: number, weights: readonly Load[], parameters: readonly string[]): Factors | string {
    const { rows, terms } = this.#options.fewest ?? fewestByDefault;
    const kept = parameters.filter((name) => this.#options.keep?.(name) === true);
    if (kept.length > 0) return "it is to be kept";
    if (f !== "sum" || value.op !== "binary" || value.f !== "multiply" || value.kind !== "real") return "what is summed is more than a product";
    const weight = weights.find((load) => load === value.left || load === value.right);
    if (weight === undefined) return "the weights are changed before they are multiplied";
    const vector = weight === value.left ? value.right : value.left;
    const { axes, reductions } = this.#dependences.of(vector);
    if (axes.has(rowsOf(kernel))) return "each row has a vector of its own";
    if (reductions.size > 0) return "the vector is a result of the kernel that multiplies it";
    if (reduction.axes.some((axis) => !axes.has(axis)) || vector.kind === "condition") return "the vector is one number";
    const last = at(reduction.axes, reduction.axes.length - 1);
    if (!this.#dependences.of(weight).axes.has(last)) return "a row of it is one number";
    const space = kernel.space.slice(0, -1);
    const vectorAxes = space.filter((axis) => axes.has(axis));
    if (vectorAxes.some(({ extent }) => extent.kind === "window")) return "its vectors lie in a window";
    if ((staticExtent(rowsOf(kernel)) ?? 0) < rows || (turns(reduction) ?? 0) < terms) return "it is small";
    if (this.#blocksOrNone(reduction) === undefined) return "its sums are too long";
    return { slot, weight, vector, vectorAxes, weightAxes: space.filter((axis) => this.#dependences.of(weight).axes.has(axis)) };
  }
}

function rowsOf({ space }: Kernel): Axis {
  return at(space, space.length - 1);
}

/** Makes the sums of integers of one reduction, one for each block, and what they amount to. */
class IntegerProduct {
  readonly #kernel: Kernel;
  readonly #reduction: Reduction;
  readonly #rewriter: ExprRewriter;
  readonly blocks: Blocks;
  readonly #pairs: Axis;
  readonly #halves: Axis;

  constructor(kernel: Kernel, reduction: Reduction, blocks: Blocks, enclosing: readonly string[], rewriter: ExprRewriter) {
    this.#kernel = kernel;
    this.#reduction = reduction;
    this.#rewriter = rewriter;
    this.blocks = blocks;
    const taken = new Set([...enclosing, ...[...kernel.space, ...reduction.axes].map(({ name }) => name)]);
    const axis = (hint: string, length: number): Axis => {
      let name = hint;
      for (let i = 2; taken.has(name); i++) name = `${hint}${i}`;
      taken.add(name);
      return { name, extent: { kind: "length", length: fixedLength(length) } };
    };
    this.#pairs = axis("pair", blocks.size / 2);
    this.#halves = axis("half", 2);
  }

  of(group: readonly Factors[], vector: QuantisedVector, weightsOf: (factors: Factors) => ReturnType<typeof quantiseWeights>): { readonly made: readonly Reduction[]; readonly sums: ReadonlyMap<number, Expr> } {
    const weights = group.map(weightsOf);
    const leading = this.#reduction.axes.slice(0, -1);
    const axes = [...leading, this.#pairs, this.#halves];
    const inner = axes.map(axisOf);
    const vectorIndex = (block: number): readonly Expr[] => [...at(group, 0).vectorAxes.map(axisOf), wholeNumber(block)];
    const weightIndex = ({ weightAxes }: Factors): readonly Expr[] => weightAxes.map(axisOf);
    const row = axisOf(rowsOf(this.#kernel));
    const made = Array.from({ length: this.blocks.count }, (_, block): Reduction => ({
      axes,
      depth: this.#reduction.depth,
      accumulators: group.map((factors, i): Accumulator => {
        const weight = loadOf(at(weights, i).integers, [...weightIndex(factors), row, wholeNumber(block), ...inner]);
        const { source } = at(this.#reduction.accumulators, factors.slot);
        return { f: "sum", value: binary("multiply", "int", weight, loadOf(vector.integers, [...vectorIndex(block), ...inner])), source };
      }),
    }));
    const sums = group.map((factors, i): [number, Expr] => {
      const { start } = at(this.#reduction.accumulators, factors.slot);
      const parts = made.map((reduction, block): Expr => {
        const scale = binary("multiply", "real", loadOf(at(weights, i).scales, [...weightIndex(factors), wholeNumber(block), row]), loadOf(vector.scales, vectorIndex(block)));
        return binary("multiply", "real", { op: "result", kind: "real", reduction, slot: i }, scale);
      });
      const all = start === undefined ? parts : [this.#rewriter.expr(start), ...parts];
      return [factors.slot, all.reduce((sum, part) => binary("add", "real", sum, part))];
    });
    return { made, sums: new Map(sums) };
  }
}
