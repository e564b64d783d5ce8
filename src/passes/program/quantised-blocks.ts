/**
 * How a sum of products is computed in integers: in blocks of some terms, each with scales of its own.
 *
 * A block of a row of weights is w = s q, with one scale s and integers |q| <= `weightLimit`; the same block of the vector is
 * v = t r with |r| <= `vectorLimit`. The sum over the block of w v is s t times the sum of q r, an integer, and the sums of
 * blocks are added as reals.
 *
 * No sum leaves 32 bits, whatever weights and vectors hold: a block has at most `terms` terms, so that
 *
 *     |sum of q r| <= terms * weightLimit * vectorLimit <= 2^31 - 1,
 *
 * which is what the limits are chosen by. Sums on the way are sums of fewer terms, so they are no larger. Longer sums have
 * more blocks, never larger ones; a block is also as far as one outlier makes the steps of its neighbours coarse.
 */

/** What weights become. */
export const quantisations = { int8: true, int16: true } as const;

export type Quantisation = keyof typeof quantisations;

export interface Blocks {
  /** So many blocks along the last axis of the sum, of so many terms of that axis each; the last one may have fewer. */
  readonly count: number;
  readonly size: number;
  /** Terms of a block, over all axes of the sum. */
  readonly terms: number;
  readonly weightLimit: number;
  readonly vectorLimit: number;
}

/** The most terms of a block, where the axes before the last one leave a choice. */
const mostTerms: { readonly [Q in Quantisation]: number } = { int8: 512, int16: 256 };

const largestSum = 2 ** 31 - 1;
const largest = { int8: 2 ** 7 - 1, int16: 2 ** 15 - 1 };

/** Below this a vector would be coarser than weights of 8 bits. */
const leastVectorLimit = largest.int8;

/**
 * The last axis is cut; of the axes before it, `leading` terms belong to each of its positions. Undefined where there are so
 * many of them that no limits are left.
 */
export function blocksOf(quantisation: Quantisation, leading: number, length: number): Blocks | undefined {
  const wanted = Math.ceil((leading * length) / mostTerms[quantisation]);
  // Pairs of terms are multiplied at a time.
  const size = 2 * Math.ceil(length / Math.min(wanted, Math.ceil(length / 2)) / 2);
  const terms = leading * size;
  const limits = limitsOf(quantisation, terms);
  return limits === undefined ? undefined : { count: Math.ceil(length / size), size, terms, ...limits };
}

function limitsOf(quantisation: Quantisation, terms: number): Pick<Blocks, "weightLimit" | "vectorLimit"> | undefined {
  const product = Math.floor(largestSum / terms);
  // What is read most often has 8 bits; of 16, both get the same share.
  const weightLimit = quantisation === "int8" ? largest.int8 : Math.min(largest.int16, Math.floor(Math.sqrt(product)));
  const vectorLimit = Math.min(largest.int16, Math.floor(product / Math.max(1, weightLimit)));
  return weightLimit < largest.int8 || vectorLimit < leastVectorLimit ? undefined : { weightLimit, vectorLimit };
}
