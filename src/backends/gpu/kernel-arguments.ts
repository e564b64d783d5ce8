/** What a kernel is given: textures, numbers of the host, and capacities, which are constants of it. Each once, by a name. */
import { lengthText, staticLength, type Length } from "../../ir/graph/length.js";
import type { Axis, Buffer } from "../../ir/kernel/kernel.js";
import type { Fresh } from "./functions.js";
import type { FreeSizes, Size } from "./texture-layout.js";

/** A number that the host hands over with each call. */
export type NumberArgument =
  | { readonly kind: "axis"; readonly axis: Axis }
  | { readonly kind: "length"; readonly place: number }
  /** Literals for it are not to be had everywhere. */
  | { readonly kind: "infinity" };

export class KernelArguments {
  readonly #fresh: Fresh;
  readonly #sizes: FreeSizes;
  readonly #loads = new Map<Buffer, string>();
  readonly #numbers = new Map<string, { readonly name: string; readonly argument: NumberArgument }>();
  readonly #capacities = new Set<number>();

  constructor(fresh: Fresh, sizes: FreeSizes) {
    this.#fresh = fresh;
    this.#sizes = sizes;
  }

  texture(buffer: Buffer): string {
    const name = this.#loads.get(buffer) ?? this.#fresh(buffer.name);
    this.#loads.set(buffer, name);
    return name;
  }

  /** The position of a loop that the host turns. */
  axis(axis: Axis): string {
    return this.#number(`axis ${axis.name}`, axis.name, { kind: "axis", axis });
  }

  /** A length as this run has it. */
  length(length: Length): string {
    const place = this.#sizes.place(length);
    return place === undefined ? String(staticLength(length)) : this.#number(`length ${place}`, lengthText(length), { kind: "length", place });
  }

  get infinity(): string {
    return this.#number("infinity", "infinity", { kind: "infinity" });
  }

  /** A length as memory has it. */
  capacity(length: Length): string {
    const size: Size = this.#sizes.size(length);
    if (typeof size === "number") return String(size);
    this.#capacities.add(size.capacity);
    return `this.constants.s${size.capacity}`;
  }

  /** In the order in which they are handed over: textures, then numbers. */
  get names(): readonly string[] {
    return [...this.#loads.values(), ...[...this.#numbers.values()].map(({ name }) => name)];
  }

  get all(): { readonly loads: readonly Buffer[]; readonly numbers: readonly NumberArgument[]; readonly capacities: readonly number[] } {
    return { loads: [...this.#loads.keys()], numbers: [...this.#numbers.values()].map(({ argument }) => argument), capacities: [...this.#capacities].sort((a, b) => a - b) };
  }

  #number(key: string, hint: string, argument: NumberArgument): string {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known.name;
    const name = this.#fresh(hint);
    this.#numbers.set(key, { name, argument });
    return name;
  }
}
