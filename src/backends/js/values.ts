/**
 * Scalar expressions as JavaScript. A value that is used twice, or that does not change in the loop that uses it, becomes a
 * constant of the outermost block in which everything that it needs is known; what stands behind a test stays there, unless
 * computing it needlessly is harmless. Every axis that is tiled gives several instances of the values that depend on it.
 */
import { staticLength, type Length } from "../../ir/graph/length.js";
import type { Axis, Buffer, Expr, Kernel, Reduction } from "../../ir/kernel/kernel.js";
import { alwaysComputed, countUses, Dependences, exprChildren, kernelRoots, Numbering, visitExprs } from "../../ir/kernel/traverse.js";
import type { HelperName } from "../../runtime/helpers.js";
import { clampedExpResult, clampedExpStatements } from "../../runtime/special.js";
import { defined } from "../../support/invariant.js";
import { Addresses, type Lanes } from "./addresses.js";
import { addAffine, atomAffine, constantAffine, type Affine } from "./affine.js";
import { Externals, type External, type Placement } from "./externals.js";
import type { Names } from "../names.js";
import { binaryText, isExponential, numberLiteral, operand, precedence, primary, unaryText, type Text } from "./scalar.js";
import { deeper, Scope } from "./scope.js";

export interface ResultNames {
  readonly scope: Scope;
  /** By slot and lanes. */
  readonly names: ReadonlyMap<string, string>;
}

export class Values {
  readonly root = new Scope(undefined);
  readonly externals: Externals;
  /** Lines that stand before everything else: constants of the module, copied to locals. */
  readonly head: string[] = [];
  readonly helpers = new Set<HelperName>();
  readonly #uses: ReadonlyMap<Expr, number>;
  readonly #dependences = new Dependences();
  readonly #ids = new Numbering<Expr>();
  /** How often the kernel needs e^x. */
  #exponentials = 0;
  /** What is computed whichever sides the selections choose. */
  readonly #unconditional: ReadonlySet<Expr>;
  readonly #axes = new Map<Axis, { readonly affine: Affine; readonly scope: Scope }>();
  readonly #results = new Map<Reduction, ResultNames>();
  /** The block that declares each variable that addresses are made of. */
  readonly #atomScopes = new Map<string, Scope>();
  readonly #natural = new Set<string>();
  readonly #addresses: Addresses;

