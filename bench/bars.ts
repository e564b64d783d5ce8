/**
 * How fast we want to be: the bars that `--check` holds a run against. A bar names what it asks and how much; whether it is
 * met is read from the results. One that could not be measured (a peer that is not installed, a case that was left out) is
 * neither met nor missed, and is listed.
 *
 * A bar that was met is raised (raised-bars.ts), so that what was reached stays: from then on a run is held against that.
 */
import { caseName, taskTitles, type Task } from "./cases.js";
import type { NetName } from "./nets/nets.js";
import type { PeerName } from "./peers/peer.js";
import { raisedFloor, raisedFresh, raisedInt16, raisedOverPeers, type ByTask } from "./raised-bars.js";
import { percent, times } from "./report/numbers.js";
import type { CaseResult, Results } from "./report/results.js";

export type Verdict = "met" | "missed" | "not measured";

export interface Judged {
  readonly title: string;
  readonly wanted: string;
  readonly got: string;
  readonly verdict: Verdict;
}

/** What a bar got whose case or peer was not asked for. */
export const leftOut = "left out";

function same(factor: number, sizes: readonly number[]): ByTask[Task] {
  return Object.fromEntries(sizes.map((size) => [size, factor]));
}

const [everySize, batchSizes] = [[32, 64, 128, 256, 512], [128, 256]] as const;
const tfjsWasm = { ...same(3, [32, 64, 128, 256]), 512: 2 };
const twentyfold: ByTask = { step: same(20, everySize), sequence: same(20, everySize), batch: same(20, batchSizes) };

/** How many times as fast as a peer, one thread each, float32. */
const lstmBars = {
  "onnxruntime-web": {
    step: { 32: 8, 64: 8, 128: 4, 256: 2.5, 512: 1.6 },
    sequence: { 128: 1.3, 256: 1.3, 512: 1.15 },
    batch: same(1.45, batchSizes),
  },
  "onnxruntime-node": {
    step: { 32: 10, 128: 3, 256: 2, 512: 1.3 },
    sequence: { 128: 0.55, 256: 0.55, 512: 0.95 },
    batch: same(0.25, batchSizes),
  },
  "tfjs-wasm": { step: tfjsWasm, sequence: tfjsWasm, batch: { 128: 2.5, 256: 1.7 } },
  "tfjs-cpu": twentyfold,
} as const satisfies Partial<Record<PeerName, ByTask>>;

/** The share of an LSTM's bars that a GRU is held to: a third of its work is not in the one product. */
const gruShare = 0.85;

const customBars: ByTask = { step: { 32: 5, 64: 5, 128: 5, 512: 1.5 }, sequence: { 32: 5, 64: 5, 128: 5, 512: 1.5 }, batch: same(2, batchSizes) };

/** How much of the floor's speed the LSTM reaches. */
const floorBars: ByTask = { step: same(0.75, [256, 512]), sequence: same(0.75, [256, 512]), batch: same(0.8, batchSizes) };

/** The first result of a fresh process, over an empty script. */
const freshBar = 1.5;
const sizeBar = 8 * 1024;
/** Weights of 16 bits, over our own float32 at batch 1. */
const quantisedBars: ByTask = { step: { 256: 1.5, 512: 2.2 }, sequence: { 256: 1.5, 512: 2.2 }, batch: {} };

type Bar = (results: Results) => Judged;

/** What was wanted first, and what is wanted now. */
interface Wanted {
  readonly task: Task;
  readonly hidden: number;
  readonly first: number;
  readonly least: number;
}

function entries(bars: ByTask, raised: ByTask | undefined, share = 1): Wanted[] {
  return (Object.keys(bars) as Task[]).flatMap((task) =>
    Object.entries(bars[task]).map(([size, value]) => {
      const [hidden, first] = [Number(size), value * share];
      return { task, hidden, first, least: raised?.[task][hidden] ?? first };
    }),
  );
}

