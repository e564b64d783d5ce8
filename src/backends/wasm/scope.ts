/**
 * A scope is a block of the function that is being made: its body, the body of a loop, or one side of a selection. Code is
 * made on demand: whoever needs a value asks for it where it is used, and what computes it is added to the outermost block
 * in which everything that it needs is known, before the inner block that asked.
 */
import type { Code, Instruction, Local } from "./encoder/instructions.js";

export class Scope {
  readonly code: Instruction[] = [];
  readonly depth: number;
  readonly #locals = new Map<string, Local>();

  /** @param kind a side of a selection runs only when it is chosen, a loop perhaps not once */
  constructor(readonly parent: Scope | undefined, readonly kind: "block" | "branch" | "loop" | "maybe" = "block") {
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  find(key: string): { readonly local: Local; readonly scope: Scope } | undefined {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      const local = scope.#locals.get(key);
      if (local !== undefined) return { local, scope };
    }
    return undefined;
  }

  /** Only in this very block. */
  own(key: string): Local | undefined {
    return this.#locals.get(key);
  }

  define(key: string, local: Local): void {
    this.#locals.set(key, local);
  }

  add(...code: Code): void {
    for (const instruction of code) this.code.push(instruction);
  }

  /** The nearest block around it, itself included, that is no side of a selection. */
  get unconditional(): Scope {
    let scope: Scope = this;
    while (scope.kind === "branch" && scope.parent !== undefined) scope = scope.parent;
    return scope;
  }
}

export function deeper(a: Scope, b: Scope): Scope {
  return b.depth > a.depth ? b : a;
}
