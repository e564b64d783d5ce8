/**
 * Rebuilding a graph bottom-up, the one way in which passes change it. A rule sees each node with its arguments already
 * rewritten and may give another node for it; regions are rebuilt around their rewritten bodies. The result lives in a
 * fresh builder, so nothing of the old graph can leak into the new one.
 *
 * Old nodes are rewritten when they are first asked for, so what nobody needs is left behind: an unused state that a
 * region's edit drops takes everything that only it needed with it. The order in which nodes are met depends on the
 * structure of the graph alone.
 *
 * `instantiate` makes a copy of a region's body in which other nodes stand for the region's parameters: to write out the
 * turns of a scan, or to compute a part of a step for all steps at once.
 */
import { at, defined, invariant } from "../../support/invariant.js";
import { GraphBuilder, type OpenRegion, type Origin } from "./builder.js";
import type { Length } from "./length.js";
import type { Attributes, Graph, GraphOutput, Node, NodeOf, Op, Region } from "./node.js";
import { attributeDims, replaceAttributeDims } from "./attribute-dims.js";
import { enclosingRegions, graphNodes, regionOf } from "./traverse.js";
import { outputType, type Dim, type ValueType } from "./types.js";

/** What a rule may ask while the new graph is being built. */
export interface Rewriter {
  readonly builder: GraphBuilder;
  /** The new node for an old one. */
  get(node: Node): Node;
  dim(dim: Dim): Dim;
  type(type: ValueType): ValueType;
  /** The attributes of an old node, with its dimensions carried over. Not for scans, whose regions are rebuilt by `copy`. */
  attributes(node: Node): Attributes[Op];
  /** The same op on the given arguments, with the attributes' dimensions and regions carried over. */
  copy(node: Node, args: readonly Node[]): Node;
  /** A new node that says it comes from where the old node at hand came from. */
  make<O extends Op>(op: O, args: readonly Node[], attributes: Attributes[O]): Node;
  /** The item that stands for an extra sequence of an old region (see RegionEdit). */
  extraItem(region: Region, index: number): Node;
  /** The old region of whose body this makes a copy, if it does. */
  readonly instantiated: Region | undefined;
  /** A copy of a region's body: `substitution` gives new nodes for its items, states and step. */
  instantiate(region: Region, substitution: ReadonlyMap<Node, Node>): Rewriter;
}

/** What to make of an old node, given its rewritten arguments: a new node, or undefined for `rewriter.copy(node, args)`. */
export type Rule = (node: Node, args: readonly Node[], rewriter: Rewriter) => Node | undefined;

/**
 * How a region changes: which of its slots stay, in which order. A slot that goes may have another stand for it; if it has
 * none, nothing that is needed may read it.
 */
export interface RegionEdit {
  readonly sequences: readonly number[];
  readonly states: readonly number[];
  readonly outputs: readonly number[];
  readonly sequenceAlias?: ReadonlyMap<number, number>;
  readonly stateAlias?: ReadonlyMap<number, number>;
  readonly outputAlias?: ReadonlyMap<number, number>;
  /** Further sequences, computed when the region is opened: outside of it, from nodes that don't depend on it. */
  readonly extra?: readonly ((rewriter: Rewriter) => Node)[];
}

export interface RewriteOptions {
  readonly edit?: (region: Region) => RegionEdit | undefined;
  /** May give another new region, which computes the same, for one that was just rebuilt. */
  readonly close?: (region: Region) => Region;
  /** The rule makes what a scan gives by itself: the body is rewritten where the rule asks for it only. */
  readonly replaces?: (region: Region) => boolean;
  /** False: the new nodes don't say where they come from. */
  readonly keepOrigins?: boolean;
  /** Gives another length for that of a dimension. */
  readonly length?: (length: Length) => Length;
  /** Gives the new dimension for an old one; where it gives none, the same is made again. */
  readonly dim?: (dim: Dim, rewriter: Rewriter) => Dim | undefined;
  /** Gives another new output for one that was just rewritten. */
  readonly output?: (output: Required<GraphOutput>, rewriter: Rewriter) => GraphOutput;
}

