/** The vector functions: errors, order, symmetry, ends and NaN. scripts/wasm-exponentials.ts does the same with every float32. */
import { describe, expect, test } from "vitest";
import { exponentialErrors, exponentialFunctions, type ExponentialFunction } from "./exponentials.js";

const reference: { readonly [F in ExponentialFunction]: (x: number) => number } = { exp: Math.exp, tanh: Math.tanh, sigmoid: (x) => 1 / (1 + Math.exp(-x)) };
const names = Object.keys(reference) as ExponentialFunction[];
const functions = exponentialFunctions();

function bits(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0] ?? 0;
}

/** So many float32 numbers that follow each other, from one on. */
function following(first: number, count: number): Float32Array {
  return new Float32Array(Int32Array.from({ length: count }, (_, i) => bits(first) + i).buffer);
}

/** All over the numbers, and densely where their parts meet. */
const places: readonly Float32Array[] = [
  ...Array.from({ length: 255 }, (_, exponent) => following(new Float32Array(Int32Array.of(exponent << 23).buffer)[0] ?? 0, 64)),
  ...Array.from({ length: 300 }, (_, i) => following(((i + 1) * Math.LN2) / 2 - 1e-5 * (i + 1), 512)),
];

describe.each(names)("%s", (name) => {
  test("is near, and never goes down", () => {
    for (const sign of [1, -1]) {
      for (const place of places) {
        const { worst, breaks } = exponentialErrors(functions[name], reference[name], place.map((x) => sign * x), { relative: name === "exp", falling: sign < 0 });
        expect(worst).toBeLessThan(3e-7);
        expect(breaks).toBe(0);
      }
    }
  });

  test("lets NaN pass", () => {
    expect([...functions[name](Float32Array.of(NaN, -NaN, 1, NaN))].map(Number.isNaN)).toEqual([true, true, false, true]);
  });
});

test("ends where it should", () => {
  const x = Float32Array.of(Infinity, -Infinity, 3.4e38, -3.4e38, 100, -100, 0, -0);
  expect([...functions.exp(x)]).toEqual([Infinity, 0, Infinity, 0, Infinity, 0, 1, 1]);
  expect([...functions.tanh(x)]).toEqual([1, -1, 1, -1, 1, -1, 0, -0]);
  expect([...functions.sigmoid(x)]).toEqual([1, 0, 1, 0, 1, 0, 0.5, 0.5]);
});

test("tanh is odd", () => {
  for (const place of places) {
    const results = functions.tanh(place);
    expect(functions.tanh(place.map((x) => -x))).toEqual(results.map((y) => -y));
  }
});