interface Asked {
  readonly net: NetName;
  /** What is asked of it. */
  readonly of: string;
  readonly show: (value: number) => string;
  readonly read: (found: CaseResult) => number | undefined;
  /** Why there may be nothing to read. */
  readonly why?: (found: CaseResult) => string | undefined;
}

/** Tasks of a net, one thread, that are to reach so much each. */
function barsOf(asked: Asked, all: readonly Wanted[]): Bar[] {
  return all.map((wanted) => (results) => judge(asked, wanted, results));
}

function speedBars(net: NetName, against: PeerName, bars: ByTask, share = 1): Bar[] {
  return barsOf({ net, of: `as ${against}`, show: times, read: (found) => found.ratios[against], why: (found) => found.absent[against] }, entries(bars, raisedOverPeers[net]?.[against], share));
}

function judge({ net, of, show, read, why }: Asked, { task, hidden, first, least }: Wanted, results: Results): Judged {
  const name = caseName({ net, hidden, task, threads: "one" });
  const found = results.cases.find((result) => caseName(result.case) === name);
  const title = `${net} H=${hidden}, ${taskTitles[task]}: ${of}`;
  const wanted = least === first ? show(first) : `${show(least)} (first ${show(first)})`;
  if (found === undefined) return { title, wanted, got: leftOut, verdict: "not measured" };
  // Where we are wrong, there is nothing to compare, and nothing to be excused.
  if (found.target === undefined) return { title, wanted, got: "no target of ours gave right numbers", verdict: "missed" };
  const value = read(found);
  if (value === undefined || Number.isNaN(value)) return { title, wanted, got: why?.(found) ?? leftOut, verdict: "not measured" };
  return { title, wanted, got: `${show(value)} (${found.target})`, verdict: value >= least ? "met" : "missed" };
}

const shareBars = barsOf({ net: "lstm", of: "share of the floor", show: percent, read: (found) => found.ratios["floor"] }, entries(floorBars, raisedFloor));

const otherBars: readonly Bar[] = [
  ({ fresh, cases }) => {
    const ours = fresh.filter(({ name }) => cases.some(({ target }) => target === name));
    const wanted = `at most ${raisedFresh}x (first ${freshBar}x)`;
    const title = "first result of a fresh process, over an empty script";
    const [best] = [...ours].sort((a, b) => a.ratio - b.ratio);
    if (best === undefined) return { title, wanted, got: leftOut, verdict: "not measured" };
    return { title, wanted, got: `${times(best.ratio)} (${best.name})`, verdict: best.ratio <= raisedFresh ? "met" : "missed" };
  },
  ({ sizes }) => {
    const [last] = sizes.slice(-1);
    const [title, wanted] = ["module of the LSTM without weights, gzip", `at most ${sizeBar} bytes`];
    if (last === undefined) return { title, wanted, got: leftOut, verdict: "not measured" };
    return { title, wanted, got: `${last.gzipBytes} bytes (${last.options})`, verdict: last.gzipBytes <= sizeBar ? "met" : "missed" };
  },
];

/** Others' figures say how many times our time they take: of what is faster than float32, less than once. */
const integerBars = barsOf({ net: "lstm", of: "int16 over float32", show: times, read: (found) => inverse(found.ratios["int16"]), why: (found) => found.absent["int16"] }, entries(quantisedBars, raisedInt16));

function inverse(ratio: number | undefined): number | undefined {
  return ratio === undefined ? undefined : 1 / ratio;
}

export const bars: readonly Bar[] = [
  ...Object.entries(lstmBars).flatMap(([against, of]) => speedBars("lstm", against as PeerName, of)),
  ...(["onnxruntime-web", "onnxruntime-node"] as const).flatMap((against) => speedBars("gru", against, lstmBars[against], gruShare)),
  ...speedBars("custom", "onnxruntime-web", customBars),
  ...speedBars("brain", "brain.js", { step: {}, sequence: same(20, [32, 128, 256]), batch: {} }),
  ...shareBars,
  ...otherBars,
  ...integerBars,
];

export function judgeAll(results: Results): Judged[] {
  return bars.map((bar) => bar(results));
}
