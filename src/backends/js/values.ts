/**
 * Scalar expressions as JavaScript. A value that is used twice, or that does not change in the loop that uses it, becomes a
 * constant of the outermost block in which everything that it needs is known; what stands behind a test stays there, unless
 * computing it needlessly is harmless. Every axis that is tiled gives several instances of the values that depend on it.
 */
import { fixedLength, staticLength, type Length } from "../../ir/graph/length.js";
import type { Axis, Buffer, Expr, Kernel, Reduction } from "../../ir/kernel/kernel.js";
import { countUses, Dependences, exprChildren, kernelRoots, Numbering, visitExprs } from "../../ir/kernel/traverse.js";
import type { HelperName } from "../../runtime/helpers.js";
import { at, defined, invariant } from "../../support/invariant.js";
import { addAffine, atomAffine, constantAffine, floorDivideAffine, moduloAffine, scaleAffine, type Affine } from "./affine.js";
import { Externals, viewName, type External, type Placement } from "./externals.js";
import type { Names } from "./names.js";
import { binaryText, numberLiteral, operand, precedence, primary, unaryText, type Text } from "./scalar.js";
import { deeper, Scope } from "./scope.js";

/** Which of the tiled positions: one number for each axis of the space. */
export type Lanes = readonly number[];

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
  readonly #aliases = new Map<string, string>();
  readonly helpers = new Set<HelperName>();
  readonly #uses: ReadonlyMap<Expr, number>;
  readonly #dependences = new Dependences();
  readonly #ids = new Numbering<Expr>();
  /** What is computed whichever sides the selections choose. */
  readonly #unconditional = new Set<Expr>();
  readonly #axes = new Map<Axis, { readonly affine: Affine; readonly scope: Scope }>();
  readonly #results = new Map<Reduction, ResultNames>();
  readonly #atomScopes = new Map<string, Scope>();

  constructor(
    readonly kernel: Kernel,
    readonly names: Names,
    readonly placement: Placement,
    /** Axes of the space of which several positions are computed together. */
    readonly tiled: readonly boolean[],
    ids: Numbering<object>,
  ) {
    this.externals = new Externals(ids);
    const roots = kernelRoots(kernel);
    this.#uses = countUses(roots);
    const mark = (expr: Expr): void => {
      if (this.#unconditional.has(expr)) return;
      this.#unconditional.add(expr);
      if (expr.op === "select") mark(expr.condition);
      else exprChildren(expr).forEach(mark);
    };
    roots.forEach(mark);
    visitExprs(roots, (expr) => this.#ids.id(expr));
  }

  bindAxis(axis: Axis, affine: Affine, scope: Scope): void {
    this.#axes.set(axis, { affine, scope });
    for (const name of affine.terms.keys()) this.#atomScopes.set(name, scope);
  }

  bindResults(reduction: Reduction, results: ResultNames): void {
    this.#results.set(reduction, results);
  }

  external(external: External, hint: string): string {
    return this.externals.name(external, () => {
      const name = this.names.fresh(hint, "x");
      this.#atomScopes.set(name, this.root);
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

  #axisAffine(axis: Axis, lanes: Lanes): Affine {
    const bound = this.#axes.get(axis);
    if (bound === undefined) return atomAffine(this.external({ kind: "axis", axis }, axis.name));
    const d = this.kernel.space.indexOf(axis);
    const lane = d < 0 ? 0 : (lanes[d] ?? 0);
    return lane === 0 ? bound.affine : addAffine(bound.affine, constantAffine(lane));
  }

  #axisText(axis: Axis, lanes: Lanes): Text {
    const affine = this.#axisAffine(axis, lanes);
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
        return unaryText(expr.f, this.value(expr.arg, scope, lanes), (helper) => this.use(helper));
      case "binary": {
        const left = this.value(expr.left, scope, lanes);
        return binaryText(expr.f, left, this.value(expr.right, scope, lanes));
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
    const place = this.placement(buffer);
    const parts = index.map((expr) => this.#affine(expr, scope, lanes));
    let address = constantAffine(0);
    let array: string;
    let first = 0;
    switch (place.kind) {
      case "constant": {
        let bank = 0;
        if (place.names.length > 1) {
          const which = defined(parts[0], "the index of an array that is split");
          invariant(which.terms.size === 0, () => `${buffer.name} is split, but its first index is no constant`);
          bank = which.constant;
          first = 1;
        }
        array = this.#alias(at(place.names, bank), buffer.name);
        break;
      }
      case "argument":
        array = this.external({ kind: "array", buffer }, buffer.name);
        break;
      case "arena":
        array = this.external({ kind: "memory", element: buffer.element }, viewName[buffer.element]);
        address = atomAffine(this.external({ kind: "offset", buffer }, `at_${buffer.name}`));
        break;
    }
    let stride = fixedLength(1);
    for (let axis = index.length - 1; axis >= first; axis--) {
      address = addAffine(address, this.#times(at(parts, axis), stride));
      if (axis > first) stride = multiplyLengths(stride, at(buffer.shape, axis), (a, b) => this.#product(a, b));
    }
    return `${array}[${this.#addressText(address)}]`;
  }

  /** A constant of the module is read into a local before the loops: V8 then knows it inside them. */
  #alias(constant: string, hint: string): string {
    const known = this.#aliases.get(constant);
    if (known !== undefined) return known;
    const name = this.names.fresh(hint, "w");
    this.head.push(`const ${name} = ${constant};`);
    this.#aliases.set(constant, name);
    return name;
  }

  /** Lengths that are products of free lengths: `source * 64 * time`, by the name of the variable that holds them. */
  readonly #products = new Map<Length, string>();

  #product(a: Length, b: Length): Length {
    const key = `product ${this.#strideText(a)} ${this.#strideText(b)}`;
    const known = this.root.find(key)?.name;
    const name = known ?? this.names.fresh("stride", "stride");
    if (known === undefined) {
      this.root.add(`const ${name} = ${this.#strideText(a)} * ${this.#strideText(b)};`);
      this.root.define(key, name);
      this.#atomScopes.set(name, this.root);
    }
    const length: Length = { constant: 0, terms: [{ coefficient: 1, atom: { kind: "free", name } }] };
    this.#products.set(length, name);
    return length;
  }

  #strideText(length: Length): string {
    return this.#products.get(length) ?? this.length(length);
  }

  #times(affine: Affine, stride: Length): Affine {
    const size = this.#products.has(stride) ? undefined : staticLength(stride);
    if (size !== undefined) return scaleAffine(affine, size);
    if (affine.terms.size === 0 && affine.constant === 0) return affine;
    const unit = this.#strideText(stride);
    let result = affine.constant === 0 ? constantAffine(0) : atomAffine(unit, affine.constant);
    for (const [name, coefficient] of affine.terms) {
      const scope = this.#atomScopes.get(name) ?? this.root;
      const key = `times ${name} ${unit}`;
      const known = scope.find(key);
      const product = known?.name ?? this.names.numbered("p");
      if (known === undefined) {
        scope.add(`const ${product} = ${name} * ${unit};`);
        scope.define(key, product);
        this.#atomScopes.set(product, scope);
      }
      result = addAffine(result, atomAffine(product, coefficient));
    }
    return result;
  }

  /** An index as a sum of multiples of variables. */
  #affine(expr: Expr, scope: Scope, lanes: Lanes): Affine {
    switch (expr.op) {
      case "number":
        return constantAffine(expr.value);
      case "axis":
        return this.#axisAffine(expr.axis, lanes);
      case "length": {
        const size = staticLength(expr.length);
        return size === undefined ? atomAffine(this.length(expr.length)) : constantAffine(size);
      }
      case "binary": {
        if (expr.kind !== "int") break;
        if (expr.f === "add" || expr.f === "subtract") {
          const right = this.#affine(expr.right, scope, lanes);
          return addAffine(this.#affine(expr.left, scope, lanes), expr.f === "add" ? right : scaleAffine(right, -1));
        }
        if (expr.f === "multiply") {
          const left = this.#affine(expr.left, scope, lanes);
          if (left.terms.size === 0) return scaleAffine(this.#affine(expr.right, scope, lanes), left.constant);
          const right = this.#affine(expr.right, scope, lanes);
          if (right.terms.size === 0) return scaleAffine(left, right.constant);
        }
        if (expr.f === "modulo" && expr.right.op === "number") {
          const rest = moduloAffine(this.#affine(expr.left, scope, lanes), expr.right.value);
          if (rest !== undefined) return rest;
        }
        break;
      }
      case "unary": {
        const { arg } = expr;
        if (expr.f === "negate" && expr.kind === "int") return scaleAffine(this.#affine(arg, scope, lanes), -1);
        if (expr.f === "floor" && arg.kind === "int") return this.#affine(arg, scope, lanes);
        if (expr.f === "floor" && arg.op === "binary" && arg.f === "divide" && arg.right.op === "number" && arg.left.kind === "int") {
          const quotient = floorDivideAffine(this.#affine(arg.left, scope, lanes), arg.right.value);
          if (quotient !== undefined) return quotient;
        }
        break;
      }
      case "load":
      case "select":
      case "draw":
      case "result":
        break;
    }
    return atomAffine(this.#integer(expr, scope, lanes));
  }

  /** The variable that holds an index which is no sum: as an int32, so that it may address memory. */
  #integer(expr: Expr, scope: Scope, lanes: Lanes): string {
    const { name, scope: home } = this.#leaf(expr, lanes) === undefined ? this.named(expr, scope, lanes) : { name: defined(this.#leaf(expr, lanes), "leaf").text, scope: this.#target(expr, scope) };
    const narrow = (expr.op === "load" && expr.buffer.element === "int32" && expr.kind === "int") || (expr.op === "result" && expr.part === "ids");
    if (narrow) {
      this.#atomScopes.set(name, home);
      return name;
    }
    const key = `int32 ${name}`;
    const known = home.find(key);
    if (known !== undefined) return known.name;
    const integer = this.names.numbered("i");
    home.add(`const ${integer} = ${name} | 0;`);
    home.define(key, integer);
    this.#atomScopes.set(integer, home);
    return integer;
  }

  #addressText(affine: Affine): string {
    const groups = new Map<Scope, string[]>();
    for (const [name, coefficient] of [...affine.terms].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const home = this.#atomScopes.get(name) ?? this.root;
      const terms = groups.get(home) ?? [];
      terms.push(coefficient === 1 ? name : coefficient === -1 ? `-${name}` : `${name} * ${coefficient}`);
      groups.set(home, terms);
    }
    const ordered = [...groups].sort(([a], [b]) => a.depth - b.depth);
    let base = "";
    for (const [home, terms] of ordered) {
      // Names of a side of a selection are visible only there; an inner side sees those of the outer ones.
      const text = [...(base === "" ? [] : [base]), ...terms].join(" + ").replace(/\+ -/g, "- ");
      if (/^\w+$/.test(text)) {
        base = text;
        continue;
      }
      const key = `address ${text}`;
      const known = home.find(key)?.name;
      base = known ?? this.names.numbered("p");
      if (known === undefined) {
        home.add(`const ${base} = ${text};`);
        home.define(key, base);
        this.#atomScopes.set(base, home);
      }
    }
    if (base === "") return String(affine.constant);
    return affine.constant === 0 ? base : `${base} ${affine.constant < 0 ? "-" : "+"} ${Math.abs(affine.constant)}`;
  }
}

/** The product of two lengths where one is a number; other products are left to `product`. */
function multiplyLengths(a: Length, b: Length, product: (a: Length, b: Length) => Length): Length {
  const [x, y] = [staticLength(a), staticLength(b)];
  if (x !== undefined && y !== undefined) return fixedLength(x * y);
  if (x === 0 || y === 0) return fixedLength(0);
  if (x === 1) return b;
  if (y === 1) return a;
  return product(a, b);
}
