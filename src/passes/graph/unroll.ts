/**
 * Unroll: a scan over a known length becomes its turns, written out one after another.
 *
 * Done on request only: the code grows with the length, and the rolled form is as fast for all but tiny bodies. The states
 * become plain values; elements of sequences are read at fixed places; what the turns gave is joined to a sequence again.
 * Exact.
 */
import { fail } from "../../support/diagnostics.js";
import { at } from "../../support/invariant.js";
import type { Graph, Node, Region } from "../../ir/graph/node.js";
import { rewriteGraph, type Rewriter } from "../../ir/graph/rewrite.js";
import { staticLength } from "../../ir/graph/length.js";
import { dimText } from "../../ir/graph/types.js";
import { graphNodes, graphRegions, regionOf } from "../../ir/graph/traverse.js";
import type { GraphPass } from "../pass.js";
import { windowOf } from "./dims.js";
import { regionsRead } from "./regions-read.js";

export interface UnrollOptions {
  /** Names of the dimensions whose scans are written out; without it, all of those that can be. */
  readonly over?: readonly string[];
  /** At most so many nodes may be written out for a scan. */
  readonly limit?: number;
}

const USUAL_LIMIT = 20_000;

export function unroll(options: UnrollOptions = {}): GraphPass {
  return { name: "unroll", run: (graph) => unrollGraph(graph, options) };
}

interface Turns {
  readonly finals: readonly Node[];
  readonly outputs: readonly (readonly Node[])[];
}

function unrollGraph(graph: Graph, { over, limit = USUAL_LIMIT }: UnrollOptions): Graph {
  const order = graphNodes(graph);
  const chosen = new Map<number, number>();
  for (const region of graphRegions(graph)) {
    if (over !== undefined && !over.includes(region.over.name)) continue;
    const length = lengthOf(region, order, over !== undefined);
    if (length === undefined) continue;
    // A scan inside another that is written out is written out in each of its turns.
    const size = order.filter((node) => regionsRead(node).has(region.id)).length * turnsAround(region, order, chosen);
    if (size * length > limit) {
      if (over === undefined) continue;
      fail("GF6102", `unrolling "${region.over.name}" would write out ${size} operations ${length} times, more than ${limit}`, { span: placeOf(region, order), help: "raise the limit, or leave this scan rolled: it computes the same" });
    }
    chosen.set(region.id, length);
  }
  if (chosen.size === 0) return graph;
  const known = new WeakMap<Rewriter, Map<number, Turns>>();
  return rewriteGraph(graph, (node, _, rewriter) => {
    if (node.op !== "scanOutput" && node.op !== "scanFinal") return undefined;
    const { region, slot } = node.attributes;
    const length = chosen.get(region.id);
    if (length === undefined) return undefined;
    const here = known.get(rewriter) ?? new Map<number, Turns>();
    known.set(rewriter, here);
    const turns = here.get(region.id) ?? writeOut(region, length, order, rewriter);
    here.set(region.id, turns);
    return node.op === "scanFinal" ? at(turns.finals, slot) : join(turns.outputs.map((outputs) => at(outputs, slot)), region, at(region.outputs, slot), rewriter);
  }, { replaces: (region) => chosen.has(region.id) });
}

function turnsAround(region: Region, order: readonly Node[], chosen: ReadonlyMap<number, number>): number {
  const result = order.find((node) => regionOf(node) === region);
  let turns = 1;
  for (const id of result === undefined ? [] : regionsRead(result)) turns *= Math.max(1, chosen.get(id) ?? 1);
  return turns;
}

/** How many turns there are, if it is known and nothing stands against writing them out. */
function lengthOf(region: Region, order: readonly Node[], asked: boolean): number | undefined {
  const length = windowOf(region.over) === undefined ? staticLength(region.over.length) : undefined;
  const why =
    length === undefined ? `its length is not known at compile time: it is ${dimText(region.over)}`
    : order.some((node) => node.op === "history" && node.attributes.region === region.id) ? "it is the scan of a stream, which keeps earlier steps"
    : region.outputs.some((output) => output.type.dims.some((dim) => dim.name === region.over.name)) ? "what a turn gives runs along a dimension of the same name"
    : undefined;
  if (why === undefined) return length;
  if (asked) fail("GF6101", `the scan over "${region.over.name}" cannot be unrolled: ${why}`, { span: placeOf(region, order), help: "fix the length of the dimension, as --fixed does, or leave this scan a loop: it computes the same" });
  return undefined;
}

function placeOf(region: Region, order: readonly Node[]) {
  return order.find((node) => regionOf(node) === region && node.span !== undefined)?.span;
}

function writeOut(region: Region, length: number, order: readonly Node[], rewriter: Rewriter): Turns {
  const dim = rewriter.dim(region.over);
  const step = order.find((node) => node.op === "step" && node.attributes.region === region.id);
  const sequences = region.sequences.map((xs) => rewriter.get(xs));
  let states = region.starts.map((start) => rewriter.get(start));
  const outputs: (readonly Node[])[] = [];
  for (let turn = 0; turn < length; turn++) {
    const place = region.reverse ? length - 1 - turn : turn;
    const index = rewriter.builder.constant(place, "int");
    const substitution = new Map<Node, Node>();
    region.items.forEach((item, slot) => substitution.set(item, rewriter.make("at", [at(sequences, slot), index], { dim })));
    region.states.forEach((state, slot) => substitution.set(state, at(states, slot)));
    if (step !== undefined) substitution.set(step, index);
    const copy = rewriter.instantiate(region, substitution);
    outputs[place] = region.outputs.map((output) => copy.get(output));
    states = region.nexts.map((next) => copy.get(next));
  }
  return { finals: states, outputs };
}

/** The values of all turns as one along the dimension. */
function join(values: readonly Node[], region: Region, output: Node, rewriter: Rewriter): Node {
  const dim = rewriter.dim(region.over);
  if (values.length === 0) {
    const { kind, dims, shape } = rewriter.type(output.type);
    return rewriter.make("broadcast", [rewriter.builder.constant(0, kind, shape)], { dims: [dim, ...dims] });
  }
  const joined = rewriter.make("concat", values, { axis: 0 });
  const missing = rewriter.type(output.type).dims.filter((each) => !joined.type.dims.includes(each));
  const whole = missing.length === 0 ? joined : rewriter.make("broadcast", [joined], { dims: missing });
  return rewriter.make("axisToDim", [whole], { axis: 0, dim });
}
