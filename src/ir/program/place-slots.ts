/**
 * Places intervals in one block of memory: two that are alive at the same time must not overlap.
 *
 * Greedy first fit: one after another, each at the lowest place where nothing lies that is alive with it. Which order is
 * best depends on the case, so four are tried - largest first, largest times longest first, longest first, earliest first.
 * Then, as long as the block is a tenth larger than what is alive at once, the interval that reaches its end is placed before the
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
  const enough = 1.1 * largestLiveSet(intervals);
  const neighbours = aliveTogether(intervals);
  const rounds = roundsFor(intervals.length);
  let best: Placed = { offsets: [], total: intervals.length === 0 ? 0 : Infinity };
  for (const order of orders) {
    let sequence = [...numbers].sort((a, b) => order(at(intervals, a), at(intervals, b)) || a - b);
    for (let round = 0; round <= rounds && best.total > enough; round++) {
      const placed = firstFit(intervals, neighbours, sequence);
      if (placed.total < best.total) best = placed;
      const last = sequence.filter((i) => at(placed.offsets, i) + at(intervals, i).size === placed.total);
      sequence = [...last, ...sequence.filter((i) => !last.includes(i))];
    }
  }
  return best;
}

/** How often an order is changed: of many intervals seldom, or placing those of a net that is written out takes longer than all else. */
function roundsFor(intervals: number): number {
  return intervals > 256 ? 0 : 16;
}

function firstFit(intervals: readonly Interval[], neighbours: readonly (readonly number[])[], sequence: readonly number[]): Placed {
  const offsets = intervals.map(() => unplaced);
  let total = 0;
  for (const i of sequence) {
    const { size } = at(intervals, i);
    const alive = at(neighbours, i).filter((j) => at(offsets, j) !== unplaced);
    alive.sort((a, b) => at(offsets, a) - at(offsets, b));
    let offset = 0;
    for (const j of alive) {
      if (at(offsets, j) - offset >= size) break;
      offset = Math.max(offset, at(offsets, j) + at(intervals, j).size);
    }
    offsets[i] = offset;
    total = Math.max(total, offset + size);
  }
  return { offsets, total };
}

const unplaced = -1;

/** For each interval, those that are alive at some time with it. Found by going through time, since most live shortly. */
function aliveTogether(intervals: readonly Interval[]): readonly (readonly number[])[] {
  const neighbours: number[][] = intervals.map(() => []);
  const byStart = intervals.map((_, i) => i).sort((a, b) => at(intervals, a).from - at(intervals, b).from || a - b);
  let alive: number[] = [];
  for (const i of byStart) {
    const { from } = at(intervals, i);
    alive = alive.filter((j) => at(intervals, j).to >= from);
    for (const j of alive) {
      at(neighbours, i).push(j);
      at(neighbours, j).push(i);
    }
    alive.push(i);
  }
  return neighbours;
}

/** The most memory that is alive at one instruction: no placement can do with less. */
export function largestLiveSet(intervals: readonly Interval[]): number {
  const changes = intervals.flatMap(({ size, from, to }) => [[from, size], [to + 1, -size]] as const).sort(([a, x], [b, y]) => a - b || x - y);
  let [largest, live] = [0, 0];
  for (const [, size] of changes) {
    live += size;
    largest = Math.max(largest, live);
  }
  return largest;
}
