/**
 * Random well-typed graphs and random recurrent cells, with runs of them: for every test that holds a pass or a backend
 * against the interpreter.
 *
 *     checkProperty(300, arbitraryGraph(), ({ graph }) => {
 *       const run = randomRun(graph, 1);
 *       compare(interpret(pass(graph), run), interpret(graph, run));
 *     });
 *
 * The cases shrink (to fewer and simpler nodes), print as their text form, and come again with the printed seed
 * (GATEFOLD_SEED).
 */
import fc from "fast-check";
import type { ArrayValue, InterpretOptions } from "../../src/ir/graph/interpret.js";
import { evaluateLength, freeLength, freeNames } from "../../src/ir/graph/length.js";
import type { Dim, Graph, GraphOutput, Node, NodeOf } from "../../src/ir/graph/node.js";
import { printGraph } from "../../src/ir/graph/print.js";
import { attributeDims } from "../../src/ir/graph/attribute-dims.js";
import { graphNodes } from "../../src/ir/graph/traverse.js";
import { elementCount, hasDim } from "../../src/ir/graph/types.js";
import { arbitraryTape, Choices, generator, seededChoices } from "./choices.js";
import { GraphMaker, longestFree, type Feature } from "./graph-maker.js";
import { cellMoves } from "./cell-moves.js";
import { allMoves, makeScan } from "./graph-moves.js";
import { play } from "./move.js";

export type { Feature } from "./graph-maker.js";

export interface GraphOptions {
  /** At most so many moves outside of scans and maps; 20 without it. */
  readonly size?: number;
  /**
   * What the graph shall not have. Two things are left out unless `allow` names them: `discontinuous` (comparisons, floor,
   * argmax and the like of computed reals), because their results in float32 and float64 may differ by more than rounding,
   * and `history`, which only graphs that stream have.
   */
  readonly without?: readonly Feature[];
  readonly allow?: readonly ("discontinuous" | "history")[];
}

export interface RandomGraph {
  readonly graph: Graph;
  /** The graph compares or rounds computed reals: results of another arithmetic may differ. Never without `allow`. */
  readonly discontinuous: boolean;
}

/** How long the tape is that a case is made of: enough for a large one. */
const tapeLength = 600;

export function arbitraryGraph(options: GraphOptions = {}): fc.Arbitrary<RandomGraph> {
  return arbitraryTape(tapeLength).map((tape) => printable(makeGraph(new Choices(tape), options)));
}

/** A layer or two of a random recurrent cell, run along "time", forwards or backwards; every state is an output. */
export function arbitraryCell(options: GraphOptions = {}): fc.Arbitrary<RandomGraph> {
  return arbitraryTape(tapeLength).map((tape) => printable(makeCell(new Choices(tape), options)));
}

/** The same without fast-check, for scripts: one graph for each seed. */
export function seededGraph(seed: number, options: GraphOptions = {}): RandomGraph {
  return makeGraph(seededChoices(seed, tapeLength), options);
}

export function seededCell(seed: number, options: GraphOptions = {}): RandomGraph {
  return makeCell(seededChoices(seed, tapeLength), options);
}

function printable(made: RandomGraph): RandomGraph {
  return Object.assign(made, { [fc.toStringMethod]: () => `\n${printGraph(made.graph)}` });
}

function forbidden({ without = [], allow = [] }: GraphOptions): ReadonlySet<Feature> {
  const special = ["discontinuous", "history"] as const;
  return new Set<Feature>([...without, ...special.filter((feature) => !allow.includes(feature))]);
}

function makeGraph(choices: Choices, options: GraphOptions): RandomGraph {
  const g = new GraphMaker(choices, forbidden(options));
  play(g, allMoves, 1 + choices.below(options.size ?? 20));
  const last = g.pool.at(-1) ?? g.input([]);
  const nodes = [last, ...Array.from({ length: choices.below(6) }, () => choices.pick([...g.pool].reverse()))];
  return finish(g, "random", nodes);
}

function makeCell(choices: Choices, options: GraphOptions): RandomGraph {
  const g = new GraphMaker(choices, forbidden(options));
  const time = g.b.dim("time", freeLength("time"));
  let below = g.input([time]);
  const outputs: Node[] = [];
  const layers = 1 + choices.below(2);
  for (let layer = 0; layer < layers; layer++) {
    g.pool = [below];
    const starts = Array.from({ length: 1 + choices.below(3) }, () => {
      const shape = [1 + choices.below(4)];
      return choices.once(3) ? g.squash(g.param(shape), 1) : g.withBound(g.b.constant(0, "real", shape), 0);
    }).map((start) => (start.type.dims.length === 0 ? start : g.withBound(g.b.constant(0, "real", start.type.shape), 0)));
    const region = makeScan(g, cellMoves, time, [below], starts, 1 + choices.below(3));
    for (const [slot] of region.states.entries()) outputs.push(g.b.scanFinal(region, slot));
    for (const [slot] of region.outputs.entries()) outputs.push(g.b.scanOutput(region, slot));
    const next = region.outputs.findIndex(({ type }) => type.kind === "real" && type.shape.length === 1);
    if (next >= 0) below = g.withBound(g.b.scanOutput(region, next), 4);
  }
  return finish(g, "cell", outputs);
}

