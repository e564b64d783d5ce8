/**
 * What quantising costs: the modules with and without it run on inputs of the caller's choice, with the caller's weights, and
 * their outputs are compared. It is the very code that a caller gets which runs, in whatever engine runs the compiler.
 */
import { base64 } from "../support/base64.js";

/** An example, or several, as a module's `run` takes them. */
export interface QuantisationSample {
  readonly weights: Readonly<Record<string, Float32Array>>;
  readonly inputs: Inputs | readonly Inputs[];
  readonly seed?: number;
}

type Inputs = Readonly<Record<string, unknown>>;
type Outputs = Readonly<Record<string, Float32Array | Int32Array>>;

/** How far an output is from what it is in float32, over all elements of all examples. */
export interface QuantisationError {
  readonly output: string;
  /** The largest difference. */
  readonly largest: number;
  /** The root of the mean square of the differences, and of the output itself. */
  readonly typical: number;
  readonly outputSize: number;
  /** Of outputs that are ids: the share of them that are not the same. */
  readonly differing?: number;
}

interface Loaded {
  run(inputs: Inputs | readonly Inputs[], options: { readonly seed: number }): Outputs | readonly Outputs[];
}

/** What `compile` gives: a module of one model, which stands alone and takes no batch of a fixed size. */
interface Compiled {
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/**
 * How far the outputs of a model are from what they are in float32, on a sample. What the modules refuse of it, they throw.
 * @param compiled the same model with quantised weights and without
 */
export async function measureQuantisation({ float32, quantised: other }: { readonly float32: Compiled; readonly quantised: Compiled }, { weights, inputs, seed = 0 }: QuantisationSample): Promise<readonly QuantisationError[]> {
  const [exact, quantised] = await Promise.all([outputsOf(float32), outputsOf(other)]);
  return Object.keys(exact[0] ?? {}).map((output) => {
    const pairs = exact.flatMap((example, i) => {
      const other = quantised[i]?.[output] ?? [];
      return Array.from(example[output] ?? [], (value, place) => [value, other[place] ?? NaN] as const);
    });
    const ids = exact.some((example) => example[output] instanceof Int32Array);
    const differing = pairs.filter(([value, other]) => value !== other).length / Math.max(1, pairs.length);
    return { output, ...differenceOf(pairs), ...(ids ? { differing } : {}) };
  });

  async function outputsOf({ files }: Compiled): Promise<readonly Outputs[]> {
    const text = files.find(({ path }) => /\.m?js$/.test(path))?.text ?? "";
    const { load } = (await import(/* @vite-ignore */ `data:text/javascript;base64,${base64(new TextEncoder().encode(text))}`)) as { load?(weights: unknown): Loaded };
    if (load === undefined) throw new TypeError("there is no module to run: the compilation failed");
    const result = load(weights).run(inputs, { seed });
    return isSeveral(result) ? result : [result];
  }
}

function differenceOf(pairs: readonly (readonly [number, number])[]): Omit<QuantisationError, "output" | "differing"> {
  let [largest, squares, size] = [0, 0, 0];
  for (const [wanted, given] of pairs) {
    if (Object.is(wanted, given) || wanted === given) {
      size += wanted === wanted ? wanted * wanted : 0;
      continue;
    }
    const difference = Math.abs(given - wanted);
    // What is NaN on one side only is as far away as can be.
    largest = Number.isNaN(difference) ? Infinity : Math.max(largest, difference);
    squares += Number.isNaN(difference) ? Infinity : difference * difference;
    size += wanted * wanted;
  }
  const count = Math.max(1, pairs.length);
  return { largest, typical: Math.sqrt(squares / count), outputSize: Math.sqrt(size / count) };
}

/** TypeScript does not tell arrays that may not be changed from records. */
function isSeveral<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
