/** Random programs, by way of random graphs, and runs of them. */
import { inferLengths, interpret } from "../../../src/ir/graph/interpret.js";
import type { Graph } from "../../../src/ir/graph/node.js";
import type { ProgramRunOptions } from "../../../src/ir/program/interpret.js";
import { randomRun, type RandomRun } from "../../random/graphs.js";

export interface ProgramCase {
  readonly run: RandomRun;
  readonly options: ProgramRunOptions;
  /** What the graph's interpreter says. */
  readonly expected: Readonly<Record<string, ArrayLike<number>>>;
}

export function programCase(graph: Graph, seed: number): ProgramCase {
  const run = randomRun(graph, seed);
  const flat = (values: RandomRun["inputs"]): Record<string, ArrayLike<number>> => Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, data]));
  const options = { inputs: flat(run.inputs), parameters: flat(run.parameters), lengths: Object.fromEntries(inferLengths(graph, run)), seed: run.seed };
  const expected = Object.fromEntries(Object.entries(interpret(graph, run)).map(([name, { data }]) => [name, data]));
  return { run, options, expected };
}
