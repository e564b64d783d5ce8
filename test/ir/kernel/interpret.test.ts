import { expect, test } from "vitest";
import { evaluateLength } from "../../../src/ir/graph/length.js";
import { interpretKernel, type Elements } from "../../../src/ir/kernel/interpret.js";
import { buffer, kernelOf } from "./kernels.js";

const x = buffer("x", [5]);
const y = buffer("y", [5]);
const ids = buffer("ids", [5], { element: "int32" });

function run(text: string, values: readonly number[], round?: "float32"): { readonly y: Elements; readonly ids: Elements } {
  const memory = new Map<unknown, Elements>([[x, [...values]], [y, new Array<undefined>(5).fill(undefined)], [ids, new Array<undefined>(5).fill(undefined)]]);
  const kernel = kernelOf(text, [x, y, ids]);
  interpretKernel(kernel, { memory: (each) => memory.get(each) ?? [], length: (length) => evaluateLength(length, () => 0), axes: new Map(), seed: [1, 2], round });
  return { y: memory.get(y) ?? [], ids: memory.get(ids) ?? [] };
}

test("sums, maxima and what they begin from", () => {
  const text = "kernel k stage 0 () {\n for i:5 {\n a0 = sum x[i] from 10.0\n a1 = max x[i]\n a2 = min x[i]\n }\n y[0] = a0\n y[1] = a1\n y[2] = a2\n}";
  expect(run(text, [3, -1, 4, 1, 5]).y.slice(0, 3)).toEqual([22, 5, -1]);
});

test("a reduction over nothing", () => {
  const text = "kernel k stage 0 () {\n for i:5[3 .. 2] {\n a0 = sum x[i]\n a1 = max x[i]\n a2 = argmax x[i]\n a3 = max i\n }\n y[0] = a0\n y[1] = a1\n ids[2] = a2\n ids[3] = a3\n}";
  const { y: reals, ids: integers } = run(text, [1, 2, 3, 4, 5]);
  expect([reals[0], reals[1], integers[2], integers[3]]).toEqual([0, -Infinity, 0, -(2 ** 31)]);
});

test("a window is clipped, and keeps positions", () => {
  const text = "kernel k stage 0 (t:5) {\n for i:5[t - 1 .. t + 2] {\n a0 = sum x[i]\n a1 = argmax x[i]\n }\n y[t] = a0\n ids[t] = a1\n}";
  expect(run(text, [3, -1, 4, 1, 5])).toEqual({ y: [2, 6, 4, 10, 6], ids: [0, 2, 2, 4, 4] });
});

test("NaN is largest, the first of equals is first", () => {
  const text = "kernel k stage 0 () {\n for i:5 {\n a0 = argmax x[i]\n a1 = top 3 x[i]\n }\n ids[0] = a0\n ids[1] = a1.ids(0)\n ids[2] = a1.ids(1)\n ids[3] = a1.ids(2)\n y[0] = a1.values(1)\n}";
  expect(run(text, [7, NaN, 7, NaN, 2]).ids.slice(0, 4)).toEqual([1, 1, 3, 0]);
  expect(run(text, [2, 7, 7, 1, 7]).ids.slice(0, 4)).toEqual([1, 1, 2, 4]);
  expect(run(text, [2, 7, 7, 1, 7]).y[0]).toBe(7);
});

test("only the chosen side of a selection is computed", () => {
  expect(run("kernel k stage 0 (t:5) {\n y[t] = select(t < 4, x[t + 1], 0.0)\n}", [1, 2, 3, 4, 5]).y).toEqual([2, 3, 4, 5, 0]);
  expect(() => run("kernel k stage 0 (t:5) {\n y[t] = x[t + 1]\n}", [1, 2, 3, 4, 5])).toThrow("index 5 of x is outside 0..4");
});

test("what nothing wrote is not read", () => {
  expect(() => run("kernel k stage 0 () {\n y[0] = y[0]\n}", [])).toThrow("a value in y that nothing wrote");
});

test("loads of a position come before its stores", () => {
  const text = "kernel k stage 0 (t:5) {\n x[t] = 0.0\n y[t] = x[t]\n}";
  expect(run(text, [1, 2, 3, 4, 5]).y).toEqual([1, 2, 3, 4, 5]);
});

test("memory rounds, if it is asked to", () => {
  const text = "kernel k stage 0 () {\n y[0] = 0.1\n ids[0] = floor(-2.5)\n}";
  expect(run(text, []).y[0]).toBe(0.1);
  expect(run(text, [], "float32").y[0]).toBe(Math.fround(0.1));
  expect(run(text, []).ids[0]).toBe(-3);
});