/** The graph after the rule was applied once to each node, arguments first. */
export function rewriteGraph(graph: Graph, rule: Rule, options: RewriteOptions = {}): Graph {
  const rewriting = new Rewriting(rule, options, new OldGraph(graph));
  return {
    name: graph.name,
    inputs: graph.inputs.map((input) => rewriting.get(input) as NodeOf<"input">),
    outputs: graph.outputs.map((output) => {
      const same = { name: output.name, node: rewriting.get(output.node), dims: outputType(output).dims.map((dim) => rewriting.dim(dim)) };
      return options.output?.(same, rewriting) ?? same;
    }),
  };
}

/** What is known of the graph that is being rewritten. */
class OldGraph {
  readonly regions = new Map<number, Region>();
  private readonly order: readonly Node[];
  private inside: { readonly nodes: ReadonlyMap<Node, ReadonlySet<number>>; readonly regions: ReadonlyMap<number, ReadonlySet<number>> } | undefined;

  constructor(graph: Graph) {
    this.order = graphNodes(graph);
    for (const node of this.order) {
      const region = regionOf(node);
      if (region !== undefined) this.regions.set(region.id, region);
    }
  }

  region(id: number): Region {
    return defined(this.regions.get(id), `the scan of region ${id}`);
  }

  /** Whether a node's value differs between the steps of a region, at whatever depth of nesting it stands. */
  isInside(node: Node, region: number): boolean {
    const { nodes, regions } = (this.inside ??= this.findInside());
    for (const id of nodes.get(node) ?? []) if (id === region || (regions.get(id)?.has(region) ?? false)) return true;
    return false;
  }

  isRegionInside(inner: number, outer: number): boolean {
    return (this.inside ??= this.findInside()).regions.get(inner)?.has(outer) ?? false;
  }

  private findInside() {
    const nodes = enclosingRegions(this.order);
    const regions = new Map<number, Set<number>>();
    for (const node of this.order) {
      const region = regionOf(node);
      if (region === undefined) continue;
      const outer = regions.get(region.id) ?? new Set<number>();
      regions.set(region.id, outer);
      for (const id of nodes.get(node) ?? []) outer.add(id);
    }
    // A region inside a region inside a third is inside the third, even where it reads nothing of it itself.
    for (const [id, outer] of regions) for (const each of outer) for (const further of regions.get(each) ?? []) if (further !== id) outer.add(further);
    return { nodes, regions };
  }
}

interface Pending {
  readonly node: Node;
  readonly needs: readonly Node[];
  next: number;
}

/** A copy of a region's body is a rewriting of its own, within the one that it is part of. */
interface Scope {
  readonly parent: Rewriting;
  readonly region: Region;
}

class Rewriting implements Rewriter {
  readonly builder: GraphBuilder;
  private readonly nodes = new Map<Node, Node>();
  private readonly dims = new Map<Dim, Dim>();
  private readonly open = new Map<number, OpenRegion>();
  private readonly closed = new Map<number, Region>();
  private origin: Origin = {};

  constructor(private readonly rule: Rule, private readonly options: RewriteOptions, private readonly old: OldGraph, private readonly scope?: Scope, substitution?: ReadonlyMap<Node, Node>) {
    this.builder = scope?.parent.builder ?? new GraphBuilder();
    for (const [from, to] of substitution ?? []) this.nodes.set(from, to);
  }

  get(node: Node): Node {
    if (!this.owns(node)) return defined(this.scope, "the enclosing scope").parent.get(node);
    const known = this.nodes.get(node);
    if (known !== undefined) return known;
    // Iterative: graphs of unrolled models are deep enough to overflow the stack.
    const stack: Pending[] = [{ node, needs: this.needs(node), next: 0 }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const need = top.needs[top.next++];
      if (need === undefined) {
        stack.pop();
        if (!this.nodes.has(top.node)) this.nodes.set(top.node, this.rewrite(top.node));
      } else if (!this.owns(need)) this.get(need);
      else if (!this.nodes.has(need)) {
        invariant(stack.length < 10_000_000, "a graph without end");
        stack.push({ node: need, needs: this.needs(need), next: 0 });
      }
    }
    return defined(this.nodes.get(node), "the node that was asked for");
  }

