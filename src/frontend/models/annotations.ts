/**
 * Annotations of parameters: what an input is, and what a function's argument is checked against. Aliases and `typeof CONST`
 * are followed. `number` means known at compile time.
 */
import { sameShape } from "../../ir/graph/types.js";
import type { Span } from "../../support/span.js";
import type { Expression, TypeSyntax } from "../syntax/ast.js";
import { refuse } from "../catalogue.js";
import { staticLengthOf, visibleDims } from "../values/dims.js";
import type { Module } from "../syntax/module.js";
import type { LanguageType, Modules } from "../files/modules.js";
import { nearest } from "../../support/nearest.js";
import { ArrayValue, describe, RecordValue, Tensor, type Value } from "../values/values.js";

/** The element of a value: a vector of reals, an id, or an integer. Sizes and classes may be open in a function's parameter. */
export type LeafType =
  | { readonly kind: "real"; readonly size: number | undefined }
  | { readonly kind: "id"; readonly classes: number | undefined }
  | { readonly kind: "int" };

export interface DimType {
  readonly name: string;
  readonly length: number | undefined;
}

export type Annotation =
  | { readonly kind: "value"; readonly leaf: LeafType; readonly dims: readonly DimType[] }
  /** Known at compile time; `allowed` lists the values of a union of literals. */
  | { readonly kind: "static"; readonly type: "number" | "string" | "boolean"; readonly allowed: readonly Value[] | undefined }
  | { readonly kind: "record"; readonly members: ReadonlyMap<string, { readonly type: Annotation; readonly optional: boolean }> }
  | { readonly kind: "array"; readonly element: Annotation }
  | { readonly kind: "optional"; readonly type: Annotation }
  /** Nothing is known, nothing is checked. */
  | { readonly kind: "any" };

const any: Annotation = { kind: "any" };

/** Evaluates a const that a type mentions with `typeof`. */
export type ConstReader = (module: Module, value: Expression) => Value;

/** Integers of a run have 32 bits. */
const mostClasses = 2 ** 31 - 1;

/** How many parts a type may have, aliases written out. */
const largestType = 10_000;

/** How many aliases a type may be spelt through. */
const deepestAlias = 40;

type Arguments = ReadonlyMap<string, { readonly type: TypeSyntax; readonly module: Module; readonly given: Arguments }>;
const none: Arguments = new Map();

export class Annotations {
  private readonly known = new Map<TypeSyntax, Annotation>();
  private reads = 0;

  constructor(private readonly modules: Modules, private readonly constant: ConstReader) {}

  resolve(type: TypeSyntax, module: Module): Annotation {
    const known = this.known.get(type);
    if (known !== undefined) return known;
    this.reads = 0;
    const resolved = this.read(type, module, none, 0);
    this.known.set(type, resolved);
    return resolved;
  }

  private read(type: TypeSyntax, module: Module, given: Arguments, depth: number): Annotation {
    if (depth > deepestAlias) return any;
    this.reads += 1;
    if (this.reads > largestType) refuse("GF1009", `written out, this type has more than ${largestType} parts`, type.span, "give the function fewer inputs; a sequence holds many values of one type");
    switch (type.kind) {
      case "number": case "string": case "boolean": return { kind: "static", type: type.kind, allowed: undefined };
      case "literal": return { kind: "static", type: typeof type.value as "number" | "string" | "boolean", allowed: [type.value] };
      case "array": return { kind: "array", element: this.read(type.element, module, given, depth + 1) };
      case "record": return { kind: "record", members: new Map(type.members.map((member) => [member.name, { type: this.read(member.type, module, given, depth + 1), optional: member.optional }])) };
      case "union": return this.union(type.parts, module, given, depth);
      case "intersection": return this.intersection(type.parts, module, given, depth);
      case "reference": return this.reference(type, module, given, depth);
      case "typeof": case "undefined": case "other": return any;
    }
  }

  private union(parts: readonly TypeSyntax[], module: Module, given: Arguments, depth: number): Annotation {
    const some = parts.filter((part) => part.kind !== "undefined");
    const [first, ...others] = some.map((part) => this.read(part, module, given, depth + 1));
    if (first === undefined) return any;
    const present = (each: Annotation): Annotation => (some.length < parts.length && each.kind !== "any" ? { kind: "optional", type: each } : each);
    if (others.length === 0) return present(first);
    const all = [first, ...others];
    if (first.kind !== "static" || !all.every((each) => each.kind === "static" && each.type === first.type && each.allowed !== undefined)) return any;
    return present({ ...first, allowed: all.flatMap((each) => (each.kind === "static" ? each.allowed ?? [] : [])) });
  }

