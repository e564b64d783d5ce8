/**
 * Where elements lie: the sum of an index, of which each part is computed in the outermost block that knows it. Accesses
 * that differ by a constant share a pointer.
 */
import { fixedLength, staticLength, type Length } from "../../ir/graph/length.js";
import { type Axis, type Buffer, elementBytes, type Expr } from "../../ir/kernel/kernel.js";
import { at } from "../../support/invariant.js";
import { addAffine, constantAffine, floorDivideAffine, isNatural, moduloAffine, scaleAffine, termsKey, variableAffine, type Affine, type Variable } from "./affine.js";
import { get, i32, memory, plain, set, type Code, type Instruction, type Local } from "./encoder/instructions.js";
import { limitAddress, type Place } from "./layout.js";
import type { FunctionNumbers } from "./loops.js";
import type { Scope } from "./scope.js";

/** Which of the tiled positions: one number for each axis of the space. */
export type Lanes = readonly number[];

/** What addresses need of the function around them. */
export interface AddressHost {
  readonly root: Scope;
  readonly numbers: FunctionNumbers;
  place(buffer: Buffer): Place;
  /** A control word, read where the function begins. */
  control(address: number): Local;
  lengthWord(length: Length): number;
  axisAffine(axis: Axis, lanes: Lanes): Affine;
  /** The local that holds an integer, and the block that sets it. */
  named(expr: Expr, scope: Scope, lanes: Lanes): { readonly local: Local; readonly scope: Scope };
}

/** An address: what is on the stack, and the constant in the instruction. */
export interface Address {
  readonly base: Code;
  readonly offset: number;
}

/** What 32 bits reach. */
const memoryEnd = 2 ** 32;

export class Addresses {
  readonly #host: AddressHost;
  readonly #variables = new Map<Local, Variable>();

  constructor(host: AddressHost) {
    this.#host = host;
  }

  /** A local as a variable of sums. */
  variable(local: Local, scope: Scope, natural: boolean): Variable {
    const known = this.#variables.get(local) ?? this.#host.numbers.localVariable(local, scope, natural);
    this.#variables.set(local, known);
    return known;
  }

