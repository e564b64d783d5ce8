/**
 * Stream: a graph in single-scan form, for running a model step by step.
 *
 * Everything that depends on a position of the streamed dimension moves into one region over it: values along the
 * dimension become values of a step, a map's own index becomes the current position, the scans over the dimension are
 * merged. What reaches back (`at(xs, t - k)`, a slice that ends at the current step) reads the `history` of the value that
 * the region computes. What does not depend on the dimension stays outside and is computed once, when a stream starts.
 *
 * Causality is syntactic. What looks ahead is an error that names the expression: a reverse scan, a reduction over the
 * whole sequence, an index or a slice that is not known to end at the current step, the length, the state after the last
 * step. A final state that is an output itself is left out and listed: a stream has no last step.
 *
 * Meant for canonical graphs, whose views stand as far outside as they go: so the projected keys are kept, not the inputs.
 * Exact.
 */
import { error, type Diagnostic } from "../../support/diagnostics.js";
import { at, defined, invariant } from "../../support/invariant.js";
import { GraphBuilder, type OpenRegion } from "../../ir/graph/builder.js";
import { freeNames, sameLength, type Length } from "../../ir/graph/length.js";
import type { Attributes, Dim, Graph, GraphOutput, Node, NodeOf, Op, Region, ValueType } from "../../ir/graph/node.js";
import { hasDim, outputType, sameType, typeText } from "../../ir/graph/types.js";
import { replaceAttributeDims } from "../../ir/graph/attribute-dims.js";
import { windowDims } from "../../ir/graph/infer.js";
import { variesInRegion, windowOf } from "./dims.js";
import { regionsRead } from "./regions-read.js";
import { Dependence } from "./streaming/dependence.js";
import { positionOf } from "./streaming/positions.js";

export { streamDimension } from "./streaming/dimension.js";

export interface StreamedGraph {
  readonly graph: Graph;
  /** The dimension of the graph that the caller's steps run along. */
  readonly over: Dim;
  /** Names of outputs that a stream does not have: the states after the last step. */
  readonly droppedOutputs: readonly string[];
}

export function streamGraph(graph: Graph, dim: Dim): StreamedGraph | readonly Diagnostic[] {
  const isFinal = ({ node }: GraphOutput) => node.op === "scanFinal" && node.attributes.region.over === dim;
  const outputs = graph.outputs.filter((output) => !isFinal(output));
  const streaming = new Streaming(graph, dim, outputs);
  const streamed = streaming.run();
  if (streamed === undefined) return streaming.diagnostics;
  return { graph: streamed, over: streaming.over, droppedOutputs: graph.outputs.filter(isFinal).map(({ name }) => name) };
}

const help = `a step may use its own element and earlier ones: x, at(xs, t - k), slice(xs, a, t + 1)`;

class Streaming {
  readonly diagnostics: Diagnostic[] = [];
  private readonly builder = new GraphBuilder();
  private readonly dependence: Dependence;
  /** What stands for each old node: outside, or in the step. Undefined where something looks ahead. */
  private readonly nodes = new Map<Node, Node | undefined>();
  private readonly opened = new Map<number, OpenRegion>();
  private readonly closed = new Map<number, Region>();
  /** Old values along the dimension that are there from the start or come in step by step. */
  private readonly sequences: readonly Node[];
  readonly over: Dim;
  /** Free lengths that a stream does not know. */
  private readonly unknownLengths: ReadonlySet<string>;
  /** Slices that were told to look ahead. */
  private readonly refusedWindows = new Set<Dim>();
  private step: OpenRegion | undefined;

  constructor(private readonly graph: Graph, private readonly dim: Dim, private readonly outputs: readonly GraphOutput[]) {
    this.dependence = new Dependence(graph, dim, outputs.map(({ node }) => node));
    this.sequences = this.dependence.order.filter((node) => this.isSource(node));
    this.unknownLengths = freeNames(dim.length);
    this.over = this.builder.dim(dim.name, dim.length);
  }