/** Names the outputs, and sees to it that some input shows each length. */
function finish(g: GraphMaker, name: string, nodes: readonly Node[]): RandomGraph {
  const outputs: GraphOutput[] = nodes.map((node, i) => ({ name: i === 0 ? "y" : `y.${i}`, node }));
  const graph = { name, inputs: g.inputs, outputs };
  for (const free of [...lengthsOf(graph)].sort()) {
    const dim = g.b.dim(free, freeLength(free));
    if (!g.inputs.some((input) => hasDim(input.type, dim))) g.input([dim]);
  }
  return { graph: { ...graph, inputs: [...g.inputs] }, discontinuous: g.discontinuous };
}

// ---- Runs.

/** The names of all lengths that a graph leaves free. */
export function lengthsOf(graph: Graph): Set<string> {
  const names = new Set<string>();
  const add = (dim: Dim): void => {
    for (const name of freeNames(dim.length)) names.add(name);
  };
  for (const node of graphNodes(graph)) {
    for (const dim of [...node.type.dims, ...attributeDims(node)]) add(dim);
    if (node.op === "length") for (const name of freeNames(node.attributes.length)) names.add(name);
  }
  return names;
}

/** What randomRun gives: options of `interpret` with every input, parameter and length. */
export interface RandomRun extends InterpretOptions {
  readonly inputs: Readonly<Record<string, ArrayValue>>;
  readonly parameters: Readonly<Record<string, ArrayValue>>;
  readonly lengths: Readonly<Record<string, number>>;
  readonly seed: number;
}

export interface RunOptions {
  /** The greatest length; 6 without it. */
  readonly longest?: number;
  /** Lengths that are not left to chance. */
  readonly lengths?: Readonly<Record<string, number>>;
  /** Give only some of the inputs that have a default. */
  readonly omitDefaults?: boolean;
  /** How many of the real elements are special numbers (NaN, infinities, -0, huge, tiny): from 0, none, to 1. */
  readonly special?: number;
}

/** Numbers at which arithmetic goes wrong first; each is exact in float32. */
const specialNumbers = [NaN, Infinity, -Infinity, -0, 0, 2 ** 126, -(2 ** 126), 2 ** -140, 88.5, -104] as const;

/**
 * Inputs, parameters and lengths (0 to 6) for a graph, a pure function of the seed. All numbers are exact in float32:
 * inputs between -1 and 1, parameters between -0.7 and 0.7, integers within their classes.
 */
export function randomRun(graph: Graph, seed: number, options: RunOptions = {}): RandomRun {
  const random = generator(seed ^ 0x5bd1e995);
  const lengths: Record<string, number> = {};
  for (const name of [...lengthsOf(graph)].sort()) lengths[name] = options.lengths?.[name] ?? Math.floor(random() * ((options.longest ?? longestFree) + 1));
  const length = (dim: Dim): number => evaluateLength(dim.length, (name) => lengths[name] ?? 0);
  const array = (dims: readonly Dim[], shape: readonly number[], element: () => number): ArrayValue => {
    const sizes = [...dims.map(length), ...shape];
    return { shape: sizes, data: Float64Array.from({ length: elementCount(sizes) }, element) };
  };
  const real = (scale: number): number => {
    const plain = Math.round((random() * 2 - 1) * scale * 1024) / 1024;
    if (options.special === undefined || random() >= options.special) return plain;
    return specialNumbers[Math.floor(random() * specialNumbers.length)] ?? plain;
  };
  const inputs: Record<string, ArrayValue> = {};
  for (const { args, attributes: { name, type, classes } } of graph.inputs) {
    const value = array(type.dims, type.shape, () => {
      if (type.kind === "real") return real(1);
      return type.kind === "int" ? Math.floor(random() * (classes ?? 8)) : Math.round(random());
    });
    if (!(options.omitDefaults === true && args.length > 0 && random() < 0.5)) inputs[name] = value;
  }
  const parameters: Record<string, ArrayValue> = {};
  for (const { attributes: { name, per, shape } } of paramsOf(graph)) parameters[name] ??= array(per, shape, () => real(0.7));
  return { inputs, parameters, lengths, seed: Math.floor(random() * 2 ** 32) };
}

/** The parameters in the order of their names, so that a run does not depend on the order of a graph's nodes. */
export function paramsOf(graph: Graph): (NodeOf<"param"> & Node)[] {
  const params = graphNodes(graph).filter((node): node is NodeOf<"param"> & Node => node.op === "param");
  return params.sort((a, b) => (a.attributes.name < b.attributes.name ? -1 : a.attributes.name > b.attributes.name ? 1 : 0));
}

