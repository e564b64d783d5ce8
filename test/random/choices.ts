/**
 * Choices for a random construction, taken one after another from a tape of numbers. The tape comes from fast-check, which
 * shrinks it by leaving numbers out and making them smaller. So a construction shrinks well if 0 always means the simplest
 * thing, and if it ends soon after the tape has: from then on every choice is 0.
 */
import fc from "fast-check";

export class Choices {
  private next = 0;

  constructor(private readonly tape: readonly number[]) {}

  /** Whether the tape is at its end: time to stop making more. */
  get exhausted(): boolean {
    return this.next >= this.tape.length;
  }

  /** A whole number from 0 to n-1. */
  below(n: number): number {
    return n <= 1 ? 0 : (this.tape[this.next++] ?? 0) % n;
  }

  /** True once in n times. */
  once(n: number): boolean {
    return this.below(n) === n - 1;
  }

  pick<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)];
    if (item === undefined) throw new Error("nothing to choose from");
    return item;
  }

  /** Each item with a chance of one in n. */
  some<T>(list: readonly T[], n = 2): T[] {
    return list.filter(() => this.once(n));
  }

  /** A number that float32 holds exactly, between -scale and scale, seldom 0. */
  number(scale = 1): number {
    return ((this.below(127) - 63) / 64) * scale;
  }
}

/** A tape that is made of a seed, for scripts that run without fast-check. */
export function seededChoices(seed: number, length = 100_000): Choices {
  const random = generator(seed);
  return new Choices(Array.from({ length }, () => Math.floor(random() * 0x10000)));
}

/** Numbers from 0 up to, not including, 1 (Mulberry32). Good enough for tests. */
export function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function arbitraryTape(maxLength: number): fc.Arbitrary<readonly number[]> {
  return fc.array(fc.nat(0xffff), { maxLength, size: "max" });
}