  run(): Graph | undefined {
    // What stands in for an input that is left out is there before the first step.
    for (const node of this.sequences) if (node.args.some((arg) => this.dependence.isDependent(arg))) this.refuse(node, `has a default that runs along "${this.dim.name}" itself`);
    if (this.diagnostics.length > 0) return undefined;
    for (const node of this.dependence.order) this.now(node);
    for (const output of this.outputs) this.checkOutput(output);
    // What has a place in the source says more than what follows from it.
    this.diagnostics.sort((a, b) => Number(a.span === undefined) - Number(b.span === undefined));
    if (this.diagnostics.length > 0) return undefined;
    const open = this.openStep();
    const along = this.outputs.filter(({ node }) => hasDim(node.type, this.dim));
    const results = [...new Set(along.map(({ node }) => this.value(node)))];
    const states = this.dependence.scans.flatMap((scan) => scan.states.map((_, slot) => ({ scan, slot })));
    const region = this.builder.closeRegion(open, {
      reverse: false,
      starts: states.map(({ scan, slot }) => this.value(at(scan.starts, slot))),
      nexts: states.map(({ scan, slot }) => this.value(at(scan.nexts, slot))),
      outputs: results,
      stateNames: unique(states.map(({ scan, slot }) => at(scan.stateNames, slot))),
      outputNames: results.map((result) => defined(along.find(({ node }) => this.value(node) === result), "an output").name),
    });
    return {
      name: this.graph.name,
      inputs: this.graph.inputs.map((input) => this.outside(input) as NodeOf<"input">),
      outputs: this.outputs.map((output) => ({
        name: output.name,
        node: along.includes(output) ? this.builder.scanOutput(region, results.indexOf(this.value(output.node)), { name: output.node.name, span: output.node.span }) : this.value(output.node),
        dims: outputType(output).dims.map((dim) => this.outsideDim(dim)),
      })),
    };
  }

  private value(node: Node): Node {
    return defined(this.nodes.get(node), "the value in a step");
  }

  // ---- Refusing.

  private refuse(node: Pick<Node, "name" | "span">, why: string): undefined {
    const what = node.name === undefined ? `"${this.dim.name}" cannot be run step by step: this` : `"${this.dim.name}" cannot be run step by step: ${node.name}`;
    const message = `${what} ${why}`;
    if (!this.diagnostics.some((each) => each.message === message && each.span?.start === node.span?.start && each.span?.file === node.span?.file)) {
      this.diagnostics.push(error("GF6003", message, { span: node.span, help }));
    }
    return undefined;
  }

  private checkOutput({ node }: GraphOutput): void {
    const made = this.nodes.get(node);
    if (node.op === "length" && made === undefined) this.refuseLength(node);
    if (made === undefined || hasDim(node.type, this.dim)) return;
    if (this.step !== undefined && regionsRead(made).has(this.step.id)) this.refuse(node, "is one value of the whole sequence, not one for each step");
  }

  // ---- Translating.

  private now(node: Node): Node | undefined {
    if (this.nodes.has(node)) return this.nodes.get(node);
    const made = this.translate(node);
    if (made !== undefined) {
      const type = this.stepType(node.type);
      invariant(sameType(made.type, type), () => `in a step, ${node.op} of type ${typeText(node.type)} became ${made.op} of type ${typeText(made.type)}`);
    }
    this.nodes.set(node, made);
    return made;
  }

  private translate(node: Node): Node | undefined {
    if (this.sequences.includes(node)) {
      const open = this.openStep();
      return open.items[this.sequences.indexOf(node)];
    }
    if (node.op === "scanOutput" || node.op === "scanFinal") {
      const { region } = node.attributes;
      // A scan may read no sequence at all: only its dimension tells how many steps it has.
      return this.lengthsAreKnown(node, [...node.type.dims, region.over]) ? this.scanResult(node, region) : undefined;
    }
    if (node.op === "item" || node.op === "state" || node.op === "step") return this.parameter(node);
    if (!this.lengthsAreKnown(node)) return undefined;
    const lengthless = this.withoutLength(node);
    if (lengthless !== "none") return lengthless;
    if (!this.dependence.isDependent(node)) return this.generic(node);
    if (node.args.some((arg) => this.now(arg) === undefined)) return undefined;
    if (!this.standsAtOnePosition(node)) return undefined;
    switch (node.op) {
      case "index": return this.dependence.isPosition(node.attributes.dim) ? this.openStep().step : this.generic(node);
      case "view": return this.view(node);
      case "at": return this.dependence.isPosition(node.attributes.dim) ? this.earlier(node) : this.generic(node);
      case "reduce": case "contract": {
        if (node.attributes.dims.some((dim) => this.dependence.isPosition(dim))) return this.refuse(node, `is taken over the whole of "${this.dim.name}"`);
        return this.generic(node);
      }
      case "argmax": case "dimToAxis": case "axisToDim": {
        const { dim } = node.attributes;
        return dim !== undefined && this.dependence.isPosition(dim) ? this.refuse(node, `is taken over the whole of "${this.dim.name}"`) : this.generic(node);
      }
      case "broadcast": {
        const dims = node.attributes.dims.filter((dim) => !this.dependence.isPosition(dim));
        const x = this.value(at(node.args, 0));
        return dims.length === 0 ? x : this.make("broadcast", [x], { dims: dims.map((dim) => this.stepDim(dim)) }, node);
      }
      case "history": return this.refuse(node, "keeps its own history, as only what runs step by step already does");
      default: return this.generic(node);
    }
  }

