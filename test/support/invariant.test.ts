import { expect, test } from "vitest";
import { at, defined, InternalError, invariant, unreachable } from "../../src/support/invariant.js";

test("invariant throws only where the claim is false, and makes its message only then", () => {
  invariant(true, () => {
    throw new Error("made a message that nobody needs");
  });
  expect(() => invariant(false, "broken")).toThrow(new InternalError("broken"));
  expect(() => invariant(0, () => "lazy")).toThrow("lazy");
});

test("unreachable names the value", () => {
  expect(() => unreachable({ op: "tanh" } as never, "operation")).toThrow('unexpected operation: {"op":"tanh"}');
  expect(() => unreachable(1n as never)).toThrow("unexpected value: 1");
});

test("at refuses indices outside", () => {
  expect(at(["a", "b"], 1)).toBe("b");
  expect(at(new Float32Array([5]), 0)).toBe(5);
  for (const index of [-1, 2, 0.5, NaN]) expect(() => at(["a", "b"], index)).toThrow(InternalError);
});

test("defined passes values that are there, zero included", () => {
  expect(defined(0, "zero")).toBe(0);
  expect(() => defined(undefined, "the buffer")).toThrow("the buffer is missing");
});
