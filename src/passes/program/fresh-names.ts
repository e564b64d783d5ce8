/** Names for buffers that a pass adds: those of a program are unique. */
import type { Program } from "../../ir/program/program.js";
import { programBuffers } from "../../ir/program/traverse.js";

export class FreshNames {
  readonly #taken: Set<string>;
  /** Below which number all names of a hint are taken. */
  readonly #numbers = new Map<string, number>();

  constructor(program: Program) {
    this.#taken = new Set([...programBuffers(program)].map(({ name }) => name));
  }

  fresh(hint: string): string {
    let name = hint;
    let number = this.#numbers.get(hint) ?? 2;
    while (this.#taken.has(name)) name = `${hint}.${number++}`;
    this.#numbers.set(hint, number);
    this.#taken.add(name);
    return name;
  }
}
