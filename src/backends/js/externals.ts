/**
 * What a kernel's function gets as arguments: memory, and the numbers that are known only when the model runs.
 *
 * What has a size known to the compiler is an array of its own, a constant of the module: only for such arrays does V8 leave
 * out most checks (bench/KERNELS.md). A function copies the ones it uses to locals before its loops. The rest lies in an
 * arena that grows with the lengths of a run.
 */
import { lengthText, type Length } from "../../ir/graph/length.js";
import { type Axis, type Buffer, type Element, elementBytes } from "../../ir/kernel/kernel.js";
import type { Numbering } from "../../ir/kernel/traverse.js";
import { invariant } from "../../support/invariant.js";

export type Place =
  /** Constants of the module; several where the buffer is split into one array for each position of its first axis. */
  | { readonly kind: "constant"; readonly names: readonly string[] }
  /** An array that the function is given: while weights are prepared. */
  | { readonly kind: "argument"; readonly text: string }
  /** In the arena of the run, at the place that the table of offsets gives. */
  | { readonly kind: "arena"; readonly slot: number };

export type Placement = (buffer: Buffer) => Place;

export type External =
  | { readonly kind: "memory"; readonly element: Buffer["element"] }
  | { readonly kind: "array"; readonly buffer: Buffer }
  | { readonly kind: "offset"; readonly buffer: Buffer }
  | { readonly kind: "length"; readonly length: Length }
  | { readonly kind: "axis"; readonly axis: Axis }
  | { readonly kind: "seed"; readonly word: 0 | 1 };

export interface NamedExternal {
  readonly key: string;
  readonly external: External;
  /** The parameter's name in the function. */
  readonly name: string;
}

/** The order of a function's parameters. */
const kinds: readonly External["kind"][] = ["memory", "array", "offset", "length", "axis", "seed"];

export function sortExternals<T extends { readonly external: External }>(list: readonly T[]): T[] {
  return [...list].sort((a, b) => kinds.indexOf(a.external.kind) - kinds.indexOf(b.external.kind));
}

/** The parameters of one function, each asked for once. */
export class Externals {
  readonly #byKey = new Map<string, NamedExternal>();

  /** @param ids numbers buffers and axes, so that keys of several functions can be compared */
  constructor(readonly ids: Numbering<object>) {}

  /** The name of the parameter; `fresh` makes it the first time. */
  name(external: External, fresh: () => string): string {
    const key = this.#key(external);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known.name;
    const name = fresh();
    this.#byKey.set(key, { key, external, name });
    return name;
  }

  get list(): readonly NamedExternal[] {
    return [...this.#byKey.values()];
  }

  #key(external: External): string {
    switch (external.kind) {
      case "memory":
        return `memory ${external.element}`;
      case "array":
      case "offset":
        return `${external.kind} ${this.ids.id(external.buffer)}`;
      case "length":
        return `length ${lengthText(external.length)}`;
      case "axis":
        return `axis ${this.ids.id(external.axis)}`;
      case "seed":
        return `seed ${external.word}`;
    }
  }
}

/** The arena of a run, seen as float32 and as int32. */
export function viewName(element: Element): "F" | "I" {
  invariant(elementBytes[element] === 4, () => `there is no view of ${element}`);
  return element === "float32" ? "F" : "I";
}
