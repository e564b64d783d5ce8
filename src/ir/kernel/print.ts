/**
 * The text form of kernels. A kernel prints to the same text however its expressions are shared, and the text parses back
 * to the same kernel (see parse.ts for the grammar).
 *
 *   kernel step stage 0 (t:time, j:128) {
 *     for k:128 at (t, j) {
 *       v0 = h[k]
 *       a0 = sum v0 * w0[j,k] from x0[t,j]
 *     }
 *     h2[j] = tanh(a0)
 *   }
 *
 * `for` is a reduction; `at` lists the axes of the space that it runs inside and is left out where that is all of them.
 * Accumulators are called a0, a1, ..., expressions that are used twice v0, v1, ... A kind is written, as in `real(i + 1)`,
 * only where it does not follow.
 */
import { TextWriter } from "../../support/text-writer.js";
import { internKernel } from "./intern.js";
import type { Accumulator, Axis, BinaryFunction, Expr, Kernel, Reduction } from "./kernel.js";
import { naturalKind } from "./kinds.js";
import { BufferNames, printLength, quoteAxis, quoteName } from "./names.js";
import { accumulatorRoots, countUses, Dependences, exprChildren, kernelRoots } from "./traverse.js";

export interface PrintKernelOptions {
  /** Buffers numbered by first use, kernels without their names: equal for every spelling of a model. */
  readonly canonical?: boolean;
  /** What the source calls each value, as comments. Never in canonical form. */
  readonly comments?: boolean;
  /** Shared between kernels that are printed together. */
  readonly names?: BufferNames;
  /** In canonical form, what stands for the kernel's name. */
  readonly name?: string;
}

export function printKernel(kernel: Kernel, options: PrintKernelOptions = {}): string {
  const writer = new TextWriter();
  writeKernel(writer, kernel, options);
  return writer.toString();
}

export function writeKernel(writer: TextWriter, kernel: Kernel, options: PrintKernelOptions = {}): void {
  new KernelPrinter(writer, internKernel(kernel), options).print();
}

/** An axis outside of any kernel, as a loop of a program has it. */
export function axisText(axis: Axis, names: BufferNames): string {
  const loop: Kernel = { name: "loop", stage: 0, space: [axis], reductions: [], stores: [] };
  return new KernelPrinter(new TextWriter(), internKernel(loop), { names, canonical: names.canonical }).axes();
}

/** Operators are written between their arguments, every other function before them. */
export const infix: { readonly [F in BinaryFunction]: string | undefined } = {
  add: "+",
  multiply: "*",
  subtract: "-",
  divide: "/",
  modulo: "%",
  power: undefined,
  minimum: undefined,
  maximum: undefined,
  less: "<",
  lessEqual: "<=",
  equal: "==",
  notEqual: "!=",
  and: "&&",
  or: "||",
};

class KernelPrinter {
  readonly #writer: TextWriter;
  readonly #kernel: Kernel;
  readonly #names: BufferNames;
  readonly #canonical: boolean;
  readonly #comments: boolean;
  readonly #title: string;
  readonly #uses: ReadonlyMap<Expr, number>;
  readonly #dependences = new Dependences();
  readonly #accumulators = new Map<Accumulator, string>();
  readonly #values = new Map<Expr, string>();

  constructor(writer: TextWriter, kernel: Kernel, options: PrintKernelOptions) {
    this.#writer = writer;
    this.#kernel = kernel;
    this.#canonical = options.canonical ?? false;
    this.#comments = !this.#canonical && (options.comments ?? false);
    this.#names = options.names ?? new BufferNames(this.#canonical);
    this.#title = this.#canonical ? (options.name ?? "k") : quoteName(kernel.name);
    this.#uses = countUses(kernelRoots(kernel));
  }

  axes(): string {
    return this.#kernel.space.map((axis) => this.#axis(axis)).join(", ");
  }