  /** While a stream runs, it has no length; nor has what is as long as it, or half as long. */
  private lengthsAreKnown(node: Node, dims: readonly Dim[] = node.type.dims): boolean {
    const unknown = (length: Length) => [...freeNames(length)].some((name) => this.unknownLengths.has(name));
    if (node.op === "length" && unknown(node.attributes.length)) {
      // Whoever reads the length itself may do without.
      if (!sameLength(node.attributes.length, this.dim.length)) this.refuseLength(node);
      return false;
    }
    const other = dims.find((dim) => !this.dependence.isOurs(dim) && unknown(dim.length));
    if (other !== undefined) this.refuse(node, `runs along "${other.name}", whose length depends on that of "${this.dim.name}"`);
    return other === undefined;
  }

  private refuseLength(node: Node): undefined {
    return this.refuse(node, `is computed from the length of "${this.dim.name}", which is not known while it runs`);
  }

  /** The end of a slice is cut to the length; one that is at most the next step needs no cut. Anything else needs the length. */
  private withoutLength(node: Node): Node | undefined | "none" {
    const length = node.args.find((arg) => arg.op === "length" && this.now(arg) === undefined);
    if (length === undefined) return "none";
    const other = node.args.find((arg) => arg !== length);
    const end = other === undefined || node.op !== "minimum" ? undefined : this.now(other);
    if (end === undefined || positionOf(end, this.openStep().step).ahead.high > 1) return this.refuseLength(node);
    return end;
  }

  /** Whether a value along the dimension is given rather than computed of others along it. */
  private isSource(node: Node): boolean {
    if (!hasDim(node.type, this.dim)) return false;
    if (node.op === "axisToDim") return node.attributes.dim === this.dim && !this.dependence.isDependent(at(node.args, 0));
    return node.op === "input" || node.op === "param";
  }

  /**
   * Where values along two different positions meet (an element and the whole sequence, two maps over one sequence), or a
   * scan's step meets the whole sequence, one of them would have to be known ahead.
   */
  private standsAtOnePosition(node: Node): boolean {
    const met = new Set<Dim>();
    for (const [index, arg] of node.args.entries()) {
      for (const dim of arg.type.dims) {
        if (!this.dependence.isPosition(dim)) continue;
        if (node.op === "view" && node.attributes.from === dim) continue;
        if (node.op === "at" && index === 0 && node.attributes.dim === dim) continue;
        met.add(dim);
      }
    }
    for (const dim of node.type.dims) if (this.dependence.isPosition(dim)) met.add(dim);
    if (met.size > 1 || (met.size === 1 && this.dependence.isInsideScan(node))) {
      this.refuse(node, `sets each step of "${this.dim.name}" against all of them`);
      return false;
    }
    return true;
  }

  private generic(node: Node): Node | undefined {
    const args = node.args.map((arg) => this.now(arg));
    const known = args.filter((arg) => arg !== undefined);
    if (known.length < args.length) return undefined;
    return this.make(node.op, known, this.attributes(node) as never, node);
  }

  private make<O extends Op>(op: O, args: readonly Node[], attributes: Attributes[O], from: Node): Node {
    return this.builder.make(op, args, attributes, { name: from.name, span: from.span });
  }

  // ---- What reaches along the dimension.

  private view(node: NodeOf<"view"> & Node): Node | undefined {
    const { from, to } = node.attributes;
    const source = at(node.args, 0);
    const x = this.value(source);
    const { step } = this.openStep();
    if (this.dependence.isPosition(to)) {
      if (this.dependence.isPosition(from)) return x;
      // A value that is known as a whole (or in a window), at the current position.
      return this.make("at", [x, step], { dim: this.stepDim(from) }, node);
    }
    if (!this.dependence.isPosition(from)) return this.generic(node);
    const window = windowOf(to);
    if (window?.origin.kind !== "window" || !this.dependence.isOurs(to)) return this.refuse(node, `sees the whole of "${this.dim.name}" under another name`);
    const [start, end] = this.all([window.origin.start, window.origin.end]) ?? [];
    if (start === undefined || end === undefined) return undefined;
    if (positionOf(end, step).ahead.high > 1) {
      this.refusedWindows.add(window);
      return this.refuse(node, `reads a slice of "${this.dim.name}" that is not known to end at the current step`);
    }
    const dim = this.stepDim(to);
    if (source.op === "index") return this.make("index", [], { dim }, node);
    return this.history(x, dim, node);
  }

