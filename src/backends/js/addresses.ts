/**
 * Where elements lie: an index is a sum of multiples of variables, and each part of the sum is computed in the outermost
 * block that knows it. Addresses that differ by a constant share all the rest, and arrays of one shape that are read at one
 * place are read at one index, of which V8 then checks the bounds once.
 */
import { fixedLength, staticLength, type Length } from "../../ir/graph/length.js";
import type { Axis, Buffer, Expr } from "../../ir/kernel/kernel.js";
import { at, defined, invariant } from "../../support/invariant.js";
import { addAffine, atomAffine, constantAffine, floorDivideAffine, moduloAffine, scaleAffine, type Affine } from "./affine.js";
import { viewName, type External, type Placement } from "./externals.js";
import type { Names } from "../names.js";
import type { Scope } from "./scope.js";

/** Which of the tiled positions: one number for each axis of the space. */
export type Lanes = readonly number[];

/** What addresses need of the function around them. */
export interface AddressHost {
  readonly root: Scope;
  /** Lines that stand before everything else. */
  readonly head: string[];
  readonly names: Names;
  readonly placement: Placement;
  external(external: External, hint: string): string;
  length(length: Length): string;
  axisAffine(axis: Axis, lanes: Lanes): Affine;
  /** The variable that holds a value, and the block that declares it. */
  named(expr: Expr, scope: Scope, lanes: Lanes): { readonly name: string; readonly scope: Scope };
  /** Whether a variable is an axis or a length, never below 0. */
  isNatural(name: string): boolean;
}

export class Addresses {
  readonly #host: AddressHost;
  /** The block that declares each variable. */
  readonly #home: Map<string, Scope>;
  readonly #aliases = new Map<string, string>();

  constructor(host: AddressHost, home: Map<string, Scope>) {
    this.#host = host;
    this.#home = home;
  }

  /** An element of a buffer, to read or to write. */
  element(buffer: Buffer, index: readonly Expr[], scope: Scope, lanes: Lanes): string {
    const place = this.#host.placement(buffer);
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
        array = this.#host.external({ kind: "array", buffer }, buffer.name);
        break;
      case "arena":
        array = this.#host.external({ kind: "memory", element: buffer.element }, viewName(buffer.element));
        address = atomAffine(this.#host.external({ kind: "offset", buffer }, `at_${buffer.name}`));
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
    const name = this.#host.names.fresh(hint, "w");
    this.#host.head.push(`const ${name} = ${constant};`);
    this.#aliases.set(constant, name);
    return name;
  }

  /** Lengths that are products of free lengths: `source * 64 * time`, by the name of the variable that holds them. */
  readonly #products = new Map<Length, string>();

  #product(a: Length, b: Length): Length {
    const key = `product ${this.#strideText(a)} ${this.#strideText(b)}`;
    const known = this.#host.root.find(key)?.name;
    const name = known ?? this.#host.names.fresh("stride", "stride");
    if (known === undefined) {
      this.#host.root.add(`const ${name} = ${this.#strideText(a)} * ${this.#strideText(b)};`);
      this.#host.root.define(key, name);
      this.#home.set(name, this.#host.root);
    }
    const length: Length = { constant: 0, terms: [{ coefficient: 1, atom: { kind: "free", name } }] };
    this.#products.set(length, name);
    return length;
  }

  #strideText(length: Length): string {
    return this.#products.get(length) ?? this.#host.length(length);
  }

  #times(affine: Affine, stride: Length): Affine {
    const size = this.#products.has(stride) ? undefined : staticLength(stride);
    if (size !== undefined) return scaleAffine(affine, size);
    if (affine.terms.size === 0 && affine.constant === 0) return affine;
    const unit = this.#strideText(stride);
    let result = affine.constant === 0 ? constantAffine(0) : atomAffine(unit, affine.constant);
    for (const [name, coefficient] of affine.terms) {
      const scope = this.#home.get(name) ?? this.#host.root;
      const key = `times ${name} ${unit}`;
      const known = scope.find(key);
      const product = known?.name ?? this.#host.names.numbered("p");
      if (known === undefined) {
        scope.add(`const ${product} = ${name} * ${unit};`);
        scope.define(key, product);
        this.#home.set(product, scope);
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
        return this.#host.axisAffine(expr.axis, lanes);
      case "length": {
        const size = staticLength(expr.length);
        return size === undefined ? atomAffine(this.#host.length(expr.length)) : constantAffine(size);
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
          const rest = moduloAffine(this.#affine(expr.left, scope, lanes), expr.right.value, (name) => this.#host.isNatural(name));
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
    const { name, scope: home } = this.#host.named(expr, scope, lanes);
    const narrow = (expr.op === "load" && expr.buffer.element === "int32" && expr.kind === "int") || (expr.op === "result" && expr.part === "ids");
    if (narrow) {
      this.#home.set(name, home);
      return name;
    }
    const key = `int32 ${name}`;
    const known = home.find(key);
    if (known !== undefined) return known.name;
    const integer = this.#host.names.numbered("i");
    home.add(`const ${integer} = ${name} | 0;`);
    home.define(key, integer);
    this.#home.set(integer, home);
    return integer;
  }

  #addressText(affine: Affine): string {
    const groups = new Map<Scope, string[]>();
    for (const [name, coefficient] of [...affine.terms].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const home = this.#home.get(name) ?? this.#host.root;
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
      base = known ?? this.#host.names.numbered("p");
      if (known === undefined) {
        home.add(`const ${base} = ${text};`);
        home.define(key, base);
        this.#home.set(base, home);
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
