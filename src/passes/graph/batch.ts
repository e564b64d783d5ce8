/**
 * Batch: a net for one example becomes one for many, side by side, each with lengths of its own.
 *
 * Every input gets a dimension more, its members; through the shape rules it spreads to all that depends on an input. A
 * free length becomes the largest one of the batch, and an input of integers says how long each member is. Elementwise
 * values are computed at every position, also where a member has ended; nobody looks there, because
 *
 * - whatever runs over a whole sequence (a reduction, an element at an index) sees the slice of it that the member has,
 * - the states of a scan move on only in steps that the member has.
 *
 * So each member gives what it gives alone: what is summed, and in which order, is the same. Exact.
 *
 * It is the last pass over a graph, so that the members are computed by the operations that one example is computed by.
 */
import { windowDims } from "../../ir/graph/infer.js";
import { freeLength, freeNames, type Length } from "../../ir/graph/length.js";
import type { Dim, Graph, Node, NodeOf, Region } from "../../ir/graph/node.js";
import { rewriteGraph, type Rewriter } from "../../ir/graph/rewrite.js";
import { graphNodes } from "../../ir/graph/traverse.js";
import { hasDim, unionDims, type ValueType } from "../../ir/graph/types.js";
import { at } from "../../support/invariant.js";
import { SteppedRegions } from "./stepped-regions.js";

export interface BatchedGraph {
  readonly graph: Graph;
  /** The free length that is the number of members. */
  readonly members: string;
  /** For each free length of the graph, the input that says how long each member is: {members}[1]int. */
  readonly lengths: ReadonlyMap<string, string>;
}

/** The graph for a batch, or why members must be computed one by one. */
export function batchGraph(graph: Graph): BatchedGraph | { readonly reasons: readonly string[] } {
  const reasons = whyNot(graph);
  if (reasons.length > 0) return { reasons };
  const batch = new Batch(graph);
  return { graph: batch.rewritten(), members: batch.members, lengths: batch.lengths };
}

function whyNot(graph: Graph): string[] {
  const order = graphNodes(graph);
  const lengths = order.flatMap(({ type }) => type.dims.map((dim) => dim.length));
  const reasons: string[] = [];
  if (graph.inputs.length === 0) reasons.push("it takes nothing that members could differ in");
  if (order.some(({ op }) => op === "draw")) reasons.push("each member draws under a seed of its own");
  if (order.some(({ op }) => op === "history")) reasons.push("it runs step by step");
  if (lengths.some(falls)) reasons.push("a length is the shorter the longer another one is");
  return reasons;
}

/** Whether a length may become smaller when a free one grows: then the largest of a batch is not that of the longest. */
function falls({ terms }: Length): boolean {
  return terms.some(({ coefficient, atom }) => coefficient < 0 || (atom.kind === "quotient" && falls(atom.numerator)));
}

