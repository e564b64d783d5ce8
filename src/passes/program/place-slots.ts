/**
 * Places intervals in one block of memory: two that are alive at the same time must not overlap.
 *
 * Greedy first fit: one after another, each at the lowest place where nothing lies that is alive with it. Which order is
 * best depends on the case, so four are tried - largest first, largest times longest first, longest first, earliest first.
 * Then, as long as the block is larger than what is alive at once, the interval that reaches its end is placed before the
 * others, some times over. The smallest block wins, the first of equals, so the result is always the same. Generated
 * modules contain the same rule (src/runtime/place.ts) for lengths that are known only when they run.
 */
import { at } from "../../support/invariant.js";

export interface Interval {
  readonly size: number;
  /** The first and the last instruction at which it is alive. */
  readonly from: number;
  readonly to: number;
}

export interface Placed {
  readonly offsets: readonly number[];
  readonly total: number;
}

export function placeSlots(intervals: readonly Interval[]): Placed {
  const length = ({ from, to }: Interval): number => to - from + 1;
  const orders: ((a: Interval, b: Interval) => number)[] = [
    (a, b) => b.size - a.size,
    (a, b) => b.size * length(b) - a.size * length(a),
    (a, b) => length(b) - length(a) || b.size - a.size,
    (a, b) => a.from - b.from || b.size - a.size,
  ];
  const numbers = intervals.map((_, i) => i);
  const least = largestLiveSet(intervals);
  let best: Placed = { offsets: [], total: intervals.length === 0 ? 0 : Infinity };
  for (const order of orders) {
    let sequence = [...numbers].sort((a, b) => order(at(intervals, a), at(intervals, b)) || a - b);
    for (let round = 0; round <= rounds && best.total > least; round++) {
      const placed = firstFit(intervals, sequence);
      if (placed.total < best.total) best = placed;
      const last = sequence.filter((i) => at(placed.offsets, i) + at(intervals, i).size === placed.total);
      sequence = [...last, ...sequence.filter((i) => !last.includes(i))];
    }
  }
  return best;
}

/** How often an order is changed. */
const rounds = 16;

function firstFit(intervals: readonly Interval[], sequence: readonly number[]): Placed {
  const offsets = intervals.map(() => 0);
  const placed: number[] = [];
  let total = 0;
  for (const i of sequence) {
    const { size, from, to } = at(intervals, i);
    const alive = placed.filter((j) => at(intervals, j).from <= to && from <= at(intervals, j).to);
    alive.sort((a, b) => at(offsets, a) - at(offsets, b));
    let offset = 0;
    for (const j of alive) {
      if (at(offsets, j) - offset >= size) break;
      offset = Math.max(offset, at(offsets, j) + at(intervals, j).size);
    }
    offsets[i] = offset;
    total = Math.max(total, offset + size);
    placed.push(i);
  }
  return { offsets, total };
}

/** The most memory that is alive at one instruction: no placement can do with less. */
export function largestLiveSet(intervals: readonly Interval[]): number {
  let largest = 0;
  for (const { from } of intervals) {
    let live = 0;
    for (const other of intervals) if (other.from <= from && from <= other.to) live += other.size;
    largest = Math.max(largest, live);
  }
  return largest;
}