  /** Of records: the members of all. */
  private intersection(parts: readonly TypeSyntax[], module: Module, given: Arguments, depth: number): Annotation {
    const records = parts.map((part) => this.read(part, module, given, depth + 1));
    if (!records.every((each) => each.kind === "record")) return any;
    return { kind: "record", members: new Map(records.flatMap(({ members }) => [...members])) };
  }

  private reference(type: TypeSyntax & { readonly kind: "reference" }, module: Module, given: Arguments, depth: number): Annotation {
    const parameter = given.get(type.name);
    if (parameter !== undefined) return this.read(parameter.type, parameter.module, parameter.given, depth + 1);
    const found = this.modules.resolveType(module, type.name);
    if (found === undefined) return any;
    if (found.kind === "language") return this.language(found.name, type, module, given, depth);
    const inner = new Map(found.alias.parameters.flatMap((name, i) => {
      const arg = type.args[i];
      return arg === undefined ? [] : [[name, { type: arg, module, given }] as const];
    }));
    return this.read(found.alias.type, found.module, inner, depth + 1);
  }

  private language(name: LanguageType, { args }: TypeSyntax & { readonly kind: "reference" }, module: Module, given: Arguments, depth: number): Annotation {
    const leaf = (each: LeafType): Annotation => ({ kind: "value", leaf: each, dims: [] });
    switch (name) {
      case "Tensor": return leaf({ kind: "real", size: undefined });
      case "Real": return leaf({ kind: "real", size: 1 });
      case "Vec": return leaf({ kind: "real", size: this.number(args[0], module, given, "the size of a Vec") });
      case "Id": return leaf({ kind: "id", classes: this.number(args[0], module, given, "the number of classes of an Id", mostClasses) });
      case "Int": return leaf({ kind: "int" });
      case "Init": return any;
      case "Seq": {
        const [along, element, length] = args;
        const dimension = along === undefined ? undefined : this.literal(along, module, given);
        const of = element === undefined ? any : this.read(element, module, given, depth + 1);
        if (typeof dimension !== "string" || of.kind !== "value") return any;
        return { ...of, dims: [{ name: dimension, length: this.number(length, module, given, "the length of a Seq") }, ...of.dims] };
      }
    }
  }

  /** A literal type, or a const behind `typeof`. */
  private literal(type: TypeSyntax, module: Module, given: Arguments, depth = 0): Value {
    if (depth > deepestAlias) return undefined;
    if (type.kind === "literal") return type.value;
    if (type.kind === "typeof") return this.constant(module, type.value);
    if (type.kind !== "reference") return undefined;
    const parameter = given.get(type.name);
    if (parameter !== undefined) return this.literal(parameter.type, parameter.module, parameter.given, depth + 1);
    const found = this.modules.resolveType(module, type.name);
    return found?.kind === "alias" ? this.literal(found.alias.type, found.module, none, depth + 1) : undefined;
  }

  private number(type: TypeSyntax | undefined, module: Module, given: Arguments, what: string, most = Infinity): number | undefined {
    const value = type === undefined ? undefined : this.literal(type, module, given);
    if (value === undefined || type === undefined) return undefined;
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
    return refuse("GF4005", `${what} must be a whole number from 1 ${most === Infinity ? "up" : `to ${most}`}, this is ${describe(value)}`, type.span, "write a number, or typeof a const that is one");
  }

  /**
   * Checks an argument against its parameter's annotation; gives the value with what the annotation adds to it. In a
   * function inside a function (`topLevel` false) `number` is what it is to TypeScript: any value.
   */
  check(type: TypeSyntax, module: Module, value: Value, name: string, span: Span, topLevel: boolean): Value {
    return this.checkAgainst(this.resolve(type, module), value, name, span, topLevel);
  }

