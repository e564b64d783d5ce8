/** Names for buffers that a pass adds: those of a program are unique. */
import type { Program } from "../../ir/program/program.js";
import { programBuffers } from "../../ir/program/traverse.js";

export class FreshNames {
  readonly #taken: Set<string>;

  constructor(program: Program) {
    this.#taken = new Set([...programBuffers(program)].map(({ name }) => name));
  }

  fresh(hint: string): string {
    let name = hint;
    for (let i = 2; this.#taken.has(name); i++) name = `${hint}.${i}`;
    this.#taken.add(name);
    return name;
  }
}
