/**
 * How far from the current step an index can point: bounds on an integer, by itself and relative to the step.
 *
 * `at(xs, t - 2 + k)` with k from 0 to 2 lies from two steps ago up to now. Interval arithmetic (Moore, 1966) over two
 * intervals for each value: of the value, and of its difference to the step. What is not understood is unbounded.
 */
import { at } from "../../../support/invariant.js";
import { staticLength } from "../../../ir/graph/length.js";
import type { Dim, Node } from "../../../ir/graph/node.js";
import { windowOf } from "../dims.js";

interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface Position {
  readonly value: Interval;
  /** Of the value minus the step. */
  readonly ahead: Interval;
}

const anything: Interval = { low: -Infinity, high: Infinity };

/** The step is never below 0: what the value is at most, it is ahead at most; what it is ahead at least, it is at least. */
function position(value: Interval, ahead: Interval): Position {
  return {
    value: { low: Math.max(value.low, ahead.low), high: value.high },
    ahead: { low: ahead.low, high: Math.min(ahead.high, value.high) },
  };
}

const plus = (a: Interval, b: Interval): Interval => ({ low: a.low + b.low, high: a.high + b.high });
const both = (a: Interval, b: Interval): Interval => ({ low: Math.max(a.low, b.low), high: Math.min(a.high, b.high) });
const either = (a: Interval, b: Interval): Interval => ({ low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) });
const lower = (a: Interval, b: Interval): Interval => ({ low: Math.min(a.low, b.low), high: Math.min(a.high, b.high) });
const upper = (a: Interval, b: Interval): Interval => ({ low: Math.max(a.low, b.low), high: Math.max(a.high, b.high) });
const bounded = (low: number, high: number): Position => position({ low, high }, anything);
const unknown = bounded(-Infinity, Infinity);

/** @param step the current position of the region that streams */
export function positionOf(node: Node, step: Node): Position {
  if (node === step) return position({ low: 0, high: Infinity }, { low: 0, high: 0 });
  const of = (index: number) => positionOf(at(node.args, index), step);
  const fold = (join: (a: Interval, b: Interval) => Interval) => {
    const [a, b] = [of(0), of(1)];
    return position(join(a.value, b.value), join(a.ahead, b.ahead));
  };
  switch (node.op) {
    case "constant": return bounded(node.attributes.value, node.attributes.value);
    case "iota": return bounded(0, node.attributes.size - 1);
    case "length": return bounded(0, Infinity);
    case "index": return indexOf(node.attributes.dim, step);
    case "view": case "broadcast": case "sliceAxis": case "floor": case "toReal": return node.op === "floor" ? floored(of(0)) : of(0);
    case "negate": {
      const { value } = of(0);
      return bounded(-value.high, -value.low);
    }
    case "subtract": {
      const [a, b] = [of(0), of(1)];
      return add(a, bounded(-b.value.high, -b.value.low));
    }
    case "add": return node.args.map((arg) => positionOf(arg, step)).reduce(add);
    case "multiply": return node.args.map((arg) => positionOf(arg, step)).reduce(times);
    case "divide": return divided(of(0), of(1));
    case "modulo": {
      const [a, b] = [of(0), of(1)];
      const size = Math.max(Math.abs(b.value.low), Math.abs(b.value.high));
      return bounded(a.value.low >= 0 ? 0 : -size, a.value.low >= 0 ? Math.min(size, a.value.high) : size);
    }
    case "minimum": return fold(lower);
    case "maximum": return fold(upper);
    case "select": return position(either(of(1).value, of(2).value), either(of(1).ahead, of(2).ahead));
    default: return unknown;
  }
}

/** Only one of two terms is ahead; the other adds its own value. */
function add(a: Position, b: Position): Position {
  return position(plus(a.value, b.value), both(plus(a.ahead, b.value), plus(a.value, b.ahead)));
}

function times(a: Position, b: Position): Position {
  const products = [a.value.low * b.value.low, a.value.low * b.value.high, a.value.high * b.value.low, a.value.high * b.value.high];
  return products.some(Number.isNaN) ? unknown : bounded(Math.min(...products), Math.max(...products));
}

/** Dividing what is not negative by 1 or more moves it towards 0. */
function divided(a: Position, b: Position): Position {
  if (a.value.low < 0 || b.value.low < 1) return unknown;
  return position({ low: 0, high: a.value.high / b.value.low }, { low: -Infinity, high: a.ahead.high });
}

function floored({ value, ahead }: Position): Position {
  return position({ low: Math.floor(value.low), high: Math.floor(value.high) }, { low: Math.floor(ahead.low), high: Math.floor(ahead.high) });
}

function indexOf(dim: Dim, step: Node): Position {
  const window = windowOf(dim);
  const length = staticLength(dim.length);
  const last = length === undefined ? Infinity : length - 1;
  if (window?.origin.kind !== "window") return bounded(0, last);
  const [start, end] = [positionOf(window.origin.start, step), positionOf(window.origin.end, step)];
  return position({ low: Math.max(0, start.value.low), high: Math.min(last, end.value.high - 1) }, { low: start.ahead.low, high: end.ahead.high - 1 });
}
