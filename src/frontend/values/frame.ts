/**
 * Where the evaluator stands: which names it sees, which scope the parameters it meets belong to, and which turns of static
 * loops no name has taken yet. `V` is what a name stands for: a function is such a value, and holds the frame it was
 * written in.
 */
import type { Span } from "../../support/span.js";
import { refuse } from "../catalogue.js";
import type { Module } from "../syntax/module.js";
import type { Scope } from "./names.js";

interface Binding<V> {
  value: V | undefined;
  readonly mutable: boolean;
  /** False from the start of its block to its declaration. */
  ready: boolean;
}

/** The names of a block; names that it lacks are looked up around it. */
export class Environment<V> {
  private readonly bindings = new Map<string, Binding<V>>();

  constructor(
    private readonly parent: Environment<V> | undefined,
    /** The call of the function that it belongs to. */
    private readonly activation: object,
  ) {}

  inner(): Environment<V> {
    return new Environment<V>(this, this.activation);
  }

  /** The same bindings, apart from now on: each turn of a loop has its own variables. */
  copy(): Environment<V> {
    const copy = new Environment<V>(this.parent, this.activation);
    for (const [name, binding] of this.bindings) copy.bindings.set(name, { ...binding });
    return copy;
  }

  declare(name: string, span: Span): void {
    if (this.bindings.has(name)) refuse("GF1011", `${name} is declared twice`, span, "give one of them another name");
    this.bindings.set(name, { value: undefined, mutable: false, ready: false });
  }

  define(name: string, value: V, mutable: boolean): void {
    this.bindings.set(name, { value, mutable, ready: true });
  }

  /** The binding that a name stands for here, or undefined if it stands for something at the top level of the file. */
  read(name: string, span: Span): { readonly value: V | undefined } | undefined {
    const binding = this.bindings.get(name);
    if (binding === undefined) return this.parent?.read(name, span);
    if (!binding.ready) refuse("GF1006", `${name} is used before it is declared`, span, "move its declaration up");
    return binding;
  }

  /** What can be read here, the innermost first. */
  names(): string[] {
    const own = [...this.bindings].flatMap(([name, { ready }]) => (ready ? [name] : []));
    return [...own, ...(this.parent?.names() ?? [])];
  }

  assign(name: string, value: V, span: Span, activation: object = this.activation): void {
    const binding = this.bindings.get(name);
    if (binding === undefined) {
      if (this.parent !== undefined) return this.parent.assign(name, value, span, activation);
      return refuse("GF1007", `${name} is no variable of this function`, span, "declare it with let in this function");
    }
    if (this.activation !== activation) refuse("GF1007", `${name} belongs to the function around this one`, span, "return the value instead; a scan carries what changes from step to step in its state");
    if (!binding.mutable) refuse("GF1007", `${name} is a const`, span, "declare it with let");
    if (!binding.ready) refuse("GF1006", `${name} is used before it is declared`, span, "move its declaration up");
    binding.value = value;
  }
}

export interface Frame<V> {
  readonly module: Module;
  readonly environment: Environment<V>;
  readonly scope: Scope;
  /** Turns of the loops around that no name has taken yet. */
  readonly turns: readonly number[];
  /** Inside the language's own files: the call, in the model, that led there. */
  readonly caller?: Span | undefined;
}

/** A block inside. */
export function innerFrame<V>(frame: Frame<V>): Frame<V> {
  return { ...frame, environment: frame.environment.inner() };
}

/** The frame of a right side that gives `name`, or none, to what stands in it. `site` is its syntax. */
export function enterFrame<V>(frame: Frame<V>, site: object, name: string | undefined): Frame<V> {
  const scope = frame.scope.enter(site, name, frame.turns);
  return { ...frame, scope, turns: [] };
}

/** What a value will be bound to, for people who read the graph: one name, or those of the parts of an array. */
export type Hint = string | readonly (string | undefined)[];

export function oneName(hint: Hint | undefined): string | undefined {
  return typeof hint === "string" ? hint : undefined;
}
