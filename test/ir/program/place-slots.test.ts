import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { largestLiveSet, placeSlots, type Interval } from "../../../src/ir/program/place-slots.js";
import { placeText } from "../../../src/runtime/place.js";
import { checkProperty } from "../../support/property.js";

const interval: fc.Arbitrary<Interval> = fc
  .record({ size: fc.oneof(fc.constantFrom(32, 64, 128, 256, 512), fc.integer({ min: 1, max: 2000 })), from: fc.integer({ min: 0, max: 40 }), length: fc.integer({ min: 0, max: 15 }) })
  .map(({ size, from, length }) => ({ size, from, to: from + length }));
const intervals = fc.array(interval, { minLength: 1, maxLength: 40 });

/** The rule that modules contain, run as they run it. */
const atRunTime = new Function(`${placeText}\nreturn placeSlots;`)() as (sizes: number[], from: number[], to: number[], offsets: number[]) => number;

describe("placing buffers in one block", () => {
  test("what is alive together does not overlap", () => {
    checkProperty(300, intervals, (list) => {
      const { offsets, total } = placeSlots(list);
      list.forEach((a, i) => {
        const x = offsets[i] ?? NaN;
        expect(x + a.size).toBeLessThanOrEqual(total);
        list.slice(0, i).forEach((b, j) => {
          const y = offsets[j] ?? NaN;
          if (a.from <= b.to && b.from <= a.to) expect(x + a.size <= y || y + b.size <= x).toBe(true);
        });
      });
    });
  });

  test("the block is at most 1.25 times the largest live set", () => {
    checkProperty(500, intervals, (list) => {
      expect(placeSlots(list).total).toBeLessThanOrEqual(1.25 * largestLiveSet(list));
    });
  });

  test("modules place by the same rule", () => {
    checkProperty(200, intervals, (list) => {
      const offsets: number[] = [];
      const total = atRunTime(list.map(({ size }) => size), list.map(({ from }) => from), list.map(({ to }) => to), offsets);
      expect({ offsets, total }).toEqual(placeSlots(list));
    });
  });

  test("intervals that follow each other share memory", () => {
    const list = [{ size: 100, from: 0, to: 1 }, { size: 100, from: 2, to: 3 }, { size: 50, from: 1, to: 2 }];
    expect(placeSlots(list)).toEqual({ offsets: [0, 0, 100], total: 150 });
  });

  test("nothing needs nothing", () => {
    expect(placeSlots([])).toEqual({ offsets: [], total: 0 });
    expect(atRunTime([], [], [], [])).toBe(0);
  });
});
