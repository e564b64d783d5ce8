/** What every kind of PyTorch's cases is made from: its description, read argument by argument, and its numbers. */
import { defined } from "../../src/support/invariant.js";
import type { NdArray } from "./arrays.js";
import type { Trial } from "./trial.js";

export interface Numbers {
  readonly weights: Readonly<Record<string, NdArray>>;
  readonly inputs: Readonly<Record<string, NdArray>>;
  readonly outputs: Readonly<Record<string, NdArray>>;
}

export type Maker = (description: Description, numbers: Numbers) => Trial;

/** A case's arguments. One that nobody asks for is an error: it would be passed over, and the case would test something else. */
export class Description {
  readonly #unread: Set<string>;

  constructor(private readonly given: Readonly<Record<string, unknown>>) {
    this.#unread = new Set(Object.keys(given));
  }

  /** The argument, or what PyTorch takes where it is left out. */
  read<T>(name: string, usual: T): T {
    this.#unread.delete(name);
    const value = this.given[name];
    return value === undefined ? usual : (value as T);
  }

  require<T>(name: string): T {
    this.#unread.delete(name);
    return defined(this.given[name], `the argument ${name}`) as T;
  }

  /** Those of the arguments that are given, under the names that they have in the library: num_layers as numLayers. */
  options(names: readonly string[]): string {
    const options = names.flatMap((name) => {
      const value = this.read<unknown>(name, undefined);
      return value === undefined ? [] : [`${camel(name)}: ${JSON.stringify(value)}`];
    });
    return options.join(", ");
  }

  expectAllRead(): void {
    if (this.#unread.size > 0) throw new Error(`the case has arguments that are not known here: ${[...this.#unread].join(", ")}`);
  }
}

export function input(numbers: Numbers, name: string): NdArray {
  return defined(numbers.inputs[name], `the input ${name}`);
}

export function output(numbers: Numbers, name: string): NdArray {
  return defined(numbers.outputs[name], `the output ${name}`);
}

/** num_layers as numLayers. */
export function camel(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
