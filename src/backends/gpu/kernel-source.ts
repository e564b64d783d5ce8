/**
 * One kernel as a gpu.js function: a text that begins with `function`, takes textures and numbers, and returns the one value
 * that the thread at (x, y) stores. What it may contain is the common ground of all of gpu.js's backends: scalars, loops
 * with fixed bounds, `if`; no arrays of its own, no `break`, no local that hides a parameter.
 *
 * Integers are floats there. They are whole numbers below 2^24, so sums and products are exact, and quotients are rounded
 * down from half a unit above, which stays right where a device divides inexactly.
 */
import { staticElements, staticLength } from "../../ir/graph/length.js";
import { internKernel } from "../../ir/kernel/intern.js";
import type { Accumulator, Axis, Buffer, Expr, Kernel, Reduction } from "../../ir/kernel/kernel.js";
import { countUses, Dependences, kernelRoots } from "../../ir/kernel/traverse.js";
import { fail } from "../../support/diagnostics.js";
import { at, defined } from "../../support/invariant.js";
import { Names } from "../names.js";
import { constantDifference } from "./integer-sum.js";
import { binaryRules, repeats, unaryRules, type FunctionText } from "./functions.js";
import { KernelArguments, type NumberArgument } from "./kernel-arguments.js";
import { literalText } from "./literals.js";
import { positionLines } from "./positions.js";
import { quadKernel } from "./quad-kernel.js";
import { keepFunction, quad, quadFunction } from "./quads.js";
import { Scope } from "./scope.js";
import { placeText, quadPlace } from "./places.js";
import type { FreeSizes, Texture } from "./texture-layout.js";

export interface KernelText {
  readonly source: string;
  /** Arguments, in order: textures, then numbers. */
  readonly loads: readonly Buffer[];
  readonly numbers: readonly NumberArgument[];
  /** Capacities that it counts with, as constants of the kernel. */
  readonly capacities: readonly number[];
  /** Buffers that it puts out besides what it returns, each by a call of `keep0`, `keep1` and so on. */
  readonly keeps: readonly Buffer[];
}

export interface KernelContext {
  readonly texture: (buffer: Buffer) => Texture;
  readonly sizes: FreeSizes;
}

/** Four values where its buffer holds quads. */
export function kernelSource(kernel: Kernel, context: KernelContext): KernelText {
  const quads = quadKernel(internKernel(kernel), (buffer) => context.texture(buffer).quads);
  return new KernelSource(internKernel(quads), context).emit();
}

class KernelSource {
  readonly #kernel: Kernel;
  readonly #context: KernelContext;
  readonly #names = new Names();
  readonly #uses: ReadonlyMap<Expr, number>;
  readonly #dependences = new Dependences();
  readonly #arguments: KernelArguments;
  readonly #axes = new Map<Axis, string>();
  readonly #results = new Map<Reduction, readonly string[]>();
  /** What stands for a place of four elements in scopes. */
  readonly #quads = new Map<string, object>();
  #body = new Scope(undefined, false);

  constructor(kernel: Kernel, context: KernelContext) {
    this.#kernel = kernel;
    this.#context = context;
    this.#arguments = new KernelArguments(this.#fresh, context.sizes);
    this.#uses = countUses(kernelRoots(kernel));
    for (const name of [quadFunction, ...kernel.stores.map((_, i) => `${keepFunction}${i}`)]) this.#names.fresh(name, name);
  }

