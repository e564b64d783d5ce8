/**
 * The text form of a graph, for people and for tests. parse.ts reads it back.
 *
 *     graph "charRnn" {
 *       dim time = time
 *       %0 = input "text" classes=65 : {time}[1]int
 *       %1 = param "embedding.weight" : [65, 64]
 *       %2 = pick (%1, %0) : {time}[64]  # embedding
 *       %3 = constant 0 : [128]
 *       scan s0 over time {
 *         %4 = item %2 : [64]
 *         %5 = state "h" = %3 : [128]
 *         ...
 *         next "h" = %20
 *         output "h" = %20
 *       }
 *       %21 = scanOutput s0 slot=0 : {time}[128]
 *       output "h" = %21 : {time}[128]
 *     }
 *
 * The text depends on the structure of the graph alone: nodes, scans and dimensions are numbered in the order in which they
 * are written, whatever their ids and labels are. Dimensions stand at the top, except windows, which need the nodes that
 * bound them and stand before the first node that runs along them. Where the source stands that a node comes from (its
 * span) is left out.
 */
import { TextWriter } from "../../support/text-writer.js";
import { defined } from "../../support/invariant.js";
import { regionNesting, type Nesting } from "./nesting.js";
import type { Dim, Graph, Node, Region, ValueType } from "./node.js";
import { commentNotation, labelNotation, lengthNotation, stringNotation } from "./notation.js";
import { attributeSyntax, type Names } from "./syntax.js";
import { attributeDims } from "./attribute-dims.js";
import { graphNodes, regionOf } from "./traverse.js";
import { outputType } from "./types.js";

export function printGraph(graph: Graph): string {
  return new Printer(graph).text();
}

/** A type with the labels of the text: `{time, head}[64]int`. */
function typeNotation({ kind, dims, shape }: ValueType, names: Names): string {
  const along = dims.length === 0 ? "" : `{${dims.map((dim) => names.dim(dim)).join(", ")}}`;
  return `${along}[${shape.join(", ")}]${kind === "real" ? "" : kind}`;
}

function isPartOfWindow(dim: Dim): boolean {
  return dim.origin.kind === "window" || (dim.origin.kind === "index" && isPartOfWindow(dim.origin.of));
}

class Printer implements Names {
  private readonly out = new TextWriter();
  private readonly nesting: Nesting;
  /** The nodes of each region in the order of the text, without the items, states and steps that begin it. */
  private readonly bodies = new Map<number | undefined, Node[]>();
  private readonly steps = new Map<number, Node>();
  private readonly numbers = new Map<Node, number>();
  private readonly scans = new Map<number, string>();
  private readonly labels = new Map<Dim, string>();
  private readonly labelCounts = new Map<string, number>();

  constructor(private readonly graph: Graph) {
    const order = graphNodes(graph);
    this.nesting = regionNesting(order);
    for (const node of order) {
      if (node.op === "step") this.steps.set(node.attributes.region, node);
      if (node.op === "item" || node.op === "state" || node.op === "step") continue;
      const home = this.nesting.home(node);
      const body = this.bodies.get(home) ?? [];
      body.push(node);
      this.bodies.set(home, body);
    }
  }

  text(): string {
    const { name, inputs, outputs } = this.graph;
    this.out.block(`graph ${stringNotation(name)} {`, () => {
      for (const dim of this.dimsAtTop()) this.declare(dim);
      this.body(undefined);
      const listed = (this.bodies.get(undefined) ?? []).filter((node) => node.op === "input");
      if (listed.length !== inputs.length || listed.some((node, i) => node !== inputs[i])) this.out.line(`inputs ${inputs.map((node) => this.reference(node as Node)).join(", ")}`);
      for (const output of outputs) this.out.line(`output ${stringNotation(output.name)} = ${this.reference(output.node)} : ${this.type(outputType(output))}`);
    });
    return this.out.toString();
  }

  // ---- Names.

  dim(dim: Dim): string {
    return defined(this.labels.get(dim), `the declaration of ${dim.label}`);
  }

  scan(region: number): string {
    return this.scans.get(region) ?? `s?${region}`;
  }

  private reference(node: Node): string {
    const number = this.numbers.get(node);
    return number === undefined ? `%?${node.id}` : `%${number}`;
  }

  private type(type: ValueType): string {
    return typeNotation(type, this);
  }