  /** An element at an index that is not ahead of the step. */
  private earlier(node: NodeOf<"at"> & Node): Node | undefined {
    const { step } = this.openStep();
    const [x, index] = [this.value(at(node.args, 0)), this.value(at(node.args, 1))];
    const { ahead } = positionOf(index, step);
    if (ahead.high > 0) {
      const distance = ahead.low === ahead.high && Number.isFinite(ahead.low) ? `${ahead.low} steps ahead` : "at an element that may be ahead";
      return this.refuse(node, `looks ${distance} of the current step of "${this.dim.name}"`);
    }
    if (index === step) return x;
    const int = (value: number) => this.builder.constant(value, "int");
    const from = Number.isFinite(ahead.low) ? this.builder.apply("add", [step, int(ahead.low)]) : int(0);
    const dim = this.builder.windowDim(this.over, from, this.builder.apply("add", [step, int(1)]));
    const past = this.history(x, dim, node);
    return past === undefined ? undefined : this.make("at", [past, index], { dim }, node);
  }

  private history(x: Node, dim: Dim, node: Node): Node | undefined {
    const open = this.openStep();
    const read = regionsRead(x);
    const missing = [dim, ...windowDims(dim)].filter((each) => !hasDim(x.type, each));
    if (!read.has(open.id) && read.size === 0) return this.make("broadcast", [x], { dims: missing }, node);
    if ([...read].some((region) => region !== open.id)) return this.refuse(node, `reads earlier steps of "${this.dim.name}" inside a scan over another dimension`);
    if (x.type.dims.some((each) => variesInRegion(each, open.id))) return this.refuse(node, `reads earlier steps of a value that itself runs along a slice of "${this.dim.name}"`);
    return this.make("history", [x], { region: open.id, dim }, node);
  }

  // ---- Scans.

  private openStep(): OpenRegion {
    if (this.step !== undefined) return this.step;
    const sequences = this.sequences.map((node) => this.outside(node));
    const states = this.dependence.scans.flatMap((scan) => scan.states.map((state) => this.stepType(state.type)));
    this.step = this.builder.openRegion(this.over, sequences, states);
    return this.step;
  }

  private parameter(node: NodeOf<"item"> | NodeOf<"state"> | NodeOf<"step">): Node | undefined {
    const region = defined(this.dependence.region(node.attributes.region), "the scan");
    if (region.over === this.dim) {
      const open = this.openStep();
      if (node.op === "step") return open.step;
      if (node.op === "item") return this.now(at(region.sequences, node.attributes.slot));
      const before = this.dependence.scans.slice(0, this.dependence.scans.indexOf(region)).reduce((count, scan) => count + scan.states.length, 0);
      return open.states[before + node.attributes.slot];
    }
    if (this.dependence.isPosition(region.over)) return this.refuse(node, `scans "${this.dim.name}" inside a map over it`);
    const open = this.openOther(region);
    if (open === undefined) return undefined;
    return node.op === "step" ? open.step : node.op === "item" ? open.items[node.attributes.slot] : open.states[node.attributes.slot];
  }

  /** A scan over another dimension: outside as it was, or as a scan in each step. */
  private openOther(region: Region): OpenRegion | undefined {
    const known = this.opened.get(region.id);
    if (known !== undefined) return known;
    const sequences = this.all(region.sequences);
    if (sequences === undefined) return undefined;
    const open = this.builder.openRegion(this.stepDim(region.over), sequences, region.states.map((state) => this.stepType(state.type)));
    this.opened.set(region.id, open);
    return open;
  }