  print(): void {
    const { reductions, stores, stage, tile } = this.#kernel;
    const axes = this.axes();
    const tiles = tile === undefined ? "" : ` tile (${tile.join(", ")})`;
    this.#writer.block(`kernel ${this.#title} stage ${stage} (${axes})${tiles} {`, () => {
      for (const reduction of reductions) this.#reduction(reduction);
      for (const store of stores) {
        this.#define([...store.index, store.value], () => true);
        const index = store.index.map((expr) => this.#expr(expr)).join(",");
        this.#line(`${this.#names.name(store.buffer)}[${index}] = ${this.#expr(store.value)}`, store.source);
      }
    });
  }

  #line(text: string, source: string | undefined): void {
    // A comment ends with its line: a source name cannot break out of it.
    const comment = this.#comments && source !== undefined && source !== "" ? `  // ${source.replace(/[\r\n\u2028\u2029]+/g, " ")}` : "";
    this.#writer.line(text + comment);
  }

  #axis(axis: Axis): string {
    const { extent } = axis;
    const length = printLength(extent.length);
    const size = /^\w+$/.test(length) || length.startsWith('"') ? length : `(${length})`;
    const window = extent.kind === "window" ? `[${this.#expr(extent.start)} .. ${this.#expr(extent.end)}]` : "";
    return `${quoteAxis(axis.name)}:${size}${window}`;
  }

  #reduction(reduction: Reduction): void {
    const { space } = this.#kernel;
    const own = new Set<Axis>(reduction.axes);
    // What does not depend on the reduction's own axes stands before it, the rest inside.
    const roots = reduction.accumulators.flatMap(accumulatorRoots);
    const bounds = reduction.axes.flatMap(({ extent }) => (extent.kind === "window" ? [extent.start, extent.end] : []));
    this.#define([...bounds, ...roots], (expr) => ![...this.#dependences.of(expr).axes].some((axis) => own.has(axis)));
    const inside = reduction.depth === space.length ? "" : ` at (${space.slice(0, reduction.depth).map((axis) => quoteAxis(axis.name)).join(", ")})`;
    const axes = reduction.axes.map((axis) => this.#axis(axis)).join(", ");
    this.#writer.block(`for ${axes}${inside} {`, () => {
      for (const accumulator of reduction.accumulators) {
        this.#define(accumulatorRoots(accumulator), () => true);
        const name = `a${this.#accumulators.size}`;
        const kind = accumulator.f === "top" ? `top ${accumulator.k ?? 1}` : accumulator.f;
        const start = accumulator.start === undefined ? "" : ` from ${this.#expr(accumulator.start)}`;
        this.#line(`${name} = ${kind} ${this.#expr(accumulator.value)}${start}`, accumulator.source);
        this.#accumulators.set(accumulator, name);
      }
    });
  }

  /** Writes the values below the roots that are used twice and fit, arguments first. */
  #define(roots: readonly Expr[], fits: (expr: Expr) => boolean): void {
    const seen = new Set<Expr>();
    const walk = (expr: Expr): void => {
      if (seen.has(expr) || this.#values.has(expr)) return;
      seen.add(expr);
      for (const child of exprChildren(expr)) walk(child);
      if (!fits(expr) || (this.#uses.get(expr) ?? 0) < 2 || isLeaf(expr)) return;
      const text = this.#expr(expr);
      const name = `v${this.#values.size}`;
      this.#values.set(expr, name);
      this.#line(`${name} = ${text}`, "source" in expr ? expr.source : undefined);
    };
    for (const root of roots) walk(root);
  }

  #expr(expr: Expr): string {
    const name = this.#values.get(expr);
    if (name !== undefined) return name;
    const text = this.#plain(expr);
    return expr.kind === naturalKind(expr) ? text : `${expr.kind}(${strip(text)})`;
  }

  #plain(expr: Expr): string {
    switch (expr.op) {
      case "number":
        return numberText(expr.value, expr.kind);
      case "axis":
        return quoteAxis(expr.axis.name);
      case "length":
        return `length(${printLength(expr.length)})`;
      case "load":
        return `${this.#names.name(expr.buffer)}[${expr.index.map((each) => this.#expr(each)).join(",")}]`;
      case "unary":
        return `${expr.f}(${strip(this.#expr(expr.arg))})`;
      case "binary": {
        const operator = infix[expr.f];
        if (operator === undefined) return `${expr.f}(${strip(this.#expr(expr.left))}, ${strip(this.#expr(expr.right))})`;
        return `(${this.#expr(expr.left)} ${operator} ${this.#expr(expr.right)})`;
      }
      case "select":
        return `select(${[expr.condition, expr.yes, expr.no].map((each) => strip(this.#expr(each))).join(", ")})`;
      case "draw":
        return `draw(${[String(expr.site), ...expr.counters.map((each) => strip(this.#expr(each)))].join(", ")})`;
      case "result": {
        const accumulator = expr.reduction.accumulators[expr.slot];
        const name = (accumulator === undefined ? undefined : this.#accumulators.get(accumulator)) ?? "a?";
        if (expr.part === undefined && expr.rank === undefined) return name;
        return `${name}.${expr.part ?? "values"}(${expr.rank === undefined ? "" : strip(this.#expr(expr.rank))})`;
      }
    }
  }
}

function isLeaf(expr: Expr): boolean {
  return expr.op === "number" || expr.op === "axis" || expr.op === "length" || (expr.op === "result" && expr.rank === undefined);
}

/** An expression that stands alone needs no parentheses around it. */
function strip(text: string): string {
  if (!text.startsWith("(") || !text.endsWith(")")) return text;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '"') {
      for (i++; text[i] !== '"'; i++) if (text[i] === "\\") i++;
    } else if (c === "(") depth++;
    else if (c === ")" && --depth === 0 && i < text.length - 1) return text;
  }
  return text.slice(1, -1);
}

/** Integers are written without, reals with a point or an exponent. */
export function numberText(value: number, kind: Expr["kind"]): string {
  if (kind === "condition") return value === 0 ? "false" : "true";
  const text = Object.is(value, -0) ? "-0" : String(value);
  if (kind === "int" || !/^-?\d+$/.test(text)) return text;
  return `${text}.0`;
}
