/**
 * Loops. A loop has no counter of its own: each multiple of its variable that an address needs is a pointer, set before the
 * loop and moved on at the end of each turn. One of them tells when the loop is over. Loops check at their end, and one that
 * may have no turn stands behind a test; or, where they are told to, at their beginning.
 */
import { type Variable } from "./affine.js";
import { get, i32, plain, set, type Code, type Instruction, type Local } from "./encoder/instructions.js";
import { Scope } from "./scope.js";

/** A number of turns: known, or in a local. */
export type Turns = number | Local;

export class Loop {
  readonly inner: Scope;
  readonly variable: Variable;
  readonly #pointers = new Map<string, { readonly local: Local; readonly step: Code }>();

  /**
   * @param backwards a local that is 1 where the turns run from the last to the first, else 0
   * @param checks where each turn checks whether the loop is over
   */
  constructor(readonly outer: Scope, readonly turns: Turns, readonly numbers: FunctionNumbers, readonly backwards?: Local, readonly checks: "first" | "last" = "last") {
    this.inner = new Scope(outer, typeof turns === "number" && turns > 0 ? "loop" : "maybe");
    this.variable = numbers.loopVariable(this);
  }

  /** The local that holds `base + step * turn`; `first` makes the base, before the loop. */
  pointer(key: string, step: number, first: () => Code): Local {
    const name = `${step} ${key}`;
    const known = this.#pointers.get(name);
    if (known !== undefined) return known.local;
    const local = this.numbers.local("i32", "p");
    this.outer.add(...first(), set(local));
    this.#pointers.set(name, { local, step: this.#stepOf(local, step) });
    return local;
  }

  /** How far a pointer moves; where the loop may run backwards, the pointer begins at the other end then. */
  #stepOf(local: Local, step: number): Code {
    const { backwards, turns } = this;
    if (backwards === undefined || typeof turns !== "number") return [i32(step)];
    const moved = this.numbers.local("i32", "step");
    this.outer.add(get(local), get(backwards), i32((turns - 1) * step), plain("i32.mul"), plain("i32.add"), set(local));
    this.outer.add(i32(step), get(backwards), i32(2 * step), plain("i32.mul"), plain("i32.sub"), set(moved));
    return [get(moved)];
  }

  /** Adds the loop to the block around it. */
  close(): void {
    if (this.turns === 0) return;
    if (this.#pointers.size === 0) this.pointer("", 1, () => [i32(0)]);
    const [last] = [...this.#pointers.values()];
    const tail: Instruction[] = [];
    for (const { local, step } of this.#pointers.values()) tail.push(get(local), ...step, plain("i32.add"), set(local));
    if (this.turns === 1 || last === undefined) {
      this.outer.add(...this.inner.code);
      return;
    }
    const end = this.numbers.local("i32", "end");
    const [only] = last.step;
    const count: Code = typeof this.turns === "number" ? [i32(this.turns)] : [get(this.turns)];
    const step: Code = only?.op === "i32.const" && only.value === 1 ? [] : [...last.step, plain("i32.mul")];
    const whole: Code = typeof this.turns === "number" && only?.op === "i32.const" ? [i32(this.turns * only.value)] : [...count, ...step];
    this.outer.add(get(last.local), ...whole, plain("i32.add"), set(end));
    const goesOn: Code = [get(last.local), get(end), plain("i32.ne")];
    if (this.checks === "first") {
      this.outer.add({ op: "while", test: goesOn, body: [...this.inner.code, ...tail] });
      return;
    }
    const body: Instruction = { op: "repeat", body: [...this.inner.code, ...tail, ...goesOn] };
    if (typeof this.turns === "number") this.outer.add(body);
    else this.outer.add(get(this.turns), i32(0), plain("i32.gt_s"), { op: "if", result: undefined, yes: [body], no: [] });
  }
}

/** Gives out the locals and variables of one function. */
export class FunctionNumbers {
  #count = 0;
  readonly #loops = new Map<Variable, Loop>();

  local(type: Local["type"], name: string): Local {
    return { type, name };
  }

  loopVariable(loop: Loop): Variable {
    const variable = { id: this.#count++, scope: loop.inner, local: undefined, natural: true };
    this.#loops.set(variable, loop);
    return variable;
  }

  localVariable(local: Local, scope: Scope, natural: boolean): Variable {
    return { id: this.#count++, scope, local, natural };
  }

  loop(variable: Variable): Loop | undefined {
    return this.#loops.get(variable);
  }
}
