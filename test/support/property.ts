/**
 * How property tests are run: the seed is printed with every failure and can be
 * given again as GATEFOLD_SEED; the number of cases can be raised with
 * GATEFOLD_RUNS for a longer search.
 */
import fc from "fast-check";

/** The parameters of `fc.assert` for a property that is cheap enough for `runs` cases each time. */
export function propertyParameters(runs: number): { readonly numRuns: number; readonly seed: number } {
  return {
    numRuns: Math.max(runs, Number(process.env["GATEFOLD_RUNS"] ?? 0)),
    seed: Number(process.env["GATEFOLD_SEED"] ?? Date.now() % 2 ** 31),
  };
}

/** So many smaller cases are tried once one has failed: of large graphs there are so many that a run would not end. */
const MANY_SMALLER = 400;

/** Checks a property with `runs` random cases; a failure shows the seed and the smallest case found. */
export function checkProperty<T>(runs: number, arbitrary: fc.Arbitrary<T>, body: (value: T) => void): void {
  let hasFailed = false;
  let smaller = 0;
  // fast-check takes a returned false for a failure; what an assertion returns means nothing.
  const predicate = (value: T): void => {
    if (hasFailed && smaller++ >= MANY_SMALLER) return;
    try {
      body(value);
    } catch (thrown) {
      hasFailed = true;
      throw thrown;
    }
  };
  fc.assert(fc.property(arbitrary, predicate), propertyParameters(runs));
}
