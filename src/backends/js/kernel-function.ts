/**
 * One kernel as one function. The axes of the space become nested loops, outermost first; each reduction runs at its depth,
 * before the loops inside it; the stores stand innermost. An axis that is tiled runs in blocks, and each block computes its
 * positions side by side, so that what is loaded for one serves all; what remains at the end gets code of its own.
 */
import { staticLength } from "../../ir/graph/length.js";
import { internKernel } from "../../ir/kernel/intern.js";
import type { Accumulator, Axis, Buffer, Expr, Kernel, Reduction } from "../../ir/kernel/kernel.js";
import { printKernel } from "../../ir/kernel/print.js";
import { isTileable } from "../../ir/kernel/tile.js";
import { loadedBuffers, type Numbering, visitExprs } from "../../ir/kernel/traverse.js";
import type { HelperName } from "../../runtime/helpers.js";
import { defined } from "../../support/invariant.js";
import { atomAffine, constantAffine, scaleAffine } from "./affine.js";
import type { NamedExternal, Placement } from "./externals.js";
import { commentText, Names } from "../names.js";
import { precedence, operand, type Text } from "./scalar.js";
import { Scope } from "./scope.js";
import type { Lanes } from "./addresses.js";
import { Values } from "./values.js";

export interface KernelFunction {
  readonly name: string;
  readonly parameters: readonly NamedExternal[];
  readonly helpers: ReadonlySet<HelperName>;
  /** The text of the function with the given names as its parameters. */
  text(parameters: readonly string[]): string;
}

export interface KernelContext {
  readonly placement: Placement;
  /** Names of the module: the function and what it declares beside itself take new ones. */
  readonly names: Names;
  /** What names of functions begin with. */
  readonly prefix: string;
  readonly ids: Numbering<object>;
  /** False: without the text of the kernel above the function. */
  readonly comments: boolean;
}

export function emitKernel(kernel: Kernel, context: KernelContext): KernelFunction {
  return new KernelEmitter(internKernel(kernel), context).emit();
}