  private owns(node: Node): boolean {
    if (this.scope === undefined || this.nodes.has(node)) return true;
    return this.old.isInside(node, this.scope.region.id);
  }

  private rewrite(node: Node): Node {
    const { origin } = this;
    this.origin = this.originOf(node);
    try {
      if (node.op === "item" || node.op === "state" || node.op === "step") return this.parameter(node);
      const region = regionOf(node);
      // The arguments of a scan are those of its region, of which an edit may have dropped some.
      if (region !== undefined) return this.rule(node, [], this) ?? this.copy(node, []);
      const args = node.args.map((arg) => this.get(arg));
      // Two windows whose bounds were spelled differently may have come to be one.
      if (node.op === "view" && this.dim(node.attributes.from) === this.dim(node.attributes.to)) return at(args, 0);
      return this.rule(node, args, this) ?? this.copy(node, args);
    } finally {
      this.origin = origin;
    }
  }

  private originOf(node: Node): Origin {
    return this.options.keepOrigins === false ? {} : { name: node.name, span: node.span };
  }

  /** What must have been rewritten before a node can be. */
  private needs(node: Node): readonly Node[] {
    const needs: Node[] = [];
    const bounds = (dim: Dim) => {
      for (let each: Dim | undefined = dim; each !== undefined; each = each.origin.kind === "sequence" ? undefined : each.origin.of) {
        if (each.origin.kind === "window") needs.push(each.origin.start, each.origin.end);
      }
    };
    for (const dim of node.type.dims) bounds(dim);
    for (const dim of attributeDims(node)) bounds(dim);
    const region = regionOf(node);
    if (region !== undefined) {
      bounds(region.over);
      const edit = this.edit(region);
      for (const slot of edit.sequences) needs.push(defined(region.sequences[slot], "a sequence"));
      for (const slot of edit.states) needs.push(defined(region.starts[slot], "a start"));
      if (this.options.replaces?.(region) === true) return needs;
      for (const slot of edit.states) needs.push(defined(region.nexts[slot], "a next state"));
      for (const slot of edit.outputs) needs.push(defined(region.outputs[slot], "an output"));
    } else if (node.op === "item" || node.op === "state" || node.op === "step" || node.op === "history") {
      const of = this.old.region(node.attributes.region);
      bounds(of.over);
      const edit = this.edit(of);
      for (const slot of edit.sequences) needs.push(defined(of.sequences[slot], "a sequence"));
      for (const slot of edit.states) for (const dim of defined(of.states[slot], "a state").type.dims) bounds(dim);
    }
    needs.push(...(region === undefined ? node.args : []));
    return needs;
  }

  private edit(region: Region): RegionEdit {
    return this.options.edit?.(region) ?? { sequences: region.sequences.map((_, i) => i), states: region.states.map((_, i) => i), outputs: region.outputs.map((_, i) => i) };
  }

  dim(dim: Dim): Dim {
    const known = this.dims.get(dim);
    if (known !== undefined) return known;
    const { origin } = dim;
    const result = this.options.dim?.(dim, this) ?? (
      origin.kind === "sequence" ? this.builder.dim(dim.name, this.length(dim.length))
      : origin.kind === "index" ? this.builder.indexDim(this.dim(origin.of), origin.level)
      : this.builder.windowDim(this.dim(origin.of), this.get(origin.start), this.get(origin.end)));
    this.dims.set(dim, result);
    return result;
  }

  private length(length: Length): Length {
    return this.options.length?.(length) ?? length;
  }

  type(type: ValueType): ValueType {
    return { ...type, dims: type.dims.map((dim) => this.dim(dim)) };
  }

  make<O extends Op>(op: O, args: readonly Node[], attributes: Attributes[O]): Node {
    return this.builder.make(op, args, attributes, this.origin);
  }

