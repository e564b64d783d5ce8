/**
 * The randomness of a model is no stream with a hidden state but a function: which number a place draws depends on the
 * seed of the run, on the place, and on the counters there (the time step, the position along each dimension, the
 * component), and on nothing else. So any order of evaluation, any batch and any backend draws the same numbers.
 *
 * The function is Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * 2011): additions, rotations and exclusive ors of 32-bit integers. A draw is made thus; every backend repeats it:
 *
 *   1. The key is the seed: (its low 32 bits, the 21 bits above). A seed is a whole number from 0 to 2^53-1.
 *   2. state = threefry(key, (site, number of counters)).
 *   3. For counters c0, c1, c2, ... as int32 (modulo 2^32), two at a time: state = threefry(state, (c0, c1)), then
 *      state = threefry(state, (c2, c3)), and so on. A missing last counter is 0. So the state becomes the next key.
 *   4. The draw is (2n + 1) / 2^24, where n is the upper 23 bits of the first word of the state.
 *
 * Such a number is an odd multiple of 2^-24: never 0, never 1, and the same number in float32 and in float64.
 */

import { at } from "../../support/invariant.js";

/** Two words of 32 bits, as int32 numbers. */
export type WordPair = readonly [number, number];

/** Salmon et al., table 4: the rotations of eight rounds, repeated. */
const rotations = [13, 15, 26, 6, 17, 29, 16, 24];

/** Skein's parity constant: no key makes all three key words zero. */
const parity = 0x1bd11bda;

/** One block: 20 rounds, with a key injection after every four. */
export function threefry2x32(key: WordPair, counter: WordPair): WordPair {
  const keys = [key[0] | 0, key[1] | 0, key[0] ^ key[1] ^ parity] as const;
  let x = (counter[0] + keys[0]) | 0;
  let y = (counter[1] + keys[1]) | 0;
  for (let group = 0; group < 5; group++) {
    for (let round = 0; round < 4; round++) {
      const bits = at(rotations, (group % 2) * 4 + round);
      x = (x + y) | 0;
      y = ((y << bits) | (y >>> (32 - bits))) ^ x;
    }
    const injection = group + 1;
    x = (x + at(keys, injection % 3)) | 0;
    y = (y + at(keys, (injection + 1) % 3) + injection) | 0;
  }
  return [x, y];
}

export function seedKey(seed: number): WordPair {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`a seed is a whole number from 0 to 2^53-1, this is ${seed}`);
  return [seed | 0, Math.floor(seed / 2 ** 32) | 0];
}

/** A uniform draw from the open interval (0, 1). */
export function uniformDraw(key: WordPair, site: number, counters: readonly number[]): number {
  let state = threefry2x32(key, [site | 0, counters.length]);
  for (let i = 0; i < counters.length; i += 2) {
    state = threefry2x32(state, [(counters[i] ?? 0) | 0, (counters[i + 1] ?? 0) | 0]);
  }
  return (2 * (state[0] >>> 9) + 1) / 2 ** 24;
}
