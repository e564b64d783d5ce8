/**
 * A scope is a block of the generated function: its body, the body of a loop, or one side of a selection. Code is made on
 * demand: whoever needs a value asks for it where it is used, and the line that computes it is added to the outermost block
 * in which everything that it needs is known. Lines are added to a block before the text of the inner block that asked for
 * them, so they stand before it.
 */
export class Scope {
  readonly lines: string[] = [];
  readonly depth: number;
  readonly #names = new Map<string, string>();

  constructor(
    readonly parent: Scope | undefined,
    /** True for a side of a selection: what stands in it runs only when that side is chosen. */
    readonly branch = false,
  ) {
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  /** The name of a value that this block or one around it has computed, and the block. */
  find(key: string): { readonly name: string; readonly scope: Scope } | undefined {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      const name = scope.#names.get(key);
      if (name !== undefined) return { name, scope };
    }
    return undefined;
  }

  define(key: string, name: string): void {
    this.#names.set(key, name);
  }

  add(line: string): void {
    this.lines.push(line);
  }

  /** Adds an inner block. */
  nest(open: string, inner: Scope, close = "}"): void {
    this.lines.push(open, ...inner.lines.map((line) => `  ${line}`), close);
  }

  /** The nearest block around it, itself included, that is no side of a selection. */
  get unconditional(): Scope {
    let scope: Scope = this;
    while (scope.branch && scope.parent !== undefined) scope = scope.parent;
    return scope;
  }
}

export function deeper(a: Scope, b: Scope): Scope {
  return b.depth > a.depth ? b : a;
}