  /** The address of an element, in bytes. */
  element(buffer: Buffer, index: readonly Expr[], scope: Scope, lanes: Lanes): Affine {
    const place = this.#host.place(buffer);
    let address = place.kind === "static" ? constantAffine(place.address) : this.#word(place.word);
    let stride = fixedLength(elementBytes[buffer.element]);
    for (let axis = index.length - 1; axis >= 0; axis--) {
      address = addAffine(address, this.#times(this.integer(at(index, axis), scope, lanes), stride));
      if (axis > 0) stride = this.#multiply(stride, at(buffer.shape, axis));
    }
    return address;
  }

  #word(word: number): Affine {
    return variableAffine(this.variable(this.#host.control(word), this.#host.root, true));
  }

  /** @param guarded the address may be any: one that is outside of memory is replaced by one inside */
  address(affine: Affine, guarded: boolean): Address {
    const base = this.#base(affine.terms);
    if (!guarded && affine.constant >= 0 && affine.constant < memoryEnd && isNatural(affine)) return { base: base === undefined ? [i32(0)] : [get(base)], offset: affine.constant };
    // What lies behind all memory is read only where it is not: behind a test that never holds.
    const sum = this.number(affine, base);
    if (!guarded) return { base: sum, offset: 0 };
    const checked = this.#host.numbers.local("i32", "checked");
    const limit = this.#host.control(limitAddress);
    return { base: [...sum, set(checked), get(checked), get(limit), get(checked), get(limit), plain("i32.lt_u"), plain("select")], offset: 0 };
  }

  /** A sum as a number on the stack, of 32 bits. */
  number(affine: Affine, base = this.#base(affine.terms)): Code {
    const constant = i32(affine.constant | 0);
    if (base === undefined) return [constant];
    return affine.constant === 0 ? [get(base)] : [get(base), constant, plain("i32.add")];
  }

  /** The local that holds the terms, set in the outermost block that knows them all. */
  #base(terms: ReadonlyMap<Variable, number>): Local | undefined {
    const [deepest] = [...terms.keys()].sort((a, b) => b.scope.depth - a.scope.depth);
    if (deepest === undefined) return undefined;
    const home = deepest.scope;
    const inner = [...terms].filter(([variable]) => variable.scope === home);
    const outer = new Map([...terms].filter(([variable]) => variable.scope !== home));
    const moving = inner.find(([{ local }]) => local === undefined);
    const fixed = inner.filter(([{ local }]) => local !== undefined);
    let base: Local | undefined;
    if (moving !== undefined) {
      const [variable, step] = moving;
      const loop = this.#host.numbers.loop(variable);
      base = loop?.pointer(termsKey(outer), step, () => {
        const first = this.#base(outer);
        return first === undefined ? [i32(0)] : [get(first)];
      });
    } else base = this.#base(outer);
    const [only] = fixed;
    if (only === undefined) return base;
    if (base === undefined && fixed.length === 1 && only[1] === 1) return only[0].local;
    const key = `sum ${termsKey(terms)}`;
    const known = home.own(key);
    if (known !== undefined) return known;
    const code: Instruction[] = base === undefined ? [] : [get(base)];
    for (const [{ local }, coefficient] of fixed) {
      if (local === undefined) continue;
      const isFirst = code.length === 0;
      code.push(get(local));
      if (coefficient !== 1) code.push(i32(coefficient), plain("i32.mul"));
      if (!isFirst) code.push(plain("i32.add"));
    }
    const sum = this.#host.numbers.local("i32", "sum");
    home.add(...code, set(sum));
    home.define(key, sum);
    return sum;
  }

  // ---- Indices as sums.

  integer(expr: Expr, scope: Scope, lanes: Lanes): Affine {
    switch (expr.op) {
      case "number":
        return constantAffine(expr.value);
      case "axis":
        return this.#host.axisAffine(expr.axis, lanes);
      case "length": {
        const size = staticLength(expr.length);
        return size === undefined ? this.#word(this.#host.lengthWord(expr.length)) : constantAffine(size);
      }
      case "binary": {
        if (expr.kind !== "int") break;
        if (expr.f === "add" || expr.f === "subtract") {
          const right = this.integer(expr.right, scope, lanes);
          return addAffine(this.integer(expr.left, scope, lanes), expr.f === "add" ? right : scaleAffine(right, -1));
        }
        if (expr.f === "multiply") {
          const [left, right] = [this.integer(expr.left, scope, lanes), this.integer(expr.right, scope, lanes)];
          if (left.terms.size === 0) return scaleAffine(right, left.constant);
          if (right.terms.size === 0) return scaleAffine(left, right.constant);
        }
        if (expr.f === "modulo" && expr.right.op === "number") {
          const rest = moduloAffine(this.integer(expr.left, scope, lanes), expr.right.value);
          if (rest !== undefined) return rest;
        }
        break;
      }
      case "unary": {
        const { arg } = expr;
        if (expr.f === "negate" && expr.kind === "int") return scaleAffine(this.integer(arg, scope, lanes), -1);
        if (expr.f === "floor" && arg.kind === "int") return this.integer(arg, scope, lanes);
        if (expr.f === "floor" && arg.op === "binary" && arg.f === "divide" && arg.right.op === "number" && arg.left.kind === "int") {
          const quotient = floorDivideAffine(this.integer(arg.left, scope, lanes), arg.right.value);
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
    const { local, scope: home } = this.#host.named(expr, scope, lanes);
    return variableAffine(this.variable(local, home, false));
  }

  // ---- Strides that are known only when the model runs.

  readonly #products = new Map<Length, Local>();

  #multiply(a: Length, b: Length): Length {
    const [x, y] = [this.#products.has(a) ? undefined : staticLength(a), staticLength(b)];
    if (x !== undefined && y !== undefined) return fixedLength(x * y);
    const key = `stride ${this.#strideKey(a)} ${this.#strideKey(b)}`;
    const { root, numbers } = this.#host;
    const local = root.find(key)?.local ?? numbers.local("i32", "stride");
    if (root.own(key) === undefined) {
      root.add(...this.#stride(a), ...this.#stride(b), plain("i32.mul"), set(local));
      root.define(key, local);
    }
    const length: Length = { constant: 0, terms: [{ coefficient: 1, atom: { kind: "free", name: key } }] };
    this.#products.set(length, local);
    return length;
  }

  #strideKey(length: Length): string {
    const product = this.#products.get(length);
    const [term] = length.terms;
    if (product !== undefined && term?.atom.kind === "free") return `(${term.atom.name})`;
    const size = staticLength(length);
    return size === undefined ? `word ${this.#host.lengthWord(length)}` : String(size);
  }

  #stride(length: Length): Code {
    const product = this.#products.get(length);
    if (product !== undefined) return [get(product)];
    const size = staticLength(length);
    return [size === undefined ? get(this.#host.control(this.#host.lengthWord(length))) : i32(size)];
  }

  #times(affine: Affine, stride: Length): Affine {
    const size = this.#products.has(stride) ? undefined : staticLength(stride);
    if (size !== undefined) return scaleAffine(affine, size);
    const { root, numbers } = this.#host;
    const unit = this.variable(this.#products.get(stride) ?? this.#host.control(this.#host.lengthWord(stride)), root, true);
    let result = affine.constant === 0 ? constantAffine(0) : variableAffine(unit, affine.constant);
    for (const [variable, coefficient] of affine.terms) {
      const key = `times ${variable.id} ${unit.id}`;
      const home = variable.scope;
      let product = home.own(key);
      if (product === undefined) {
        product = numbers.local("i32", "row");
        const value = this.#base(new Map([[variable, 1]]));
        home.add(value === undefined ? i32(0) : get(value), ...(unit.local === undefined ? [] : [get(unit.local)]), plain("i32.mul"), set(product));
        home.define(key, product);
      }
      result = addAffine(result, variableAffine(this.variable(product, home, variable.natural), coefficient));
    }
    return result;
  }
}

/** Reads a control word. */
export function readControl(address: number): Code {
  return [i32(0), memory("i32.load", address)];
}
