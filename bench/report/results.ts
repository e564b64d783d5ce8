/** What a run of the bench found, as it is written to JSON and read by every kind of report. */
import type { Case } from "../cases.js";
import type { Limits } from "../limits/limit-types.js";
import type { Measured } from "../measure/measured.js";
import { median, quantile } from "./numbers.js";

export interface CaseResult {
  readonly case: Case;
  /** Median microseconds of a call, by contender. */
  readonly times: Readonly<Record<string, number>>;
  /** Our fastest target, against which everyone is compared; undefined where none gave right numbers. */
  readonly target: string | undefined;
  /** How many times the time of that target others take: medians of ratios within rounds. */
  readonly ratios: Readonly<Record<string, number>>;
  /** Between which the middle half of those ratios lies. */
  readonly spread: Readonly<Record<string, readonly [number, number]>>;
  readonly errors: Readonly<Record<string, number>>;
  readonly absent: Readonly<Record<string, string>>;
  /** In what share of the rounds another thread used the core. */
  readonly disturbed: number;
}

/** A start of a process up to its first result, in ms, and over that of an empty script. */
export interface FreshStart {
  readonly name: string;
  readonly milliseconds: number;
  readonly ratio: number;
}

export interface ModuleSize {
  /** What `gatefold compile` was told. */
  readonly options: string;
  readonly bytes: number;
  readonly gzipBytes: number;
}

export interface Results {
  readonly date: string;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly limits: Limits | undefined;
  readonly cases: readonly CaseResult[];
  readonly fresh: readonly FreshStart[];
  readonly sizes: readonly ModuleSize[];
}

/** Joins what several processes measured of one case. */
export function caseResult(each: Case, targets: readonly string[], processes: readonly Measured[]): CaseResult {
  const rounds = processes.flatMap((process) => process.rounds);
  const names = [...new Set(rounds.flatMap((round) => Object.keys(round)))];
  const times = Object.fromEntries(names.map((name) => [name, median(rounds.flatMap((round) => round[name] ?? []))]));
  const errors = Object.fromEntries(names.flatMap((name) => {
    const all = processes.flatMap((process) => process.errors[name] ?? []);
    return all.length === 0 ? [] : [[name, Math.max(...all)]];
  }));
  const absent = Object.assign({}, ...processes.map((process) => process.absent)) as Record<string, string>;
  const [target] = targets.filter((name) => names.includes(name)).sort((a, b) => (times[a] ?? Infinity) - (times[b] ?? Infinity));
  const all = (name: string): number[] => (target === undefined ? [] : rounds.flatMap((round) => ratio(round[name], round[target])));
  const compared = names.filter((name) => all(name).length > 0);
  const ratios = Object.fromEntries(compared.map((name) => [name, median(all(name))]));
  const spread = Object.fromEntries(compared.map((name) => [name, [quantile(all(name), 0.25), quantile(all(name), 0.75)] as const]));
  const disturbed = processes.reduce((sum, process) => sum + process.disturbed, 0) / Math.max(1, rounds.length);
  return { case: each, times, target, ratios, spread, errors, absent, disturbed };
}

function ratio(a: number | undefined, b: number | undefined): number[] {
  return a === undefined || b === undefined ? [] : [a / b];
}