  private scanResult(node: NodeOf<"scanOutput"> | NodeOf<"scanFinal">, region: Region): Node | undefined {
    if (region.over === this.dim) {
      if (region.reverse) return this.refuse(node, `reads "${this.dim.name}" from its end`);
      if (node.op === "scanFinal") return this.refuse(node, `is the state after the last step of "${this.dim.name}"`);
      const starts = this.all(region.starts);
      const step = this.openStep();
      if (starts === undefined || this.all(region.nexts) === undefined) return undefined;
      if (starts.some((start) => regionsRead(start).size > 0)) return this.refuse(node, `starts from a state that depends on "${this.dim.name}" or on another scan's step`);
      if (region.nexts.some((next) => [...regionsRead(this.value(next))].some((id) => id !== step.id))) return this.refuse(node, `scans "${this.dim.name}" inside a scan over another dimension`);
      return this.now(at(region.outputs, node.attributes.slot));
    }
    if (this.dependence.isPosition(region.over)) return this.refuse(node, `scans "${this.dim.name}" inside a map over it`);
    const made = this.closeOther(region);
    if (made === undefined) return undefined;
    const origin = { name: node.name, span: node.span };
    return node.op === "scanOutput" ? this.builder.scanOutput(made, node.attributes.slot, origin) : this.builder.scanFinal(made, node.attributes.slot, origin);
  }

  private closeOther(region: Region): Region | undefined {
    const known = this.closed.get(region.id);
    if (known !== undefined) return known;
    const open = this.openOther(region);
    const [starts, nexts, outputs] = [this.all(region.starts), this.all(region.nexts), this.all(region.outputs)];
    if (open === undefined || starts === undefined || nexts === undefined || outputs === undefined) return undefined;
    const { reverse, stateNames, outputNames } = region;
    const made = this.builder.closeRegion(open, { reverse, stateNames, outputNames, starts, nexts, outputs });
    this.closed.set(region.id, made);
    return made;
  }

  private all(nodes: readonly Node[]): readonly Node[] | undefined {
    const made = nodes.map((node) => this.now(node)).filter((node) => node !== undefined);
    for (const node of nodes) if (node.op === "length" && this.now(node) === undefined) this.refuseLength(node);
    return made.length === nodes.length ? made : undefined;
  }

  // ---- Types, dimensions and attributes: in a step, and outside.

  private stepType(type: ValueType): ValueType {
    return { ...type, dims: type.dims.filter((dim) => !this.dependence.isPosition(dim)).map((dim) => this.stepDim(dim)) };
  }

  private stepDim(dim: Dim): Dim {
    const { origin } = dim;
    if (this.dependence.isPosition(dim)) return this.over;
    switch (origin.kind) {
      case "sequence": return this.builder.dim(dim.name, dim.length);
      case "index": return this.builder.indexDim(this.stepDim(origin.of), origin.level);
      case "window": {
        const [of, start, end] = [this.stepDim(origin.of), this.bound(origin.start), this.bound(origin.end)];
        this.checkWindow(dim, end);
        return this.builder.windowDim(of, start, end);
      }
    }
  }

  /** A slice of which no element is read still has a length: it may not end ahead either. One of a slice ends where that does. */
  private checkWindow(dim: Dim, end: Node): void {
    const { origin } = dim;
    if (origin.kind !== "window" || !this.dependence.isOurs(dim) || windowOf(origin.of) !== undefined || this.refusedWindows.has(dim)) return;
    if (positionOf(end, this.openStep().step).ahead.high <= 1) return;
    this.refusedWindows.add(dim);
    this.refuse({ name: undefined, span: origin.end.span ?? origin.start.span }, `is the end of a slice of "${this.dim.name}" that is not known to end at the current step`);
  }

  private bound(node: Node): Node {
    // One that could not be translated has been refused; any number will do for the rest.
    return this.all([node])?.[0] ?? this.builder.constant(0, "int");
  }

  private attributes(node: Node): Attributes[Op] {
    if (node.op === "input") return { ...node.attributes, type: this.stepType(node.attributes.type) };
    return replaceAttributeDims(node, (dim) => this.stepDim(dim));
  }

  /** The value as it was, along the dimension: for what comes in. */
  private outside(node: Node): Node {
    const args = node.args.map((arg) => defined(this.now(arg), "what an input is made of"));
    if (node.op !== "input") return this.make(node.op, args, replaceAttributeDims(node, (dim) => this.outsideDim(dim)) as never, node);
    const { type } = node.attributes;
    return this.make("input", args, { ...node.attributes, type: { ...type, dims: type.dims.map((dim) => this.outsideDim(dim)) } }, node);
  }

  private outsideDim(dim: Dim): Dim {
    return dim === this.dim ? this.over : this.stepDim(dim);
  }
}

/** States of several scans may have one name: the second h is h.2. */
function unique(names: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  return names.map((name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? name : `${name}.${count}`;
  });
}