  private checkAgainst(annotation: Annotation, value: Value, name: string, span: Span, topLevel: boolean): Value {
    switch (annotation.kind) {
      case "any": return value;
      case "optional": return value === undefined ? value : this.checkAgainst(annotation.type, value, name, span, topLevel);
      case "static": {
        if (!topLevel && annotation.type === "number" && annotation.allowed === undefined) return value;
        if (typeof value === annotation.type && (annotation.allowed === undefined || annotation.allowed.includes(value))) return value;
        const wanted = annotation.allowed === undefined ? `a ${annotation.type}` : annotation.allowed.map((each) => JSON.stringify(each)).join(" or ");
        if (value instanceof Tensor) return refuse("GF2002", `${name} is ${wanted}, which must be known at compile time; this is ${describe(value)}`, span, `give a number, a const or a setting; or annotate ${name} as Tensor`);
        return refuse("GF2010", `${name} is ${wanted}, this is ${describe(value)}`, span, `give ${wanted}`);
      }
      case "record": {
        if (!(value instanceof RecordValue)) return refuse("GF2010", `${name} is a record of ${[...annotation.members.keys()].join(", ")}; this is ${describe(value)}`, span, "give a record with these keys");
        // What may be left out may be misspelt, or be an option of another library: it would go unnoticed. Of a record that
        // has no options, such as a state, one may give more than is taken.
        const unknown = [...annotation.members.values()].some(({ optional }) => optional) ? [...value.entries.keys()].find((key) => !annotation.members.has(key)) : undefined;
        if (unknown !== undefined) {
          const close = nearest(unknown, annotation.members.keys());
          refuse("GF2005", `there is no option ${unknown}`, value.spans.get(unknown) ?? span, close === undefined ? `the options are ${[...annotation.members.keys()].join(", ")}` : `did you mean ${close}?`);
        }
        const entries = new Map(value.entries);
        for (const [key, member] of annotation.members) {
          const found = value.get(key);
          if (found === undefined && member.optional) continue;
          if (found === undefined) refuse("GF2010", `${name} lacks ${key}`, span, `give it: { ${key}: ... }`);
          entries.set(key, this.checkAgainst(member.type, found, key, value.spans.get(key) ?? span, topLevel));
        }
        return new RecordValue(entries, value.spans, value.exact);
      }
      case "array": {
        if (!(value instanceof ArrayValue)) return refuse("GF2010", `${name} is an array, this is ${describe(value)}`, span, "give an array");
        return new ArrayValue(value.items.map((item, i) => this.checkAgainst(annotation.element, item, `${name}[${i}]`, span, topLevel)));
      }
      case "value": return checkValue(annotation.leaf, annotation.dims, value, name, span);
    }
  }
}

/** "Vec<40>", "Id<65>", "Tensor", for a person. */
export function leafText(leaf: LeafType): string {
  if (leaf.kind === "int") return "Int";
  if (leaf.kind === "id") return leaf.classes === undefined ? "Id" : `Id<${leaf.classes}>`;
  return leaf.size === undefined ? "Tensor" : leaf.size === 1 ? "Real" : `Vec<${leaf.size}>`;
}

function annotationText(leaf: LeafType, dims: readonly DimType[]): string {
  return dims.reduceRight((text, dim) => `Seq<"${dim.name}", ${text}${dim.length === undefined ? "" : `, ${dim.length}`}>`, leafText(leaf));
}

function checkValue(leaf: LeafType, dims: readonly DimType[], value: Value, name: string, span: Span): Value {
  const wanted = annotationText(leaf, dims);
  const mismatch = (help: string): never => refuse("GF2010", `${name} is ${wanted}, this is ${describe(value)}`, span, help);
  if (typeof value === "number") {
    if (dims.length > 0) return mismatch("give a sequence");
    if (leaf.kind === "real" ? leaf.size !== undefined && leaf.size !== 1 : !Number.isInteger(value)) return mismatch(leaf.kind === "real" ? `give a vector of ${leaf.size}` : "give an integer");
    if (leaf.kind === "id" && leaf.classes !== undefined && (value < 0 || value >= leaf.classes)) return mismatch(`the classes are 0 to ${leaf.classes - 1}`);
    return value;
  }
  if (!(value instanceof Tensor)) return mismatch("give a number, or something computed from inputs and parameters");
  const { type, facts } = value;
  for (const dim of dims) {
    const found = visibleDims(type).find((each) => each.name === dim.name);
    if (found === undefined) return mismatch(`give something that runs along "${dim.name}", or annotate ${name} with another dimension`);
    const length = staticLengthOf(found);
    if (dim.length !== undefined && length !== undefined && length !== dim.length) return mismatch(`its length must be ${dim.length}`);
  }
  if (leaf.kind === "real") {
    if (type.kind === "condition") return mismatch("write condition ? 1 : 0");
    if (facts.id === true) return mismatch("an id names a class: turn it into a vector with embedding(id, size) or oneHot(id)");
    if (leaf.size !== undefined && !sameShape(type.shape, [leaf.size])) return mismatch(`give a vector of ${leaf.size}`);
    return value;
  }
  if (type.kind !== "int") return mismatch(type.kind === "condition" ? "write condition ? 1 : 0" : "floor(x) gives an integer");
  if (leaf.kind === "int" || leaf.classes === undefined) return value;
  if (facts.classes !== undefined && facts.classes !== leaf.classes) return refuse("GF2010", `${name} is ${wanted}, this is an id of ${facts.classes} classes`, span, "give an id of the same vocabulary");
  return new Tensor(value.node, { ...facts, classes: leaf.classes, id: true });
}
