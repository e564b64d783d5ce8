/**
 * The numbers that a parameter begins with, before anything was learned: drawn from the distribution that the model names,
 * or from the usual one for its shape. As every draw of Gatefold, each is a function of the seed, of the parameter's name
 * and of its place in it, so a parameter begins alike whatever else a model has.
 *
 * Without an initialiser, a vector begins with zeros and anything larger after Glorot & Bengio (2010).
 */
import { at } from "../../support/invariant.js";
import { seedKey, uniformDraw, type WordPair } from "./draw.js";
import type { Initialiser } from "./node.js";
import { elementCount } from "./types.js";

export interface InitialParameter {
  readonly name: string;
  /** Outputs first, then inputs, as products want them; dimensions that are stored in front count as further matrices. */
  readonly shape: readonly number[];
  readonly initialiser?: Initialiser | undefined;
}

export function initialValues({ name, shape, initialiser }: InitialParameter, seed: number): Float32Array {
  const draws = new Draws(seedKey(seed), siteOf(name));
  const values = new Float32Array(elementCount(shape));
  const [rows, columns] = [at([1, ...shape], shape.length - 1), at([1, ...shape], shape.length)];
  const kind = initialiser ?? (shape.length < 2 ? { kind: "constant", value: 0 } : { kind: "glorot" });
  switch (kind.kind) {
    case "constant":
      return values.fill(kind.value);
    case "constants":
      return values.map((_, index) => at(kind.values, Math.floor((index * kind.values.length) / values.length)));
    case "uniform":
      return values.map((_, index) => draws.uniform(index, kind.low, kind.high));
    case "normal":
      return values.map((_, index) => kind.deviation * draws.normal(index));
    case "glorot": {
      const bound = Math.sqrt(6 / (rows + columns));
      return values.map((_, index) => draws.uniform(index, -bound, bound));
    }
    case "orthogonal":
      for (let start = 0; start < values.length; start += rows * columns) values.set(orthogonal(rows, columns, (index) => draws.normal(start + index)), start);
      return values;
  }
}

class Draws {
  constructor(private readonly key: WordPair, private readonly site: number) {}

  uniform(index: number, low: number, high: number): number {
    return low + (high - low) * uniformDraw(this.key, this.site, [index, 0]);
  }

  /** The Box-Muller transform. */
  normal(index: number): number {
    const [radius, angle] = [uniformDraw(this.key, this.site, [index, 0]), uniformDraw(this.key, this.site, [index, 1])];
    return Math.sqrt(-2 * Math.log(radius)) * Math.cos(2 * Math.PI * angle);
  }
}

/** A matrix whose rows, or whose columns where those are fewer, are orthonormal (Saxe, McClelland & Ganguli, 2014). */
function orthogonal(rows: number, columns: number, normal: (index: number) => number): Float64Array {
  const [count, size] = [Math.min(rows, columns), Math.max(rows, columns)];
  const vectors: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    const vector = Float64Array.from({ length: size }, (_, k) => normal(i * size + k));
    // Gram-Schmidt, twice over: once loses orthogonality where vectors are nearly dependent.
    for (let turn = 0; turn < 2; turn++) {
      for (const earlier of vectors) {
        const along = vector.reduce((sum, x, k) => sum + x * at(earlier, k), 0);
        for (let k = 0; k < size; k++) vector[k] = at(vector, k) - along * at(earlier, k);
      }
    }
    const length = Math.hypot(...vector);
    vectors.push(vector.map((x) => x / length));
  }
  const result = new Float64Array(rows * columns);
  for (const [i, vector] of vectors.entries()) {
    vector.forEach((x, k) => (result[rows <= columns ? i * columns + k : k * columns + i] = x));
  }
  return result;
}

/** A number of 31 bits for a name: FNV-1a (Fowler, Noll & Vo) over its UTF-16 units. */
function siteOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 1;
}
