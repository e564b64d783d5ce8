/**
 * Rebuilding a graph bottom-up, the one way in which passes change it. A rule sees each node with its arguments already
 * rewritten and may give another node for it; regions are rebuilt around their rewritten bodies. The result lives in a
 * fresh builder, so nothing of the old graph can leak into the new one.
 */
import { GraphBuilder, type OpenRegion } from "./builder.js";
import type { Attributes, Graph, Node, NodeOf, Op, Region } from "./node.js";
import { graphNodes, regionOf } from "./traverse.js";
import type { Dim, ValueType } from "./types.js";

/** What a rule may ask while the new graph is being built. */
export interface Rewriter {
  readonly builder: GraphBuilder;
  /** The new node for an old one that comes before the node at hand. */
  get(node: Node): Node;
  dim(dim: Dim): Dim;
  type(type: ValueType): ValueType;
  /** The same op on the given arguments, with the attributes' dimensions and regions carried over. */
  copy(node: Node, args: readonly Node[]): Node;
}

/** What to make of an old node, given its rewritten arguments: a new node, or undefined for `rewriter.copy(node, args)`. */
export type Rule = (node: Node, args: readonly Node[], rewriter: Rewriter) => Node | undefined;

/** The graph after the rule was applied once to each node, arguments first. */
export function rewriteGraph(graph: Graph, rule: Rule): Graph {
  const rewriting = new Rewriting(rule, graphNodes(graph));
  return {
    name: graph.name,
    inputs: graph.inputs.map((input) => rewriting.get(input) as NodeOf<"input">),
    outputs: graph.outputs.map(({ name, node }) => ({ name, node: rewriting.get(node) })),
  };
}

class Rewriting implements Rewriter {
  readonly builder = new GraphBuilder();
  private readonly nodes = new Map<Node, Node>();
  private readonly dims = new Map<Dim, Dim>();
  private readonly regions = new Map<number, Region>();
  private readonly open = new Map<number, OpenRegion>();
  private readonly closed = new Map<number, Region>();

  constructor(rule: Rule, order: readonly Node[]) {
    for (const node of order) {
      const region = regionOf(node);
      if (region !== undefined) this.regions.set(region.id, region);
    }
    for (const node of order) {
      if (node.op === "item" || node.op === "state" || node.op === "step") this.nodes.set(node, this.parameter(node));
      else {
        const args = node.args.map((arg) => this.get(arg));
        this.nodes.set(node, rule(node, args, this) ?? this.copy(node, args));
      }
    }
  }

  get(node: Node): Node {
    const result = this.nodes.get(node);
    if (result === undefined) throw new Error(`${node.op} ${node.id} was asked for before it was rewritten`);
    return result;
  }

  dim(dim: Dim): Dim {
    const known = this.dims.get(dim);
    if (known !== undefined) return known;
    const { origin } = dim;
    const result =
      origin.kind === "sequence" ? this.builder.dim(dim.name, dim.length)
      : origin.kind === "index" ? this.builder.indexDim(this.dim(origin.of), origin.level)
      : this.builder.windowDim(this.dim(origin.of), this.get(origin.start), this.get(origin.end));
    this.dims.set(dim, result);
    return result;
  }

  type(type: ValueType): ValueType {
    return { ...type, dims: type.dims.map((dim) => this.dim(dim)) };
  }

  copy(node: Node, args: readonly Node[]): Node {
    const origin = { name: node.name, span: node.span };
    switch (node.op) {
      case "scanOutput": return this.builder.scanOutput(this.region(node.attributes.region), node.attributes.slot, origin);
      case "scanFinal": return this.builder.scanFinal(this.region(node.attributes.region), node.attributes.slot, origin);
      default: return this.builder.make(node.op, args, this.attributes(node) as never, origin);
    }
  }

  /** The region is opened at the first of its parameters that is met; what it runs along was rewritten before. */
  private parameter(node: NodeOf<"item"> | NodeOf<"state"> | NodeOf<"step">): Node {
    const open = this.opened(node.attributes.region);
    if (node.op === "step") return open.step;
    const found = (node.op === "item" ? open.items : open.states)[node.attributes.slot];
    if (found === undefined) throw new Error(`region ${node.attributes.region} has no ${node.op} ${node.attributes.slot}`);
    return found;
  }

  private opened(id: number): OpenRegion {
    const known = this.open.get(id);
    if (known !== undefined) return known;
    const region = this.regions.get(id);
    if (region === undefined) throw new Error(`region ${id} belongs to no scan of the graph`);
    const result = this.builder.openRegion(this.dim(region.over), region.sequences.map((xs) => this.get(xs)), region.states.map((state) => this.type(state.type)));
    this.open.set(id, result);
    return result;
  }

  private region(region: Region): Region {
    const known = this.closed.get(region.id);
    if (known !== undefined) return known;
    const { reverse, stateNames, outputNames } = region;
    const result = this.builder.closeRegion(this.opened(region.id), {
      reverse, stateNames, outputNames,
      starts: region.starts.map((start) => this.get(start)),
      nexts: region.nexts.map((next) => this.get(next)),
      outputs: region.outputs.map((output) => this.get(output)),
    });
    this.closed.set(region.id, result);
    return result;
  }

  private attributes(node: Node): Attributes[Op] {
    const dims = (list: readonly Dim[]) => list.map((dim) => this.dim(dim));
    switch (node.op) {
      case "input": return { ...node.attributes, type: this.type(node.attributes.type) };
      case "param": return { ...node.attributes, per: dims(node.attributes.per) };
      case "index": case "axisToDim": case "dimToAxis": case "at": return { ...node.attributes, dim: this.dim(node.attributes.dim) };
      case "history": return { region: this.opened(node.attributes.region).id, dim: this.dim(node.attributes.dim) };
      case "contract": case "reduce": case "broadcast": return { ...node.attributes, dims: dims(node.attributes.dims) };
      case "argmax": return node.attributes.dim === undefined ? {} : { dim: this.dim(node.attributes.dim) };
      case "view": return { from: this.dim(node.attributes.from), to: this.dim(node.attributes.to) };
      default: return node.attributes;
    }
  }
}