  copy(node: Node, args: readonly Node[]): Node {
    const origin = this.originOf(node);
    switch (node.op) {
      case "scanOutput": {
        const { region, slot } = node.attributes;
        const { outputs, outputAlias } = this.edit(region);
        return this.builder.scanOutput(this.region(region), place(outputs, outputAlias, slot, node), origin);
      }
      case "scanFinal": {
        const { region, slot } = node.attributes;
        const { states, stateAlias } = this.edit(region);
        return this.builder.scanFinal(this.region(region), place(states, stateAlias, slot, node), origin);
      }
      default: return this.builder.make(node.op, args, this.attributes(node) as never, origin);
    }
  }

  extraItem(region: Region, index: number): Node {
    return defined(this.opened(region.id).items[this.edit(region).sequences.length + index], "an extra item");
  }

  get instantiated(): Region | undefined {
    return this.scope?.region;
  }

  instantiate(region: Region, substitution: ReadonlyMap<Node, Node>): Rewriter {
    return new Rewriting(this.rule, this.options, this.old, { parent: this, region }, substitution);
  }

  /** The region is opened at the first of its parameters that is met; what it runs along was rewritten before. */
  private parameter(node: NodeOf<"item"> | NodeOf<"state"> | NodeOf<"step">): Node {
    const open = this.opened(node.attributes.region);
    if (node.op === "step") return open.step;
    const { sequences, states, sequenceAlias, stateAlias } = this.edit(this.old.region(node.attributes.region));
    const { slot } = node.attributes;
    return node.op === "item"
      ? defined(open.items[place(sequences, sequenceAlias, slot, node)], "an item")
      : defined(open.states[place(states, stateAlias, slot, node)], "a state");
  }

  private opened(id: number): OpenRegion {
    const known = this.open.get(id);
    if (known !== undefined) return known;
    if (this.scope !== undefined && id !== this.scope.region.id && !this.old.isRegionInside(id, this.scope.region.id)) return this.scope.parent.opened(id);
    const region = this.old.region(id);
    const edit = this.edit(region);
    const sequences = edit.sequences.map((slot) => this.get(defined(region.sequences[slot], "a sequence")));
    for (const extra of edit.extra ?? []) sequences.push(extra(this));
    const types = edit.states.map((slot) => this.type(defined(region.states[slot], "a state").type));
    const result = this.builder.openRegion(this.dim(region.over), sequences, types);
    this.open.set(id, result);
    return result;
  }

  private region(region: Region): Region {
    const known = this.closed.get(region.id);
    if (known !== undefined) return known;
    const edit = this.edit(region);
    const pick = <T>(list: readonly T[], slots: readonly number[]) => slots.map((slot) => defined(list[slot], "a slot of a region"));
    const open = this.opened(region.id);
    const built = this.builder.closeRegion(open, {
      reverse: region.reverse,
      stateNames: pick(region.stateNames, edit.states),
      outputNames: pick(region.outputNames, edit.outputs),
      starts: pick(region.starts, edit.states).map((start) => this.get(start)),
      nexts: pick(region.nexts, edit.states).map((next) => this.get(next)),
      outputs: pick(region.outputs, edit.outputs).map((output) => this.get(output)),
    });
    const result = this.options.close?.(built) ?? built;
    this.closed.set(region.id, result);
    return result;
  }

  attributes(node: Node): Attributes[Op] {
    if (node.op === "input") return { ...node.attributes, type: this.type(node.attributes.type) };
    if (node.op === "length") return { length: this.length(node.attributes.length) };
    const replaced = replaceAttributeDims(node, (dim) => this.dim(dim));
    return node.op === "history" ? { ...replaced, region: this.opened(node.attributes.region).id } : replaced;
  }
}

/** Where an old slot, or the one that stands for it, comes to lie. */
function place(kept: readonly number[], alias: ReadonlyMap<number, number> | undefined, slot: number, node: Node): number {
  const result = kept.indexOf(alias?.get(slot) ?? slot);
  invariant(result >= 0, () => `${node.op} ${slot} was dropped and is read`);
  return result;
}
