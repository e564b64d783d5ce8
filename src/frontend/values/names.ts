/**
 * The names of parameters.
 *
 * One place in the source is one parameter: each call of a top-level function and each turn of a static loop makes the
 * places inside it anew, functions written inside functions don't. A parameter's name is made of the consts, assigned
 * variables and property keys whose right side encloses its place, through all calls; in a static loop the name is
 * followed by the turn.
 *
 * While a model is evaluated, this tree of scopes grows: a scope for each named right side and for each call. Names are
 * worked out when the model is finished, from the leaves up, because of the one rule that looks sideways: where calls in
 * one expression come to the same names, everything that each makes is told apart by its first argument's name
 * (`linear(x, n) + linear(h, n)` in `const reset` gives reset.x.weight and reset.h.weight). Names depend on the syntax
 * alone: not on white space, nor on the order of statements.
 */
import type { Initialiser } from "../../ir/graph/node.js";
import type { Dim } from "../../ir/graph/types.js";
import type { Span } from "../../support/span.js";
import { refuse } from "../catalogue.js";

export interface ParameterType {
  readonly per: readonly Dim[];
  readonly shape: readonly number[];
  readonly init: Initialiser | undefined;
}

/** One place in the source: one parameter. */
export interface ParameterPlace {
  /** What the node is called until its name is known; unique within the model. */
  readonly key: string;
  readonly type: ParameterType;
  readonly span: Span;
  /** Given by its author: counted from the function it is written in. */
  readonly explicit: string | undefined;
}

/** A name on its way up: segments, and the place it is for. */
interface Named {
  readonly segments: readonly string[];
  readonly place: ParameterPlace;
  /** Calls of one expression that come to this name, where their arguments do not tell them apart. */
  readonly clashes?: readonly (readonly Group[])[];
}

/** A call as its author wrote it. */
export interface WrittenCall {
  readonly name: string;
  readonly span: Span;
  /** How many arguments it has. */
  readonly arguments: number;
}

/**
 * - `function`: what one call of a top-level function makes. Its statements stand side by side.
 * - `expression`: one right side, with the name it gives (none for a `return`), or one turn of a loop inside of it.
 */
type ScopeKind = "function" | "expression";

export class Scope {
  // Most scopes stay empty, so the tables are made when they are needed.
  private children: Map<object, Scope | Map<string, Scope>> | undefined;
  private places: Map<object, ParameterPlace> | undefined;
  /** Parameters whose name was given, of the function that this scope is. */
  private explicit: ParameterPlace[] | undefined;

  private constructor(
    readonly kind: ScopeKind,
    readonly segments: readonly string[],
    readonly parent: Scope | undefined,
    /** For a call: the name of its first argument, if it has one. */
    readonly argument: string | undefined,
    /** For a call: the function's syntax. */
    readonly callee: object | undefined,
    /** For a call that does not stand in the library. */
    readonly written: WrittenCall | undefined = undefined,
  ) {}

  /** What a model makes, or the top level of a file: names begin anew. */
  static root(callee: object): Scope {
    return new Scope("function", [], undefined, undefined, callee);
  }

  /** The scope of a call of a top-level function that stands at `site`. */
  call(site: object, callee: object, argument: string | undefined, written?: WrittenCall): Scope {
    return this.child(site, "", () => new Scope("function", [], this, argument, callee, written));
  }

  /** The scope of a right side. `turns` are those of the loops around it that no name has taken yet. */
  enter(site: object, name: string | undefined, turns: readonly number[]): Scope {
    if (name === undefined && turns.length === 0 && this.kind === "expression") return this;
    const segments = [...(name === undefined ? [] : [name]), ...turns.map(String)];
    return this.child(site, segments.join("."), () => new Scope("expression", segments, this, undefined, undefined));
  }

  /** The function in whose call this scope lies. */
  get function(): Scope {
    return this.kind === "function" || this.parent === undefined ? this : this.parent.function;
  }

  /** Whether this lies in a call of `callee`, as the source nests (a closure lies where it was written). */
  within(callee: object): boolean {
    return this.callee === callee || (this.parent?.within(callee) ?? false);
  }

  /** The scope at `site`; in loops there is one for each turn. */
  private child(site: object, turn: string, make: () => Scope): Scope {
    this.children ??= new Map();
    const known = this.children.get(site);
    if (turn === "") {
      if (known instanceof Scope) return known;
      const made = make();
      this.children.set(site, made);
      return made;
    }
    const turns = known instanceof Map ? known : new Map<string, Scope>();
    this.children.set(site, turns);
    const scope = turns.get(turn) ?? make();
    turns.set(turn, scope);
    return scope;
  }

  /** The parameter of the place `site` in this scope, made at its first visit. */
  place(site: object, make: () => ParameterPlace): ParameterPlace {
    this.places ??= new Map();
    const known = this.places.get(site);
    if (known !== undefined) return known;
    const made = make();
    this.places.set(site, made);
    if (made.explicit !== undefined) (this.function.explicit ??= []).push(made);
    return made;
  }

