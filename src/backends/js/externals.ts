/**
 * What a kernel's function gets as arguments: memory, and the numbers that are known only when the model runs.
 */
import { lengthText, type Length } from "../../ir/graph/length.js";
import type { Axis, Buffer } from "../../ir/kernel/kernel.js";

/**
 * The blocks of memory: the arena of a run, the weights, and what is needed only while weights are prepared; each seen as
 * float32 and as int32.
 */
export type MemoryBlock = "arena" | "weights" | "scratch";

export interface Place {
  readonly block: MemoryBlock;
  /** Elements from the beginning of the block; undefined where it is known only when the model runs, or changes from turn to turn. */
  readonly offset: number | undefined;
}

/** Where each buffer lies. */
export type Placement = (buffer: Buffer) => Place;

export type External =
  | { readonly kind: "memory"; readonly block: MemoryBlock; readonly element: Buffer["element"] }
  | { readonly kind: "offset"; readonly buffer: Buffer }
  | { readonly kind: "length"; readonly length: Length }
  | { readonly kind: "axis"; readonly axis: Axis }
  | { readonly kind: "seed"; readonly word: 0 | 1 };

/** The parameters of one function, each asked for once. */
export class Externals {
  readonly #byKey = new Map<string, { readonly external: External; readonly name: string }>();
  readonly #axes = new Map<Axis, number>();
  readonly #buffers = new Map<Buffer, number>();

  /** The name of the parameter; `fresh` makes it the first time. */
  name(external: External, fresh: () => string): string {
    const key = this.#key(external);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known.name;
    const name = fresh();
    this.#byKey.set(key, { external, name });
    return name;
  }

  get list(): readonly { readonly external: External; readonly name: string }[] {
    const order = ["memory", "offset", "length", "axis", "seed"];
    return [...this.#byKey.values()].sort((a, b) => order.indexOf(a.external.kind) - order.indexOf(b.external.kind));
  }

  #key(external: External): string {
    switch (external.kind) {
      case "memory":
        return `memory ${external.block} ${external.element}`;
      case "offset":
        return `offset ${number(this.#buffers, external.buffer)}`;
      case "length":
        return `length ${lengthText(external.length)}`;
      case "axis":
        return `axis ${number(this.#axes, external.axis)}`;
      case "seed":
        return `seed ${external.word}`;
    }
  }
}

function number<T>(map: Map<T, number>, item: T): number {
  const id = map.get(item) ?? map.size;
  map.set(item, id);
  return id;
}

/** The usual name of each block's view. */
export const viewName: { readonly [B in MemoryBlock]: { readonly [E in Buffer["element"]]: string } } = {
  arena: { float32: "F", int32: "I" },
  weights: { float32: "W", int32: "V" },
  scratch: { float32: "R", int32: "Q" },
};

/** Module-level code keeps away from them, so that every function may call its parameters so. */
export const allViewNames: ReadonlySet<string> = new Set(Object.values(viewName).flatMap((names) => Object.values(names)));