/** A function that gives the value of one expression: the bounds of a loop over a window. */
export function emitExpression(expr: Expr, name: string, context: KernelContext): KernelFunction {
  const pseudo: Kernel = { name, stage: 0, space: [], reductions: [], stores: [{ buffer: noBuffer, index: [], value: expr, source: undefined }] };
  const kernel = internKernel(pseudo);
  const functionName = context.names.fresh(`${context.prefix}_${name}`, "bound");
  const values = new Values(kernel, new Names(context.names, parameterNames), context.placement, [], context.ids);
  const text = values.value(defined(kernel.stores[0], "the expression").value, values.root, []);
  const body = [...values.head, ...values.root.lines, `return ${text.text};`].map((line) => `  ${line}`);
  return {
    name: functionName,
    parameters: values.externals.list,
    helpers: values.helpers,
    text: (parameters) => `${[`function ${functionName}(${parameters.join(", ")}) {`, ...body, "}"].join("\n")}\n`,
  };
}

const noBuffer: Buffer = { name: "", role: "temporary", element: "int32", shape: [], source: undefined };

class KernelEmitter {
  readonly #kernel: Kernel;
  readonly #names: Names;
  readonly #moduleNames: Names;
  readonly #name: string;
  readonly #values: Values;
  readonly #tile: readonly number[];
  readonly #comments: boolean;
  /** What stands before the function: memory of `top`. */
  readonly #before: string[] = [];

  constructor(kernel: Kernel, { placement, names, prefix, ids, comments }: KernelContext) {
    this.#comments = comments;
    this.#kernel = kernel;
    this.#moduleNames = names;
    this.#name = names.fresh(`${prefix}_${kernel.name}`, "kernel");
    this.#names = new Names(names, parameterNames);
    this.#tile = kernel.space.map((axis, d) => tileOf(kernel, axis, d));
    this.#values = new Values(kernel, this.#names, placement, this.#tile.map((size) => size > 1), ids);
  }

  emit(): KernelFunction {
    const kernel = this.#kernel;
    this.#space(0, this.#values.root, kernel.space.map(() => 1));
    const comment = !this.#comments ? [] : printKernel(kernel, { comments: true }).trimEnd().split("\n").map((line) => `// ${commentText(line)}`);
    const body = [...this.#values.head, ...this.#values.root.lines].map((line) => `  ${line}`);
    return {
      name: this.#name,
      parameters: this.#values.externals.list,
      helpers: this.#values.helpers,
      text: (parameters) => `${[...comment, ...this.#before, `function ${this.#name}(${parameters.join(", ")}) {`, ...body, "}"].join("\n")}\n`,
    };
  }

  /** What runs inside the first `depth` axes. `counts` are the lanes of each axis in this copy of the code. */
  #space(depth: number, scope: Scope, counts: readonly number[]): void {
    this.#values.setTiles(counts);
    for (const reduction of this.#kernel.reductions) {
      if (reduction.depth === depth) this.#reduction(reduction, scope, counts);
    }
    const axis = this.#kernel.space[depth];
    if (axis === undefined) {
      this.#stores(scope, counts);
      return;
    }
    const size = staticLength(axis.extent.length);
    const tile = this.#tile[depth] ?? 1;
    const lanes = (count: number): number[] => counts.map((old, d) => (d === depth ? count : old));
    if (axis.extent.kind === "window" || tile === 1) {
      if (axis.extent.kind === "length" && size === 0) return;
      this.#loop(axis, scope, (inner) => this.#space(depth + 1, inner, lanes(1)));
    } else if (size !== undefined) {
      const blocks = Math.floor(size / tile);
      const rest = size - blocks * tile;
      if (blocks > 0) {
        const inner = new Scope(scope);
        const block = this.#names.fresh(`${axis.name}_block`, "block");
        const start = blocks === 1 ? constantAffine(0) : scaleAffine(atomAffine(block), tile);
        this.#values.bindAxis(axis, start, inner);
        this.#space(depth + 1, inner, lanes(tile));
        scope.nest(blocks === 1 ? "{" : `for (let ${block} = 0; ${block} < ${blocks}; ${block}++) {`, inner);
      }
      if (rest > 0) {
        const inner = new Scope(scope);
        this.#values.bindAxis(axis, constantAffine(size - rest), inner);
        this.#space(depth + 1, inner, lanes(rest));
        scope.nest("{", inner);
      }
    } else {
      const length = this.#values.length(axis.extent.length);
      const blocks = this.#names.fresh(`${axis.name}_blocks`, "blocks");
      const block = this.#names.fresh(`${axis.name}_block`, "block");
      scope.add(`const ${blocks} = Math.floor(${length} / ${tile});`);
      const inner = new Scope(scope);
      this.#values.bindAxis(axis, scaleAffine(atomAffine(block), tile), inner);
      this.#space(depth + 1, inner, lanes(tile));
      scope.nest(`for (let ${block} = 0; ${block} < ${blocks}; ${block}++) {`, inner);
      const last = new Scope(scope);
      const variable = this.#names.fresh(axis.name, "i");
      this.#values.bindAxis(axis, atomAffine(variable), last);
      this.#space(depth + 1, last, lanes(1));
      scope.nest(`for (let ${variable} = ${blocks} * ${tile}; ${variable} < ${length}; ${variable}++) {`, last);
    }
    this.#values.setTiles(counts);
  }

  /** A plain loop over an axis; a loop of one turn is a block. */
  #loop(axis: Axis, scope: Scope, body: (inner: Scope) => void): void {
    const { extent } = axis;
    const inner = new Scope(scope);
    const length = this.#values.length(extent.length);
    if (extent.kind === "length" && length === "1") {
      this.#values.bindAxis(axis, constantAffine(0), scope);
      body(scope);
      return;
    }
    const variable = this.#names.fresh(axis.name, "i");
    let start = "0";
    let end = length;
    if (extent.kind === "window") {
      const lanes = this.#kernel.space.map(() => 0);
      start = this.#bound(this.#values.value(extent.start, scope, lanes), variable, "from", scope, (text) => `Math.max(0, ${text})`);
      end = this.#bound(this.#values.value(extent.end, scope, lanes), variable, "to", scope, (text) => `Math.min(${length}, ${text})`);
    }
    this.#values.bindAxis(axis, atomAffine(variable), inner);
    body(inner);
    scope.nest(`for (let ${variable} = ${start}; ${variable} < ${end}; ${variable}++) {`, inner);
  }

  #bound(text: Text, variable: string, hint: string, scope: Scope, clamp: (text: string) => string): string {
    const clamped = clamp(text.text);
    if (clamped === "Math.max(0, 0)") return "0";
    const name = this.#names.fresh(`${variable}_${hint}`, hint);
    scope.add(`const ${name} = ${clamped};`);
    return name;
  }

  /** Every combination of lanes of the first `depth` axes. */
  #lanes(depth: number, counts: readonly number[]): Lanes[] {
    let all: number[][] = [[]];
    for (let d = 0; d < this.#kernel.space.length; d++) {
      const count = d < depth ? (counts[d] ?? 1) : 1;
      all = all.flatMap((lanes) => Array.from({ length: count }, (_, lane) => [...lanes, lane]));
    }
    return all;
  }

  #reduction(reduction: Reduction, scope: Scope, counts: readonly number[]): void {
    const all = this.#lanes(reduction.depth, counts);
    const names = new Map<string, string>();
    const after: (() => void)[] = [];
    const inside: ((inner: Scope) => void)[] = [];
    // Lane by lane: with eight sums that is up to 1.04 faster than sum by sum (bench/KERNELS.md).
    for (const [i, lanes] of all.entries()) {
      for (const [slot, accumulator] of reduction.accumulators.entries()) {
        const hint = all.length === 1 ? accumulator.source : `${accumulator.source ?? "a"}_${i}`;
        const name = accumulator.source === undefined && all.length === 1 ? this.#names.numbered("a") : this.#names.fresh(hint, "a");
        names.set(`${slot}@${lanes.join(",")}`, name);
        const ids = this.#names.fresh(`${name}_ids`, "ids");
        names.set(`${slot}@${lanes.join(",")} ids`, ids);
        inside.push(this.#accumulate(reduction, accumulator, [name, ids], scope, lanes, after));
      }
    }
    const nest = (depth: number, outer: Scope): void => {
      const axis = reduction.axes[depth];
      if (axis === undefined) {
        this.#readFirst(reduction, outer, all[0] ?? []);
        for (const add of inside) add(outer);
      } else this.#loop(axis, outer, (inner) => nest(depth + 1, inner));
    };
    nest(0, scope);
    for (const add of after) add();
    this.#values.bindResults(reduction, { scope, names });
  }

  /**
   * Reads a weight before anything else of a turn, so that its index is checked first: the loops of products are short, and
   * where the branch of that check lies in them decides how fast some processors run (bench/KERNELS.md).
   */
  #readFirst(reduction: Reduction, scope: Scope, lanes: Lanes): void {
    const inner = reduction.axes.at(-1);
    const find = (expr: Expr): Expr | undefined => {
      if (expr.op === "binary") return find(expr.left) ?? find(expr.right);
      if (expr.op === "unary") return find(expr.arg);
      if (expr.op !== "load" || inner === undefined) return undefined;
      return this.#values.variesAlong(expr, inner) && this.#kernel.space.some((axis) => this.#values.variesAlong(expr, axis)) ? expr : undefined;
    };
    // Of several vectors, the elements come first: there it is their reads that keep the branch from the line's end.
    if (this.#vectorLoads(reduction, inner) > 1) return;
    for (const { value } of reduction.accumulators) {
      const weight = find(value);
      if (weight === undefined) continue;
      this.#values.named(weight, scope, lanes);
      return;
    }
  }

  /** How many elements each turn reads that serve all positions of the space. */
  #vectorLoads({ accumulators }: Reduction, inner: Axis | undefined): number {
    const found = new Set<Expr>();
    visitExprs(accumulators.map(({ value }) => value), (expr) => {
      if (expr.op !== "load" || inner === undefined || !this.#values.variesAlong(expr, inner)) return;
      if (!this.#kernel.space.some((axis) => this.#values.variesAlong(expr, axis))) found.add(expr);
    });
    return found.size;
  }

  /** Declares an accumulator; what it gives back adds one term. */
  #accumulate(reduction: Reduction, accumulator: Accumulator, [name, ids]: readonly [string, string], scope: Scope, lanes: Lanes, after: (() => void)[]): (inner: Scope) => void {
    const { f, value } = accumulator;
    const term = (inner: Scope): Text => this.#values.value(value, inner, lanes);
    const start = (empty: string): string => (accumulator.start === undefined ? empty : this.#values.value(accumulator.start, scope, lanes).text);
    const lowest = value.kind === "int" ? "-2147483648" : "-Infinity";
    const highest = value.kind === "int" ? "2147483647" : "Infinity";
    switch (f) {
      case "sum":
        // What a sum begins with is added last where it comes from memory: its place then needs no register in the loop.
        if (accumulator.start !== undefined && accumulator.start.op !== "result") {
          scope.add(`let ${name} = 0;`);
          after.push(() => scope.add(`${name} += ${start("0")};`));
        } else scope.add(`let ${name} = ${start("0")};`);
        return (inner) => inner.add(`${name} += ${term(inner).text};`);
      case "max":
        scope.add(`let ${name} = ${start(lowest)};`);
        return (inner) => inner.add(`${name} = Math.max(${name}, ${term(inner).text});`);
      case "min":
        scope.add(`let ${name} = ${start(highest)};`);
        return (inner) => inner.add(`${name} = Math.min(${name}, ${term(inner).text});`);
      case "argmax": {
        const best = this.#names.fresh(`${name}_best`, "best");
        scope.add(`let ${name} = -1;`);
        scope.add(`let ${best} = -Infinity;`);
        after.push(() => scope.add(`if (${name} < 0) ${name} = 0;`));
        return (inner) => {
          const v = this.#variable(term(inner), inner);
          inner.add(`if (${name} < 0 || ${v} > ${best} || (${v} !== ${v} && ${best} === ${best})) {`);
          inner.lines.push(`  ${best} = ${v};`, `  ${name} = ${this.#position(reduction, inner, lanes)};`, "}");
        };
      }
      case "top": {
        const k = accumulator.k ?? 1;
        const values = this.#moduleNames.fresh(`${this.#name}_values`, "values");
        const places = this.#moduleNames.fresh(`${this.#name}_ids`, "ids");
        const count = this.#names.fresh(`${name}_count`, "count");
        this.#before.push(`const ${values} = new Float64Array(${k});`, `const ${places} = new Int32Array(${k});`);
        scope.add(`const ${name} = ${values}.fill(0), ${ids} = ${places}.fill(0);`);
        scope.add(`let ${count} = 0;`);
        const insert = this.#values.use("insertTop");
        return (inner) => inner.add(`${count} = ${insert}(${values}, ${places}, ${count}, ${term(inner).text}, ${this.#position(reduction, inner, lanes)});`);
      }
    }
  }

  #position(reduction: Reduction, scope: Scope, lanes: Lanes): string {
    const axis = defined(reduction.axes[0], "the axis of an argmax");
    return this.#values.value({ op: "axis", kind: "int", axis }, scope, lanes).text;
  }

  #variable(text: Text, scope: Scope): string {
    if (/^[A-Za-z]\w*$/.test(text.text)) return text.text;
    const name = this.#names.numbered("v");
    scope.add(`const ${name} = ${text.text};`);
    return name;
  }

  #stores(scope: Scope, counts: readonly number[]): void {
    const loaded = loadedBuffers(this.#kernel);
    const { stores, space } = this.#kernel;
    // Every load of a position comes before its stores: where one could overtake the other, values are computed first.
    const careful = stores.length > 1 && stores.some((store) => loaded.has(store.buffer));
    const lines: string[] = [];
    for (const store of stores) {
      for (const lanes of this.#lanes(space.length, counts)) {
        const value = this.#values.value(store.value, scope, lanes);
        const text = store.value.kind === "condition" ? { text: `${operand(value, precedence.conditional + 1)} ? 1 : 0`, binds: precedence.conditional } : value;
        const name = careful ? this.#variable(text, scope) : text.text;
        const line = `${this.#values.element(store.buffer, store.index, scope, lanes)} = ${name};`;
        if (careful) lines.push(line);
        else scope.add(line);
      }
    }
    scope.lines.push(...lines);
  }
}

/** Names that functions give their parameters; module-level code keeps away from them. */
const parameterNames: ReadonlySet<string> = new Set(["F", "I", "o", "L", "t", "seed0", "seed1", "inputs", "set"]);

/** The tile of an axis, no larger than the axis. */
function tileOf(kernel: Kernel, axis: Axis, d: number): number {
  const asked = kernel.tile?.[d] ?? 1;
  const size = staticLength(axis.extent.length);
  if (asked <= 1 || size === 0 || !isTileable(kernel, d)) return 1;
  return size === undefined ? asked : Math.min(asked, size);
}
