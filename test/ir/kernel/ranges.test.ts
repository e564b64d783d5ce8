import { expect, test } from "vitest";
import { areApart, indexRange, isInside } from "../../../src/ir/kernel/ranges.js";
import { buffer, kernelOf } from "./kernels.js";

const y = buffer("y", [100]);
const ids = buffer("ids", [9], { element: "int32" });

function range(text: string): readonly number[] {
  const kernel = kernelOf(`kernel k stage 0 (t:time, j:4) {\n y[${text}] = 0.0\n}`, [y, ids]);
  const index = kernel.stores[0]?.index[0];
  if (index === undefined) throw new Error("there is no index");
  const { low, high } = indexRange(index);
  return [low, high];
}

test.each([
  ["7", [7, 7]],
  ["j", [0, 3]],
  ["t", [0, Infinity]],
  ["j + 4", [4, 7]],
  ["(j * 2) - 1", [-1, 5]],
  ["9 - j", [6, 9]],
  ["floor(j / 2)", [0, 1]],
  ["t % 5", [0, 4]],
  ["(j - 9) % 5", [-Infinity, Infinity]],
  ["negate(j)", [-3, 0]],
  ["ids[j]", [-Infinity, Infinity]],
  ["t + j", [0, Infinity]],
])("%s lies in %j", (text, wanted) => expect(range(text)).toEqual(wanted));

test("places are apart where one axis shows it", () => {
  const [a, b, c] = kernelOf("kernel k stage 0 (t:time, j:4) {\n y[j] = 0.0\n y[j + 4] = 0.0\n y[t] = 0.0\n}", [y]).stores.map(({ index }) => index);
  if (a === undefined || b === undefined || c === undefined) throw new Error("three stores were due");
  expect([areApart(a, b), areApart(b, a), areApart(a, a), areApart(b, c), areApart([...c, ...a], [...c, ...b])]).toEqual([true, true, false, false, true]);
});

test.each([
  ["j", true],
  ["j + 96", true],
  ["j + 97", false],
  ["j - 1", false],
  ["t", false],
  ["t % 5", true],
  ["ids[j]", false],
])("whether %s is certainly a place of 100: %s", (text, wanted) => {
  const [store] = kernelOf(`kernel k stage 0 (t:time, j:4) {\n y[${text}] = 0.0\n}`, [y, ids]).stores;
  expect(store !== undefined && isInside(store.buffer, store.index)).toBe(wanted);
});

test("an axis is inside of what is as long as it, whatever that is", () => {
  const rows = buffer("rows", ["time", 4]);
  const [store] = kernelOf("kernel k stage 0 (t:time, j:4) {\n rows[t,j] = 0.0\n}", [rows]).stores;
  expect(store !== undefined && isInside(store.buffer, store.index)).toBe(true);
});
