/** What the results are as tables: who took how long, how that compares, and what it is of what the machine can do. */
import { caseName, taskTitles } from "../cases.js";
import { judgeAll, leftOut } from "../bars.js";
import { peerNames } from "../peers/peer.js";
import { digits, duration, percent, times } from "./numbers.js";
import type { CaseResult, Results } from "./results.js";
import type { Table } from "./table.js";

/** Each peer's column says how many times as fast as it we are. Peers that took part nowhere have none. */
export function speedTable(cases: readonly CaseResult[]): Table {
  const here = peerNames.filter((name) => cases.some(({ ratios }) => ratios[name] !== undefined));
  const others = [...new Set(cases.flatMap(({ times, target }) => Object.keys(times).filter((name) => name !== target && name !== "floor" && !here.some((peer) => peer === name))))];
  return {
    head: ["net", "H", "task", "target", "time", "of the floor", ...here, ...others.map((name) => `our ${name}`)],
    rows: cases.map(({ case: { net, hidden, task }, times: taken, target, ratios }) => [
      net,
      String(hidden),
      taskTitles[task],
      target ?? "none",
      target === undefined ? "" : duration(taken[target] ?? Number.NaN),
      percent(ratios["floor"]),
      ...[...here, ...others].map((name) => times(ratios[name])),
    ]),
  };
}

export function limitsTable({ limits }: Results): Table | undefined {
  if (limits === undefined) return undefined;
  const size = (bytes: number): string => (bytes < 1024 * 1024 ? `${bytes / 1024} KB` : `${digits(bytes / 1024 / 1024)} MB`);
  return {
    head: ["limit", "measured"],
    rows: [
      ...limits.read.map(({ bytes, read, readMultiplyAdd }) => [`reading ${size(bytes)} again and again; with a multiply-add`, `${digits(read)} GB/s; ${digits(readMultiplyAdd)} GB/s`]),
      ["multiply-adds", `${digits(limits.multiplyAdd, 3)} GFLOP/s`],
      ["a sigmoid", `${digits(limits.activation)} ns`],
    ],
  };
}

export function freshTable({ fresh }: Results): Table {
  return { head: ["first result of a fresh process", "ms", "over an empty script"], rows: fresh.map(({ name, milliseconds, ratio }) => [name, digits(milliseconds, 3), times(ratio)]) };
}

export function sizeTable({ sizes }: Results): Table {
  return { head: ["module of the LSTM", "bytes", "gzip"], rows: sizes.map(({ options, bytes, gzipBytes }) => [options, String(bytes), String(gzipBytes)]) };
}

/** All bars, or those of which something was tried. */
export function barTable(results: Results, which: "all" | "tried" = "all"): Table {
  const judged = judgeAll(results).filter(({ got }) => which === "all" || got !== leftOut);
  return { head: ["bar", "wanted", "got", ""], rows: judged.map(({ title, wanted, got, verdict }) => [title, wanted, got, verdict]) };
}

/** Who was wrong or failed somewhere: others are only not there. */
export function faults({ cases }: Results): string[] {
  return cases.flatMap((result) => Object.entries(result.absent).flatMap(([name, why]) => (/^(is wrong|failed)/.test(why) ? [`${caseName(result.case)}: ${name} ${why}`] : [])));
}

/** Which cases were measured, in part, while another thread used the core, and in what part. */
export function disturbances({ cases }: Results): string | undefined {
  const disturbed = cases.filter((result) => result.disturbed > 0.25);
  return disturbed.length === 0 ? undefined : `Measured while another thread used the core: ${disturbed.map((result) => `${caseName(result.case)} (${percent(result.disturbed)})`).join(", ")}.`;
}
