/** What parameters begin with: each distribution has its moments, and every parameter begins alike whatever stands beside it. */
import { describe, expect, test } from "vitest";
import { initialValues } from "../../../src/ir/graph/initialise.js";
import { at } from "../../../src/support/invariant.js";

function moments(values: ArrayLike<number>): { readonly mean: number; readonly deviation: number; readonly low: number; readonly high: number } {
  const all = Array.from(values);
  const mean = all.reduce((sum, x) => sum + x, 0) / all.length;
  const deviation = Math.sqrt(all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / all.length);
  return { mean, deviation, low: Math.min(...all), high: Math.max(...all) };
}

describe("initialValues", () => {
  test("is the number that the model says", () => {
    expect([...initialValues({ name: "bias", shape: [3], initialiser: { kind: "constant", value: 1 } }, 1)]).toEqual([1, 1, 1]);
  });

  test("of a vector that nobody said anything about is zero", () => {
    expect([...initialValues({ name: "bias", shape: [3] }, 1)]).toEqual([0, 0, 0]);
  });

  test("is one number for each of equal pieces", () => {
    expect([...initialValues({ name: "b", shape: [6], initialiser: { kind: "constants", values: [0, 1, -2] } }, 1)]).toEqual([0, 0, 1, 1, -2, -2]);
  });

  test("uniform fills its interval evenly", () => {
    const { mean, deviation, low, high } = moments(initialValues({ name: "w", shape: [100, 100], initialiser: { kind: "uniform", low: -1, high: 3 } }, 1));
    expect(low).toBeGreaterThanOrEqual(-1);
    expect(high).toBeLessThanOrEqual(3);
    expect(mean).toBeCloseTo(1, 1);
    expect(deviation).toBeCloseTo(4 / Math.sqrt(12), 1);
  });

  test("normal has its deviation, and tails", () => {
    const { mean, deviation, high } = moments(initialValues({ name: "w", shape: [100, 100], initialiser: { kind: "normal", deviation: 0.5 } }, 1));
    expect(mean).toBeCloseTo(0, 1);
    expect(deviation).toBeCloseTo(0.5, 1);
    expect(high).toBeGreaterThan(1.5);
  });

  test.each([{ kind: "glorot" } as const, undefined])("of a matrix is Glorot's (%j)", (initialiser) => {
    const { low, high } = moments(initialValues({ name: "w", shape: [20, 130], initialiser }, 1));
    const bound = Math.sqrt(6 / 150);
    expect(high).toBeLessThanOrEqual(bound);
    expect(high).toBeGreaterThan(0.95 * bound);
    expect(low).toBeLessThan(-0.95 * bound);
  });

  test.each([
    [3, 8],
    [8, 3],
    [5, 5],
  ])("orthogonal [%d, %d]: rows, or columns where they are fewer, are orthonormal", (rows, columns) => {
    const w = initialValues({ name: "w", shape: [2, rows, columns], initialiser: { kind: "orthogonal" } }, 3);
    for (const start of [0, rows * columns]) {
      const vector = (i: number): number[] =>
        rows <= columns ? Array.from({ length: columns }, (_, k) => at(w, start + i * columns + k)) : Array.from({ length: rows }, (_, k) => at(w, start + k * columns + i));
      const count = Math.min(rows, columns);
      for (let i = 0; i < count; i++) {
        for (let j = 0; j < count; j++) {
          const product = vector(i).reduce((sum, x, k) => sum + x * at(vector(j), k), 0);
          expect(product).toBeCloseTo(i === j ? 1 : 0, 5);
        }
      }
    }
    expect(w.slice(0, rows * columns)).not.toEqual(w.slice(rows * columns));
  });

  test("depends on the seed and the name, and on nothing else", () => {
    const one = initialValues({ name: "a", shape: [4, 4] }, 1);
    expect(initialValues({ name: "a", shape: [4, 4] }, 1)).toEqual(one);
    expect(initialValues({ name: "b", shape: [4, 4] }, 1)).not.toEqual(one);
    expect(initialValues({ name: "a", shape: [4, 4] }, 2)).not.toEqual(one);
  });
});
