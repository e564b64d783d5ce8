/**
 * What is measured: a net of some size at a task. Everyone who takes part in a case (our targets, the peers, the floor)
 * does the same work on the same numbers.
 *
 *     step       one call for each element of a stream; the state is carried from call to call
 *     sequence   one call for a whole sequence, of one member
 *     batch      one call for 32 shorter sequences
 */
import { nets, type Net, type NetName } from "./nets/nets.js";

export const tasks = ["step", "sequence", "batch"] as const;
export type Task = (typeof tasks)[number];

/** One thread for everyone, or as many as each peer takes by itself; we take one. */
export type Threads = "one" | "default";

export interface Case {
  readonly net: NetName;
  readonly hidden: number;
  readonly task: Task;
  readonly threads: Threads;
}

export const shape = { input: 64, turns: 100, batchTurns: 50, members: 32, source: 20 } as const;

export const sizes = [32, 64, 128, 256, 512] as const;

/** How many steps and members one call of a task works through. */
export function extent(task: Task): { readonly turns: number; readonly members: number } {
  return { step: { turns: 1, members: 1 }, sequence: { turns: shape.turns, members: 1 }, batch: { turns: shape.batchTurns, members: shape.members } }[task];
}

export function caseName({ net, hidden, task, threads }: Case): string {
  return [net, hidden, task, ...(threads === "one" ? [] : ["threads"])].join("-");
}

/** For people: the task with its extent. */
export const taskTitles: Readonly<Record<Task, string>> = {
  step: "one step",
  sequence: `T=${shape.turns}`,
  batch: `batch ${shape.members}, T=${shape.batchTurns}`,
};

function each(net: NetName, hiddenSizes: readonly number[], wanted: readonly Task[], threads: Threads = "one"): Case[] {
  const { tasks }: Net = nets[net];
  return hiddenSizes.flatMap((hidden) => wanted.filter((task) => tasks.includes(task)).map((task): Case => ({ net, hidden, task, threads })));
}

/** A first look, in under five minutes. */
export const quickCases: readonly Case[] = [
  ...each("lstm", [32, 128, 256, 512], ["step", "sequence"]),
  ...each("lstm", [128], ["batch"]),
  ...each("gru", [128], ["step", "sequence"]),
  ...each("custom", [128], ["step", "sequence"]),
];

/** Everything that has a bar, and what stands beside it. */
export const allCases: readonly Case[] = [
  ...each("lstm", sizes, tasks),
  ...each("gru", sizes, tasks),
  ...each("custom", sizes, tasks),
  ...each("brain", [32, 128, 256], ["sequence"]),
  ...each("tagger", [32, 128, 256], ["sequence", "batch"]),
  ...each("decoder", [32, 128, 256], tasks),
  ...each("lstm", [128, 256], tasks, "default"),
];

/**
 * Cases that a filter names: a comma-separated list, an item being parts of a case's name in any number, such as "lstm",
 * "lstm-128" or "gru-step".
 */
export function select(cases: readonly Case[], only: string | undefined): readonly Case[] {
  if (only === undefined) return cases;
  const wanted = only.split(",").map((item) => item.trim().split("-"));
  return cases.filter((each) => {
    const parts = caseName(each).split("-");
    return wanted.some((item) => item.every((part) => parts.includes(part)));
  });
}