  private number(node: Node): string {
    this.numbers.set(node, this.numbers.size);
    return this.reference(node);
  }

  // ---- Dimensions.

  /** Those that no window bounds, in the order in which the text mentions them. */
  private dimsAtTop(): Dim[] {
    const found = new Set<Dim>();
    const add = (dim: Dim): void => {
      if (dim.origin.kind !== "sequence") add(dim.origin.of);
      if (!isPartOfWindow(dim)) found.add(dim);
    };
    const visited = new Set<number>();
    const visit = (region: number | undefined): void => {
      for (const node of this.bodies.get(region) ?? []) {
        const inner = regionOf(node);
        if (inner !== undefined && !visited.has(inner.id)) {
          visited.add(inner.id);
          for (const each of headerDims(inner)) add(each);
          visit(inner.id);
        }
        for (const dim of mentioned(node)) add(dim);
      }
    };
    visit(undefined);
    return [...found];
  }

  private declareNew(dims: readonly Dim[]): void {
    for (const dim of dims) {
      if (this.labels.has(dim)) continue;
      if (dim.origin.kind !== "sequence") this.declareNew([dim.origin.of]);
      this.declare(dim);
    }
  }

  private declare(dim: Dim): void {
    const count = (this.labelCounts.get(dim.name) ?? 0) + 1;
    this.labelCounts.set(dim.name, count);
    const label = labelNotation(dim.name, count);
    this.labels.set(dim, label);
    this.out.line(`dim ${label} = ${this.origin(dim)}`);
  }

  private origin({ origin, length }: Dim): string {
    switch (origin.kind) {
      case "sequence": return lengthNotation(length);
      case "index": return `index ${origin.level} of ${this.dim(origin.of)}`;
      case "window": return `window ${this.reference(origin.start)} to ${this.reference(origin.end)} of ${this.dim(origin.of)}`;
    }
  }

  // ---- Nodes.

  private body(region: number | undefined): void {
    for (const node of this.bodies.get(region) ?? []) {
      const inner = regionOf(node);
      if (inner !== undefined && !this.scans.has(inner.id)) this.region(inner);
      this.declareNew(mentioned(node));
      this.node(node, this.words(node));
    }
  }

  private words(node: Node): string {
    if (node.op === "item" || node.op === "state" || node.op === "step") return node.op;
    const syntax = attributeSyntax[node.op] as { write(attributes: Node["attributes"], names: Names): readonly string[] };
    const args = regionOf(node) !== undefined || node.args.length === 0 ? [] : [`(${node.args.map((arg) => this.reference(arg)).join(", ")})`];
    return [node.op, ...syntax.write(node.attributes, this), ...args].join(" ");
  }

  private node(node: Node, words: string): void {
    const name = node.name === undefined ? "" : `  # ${commentNotation(node.name)}`;
    this.out.line(`${this.number(node)} = ${words} : ${this.type(node.type)}${name}`);
  }

  private region(region: Region): void {
    this.scans.set(region.id, `s${this.scans.size}`);
    this.declareNew([region.over]);
    this.out.block(`scan ${this.scan(region.id)} over ${this.dim(region.over)}${region.reverse ? " reverse" : ""} {`, () => {
      this.declareNew(headerDims(region));
      for (const [slot, item] of region.items.entries()) this.node(item, `item ${this.reference(defined(region.sequences[slot], "a sequence"))}`);
      for (const [slot, state] of region.states.entries()) this.node(state, `state ${this.stateName(region, slot)} = ${this.reference(defined(region.starts[slot], "a start"))}`);
      const step = this.steps.get(region.id);
      if (step !== undefined) this.node(step, "step");
      this.body(region.id);
      for (const [slot, next] of region.nexts.entries()) this.out.line(`next ${this.stateName(region, slot)} = ${this.reference(next)}`);
      for (const [slot, output] of region.outputs.entries()) this.out.line(`output ${stringNotation(defined(region.outputNames[slot], "the name of an output"))} = ${this.reference(output)}`);
    });
  }

  private stateName(region: Region, slot: number): string {
    return stringNotation(defined(region.stateNames[slot], "the name of a state"));
  }
}

function mentioned(node: Node): readonly Dim[] {
  return [...attributeDims(node), ...node.type.dims];
}

function headerDims({ over, items, states }: Region): readonly Dim[] {
  return [over, ...[...items, ...states].flatMap(({ type }) => type.dims)];
}