  /** The names of everything that was made in here, relative to this scope's parent. */
  names(): readonly Named[] {
    const calls: Group[] = [];
    const rest: Named[] = (this.explicit ?? []).map((place) => ({ segments: [place.explicit ?? ""], place }));
    for (const at of this.children?.values() ?? []) {
      for (const child of at instanceof Scope ? [at] : at.values()) {
        if (child.kind === "function") calls.push({ argument: child.argument, written: child.written, names: child.names() });
        else rest.push(...child.names());
      }
    }
    for (const place of this.places?.values() ?? []) {
      if (place.explicit === undefined) calls.push({ argument: undefined, written: undefined, names: [{ segments: [], place }] });
    }
    return [...tellApart(calls), ...rest].map((named) => ({ ...named, segments: [...this.segments, ...named.segments] }));
  }
}

/** What one call in an expression makes. */
interface Group {
  readonly argument: string | undefined;
  readonly written: WrittenCall | undefined;
  readonly names: readonly Named[];
}

/** Puts the first argument's name in front of the names of calls that share one with another call of the expression. */
function tellApart(groups: readonly Group[]): readonly Named[] {
  const byName = new Map<string, Group[]>();
  for (const group of groups) {
    for (const { segments } of group.names) {
      const name = segments.join(".");
      const sharing = byName.get(name);
      if (sharing === undefined) byName.set(name, [group]);
      else if (!sharing.includes(group)) sharing.push(group);
    }
  }
  const shared = new Set<Group>();
  const helpless = new Set<Group>();
  const clashes = new Map<string, readonly Group[]>();
  for (const [name, sharing] of byName) {
    if (sharing.length === 1) continue;
    const args = new Set(sharing.map((group) => group.argument));
    const helps = args.size === sharing.length && !args.has(undefined);
    for (const group of sharing) (helps ? shared : helpless).add(group);
    if (!helps) clashes.set(name, sharing);
  }
  const withClash = (named: Named): Named => {
    const clash = clashes.get(named.segments.join("."));
    return clash === undefined ? named : { ...named, clashes: [...(named.clashes ?? []), clash] };
  };
  return groups.flatMap((group) => {
    const { argument, names } = group;
    if (argument === undefined || !shared.has(group) || helpless.has(group)) return clashes.size === 0 ? names : names.map(withClash);
    return names.map((named) => ({ ...named, segments: [argument, ...named.segments] }));
  });
}

/** The final names of all parameters under the roots, and their places, by key. Two of one name, and one without, are errors. */
export function parameterNames(roots: Iterable<Scope>): ReadonlyMap<string, { readonly name: string; readonly span: Span }> {
  const byName = new Map<string, Named>();
  const byKey = new Map<string, { readonly name: string; readonly span: Span }>();
  for (const root of roots) {
    for (const named of root.names()) {
      const { segments, place } = named;
      const name = segments.join(".");
      if (name === "") refuse("GF3003", "this parameter has no name", place.span, "bind it to a const: const weight = param(...)");
      const other = byName.get(name);
      if (other !== undefined) refuseSecond(name, other, named);
      byName.set(name, named);
      byKey.set(place.key, { name, span: place.span });
    }
  }
  return byKey;
}

function refuseSecond(name: string, first: Named, second: Named): never {
  const makes = (group: Group, { place }: Named): boolean => group.names.some((each) => each.place === place);
  const clash = second.clashes?.find((groups) => groups.some((group) => makes(group, first)) && groups.some((group) => makes(group, second))) ?? [];
  const written = clash.flatMap((group) => (group.written === undefined ? [] : [{ ...group.written, group }])).sort((a, b) => a.span.start - b.span.start);
  const named = clash.flatMap(({ argument }) => argument ?? []);
  const nameless = written.filter(({ group }) => group.argument === undefined);
  const [call, ...others] = nameless;
  // Where the named ones are told apart, it is enough to name the arguments of the rest.
  if (call !== undefined && written.length === clash.length && nameless.every((each) => each.arguments > 0) && new Set(named).size === named.length) {
    const also = written.filter((each) => each !== call).slice(0, notedCalls).map((each) => ({ message: others.includes(each) ? "nor has that of this call" : "this call makes one, too", span: each.span }));
    const example = `const before = ...; ${call.name}(before${call.arguments > 1 ? ", ..." : ""})`;
    refuse("GF3001", `two parameters would be called ${name}: the first argument of this ${call.name} has no name that could tell them apart`, call.span, `bind ${others.length === 0 ? "that argument" : "each of these arguments"} to a const: ${example}`, also);
  }
  const makerOf = (which: Named): Span => written.find(({ group }) => makes(group, which))?.span ?? which.place.span;
  refuse("GF3001", `two parameters would be called ${name}`, makerOf(second), "bind one of the calls to a const", [{ message: "the other one is made here", span: makerOf(first) }]);
}

/** How many calls a diagnostic notes. */
const notedCalls = 3;
