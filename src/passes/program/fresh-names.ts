/** Names for buffers and for axes that a pass adds: those of a program's buffers are unique, and those of nested axes. */
import type { Program } from "../../ir/program/program.js";
import { programBuffers, programKernels, programLoops } from "../../ir/program/traverse.js";

export class FreshNames {
  readonly #taken: Set<string>;
  /** Below which number all names of a hint are taken. */
  readonly #numbers = new Map<string, number>();

  private constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  static ofBuffers(program: Program): FreshNames {
    return new FreshNames([...programBuffers(program)].map(({ name }) => name));
  }

  static ofAxes(program: Program): FreshNames {
    const axes = programKernels(program.body).flatMap(({ space, reductions }) => [...space, ...reductions.flatMap((reduction) => reduction.axes)]);
    return new FreshNames([...axes, ...programLoops(program.body).map(({ axis }) => axis)].map(({ name }) => name));
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
