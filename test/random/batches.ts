/** Random batches: runs of one graph as members of one run of its batched form, and what each member is to give. */
import { interpret, type ArrayValue } from "../../src/ir/graph/interpret.js";
import { evaluateLength } from "../../src/ir/graph/length.js";
import type { Graph } from "../../src/ir/graph/node.js";
import { outputType, type ValueType } from "../../src/ir/graph/types.js";
import type { BatchedGraph } from "../../src/passes/graph/batch.js";
import { lengthsOf, randomRun, type RandomRun } from "./graphs.js";

type Lengths = Readonly<Record<string, number>>;

export interface BatchCase {
  readonly run: Omit<RandomRun, "seed">;
  /** Of each output, what is wrong with what the batch gave; none where each member gave what it gives alone. */
  readonly compare: (outputs: Readonly<Record<string, ArrayLike<number>>>, same: (a: number, b: number) => boolean) => string[];
}

/** `alone` computes what one member gives. */
export function batchCase(graph: Graph, batched: BatchedGraph, count: number, seed: number, alone: (run: RandomRun) => Readonly<Record<string, ArrayLike<number>>>): BatchCase {
  const first = randomRun(graph, seed);
  const members = Array.from({ length: count }, (_, member) => ({ ...randomRun(graph, seed * 1000 + member), parameters: first.parameters }));
  const names = [...lengthsOf(graph)];
  const longest: Lengths = Object.fromEntries(names.map((name) => [name, Math.max(0, ...members.map(({ lengths }) => lengths[name] ?? 0))]));
  const inputs: Record<string, ArrayValue> = {};
  for (const { attributes: { name, type } } of graph.inputs) {
    const whole = sizesOf(type, longest);
    const size = product(whole);
    const data = new Float64Array(count * size);
    members.forEach((run, member) => each(sizesOf(type, run.lengths), (own, index) => { data[member * size + place(index, whole)] = Number(run.inputs[name]?.data[own]); }));
    inputs[name] = { shape: [count, ...whole], data };
  }
  for (const [name, input] of batched.lengths) inputs[input] = { shape: [count, 1], data: Float64Array.from(members, ({ lengths }) => lengths[name] ?? 0) };
  const expected = members.map(alone);
  return {
    run: { inputs, parameters: first.parameters, lengths: { ...longest, [batched.members]: count } },
    compare: (outputs, same) => {
      const wrong: string[] = [];
      for (const output of graph.outputs) {
        const type = outputType(output);
        const whole = sizesOf(type, longest);
        const size = product(whole);
        members.forEach((run, member) => each(sizesOf(type, run.lengths), (own, index) => {
          const [a, b] = [Number(outputs[output.name]?.[member * size + place(index, whole)]), Number(expected[member]?.[output.name]?.[own])];
          if (!same(a, b)) wrong.push(`${output.name} of member ${member} at ${index.join(", ")}: ${a} in the batch, ${b} alone`);
        }));
      }
      return wrong;
    },
  };
}

/** What the interpreter gives, output by output. */
export function interpreted(graph: Graph, round: "float32" | undefined) {
  return (run: Omit<RandomRun, "seed"> & { readonly seed?: number }): Record<string, ArrayLike<number>> =>
    Object.fromEntries(Object.entries(interpret(graph, { ...run, ...(round === undefined ? {} : { round }) })).map(([name, { data }]) => [name, data]));
}

function sizesOf(type: ValueType, lengths: Lengths): number[] {
  return [...type.dims.map((dim) => evaluateLength(dim.length, (name) => lengths[name] ?? 0)), ...type.shape];
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}

function place(index: readonly number[], sizes: readonly number[]): number {
  return index.reduce((at, i, axis) => at * (sizes[axis] ?? 1) + i, 0);
}

/** Calls the body for each element of an array of these sizes, with its number and its index. */
function each(sizes: readonly number[], body: (element: number, index: readonly number[]) => void): void {
  const count = product(sizes);
  for (let element = 0; element < count; element++) {
    const index: number[] = [];
    for (let rest = element, axis = sizes.length - 1; axis >= 0; axis--) {
      const size = sizes[axis] ?? 1;
      index.unshift(rest % size);
      rest = Math.floor(rest / size);
    }
    body(element, index);
  }
}
