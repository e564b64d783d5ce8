/** Lengths are linear forms with floor division: they must agree with numbers, and equal ones must have one text. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addLengths, evaluateLength, fixedLength, floorDivideLength, freeLength, freeNames, lengthText, sameLength, scaleLength, staticLength, subtractLengths, type Length } from "../../../src/ir/graph/length.js";
import { checkProperty } from "../../support/property.js";

/** A form beside the function that it stands for, which may be negative. */
interface Form {
  readonly length: Length;
  value(time: number, source: number): number;
}

const { form: arbitraryForm } = fc.letrec<{ form: Form; leaf: Form }>((tie) => ({
  leaf: fc.oneof(
    fc.integer({ min: -9, max: 9 }).map((n): Form => ({ length: fixedLength(n), value: () => n })),
    fc.constant<Form>({ length: freeLength("time"), value: (time) => time }),
    fc.constant<Form>({ length: freeLength("source"), value: (_, source) => source }),
  ),
  form: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    tie("leaf"),
    fc.tuple(tie("form"), tie("form")).map(([a, b]): Form => ({ length: addLengths(a.length, b.length), value: (t, s) => a.value(t, s) + b.value(t, s) })),
    fc.tuple(tie("form"), tie("form")).map(([a, b]): Form => ({ length: subtractLengths(a.length, b.length), value: (t, s) => a.value(t, s) - b.value(t, s) })),
    fc.tuple(tie("form"), fc.integer({ min: -4, max: 4 })).map(([a, k]): Form => ({ length: scaleLength(a.length, k), value: (t, s) => a.value(t, s) * k })),
    fc.tuple(tie("form"), fc.integer({ min: 1, max: 5 })).map(([a, k]): Form => ({ length: floorDivideLength(a.length, k), value: (t, s) => Math.floor(a.value(t, s) / k) })),
  ),
}));

const lengthOf = (length: Length, time: number, source: number) => evaluateLength(length, (name) => (name === "time" ? time : source));
const size = fc.integer({ min: 0, max: 40 });

describe("lengths", () => {
  test("agree with numbers, and are never below 0", () => {
    checkProperty(2000, fc.tuple(arbitraryForm, size, size), ([form, time, source]) => {
      expect(lengthOf(form.length, time, source)).toBe(Math.max(0, form.value(time, source)));
    });
  });

  test("are kept in order, without terms of 0", () => {
    checkProperty(1000, arbitraryForm, ({ length }) => {
      const texts = length.terms.map(({ atom }) => lengthText({ constant: 0, terms: [{ coefficient: 1, atom }] }));
      expect(texts).toEqual([...new Set(texts)].sort());
      expect(length.terms.every(({ coefficient }) => Number.isInteger(coefficient) && coefficient !== 0)).toBe(true);
    });
  });

  test("have one text where they are the same sum", () => {
    checkProperty(1000, fc.tuple(arbitraryForm, arbitraryForm, arbitraryForm), ([a, b, c]) => {
      expect(lengthText(addLengths(a.length, b.length))).toBe(lengthText(addLengths(b.length, a.length)));
      expect(sameLength(addLengths(addLengths(a.length, b.length), c.length), addLengths(a.length, addLengths(b.length, c.length)))).toBe(true);
      expect(sameLength(subtractLengths(addLengths(a.length, b.length), b.length), a.length)).toBe(true);
      expect(sameLength(subtractLengths(a.length, a.length), fixedLength(0))).toBe(true);
    });
  });

  test("are said to be the same only if they are", () => {
    checkProperty(2000, fc.tuple(arbitraryForm, arbitraryForm, size, size), ([a, b, time, source]) => {
      if (sameLength(a.length, b.length)) expect(lengthOf(a.length, time, source)).toBe(lengthOf(b.length, time, source));
    });
  });

  test("multiples leave a quotient", () => {
    checkProperty(1000, fc.tuple(arbitraryForm, arbitraryForm, fc.integer({ min: 1, max: 5 })), ([a, b, k]) => {
      const inside = floorDivideLength(addLengths(scaleLength(a.length, k), b.length), k);
      const outside = addLengths(a.length, floorDivideLength(b.length, k));
      expect(lengthText(inside)).toBe(lengthText(outside));
    });
  });

  test("are static where nothing is free", () => {
    checkProperty(1000, arbitraryForm, ({ length, value }) => {
      const known = staticLength(length);
      expect(known === undefined).toBe(freeNames(length).size > 0);
      if (known !== undefined) expect(known).toBe(Math.max(0, value(17, 23)));
    });
  });

  test("read well", () => {
    const time = freeLength("time");
    expect(lengthText(fixedLength(-3))).toBe("-3");
    expect(lengthText(addLengths(scaleLength(time, 2), fixedLength(1)))).toBe("2*time+1");
    expect(lengthText(subtractLengths(fixedLength(4), time))).toBe("-time+4");
    expect(lengthText(floorDivideLength(addLengths(time, fixedLength(2)), 2))).toBe("floor((time)/2)+1");
    expect(lengthText(floorDivideLength(addLengths(time, fixedLength(1)), 2))).toBe("floor((time+1)/2)");
    expect(lengthText(floorDivideLength(scaleLength(time, 4), 2))).toBe("2*time");
  });
});