class Batch {
  readonly members: string;
  readonly lengths: ReadonlyMap<string, string>;
  readonly #regions: SteppedRegions;
  readonly #graph: Graph;
  readonly #lengthInputs = new Map<string, NodeOf<"input">>();
  /** In bodies of regions, what makes of a next state one that stays where a member has ended. */
  readonly #moving = new Map<Rewriter, ReadonlyMap<Node, (made: Node) => Node>>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#regions = new SteppedRegions(graph);
    const order = graphNodes(graph);
    const dims = new Set(order.flatMap(({ type }) => type.dims));
    const free = new Set([...dims].flatMap(({ length }) => [...freeNames(length)]));
    this.members = unused("members", new Set([...free, ...[...dims].map(({ name }) => name)]));
    const inputs = new Set(graph.inputs.map(({ attributes }) => attributes.name));
    this.lengths = new Map([...free].sort().map((name) => [name, unused(`length of ${name}`, inputs)]));
  }

  rewritten(): Graph {
    const rewritten = rewriteGraph(this.#graph, (node, args, rewriter) => this.#rule(node, args, rewriter), {
      dim: (dim, rewriter) => this.#dim(dim, rewriter),
      replaces: () => true,
      output: ({ name, node, dims }, rewriter) => {
        const layout = [this.#members(rewriter), ...dims];
        return { name, node: this.#along(node, layout, rewriter), dims: layout };
      },
    });
    const inputs = [...rewritten.inputs, ...[...this.#lengthInputs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, input]) => input)];
    return { name: rewritten.name, inputs, outputs: rewritten.outputs };
  }

  #rule(node: Node, args: readonly Node[], rewriter: Rewriter): Node | undefined {
    const made = this.#changed(node, args, rewriter);
    const move = this.#moving.get(rewriter)?.get(node);
    return move === undefined ? made : move(made ?? rewriter.copy(node, args));
  }

  #changed(node: Node, args: readonly Node[], rewriter: Rewriter): Node | undefined {
    switch (node.op) {
      case "input": {
        const { type } = rewriter.attributes(node) as NodeOf<"input">["attributes"];
        return rewriter.make("input", args, { ...node.attributes, type: this.#batched(type, rewriter) });
      }
      case "length": return this.#length(node.attributes.length, rewriter);
      case "reduce": case "contract": {
        const dims = node.attributes.dims.map((dim) => rewriter.dim(dim));
        const attributes = { ...node.attributes, dims: dims.map((dim) => this.#part(dim, rewriter)) };
        const parts = args.map((arg) => dims.reduce((x, dim) => this.#partOf(x, dim, rewriter), arg));
        return rewriter.make(node.op, parts, attributes as never);
      }
      case "argmax": {
        if (node.attributes.dim === undefined) return undefined;
        const dim = rewriter.dim(node.attributes.dim);
        return rewriter.make("argmax", [this.#partOf(at(args, 0), dim, rewriter)], { dim: this.#part(dim, rewriter) });
      }
      case "at": {
        const dim = rewriter.dim(node.attributes.dim);
        return rewriter.make("at", [this.#partOf(at(args, 0), dim, rewriter), at(args, 1)], { dim: this.#part(dim, rewriter) });
      }
      case "broadcast": return this.#along(at(args, 0), node.attributes.dims.map((dim) => rewriter.dim(dim)), rewriter);
      case "scanOutput": case "scanFinal":
        return this.#regions.result(node, rewriter, (region, step) => this.#region(region, step, rewriter));
      default: return undefined;
    }
  }

  /** Like every region, but that its states stay where they are in steps that a member does not have. */
  #region(region: Region, step: Node | undefined, rewriter: Rewriter): Region {
    const { builder } = rewriter;
    const over = rewriter.dim(region.over);
    const sequences = region.sequences.map((xs) => rewriter.get(xs));
    const types = region.states.map(({ type }) => this.#batched(rewriter.type(type), rewriter));
    const open = builder.openRegion(over, sequences, types);
    const body = this.#regions.body(region, step, open, rewriter);
    const ends = over.origin.kind === "window" || freeNames(over.length).size === 0 ? undefined : this.#length(over.length, rewriter);
    const moves = ends === undefined ? undefined : rewriter.make("less", [open.step, ends], {});
    const staying = (made: Node, slot: number): Node => {
      const moved = this.#along(made, at(types, slot).dims, rewriter);
      return moves === undefined ? moved : rewriter.make("select", [moves, moved, at(open.states, slot)], {});
    };
    // What else a step computes of a next state may as well be computed of the one that stays: they differ only where a
    // member has ended, and one value serves for all.
    const stayed = new Map<Node, number>();
    const moving = new Map([...region.nexts.entries()].reverse().map(([slot, next]): [Node, (made: Node) => Node] => [next, (made) => {
      stayed.set(next, slot);
      return staying(made, slot);
    }]));
    this.#moving.set(body, moving);
    const nexts = region.nexts.map((next, slot) => {
      const made = body.get(next);
      return stayed.get(next) === slot ? made : staying(made, slot);
    });
    return builder.closeRegion(open, {
      reverse: region.reverse,
      stateNames: region.stateNames,
      outputNames: region.outputNames,
      starts: region.starts.map((start, slot) => this.#along(rewriter.get(start), at(types, slot).dims, rewriter)),
      nexts,
      outputs: region.outputs.map((output) => body.get(output)),
    });
  }

  // ---- Dimensions.

  #members(rewriter: Rewriter): Dim {
    return rewriter.builder.dim(this.members, freeLength(this.members));
  }

  #batched(type: ValueType, rewriter: Rewriter): ValueType {
    return { ...type, dims: [this.#members(rewriter), ...type.dims] };
  }

  /** A slice of a sequence ends where the member does. */
  #dim({ origin }: Dim, rewriter: Rewriter): Dim | undefined {
    if (origin.kind !== "window" || freeNames(origin.of.length).size === 0) return undefined;
    const end = rewriter.make("minimum", [rewriter.get(origin.end), this.#length(origin.of.length, rewriter)], {});
    return rewriter.builder.windowDim(rewriter.dim(origin.of), rewriter.get(origin.start), end);
  }

  /** Of a new dimension, the positions that a member has. */
  #part(dim: Dim, rewriter: Rewriter): Dim {
    const { origin, length } = dim;
    if (origin.kind === "window" || freeNames(length).size === 0) return dim;
    if (origin.kind === "index") return rewriter.builder.indexDim(this.#part(origin.of, rewriter), origin.level);
    return rewriter.builder.windowDim(dim, rewriter.builder.constant(0, "int"), this.#length(length, rewriter));
  }

  #partOf(x: Node, dim: Dim, rewriter: Rewriter): Node {
    const part = this.#part(dim, rewriter);
    return part === dim || !hasDim(x.type, dim) ? x : rewriter.make("view", [x], { from: dim, to: part });
  }

  /** A value repeated along those of the dimensions, and those that their bounds vary along, that it does not run along. */
  #along(x: Node, dims: readonly Dim[], rewriter: Rewriter): Node {
    const missing = dims.reduce((all, dim) => unionDims(all, windowDims(dim)), dims).filter((dim) => !hasDim(x.type, dim));
    return missing.length === 0 ? x : rewriter.make("broadcast", [x], { dims: missing });
  }

  // ---- Lengths.

  #length(length: Length, rewriter: Rewriter): Node {
    const { builder } = rewriter;
    const [term] = length.terms;
    if (term === undefined) return builder.make("length", [], { length });
    const form = this.#form(length, rewriter);
    // A free length is never below 0; what is computed from some may be.
    return form.op === "input" ? form : builder.apply("maximum", [builder.constant(0, "int"), form]);
  }

  #form({ constant, terms }: Length, rewriter: Rewriter): Node {
    const { builder } = rewriter;
    const int = (value: number): Node => builder.constant(value, "int");
    const parts = terms.map(({ coefficient, atom }) => {
      const value = atom.kind === "free" ? this.#lengthInput(atom.name, rewriter)
        : builder.apply("floor", [builder.apply("divide", [this.#form(atom.numerator, rewriter), int(atom.divisor)])]);
      return coefficient === 1 ? value : builder.apply("multiply", [int(coefficient), value]);
    });
    if (constant !== 0) parts.push(int(constant));
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : builder.apply("add", parts);
  }

  #lengthInput(name: string, rewriter: Rewriter): Node {
    const input = this.#lengthInputs.get(name) ?? rewriter.builder.make("input", [], { name: this.lengths.get(name) ?? name, type: { kind: "int", dims: [this.#members(rewriter)], shape: [1] } });
    this.#lengthInputs.set(name, input);
    return input;
  }
}

function unused(name: string, taken: ReadonlySet<string>): string {
  return taken.has(name) ? unused(`${name}'`, taken) : name;
}
