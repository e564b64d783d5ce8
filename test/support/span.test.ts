import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InternalError } from "../../src/support/invariant.js";
import { LineMap, span } from "../../src/support/span.js";
import { checkProperty } from "./property.js";

describe("LineMap", () => {
  test("counts lines and columns from 1, with every kind of line end", () => {
    const lines = new LineMap("ab\ncd\r\nef\rgh");
    expect(lines.position(0)).toEqual({ line: 1, column: 1 });
    expect(lines.position(2)).toEqual({ line: 1, column: 3 });
    expect(lines.position(3)).toEqual({ line: 2, column: 1 });
    expect(lines.position(7)).toEqual({ line: 3, column: 1 });
    expect(lines.position(10)).toEqual({ line: 4, column: 1 });
    expect(lines.position(12)).toEqual({ line: 4, column: 3 });
  });

  test("takes an offset beyond the text to be its end", () => {
    expect(new LineMap("").position(5)).toEqual({ line: 1, column: 1 });
    expect(new LineMap("a\n").position(99)).toEqual({ line: 2, column: 1 });
  });

  test("agrees with counting line feeds", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "\n", "b") });
    checkProperty(300, fc.tuple(text, fc.nat(40)), ([content, offset]) => {
      const before = content.slice(0, offset).split("\n");
      expect(new LineMap(content).position(offset)).toEqual({
        line: before.length,
        column: (before.at(-1) ?? "").length + 1,
      });
    });
  });
});

describe("spans", () => {
  test.each([
    [-1, 2],
    [3, 2],
    [0.5, 2],
    [0, NaN],
  ])("refuse %d..%d", (start, end) => {
    expect(() => span("a", start, end)).toThrow(InternalError);
  });
});