  emit(): KernelText {
    const { stores } = this.#kernel;
    const { buffer } = at(stores, 0);
    const root = this.#body;
    this.#thread(root, buffer);
    const guards: { readonly scope: Scope; readonly test: string }[] = [];
    for (const axis of this.#kernel.space) {
      const test = this.#guard(axis, buffer);
      if (test === undefined) continue;
      guards.push({ scope: this.#body, test });
      this.#body = new Scope(this.#body, true);
    }
    let values = stores.map(({ value }) => this.#number(value, this.#body));
    if (guards.length > 0) {
      const results = values.map(() => this.#fresh("value"));
      values.forEach((value, i) => this.#body.lines.push(`${at(results, i)} = ${value};`));
      for (const [i, { scope, test }] of [...guards.entries()].reverse()) {
        if (i === 0) root.lines.push(...results.map((result) => `let ${result} = 0.0;`));
        scope.nest(`if (${test}) {`, this.#body);
        this.#body = scope;
      }
      values = results;
    }
    // All stores of one buffer are one place of it; the last buffer is what the function returns.
    const buffers = [...new Set(stores.map((store) => store.buffer))];
    const count = values.length / buffers.length;
    const keeps = buffers.slice(0, -1);
    keeps.forEach((_, i) => root.lines.push(`const ${this.#fresh("kept")} = ${keepFunction}${i}(${values.slice(i * count, (i + 1) * count).join(", ")});`));
    const returned = values.slice(-count);
    root.lines.push(`return ${count === 1 ? at(returned, 0) : `[${returned.join(", ")}]`};`);
    const lines = [`function (${this.#arguments.names.join(", ")}) {`, ...root.lines.map((line) => `  ${line}`), "}"];
    return { source: lines.join("\n"), ...this.#arguments.all, keeps };
  }

  #fresh = (hint: string): string => this.#names.fresh(hint, "v");

  // ---- Where the thread is.

  /** Names the axes of the space, from the place of the thread in the texture. */
  #thread(scope: Scope, buffer: Buffer): void {
    const { layout } = this.#context.texture(buffer);
    const { space } = this.#kernel;
    if (layout.kind === "rows") {
      this.#split(scope, "this.thread.y", space.slice(0, layout.inner), false);
      this.#split(scope, "this.thread.x", space.slice(layout.inner), false);
      return;
    }
    this.#split(scope, `this.thread.y * ${layout.width} + this.thread.x`, space, true);
  }

  #split(scope: Scope, text: string, axes: readonly Axis[], large: boolean): void {
    const names = axes.map((axis) => this.#fresh(axis.name));
    axes.forEach((axis, i) => this.#axes.set(axis, at(names, i)));
    const sizes = axes.map((axis) => () => this.#arguments.capacity(axis.extent.length));
    scope.lines.push(...positionLines(text, names, sizes, large, this.#fresh));
  }

  /** What holds of positions that are not beyond the end of an axis. */
  #guard(axis: Axis, buffer: Buffer): string | undefined {
    const name = this.#axis(axis);
    const tests: string[] = [];
    const { layout, shape } = this.#context.texture(buffer);
    // The last line of a folded texture may be longer than what is left.
    const count = staticElements(shape) ?? NaN;
    const folded = layout.kind === "folded" && axis === this.#kernel.space[0] && count % layout.width !== 0;
    if (folded || staticLength(axis.extent.length) === undefined) tests.push(`${name} < ${this.#arguments.length(axis.extent.length)}`);
    if (axis.extent.kind === "window") tests.push(`${name} >= ${this.#text(axis.extent.start, this.#body)}`, `${name} < ${this.#text(axis.extent.end, this.#body)}`);
    return tests.length === 0 ? undefined : tests.join(" && ");
  }

  #axis(axis: Axis): string {
    return this.#axes.get(axis) ?? this.#arguments.axis(axis);
  }

  // ---- Values.

  /** A number, also of a condition. */
  #number(expr: Expr, scope: Scope): string {
    const text = this.#text(expr, scope);
    if (expr.kind !== "condition") return text;
    const name = this.#fresh("c");
    scope.lines.push(`let ${name} = 0.0;`, `if (${text}) {`, `  ${name} = 1.0;`, "}");
    return name;
  }

  #text(expr: Expr, scope: Scope): string {
    switch (expr.op) {
      case "number":
        return literalText(expr, () => this.#arguments.infinity);
      case "axis":
        return this.#axis(expr.axis);
      case "length":
        return this.#arguments.length(expr.length);
      default:
        return this.#computed(expr, scope);
    }
  }

  #computed(expr: Expr, scope: Scope): string {
    const known = scope.find(expr);
    if (known !== undefined) return known;
    const home = scope.home(this.#dependences.of(expr).axes);
    const text = this.#make(expr, home);
    if (/^[A-Za-z_]\w*$/.test(text) || ((this.#uses.get(expr) ?? 0) <= 1 && home === scope)) {
      home.define(expr, text);
      return text;
    }
    return this.#named(expr, text, home);
  }

  /** Gives a text a name; conditions become numbers on the way. */
  #named(expr: Expr, text: string, scope: Scope): string {
    const name = this.#fresh(("source" in expr ? expr.source : undefined) ?? "v");
    if (expr.kind === "condition") {
      scope.lines.push(`let ${name} = 0.0;`, `if (${text}) {`, `  ${name} = 1.0;`, "}");
      scope.define(expr, `(${name} > 0.5)`);
      return `(${name} > 0.5)`;
    }
    scope.lines.push(`const ${name} = ${text};`);
    scope.define(expr, name);
    return name;
  }

  #make(expr: Expr, scope: Scope): string {
    switch (expr.op) {
      case "number":
      case "axis":
      case "length":
        return this.#text(expr, scope);
      case "load": {
        const text = this.#load(expr.buffer, expr.index, scope);
        return expr.kind === "condition" ? `(${text} > 0.5)` : text;
      }
      case "unary": {
        if (expr.f === "not") return `(${this.#number(expr.arg, scope)} < 0.5)`;
        if (expr.f === "floor") return this.#floor(expr.arg, scope);
        return this.#lines(unaryRules[expr.f](this.#operand(expr.f, expr.arg, scope), this.#fresh), scope);
      }
      case "binary": {
        if ((expr.f === "minimum" || expr.f === "maximum") && (expr.left.kind === "int" || expr.right.kind === "int")) return this.#extreme(expr, scope);
        const conditions = expr.left.kind === "condition" && (expr.f === "equal" || expr.f === "notEqual");
        const side = (arg: Expr): string => (conditions ? this.#number(arg, scope) : this.#operand(expr.f, arg, scope));
        return this.#lines(binaryRules[expr.f](side(expr.left), side(expr.right), this.#fresh), scope);
      }
      case "select":
        return this.#select(expr, scope);
      case "draw":
        return fail("GF5102", "a GPU kernel cannot draw at a position that it computes", { help: "let draws depend on positions of sequences and components alone, or compile for another target" });
      case "result":
        return this.#result(expr, scope);
    }
  }

  /** Not every shading language has them for integers. */
  #extreme(expr: Extract<Expr, { op: "binary" }>, scope: Scope): string {
    const [left, right] = [this.#text(expr.left, scope), this.#text(expr.right, scope)];
    const name = this.#fresh(expr.f === "minimum" ? "least" : "most");
    scope.lines.push(`let ${name} = ${left};`, `if (${right} ${expr.f === "minimum" ? "<" : ">"} ${name}) {`, `  ${name} = ${right};`, "}");
    return name;
  }

  /** An argument; one that is written several times gets a name. */
  #operand(f: Parameters<typeof repeats.has>[0], arg: Expr, scope: Scope): string {
    const text = this.#text(arg, scope);
    if (!repeats.has(f) || /^[\w.]+$/.test(text)) return text;
    const name = this.#fresh("x");
    scope.lines.push(`const ${name} = ${text};`);
    return name;
  }

  #lines({ lines, value }: FunctionText, { lines: written }: Scope): string {
    written.push(...lines);
    return value;
  }

  #floor(arg: Expr, scope: Scope): string {
    if (arg.op !== "binary" || arg.f !== "divide" || arg.left.kind !== "int" || arg.right.kind !== "int") return `Math.floor(${this.#text(arg, scope)})`;
    return `Math.floor((${this.#text(arg.left, scope)} + 0.5) / ${this.#text(arg.right, scope)})`;
  }

  #select(expr: Extract<Expr, { op: "select" }>, scope: Scope): string {
    const condition = this.#text(expr.condition, scope);
    const name = this.#fresh(expr.source ?? "chosen");
    const [yes, no] = [new Scope(scope, true), new Scope(scope, true)];
    yes.lines.push(`${name} = ${this.#number(expr.yes, yes)};`);
    no.lines.push(`${name} = ${this.#number(expr.no, no)};`);
    scope.lines.push(`let ${name} = 0.0;`);
    scope.nest(`if (${condition}) {`, yes, "} else {");
    scope.lines.push(...no.lines.map((line) => `  ${line}`), "}");
    return expr.kind === "condition" ? `(${name} > 0.5)` : name;
  }

  // ---- Memory.

  #load(buffer: Buffer, index: readonly Expr[], scope: Scope): string {
    const name = this.#arguments.texture(buffer);
    const { layout, shape, quads } = this.#context.texture(buffer);
    const sizes = shape.map((length) => () => this.#arguments.capacity(length));
    if (!quads) {
      const [line, place] = placeText(layout, index.map((each) => this.#text(each, scope)), sizes, scope, this.#fresh);
      return `${name}[${line}][${place}]`;
    }
    const outer = index.slice(0, -1).map((each) => this.#text(each, scope));
    const { place, element } = quadPlace(defined(index.at(-1), "an index"), (each) => this.#text(each, scope), (axis) => this.#axis(axis), scope, this.#fresh);
    // Four loads of neighbours read their place once.
    const key = `${name} ${[...outer, place].join(" ")}`;
    const known = this.#quads.get(key) ?? {};
    this.#quads.set(key, known);
    let four = scope.find(known);
    if (four === undefined) {
      four = this.#fresh("four");
      const [line, x] = placeText(layout, [...outer, place], sizes, scope, this.#fresh);
      scope.lines.push(`const ${four} = ${quadFunction}(${name}, ${line}, ${x});`);
      scope.define(known, four);
    }
    if (typeof element === "number") return `${four}[${element}]`;
    const chosen = this.#fresh("chosen");
    scope.lines.push(`let ${chosen} = ${four}[0];`);
    for (let i = 1; i < quad; i++) scope.lines.push(`if (${element} > ${i - 0.5}) {`, `  ${chosen} = ${four}[${i}];`, "}");
    return chosen;
  }

  // ---- Reductions.

  #result(expr: Extract<Expr, { op: "result" }>, scope: Scope): string {
    const { reduction, slot, rank, part } = expr;
    const accumulator = at(reduction.accumulators, slot);
    if (accumulator.f === "top") return this.#top(reduction, accumulator, this.#text(defined(rank, "a rank"), scope), part === "ids", scope);
    const known = this.#results.get(reduction) ?? this.#reduce(reduction);
    return at(known, slot);
  }

  /** All of a reduction that is no `top`, in the body: each thread runs it once. */
  #reduce(reduction: Reduction): readonly string[] {
    const scope = this.#body;
    const names = reduction.accumulators.map((accumulator) => this.#fresh(accumulator.source ?? accumulator.f));
    const best = reduction.accumulators.map((accumulator) => (accumulator.f === "argmax" ? this.#fresh("best") : ""));
    this.#results.set(reduction, names);
    for (const [i, accumulator] of reduction.accumulators.entries()) {
      const name = at(names, i);
      const start = accumulator.start === undefined ? undefined : this.#text(accumulator.start, scope);
      if (accumulator.f === "sum") scope.lines.push(`let ${name} = ${start ?? "0.0"};`);
      else if (accumulator.f === "argmax") scope.lines.push(`let ${name} = 0;`, `let ${at(best, i)} = -${this.#arguments.infinity};`);
      else if (accumulator.f !== "top") scope.lines.push(`let ${name} = ${start ?? (accumulator.value.kind === "int" ? (accumulator.f === "max" ? "-2147483648.0" : "2147483647.0") : `${accumulator.f === "max" ? "-" : ""}${this.#arguments.infinity}`)};`);
    }
    this.#loop(reduction.axes, scope, (inner) => {
      for (const [i, accumulator] of reduction.accumulators.entries()) {
        const name = at(names, i);
        if (accumulator.f === "top") continue;
        const value = this.#text(accumulator.value, inner);
        if (accumulator.f === "sum") inner.lines.push(`${name} = ${name} + ${value};`);
        else if (accumulator.f === "max" || accumulator.f === "min") {
          const given = this.#fresh("given");
          inner.lines.push(`const ${given} = ${value};`, `if (${given} ${accumulator.f === "max" ? ">" : "<"} ${name}) {`, `  ${name} = ${given};`, "}");
        }
        else {
          const given = this.#fresh("given");
          inner.lines.push(`const ${given} = ${value};`, `if (${given} > ${at(best, i)}) {`, `  ${at(best, i)} = ${given};`, `  ${name} = ${this.#axis(at(reduction.axes, 0))};`, "}");
        }
      }
    });
    return names;
  }

  /** The k largest one after another: each time the largest of those that come after the one before. */
  #top(reduction: Reduction, { value, k }: Accumulator, rank: string, ids: boolean, scope: Scope): string {
    const axis = at(reduction.axes, 0);
    const [turn, lastValue, lastId, best, id] = ["turn", "last_value", "last_id", "best", "id"].map(this.#fresh) as [string, string, string, string, string];
    scope.lines.push(`let ${lastValue} = ${this.#arguments.infinity};`, `let ${lastId} = -1;`);
    const turns = new Scope(scope, false);
    const wanted = new Scope(turns, true);
    wanted.lines.push(`let ${best} = -${this.#arguments.infinity};`, `let ${id} = -1;`);
    this.#loop([axis], wanted, (inner) => {
      const given = this.#fresh("given");
      const place = this.#axis(axis);
      inner.lines.push(
        `const ${given} = ${this.#text(value, inner)};`,
        `if (${given} < ${lastValue} || (${given} === ${lastValue} && ${place} > ${lastId})) {`,
        `  if (${id} < 0 || ${given} > ${best}) {`, `    ${best} = ${given};`, `    ${id} = ${place};`, "  }", "}",
      );
    });
    wanted.lines.push(`${lastValue} = ${best};`, `${lastId} = ${id};`);
    turns.nest(`if (${turn} <= ${rank}) {`, wanted);
    scope.nest(`for (let ${turn} = 0; ${turn} < ${k ?? 1}; ${turn}++) {`, turns);
    // Of fewer than k there is nothing to tell.
    scope.lines.push(`if (${lastId} < 0) {`, `  ${lastValue} = 0.0;`, `  ${lastId} = 0;`, "}");
    return ids ? lastId : lastValue;
  }

  /** Loops whose bounds are fixed; what is beyond the ends of this run is passed over. */
  #loop(axes: readonly Axis[], scope: Scope, body: (scope: Scope) => void): void {
    const [axis, ...rest] = axes;
    if (axis === undefined) {
      body(scope);
      return;
    }
    const { extent } = axis;
    const name = this.#fresh(axis.name);
    const capacity = this.#arguments.capacity(extent.length);
    const inner = new Scope(scope, false, new Set([axis]));
    const tests: string[] = [];
    let header = `for (let ${name} = 0; ${name} < ${capacity}; ${name}++) {`;
    if (extent.kind === "window") {
      const start = this.#text(extent.start, scope);
      const width = constantDifference(extent.end, extent.start);
      if (width !== undefined) {
        const step = this.#fresh("step");
        header = `for (let ${step} = 0; ${step} < ${Math.max(0, width)}; ${step}++) {`;
        inner.lines.push(`const ${name} = ${start} + ${step};`);
        tests.push(`${name} >= 0`, `${name} < ${this.#arguments.length(extent.length)}`);
      } else tests.push(`${name} >= ${start}`, `${name} < ${this.#text(extent.end, scope)}`, ...(staticLength(extent.length) === undefined ? [`${name} < ${this.#arguments.length(extent.length)}`] : []));
    } else if (staticLength(extent.length) === undefined) tests.push(`${name} < ${this.#arguments.length(extent.length)}`);
    this.#axes.set(axis, name);
    if (tests.length === 0) this.#loop(rest, inner, body);
    else {
      const guarded = new Scope(inner, true);
      this.#loop(rest, guarded, body);
      inner.nest(`if (${tests.join(" && ")}) {`, guarded);
    }
    scope.nest(header, inner);
  }
}