  constructor(
    readonly kernel: Kernel,
    readonly names: Names,
    readonly placement: Placement,
    /** Axes of the space of which several positions are computed together. */
    readonly tiled: readonly boolean[],
    ids: Numbering<object>,
  ) {
    this.externals = new Externals(ids);
    this.#addresses = new Addresses(this, this.#atomScopes);
    const roots = kernelRoots(kernel);
    this.#uses = countUses(roots);
    for (const expr of this.#uses.keys()) if (expr.op === "unary" && isExponential(expr.f)) this.#exponentials += 1;
    this.#unconditional = alwaysComputed(roots);
    visitExprs(roots, (expr) => this.#ids.id(expr));
  }

  bindAxis(axis: Axis, affine: Affine, scope: Scope): void {
    this.#axes.set(axis, { affine, scope });
    for (const name of affine.terms.keys()) {
      this.#atomScopes.set(name, scope);
      this.#natural.add(name);
    }
  }

  isNatural(name: string): boolean {
    return this.#natural.has(name);
  }

  bindResults(reduction: Reduction, results: ResultNames): void {
    this.#results.set(reduction, results);
  }

  external(external: External, hint: string): string {
    return this.externals.name(external, () => {
      const name = this.names.fresh(hint, "x");
      this.#atomScopes.set(name, this.root);
      if (external.kind !== "seed") this.#natural.add(name);
      return name;
    });
  }

  use(helper: HelperName): string {
    this.helpers.add(helper);
    return helper;
  }

  length(length: Length): string {
    const size = staticLength(length);
    if (size !== undefined) return String(size);
    const [term] = length.terms;
    const simple = length.terms.length === 1 && length.constant === 0 && term?.atom.kind === "free" ? term.atom.name : "length";
    return this.external({ kind: "length", length }, simple);
  }

  /** The lanes that count for an expression: 0 for the axes on which it does not depend. */
  lanesOf(expr: Expr, lanes: Lanes): Lanes {
    return lanes.map((lane, d) => (this.tiled[d] === true && this.#dependsOnSpace(expr, d) ? lane : 0));
  }

  variesAlong(expr: Expr, axis: Axis): boolean {
    return this.#dependences.of(expr).axes.has(axis);
  }

  #dependsOnSpace(expr: Expr, d: number): boolean {
    const { axes, reductions } = this.#dependences.of(expr);
    const axis = this.kernel.space[d];
    if (axis !== undefined && axes.has(axis)) return true;
    return [...reductions].some((reduction) => d < reduction.depth);
  }

  /** A value as an argument of something else. */
  value(expr: Expr, scope: Scope, lanes: Lanes): Text {
    const leaf = this.#leaf(expr, lanes);
    if (leaf !== undefined) return leaf;
    const own = this.lanesOf(expr, lanes);
    const key = `${this.#ids.id(expr)}@${own.join(",")}`;
    const known = scope.find(key);
    if (known !== undefined) return primary(known.name);
    const target = this.#target(expr, scope);
    const hoisted = target.unconditional !== scope.unconditional;
    const repeated = (this.#uses.get(expr) ?? 0) > 1 || this.#tiledNow.some((tiled, d) => tiled && !this.#dependsOnSpace(expr, d));
    if (!hoisted && !repeated) return this.#plain(expr, scope, own);
    return primary(this.#define(key, expr, target, own));
  }

  /** Which axes have more than one lane in the code that is being made. */
  #tiledNow: readonly boolean[] = [];

  setTiles(counts: readonly number[]): void {
    this.#tiledNow = counts.map((count) => count > 1);
  }

  /** The same, as the name of a variable. */
  named(expr: Expr, scope: Scope, lanes: Lanes): { readonly name: string; readonly scope: Scope } {
    const leaf = this.#leaf(expr, lanes);
    if (leaf !== undefined) return { name: leaf.text, scope: this.#target(expr, scope) };
    const own = this.lanesOf(expr, lanes);
    const key = `${this.#ids.id(expr)}@${own.join(",")}`;
    const known = scope.find(key);
    if (known !== undefined) return known;
    const target = this.#target(expr, scope);
    return { name: this.#define(key, expr, target, own), scope: target };
  }

  #define(key: string, expr: Expr, scope: Scope, lanes: Lanes): string {
    const text = this.#plain(expr, scope, lanes);
    const source = "source" in expr ? expr.source : undefined;
    let name = text.text;
    // A selection that needed statements has a name already.
    if (!/^[A-Za-z]\w*$/.test(name)) {
      name = source === undefined ? this.names.numbered("v") : this.names.fresh(source, "v");
      scope.add(`const ${name} = ${text.text};`);
    }
    scope.define(key, name);
    this.#atomScopes.set(name, scope);
    return name;
  }

  /** The block in which an expression is computed when it is needed in `scope`. */
  #target(expr: Expr, scope: Scope): Scope {
    const home = this.#home(expr);
    const free = this.#unconditional.has(expr) || this.#isFree(expr);
    let target = scope;
    while (target.depth > home.depth && target.parent !== undefined && !(target.branch && !free)) target = target.parent;
    return target;
  }

  /** The outermost block in which all that an expression needs is known. */
  #home(expr: Expr): Scope {
    const { axes, reductions } = this.#dependences.of(expr);
    let home = this.root;
    for (const axis of axes) home = deeper(home, this.#axes.get(axis)?.scope ?? this.root);
    for (const reduction of reductions) home = deeper(home, defined(this.#results.get(reduction), "the result of a reduction that ran before").scope);
    return home;
  }

  readonly #freeKnown = new Map<Expr, boolean>();

  /** Whether it costs next to nothing and cannot go wrong, so that it may be computed without need. */
  #isFree(expr: Expr): boolean {
    const known = this.#freeKnown.get(expr);
    if (known !== undefined) return known;
    const cheap =
      expr.op === "number" || expr.op === "axis" || expr.op === "length" || (expr.op === "result" && expr.rank === undefined) ||
      (expr.op === "unary" && (expr.f === "negate" || expr.f === "not" || expr.f === "absolute" || expr.f === "floor")) ||
      (expr.op === "binary" && expr.f !== "power" && (expr.f !== "modulo" || expr.kind === "int"));
    const free = cheap && exprChildren(expr).every((child) => this.#isFree(child));
    this.#freeKnown.set(expr, free);
    return free;
  }

  #leaf(expr: Expr, lanes: Lanes): Text | undefined {
    switch (expr.op) {
      case "number":
        return numberLiteral(expr.value, expr.kind);
      case "length":
        return primary(this.length(expr.length));
      case "axis":
        return this.#axisText(expr.axis, lanes);
      case "result":
        return expr.rank === undefined && expr.part === undefined ? primary(this.#resultName(expr.reduction, expr.slot, lanes)) : undefined;
      case "load":
      case "unary":
      case "binary":
      case "select":
      case "draw":
        return undefined;
    }
  }

  #resultName(reduction: Reduction, slot: number, lanes: Lanes, part = ""): string {
    const results = defined(this.#results.get(reduction), "the result of a reduction that ran before");
    const own = lanes.map((lane, d) => (d < reduction.depth ? lane : 0));
    return defined(results.names.get(`${slot}@${own.join(",")}${part}`), "an accumulator");
  }

  axisAffine(axis: Axis, lanes: Lanes): Affine {
    const bound = this.#axes.get(axis);
    if (bound === undefined) return atomAffine(this.external({ kind: "axis", axis }, axis.name));
    const d = this.kernel.space.indexOf(axis);
    const lane = d < 0 ? 0 : (lanes[d] ?? 0);
    return lane === 0 ? bound.affine : addAffine(bound.affine, constantAffine(lane));
  }

  #axisText(axis: Axis, lanes: Lanes): Text {
    const affine = this.axisAffine(axis, lanes);
    const text = [...affine.terms].map(([name, coefficient]) => (coefficient === 1 ? name : `${coefficient} * ${name}`)).join(" + ");
    if (text === "") return numberLiteral(affine.constant, "int");
    if (affine.constant !== 0) return { text: `${text} + ${affine.constant}`, binds: precedence.sum };
    return { text, binds: /^\w+$/.test(text) ? precedence.primary : precedence.product };
  }

  #plain(expr: Expr, scope: Scope, lanes: Lanes): Text {
    switch (expr.op) {
      case "load": {
        const text = this.element(expr.buffer, expr.index, scope, lanes);
        return expr.kind === "condition" ? { text: `${text} !== 0`, binds: precedence.equality } : primary(text);
      }
      case "unary":
        return unaryText(expr.f, this.value(expr.arg, scope, lanes), (helper) => this.use(helper), (arg) => this.#exponential(arg, scope));
      case "binary": {
        const difference = this.#asDifference(expr);
        if (difference !== undefined) return binaryText("subtract", this.value(difference.from, scope, lanes), this.value(difference.what, scope, lanes));
        const left = this.value(expr.left, scope, lanes);
        const right = this.value(expr.right, scope, lanes);
        // V8 multiplies by an element where it lies in memory only if it stands on the left.
        return expr.f === "multiply" && isElement(right) && !isElement(left) ? binaryText(expr.f, right, left) : binaryText(expr.f, left, right);
      }
      case "select":
        return this.#select(expr, scope, lanes);
      case "draw":
        return this.#draw(expr.site, expr.counters, scope, lanes);
      case "result": {
        const name = this.#resultName(expr.reduction, expr.slot, lanes, expr.part === "ids" ? " ids" : "");
        const rank = expr.rank === undefined ? "0" : this.value(expr.rank, scope, lanes).text;
        return primary(`${name}[${rank}]`);
      }
      case "number":
      case "length":
      case "axis":
        return defined(this.#leaf(expr, lanes), "the text of a leaf");
    }
  }

  /** V8 inlines a few calls and no more; where there are others, all are written out. */
  #exponential(arg: string, scope: Scope): string {
    const call = this.use("clampedExp");
    if (this.#exponentials <= mostInlinedExponentials) return `${call}(${arg})`;
    const names = new Map(["arg", "x", "n", "k", "r", "rr"].map((name) => [name, this.names.numbered(name === "arg" ? "x" : name === "rr" ? "s" : name)]));
    const named = (text: string): string => text.replace(/\w+/g, (word) => names.get(word) ?? word);
    const result = this.names.numbered("e");
    for (const line of [`const ${named("arg")} = ${arg};`, ...clampedExpStatements.map(named), `const ${result} = ${named(clampedExpResult)};`]) scope.add(line);
    return result;
  }

  /** `1 - z`, where what is added is the negative of something and is needed nowhere else: the same number in one step. */
  #asDifference({ f, left, right }: Extract<Expr, { readonly op: "binary" }>): { readonly from: Expr; readonly what: Expr } | undefined {
    const negated = (expr: Expr): Expr | undefined => (expr.op === "unary" && expr.f === "negate" && this.#uses.get(expr) === 1 ? expr.arg : undefined);
    if (f !== "add" || left.kind === "int") return undefined;
    const [a, b] = [negated(left), negated(right)];
    if (b !== undefined) return { from: left, what: b };
    return a === undefined ? undefined : { from: right, what: a };
  }

  #select(expr: Extract<Expr, { readonly op: "select" }>, scope: Scope, lanes: Lanes): Text {
    const condition = this.value(expr.condition, scope, lanes);
    const sides = [expr.yes, expr.no].map((side) => {
      const inner = new Scope(scope, true);
      return { text: this.value(side, inner, lanes), inner };
    });
    const [yes, no] = [defined(sides[0], "yes"), defined(sides[1], "no")];
    if (yes.inner.lines.length === 0 && no.inner.lines.length === 0) {
      const sides = `${operand(yes.text, precedence.conditional + 1)} : ${operand(no.text, precedence.conditional)}`;
      return { text: `${operand(condition, precedence.conditional + 1)} ? ${sides}`, binds: precedence.conditional };
    }
    const name = expr.source === undefined ? this.names.numbered("v") : this.names.fresh(expr.source, "v");
    yes.inner.add(`${name} = ${yes.text.text};`);
    no.inner.add(`${name} = ${no.text.text};`);
    scope.add(`let ${name} = ${expr.kind === "condition" ? "false" : "0"};`);
    scope.nest(`if (${condition.text}) {`, yes.inner, "} else {");
    scope.lines.push(...no.inner.lines.map((line) => `  ${line}`), "}");
    return primary(name);
  }

  #draw(site: number, counters: readonly Expr[], scope: Scope, lanes: Lanes): Text {
    this.use("draw");
    const seed = [this.external({ kind: "seed", word: 0 }, "seed0"), this.external({ kind: "seed", word: 1 }, "seed1")];
    // The words of the state are variables of the module, so no counter may be computed by a draw between two of its steps.
    const texts = counters.map((counter) => this.#leaf(counter, lanes)?.text ?? this.named(counter, scope, lanes).name);
    const steps = [`drawBegin(${seed.join(", ")}, ${site | 0}, ${counters.length})`];
    for (let i = 0; i < texts.length; i += 2) steps.push(`drawMix(${texts[i] ?? "0"}, ${texts[i + 1] ?? "0"})`);
    return primary(`(${[...steps, "drawEnd()"].join(", ")})`);
  }

  /** An element of a buffer, to read or to write. */
  element(buffer: Buffer, index: readonly Expr[], scope: Scope, lanes: Lanes): string {
    return this.#addresses.element(buffer, index, scope, lanes);
  }
}

/** 163 bytes of bytecode each, of 920 that V8 inlines into one function. */
const mostInlinedExponentials = 5;

/** An element of an array that is read in place. */
function isElement({ text }: Text): boolean {
  return /^\w+\[[^[\]]*\]$/.test(text);
}
