/** Holds a pass against the interpreter: before and after it a graph means the same. */
import { expect } from "vitest";
import { interpret, type ArrayValue, type OutputValue } from "../../../src/ir/graph/interpret.js";
import { evaluateLength } from "../../../src/ir/graph/length.js";
import type { Graph, ValueType } from "../../../src/ir/graph/node.js";
import { graphNodes } from "../../../src/ir/graph/traverse.js";
import { checkGraph } from "../../../src/ir/graph/verify.js";
import { near } from "../../support/rounded.js";

/** Numbers from -1 to 1, the same for the same seed. */
export function numbers(seed: number): () => number {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * 0.999;
  };
}

export function randomRun(graph: Graph, lengths: Readonly<Record<string, number>>, seed = 1) {
  const next = numbers(seed);
  const fill = (type: ValueType, classes?: number): ArrayValue => {
    const shape = [...type.dims.map((dim) => evaluateLength(dim.length, (name) => lengths[name] ?? 3)), ...type.shape];
    const data = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => (type.kind === "int" ? Math.floor(((next() + 1) / 2) * (classes ?? 3)) : next()));
    return { shape, data };
  };
  const inputs = Object.fromEntries(graph.inputs.map((node) => [node.attributes.name, fill(node.type, node.attributes.classes)]));
  const parameters: Record<string, ArrayValue> = {};
  for (const node of graphNodes(graph)) if (node.op === "param") parameters[node.attributes.name] ??= fill(node.type);
  return { inputs, parameters, lengths: { ...Object.fromEntries(freeLengths(graph).map((name) => [name, 3])), ...lengths }, seed };
}

function freeLengths(graph: Graph): string[] {
  const names = new Set<string>();
  for (const node of graphNodes(graph)) for (const dim of node.type.dims) for (const { atom } of dim.length.terms) if (atom.kind === "free") names.add(atom.name);
  return [...names];
}

export function expectClose(actual: Record<string, OutputValue>, expected: Record<string, OutputValue>, tolerance = 1e-9): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, { shape, data }] of Object.entries(expected)) {
    const other = actual[name];
    expect(other?.shape, name).toEqual(shape);
    for (let i = 0; i < data.length; i++) {
      const [x, y] = [other?.data[i] ?? NaN, data[i] ?? NaN];
      if (!near(x, y, tolerance)) expect.fail(`${name}[${i}] is ${x}, should be ${y}`);
    }
  }
}

/** The graph after a pass, which must be whole and mean the same for a few random runs. */
export function kept(graph: Graph, pass: (graph: Graph) => Graph, lengths: readonly Readonly<Record<string, number>>[] = [{}], tolerance = 1e-9): Graph {
  checkGraph(graph, "the test");
  const after = pass(graph);
  checkGraph(after, "the pass");
  for (const [seed, each] of lengths.entries()) {
    const run = randomRun(graph, each, seed + 1);
    expectClose(interpret(after, run), interpret(graph, run), tolerance);
  }
  return after;
}
