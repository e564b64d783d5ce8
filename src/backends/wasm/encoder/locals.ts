/**
 * Which variable of a function each local is. Locals that are never alive together share one: an engine carries every
 * variable that is set in a loop from turn to turn until it finds that nobody wants it, and decides before that how far a
 * loop is unrolled.
 *
 * Instructions are numbered as they are written. A local lives from where it is first set to where it is last used; if
 * that is inside a loop that began after it was set, to the end of that loop. This holds where every use stands behind the
 * first `set` in the same list of instructions or in blocks of it; any other local has a variable of its own.
 */
import { defined } from "../../../support/invariant.js";
import type { Code, Local } from "./instructions.js";
import type { ValueType } from "./opcodes.js";

/** The locals of each variable, parameters left out, in the order in which they are first used. */
export function shareLocals(parameters: readonly Local[], code: Code): readonly (readonly Local[])[] {
  const variables: Variable[] = [];
  const lives = new Lives();
  lives.visit(code);
  for (const parameter of parameters) lives.found.delete(parameter);
  for (const [local, { from, to }] of lives.found) {
    const free = variables.find(({ type, until }) => type === local.type && until < from);
    if (free === undefined) variables.push({ type: local.type, until: to, locals: [local] });
    else {
      free.locals.push(local);
      free.until = to;
    }
  }
  return variables.map(({ locals }) => locals);
}

interface Variable {
  readonly type: ValueType;
  readonly locals: Local[];
  until: number;
}

interface Life {
  /** The list in which it is first set, by its number. */
  readonly list: number;
  from: number;
  to: number;
}

/** A list of instructions that are being visited: those of a loop, or of a branch. */
interface List {
  readonly number: number;
  readonly isLoop: boolean;
}

class Lives {
  /** In the order of their beginnings. */
  readonly found = new Map<Local, Life>();
  readonly #lists: List[] = [];
  /** For each loop that is being visited what is used in it and was set before it. */
  readonly #usedInLoops: Set<Life>[] = [];
  #position = 0;
  #listCount = 0;

  visit(code: Code, isLoop = false): void {
    this.#lists.push({ number: this.#listCount++, isLoop });
    if (isLoop) this.#usedInLoops.push(new Set());
    for (const instruction of code) {
      this.#position += 1;
      if ("local" in instruction) this.#touch(instruction.local, instruction.op !== "local.get");
      else if (instruction.op === "repeat") this.visit(instruction.body, true);
      else if (instruction.op === "while") this.visit([...instruction.test, { op: "if", result: undefined, yes: instruction.body, no: [] }], true);
      else if (instruction.op === "if") {
        this.visit(instruction.yes);
        this.visit(instruction.no);
      }
    }
    this.#position += 1;
    this.#lists.pop();
    if (isLoop) for (const life of defined(this.#usedInLoops.pop(), "a loop")) life.to = Math.max(life.to, this.#position);
  }

  #touch(local: Local, isSet: boolean): void {
    const known = this.found.get(local);
    if (known === undefined) {
      const list = defined(this.#lists.at(-1), "a list").number;
      this.found.set(local, isSet ? { list, from: this.#position, to: this.#position } : { list: 0, from: 0, to: Infinity });
      return;
    }
    const inside = this.#lists.findIndex(({ number }) => number === known.list);
    if (inside < 0) {
      // Set in one block and used in another: what it holds there depends on the way.
      known.from = 0;
      known.to = Infinity;
      return;
    }
    known.to = Math.max(known.to, this.#position);
    const loopsAround = this.#lists.slice(0, inside + 1).filter(({ isLoop }) => isLoop).length;
    for (const loop of this.#usedInLoops.slice(loopsAround)) loop.add(known);
  }
}
