/** How results are compared: a comparison that accepts too much would hold nothing. */
import { expect, test } from "vitest";
import { differences, near } from "./rounded.js";

test("near is relative, from 1 on", () => {
  expect(near(1 + 1e-10, 1, 1e-9)).toBe(true);
  expect(near(1 + 1e-8, 1, 1e-9)).toBe(false);
  expect(near(1e-10, 0, 1e-9)).toBe(true);
  expect(near(1e6 + 1e-4, 1e6, 1e-9)).toBe(true);
  expect(near(1e6 + 1e-2, 1e6, 1e-9)).toBe(false);
});

test("nothing is near an infinity or a NaN but itself", () => {
  for (const special of [Infinity, -Infinity, NaN]) {
    expect(near(special, special, 1e-9)).toBe(true);
    for (const other of [3, Infinity, -Infinity, NaN].filter((each) => !Object.is(each, special))) {
      expect(near(special, other, 1e-9), `${special} for ${other}`).toBe(false);
      expect(near(other, special, 1e-9), `${other} for ${special}`).toBe(false);
    }
  }
});

test("differences name what is missing, too", () => {
  expect(differences({ y: [1, 2] }, { y: [1, 3], z: [0] }, 1e-9)).toEqual(["y[1] is 2, not 3", "z has no elements, not 1"]);
  expect(differences({ y: [1] }, { y: [1, 3] }, 1e-9)).toEqual(["y has 1 elements, not 2"]);
});
