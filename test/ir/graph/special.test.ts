import { describe, expect, test } from "vitest";
import { erf, sigmoid } from "../../../src/ir/graph/special.js";

describe("erf", () => {
  // Reference values to the last digit of float64, from the C library.
  const references: readonly (readonly [number, number])[] = [
    [1e-300, 1.1283791670955126e-300],
    [1e-10, 1.1283791670955126e-10],
    [0.001, 0.0011283787909692365],
    [0.1, 0.1124629160182849],
    [0.25, 0.2763263901682369],
    [0.5, 0.5204998778130465],
    [0.75, 0.7111556336535151],
    [1, 0.8427007929497149],
    [1.25, 0.9229001282564582],
    [1.5, 0.9661051464753108],
    [1.75, 0.9866716712191824],
    [2, 0.9953222650189527],
    [2.25, 0.9985372834133188],
    [2.4999, 0.9995928300996666],
    [2.5, 0.999593047982555],
    [2.75, 0.9998993780778803],
    [3, 0.9999779095030014],
    [3.5, 0.9999992569016276],
    [4, 0.9999999845827421],
    [4.5, 0.9999999998033839],
    [5, 0.9999999999984626],
    [5.5, 0.9999999999999927],
    [5.9, 0.9999999999999999],
    [6, 1.0],
    [7, 1.0],
    [30, 1.0],
  ];

  test.each(references)("erf(%d)", (x, expected) => {
    expect(Math.abs(erf(x) - expected)).toBeLessThanOrEqual(1e-14 * Math.abs(expected));
    expect(erf(-x)).toBe(-erf(x));
  });

  test("keeps the sign of zero, ends in 1 and passes NaN on", () => {
    expect(erf(0)).toBe(0);
    expect(erf(-0)).toBe(-0);
    expect(erf(Infinity)).toBe(1);
    expect(erf(-Infinity)).toBe(-1);
    expect(erf(NaN)).toBeNaN();
  });

  test("does not jump where its two formulas meet", () => {
    const below = erf(2.5 - 1e-12);
    const above = erf(2.5);
    expect(above - below).toBeGreaterThanOrEqual(0);
    expect(above - below).toBeLessThan(1e-14);
  });
});

test("sigmoid is right at both ends", () => {
  expect(sigmoid(0)).toBe(0.5);
  expect(sigmoid(1000)).toBe(1);
  expect(sigmoid(-1000)).toBe(0);
  expect(sigmoid(-Infinity)).toBe(0);
  expect(sigmoid(NaN)).toBeNaN();
  expect(Math.abs(sigmoid(-40) / Math.exp(-40) - 1)).toBeLessThan(1e-15);
});
