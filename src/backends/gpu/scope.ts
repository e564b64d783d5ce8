/**
 * A block of a kernel's source: its body, the body of a loop, or one side of a selection. A value is computed in the
 * outermost block that knows all it needs, but never further out than the side of a selection that asks for it.
 */
import type { Axis } from "../../ir/kernel/kernel.js";

export class Scope {
  readonly lines: string[] = [];
  readonly depth: number;
  readonly #values = new Map<object, string>();

  constructor(
    readonly parent: Scope | undefined,
    /** What runs only where a condition holds: loads in it may be meaningless elsewhere. */
    readonly guarded: boolean,
    readonly axes: ReadonlySet<Axis> = new Set(),
  ) {
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  find(key: object): string | undefined {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      const name = scope.#values.get(key);
      if (name !== undefined) return name;
    }
    return undefined;
  }

  define(key: object, name: string): void {
    this.#values.set(key, name);
  }

  /** The outermost block from here that binds one of the axes, or guards, or is the outermost of all. */
  home(axes: ReadonlySet<Axis>): Scope {
    let scope: Scope = this;
    while (scope.parent !== undefined && !scope.guarded && ![...scope.axes].some((axis) => axes.has(axis))) scope = scope.parent;
    return scope;
  }

  nest(open: string, inner: Scope, close = "}"): void {
    this.lines.push(open, ...inner.lines.map((line) => `  ${line}`), close);
  }
}
