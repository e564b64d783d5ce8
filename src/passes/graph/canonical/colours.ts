/**
 * Colours: what a value is and what becomes of it, as a number that depends on no name and no numbering.
 *
 * Colour refinement (Weisfeiler & Leman, 1968): a node's colour is made of its op, the colours of its arguments, and the
 * colours and argument positions of its users; again and again, until no more nodes can be told apart. Here a sweep goes
 * through the whole graph in order (arguments first) and back (users first), so that two or three sweeps do what would
 * take as many rounds as the graph is deep; only the states of scans, whose next values come later, take more.
 *
 * What is known at load time is seen from outside as weights of a type, whatever it is made of: a slice of a stacked
 * parameter and a parameter of its own are the same to a run.
 */
import { defined } from "../../../support/invariant.js";
import { lengthText } from "../../../ir/graph/length.js";
import type { Attributes, Dim, Graph, Node, Op, Region, ValueType } from "../../../ir/graph/node.js";
import { dependencies, graphNodes, regionOf } from "../../../ir/graph/traverse.js";
import { isWeights } from "./load-time.js";

export type Colour = number;

/** Ops whose arguments may stand in any order. */
export const commutative: ReadonlySet<Op> = new Set<Op>(["add", "multiply", "minimum", "maximum", "equal", "notEqual", "and", "or", "contract"]);

// ---- Hashing: two lanes of 32 bits, of which 52 are kept.

export function hash(...parts: readonly (number | string | boolean)[]): Colour {
  let [a, b] = [0x9e3779b9, 0x85ebca6b];
  const feed = (word: number) => {
    a = Math.imul(a ^ word, 0xcc9e2d51);
    a = (a << 15) | (a >>> 17);
    b = Math.imul(b ^ word, 0x1b873593) + 0xe6546b64;
    b ^= b >>> 13;
  };
  for (const part of parts) {
    if (typeof part === "string") {
      feed(part.length);
      for (let i = 0; i < part.length; i++) feed(part.charCodeAt(i));
    } else if (typeof part === "boolean") feed(part ? 3 : 5);
    else {
      feed(part | 0);
      feed(Math.floor(part / 2 ** 32) | 0);
    }
  }
  a ^= a >>> 16;
  a = Math.imul(a, 0x85ebca6b);
  b = Math.imul(b ^ (b >>> 16), 0xc2b2ae35);
  return ((a ^ (b >>> 13)) >>> 0) * 2 ** 20 + ((b ^ (a >>> 7)) & 0xfffff);
}

const unordered = (colours: readonly Colour[]): Colour => hash(...[...colours].sort((a, b) => a - b));

// ---- Colouring.

export class Colouring {
  readonly order: readonly Node[];
  private colours = new Map<Node, Colour>();
  private readonly regionColours = new Map<number, Colour>();
  private readonly regions = new Map<number, Region>();
  private readonly outerDims = new Map<Dim, number>();
  private readonly outerWeights: ReadonlySet<Node>;
  private classes = 0;

  constructor(private readonly graph: Graph) {
    this.order = graphNodes(graph);
    for (const node of this.order) {
      const region = regionOf(node);
      if (region !== undefined) this.regions.set(region.id, region);
    }
    for (const input of graph.inputs) for (const dim of input.type.dims) if (!this.outerDims.has(dim)) this.outerDims.set(dim, this.outerDims.size);
    this.outerWeights = weightsSeenFromOutside(graph, this.order);
    this.refine();
  }

  of(node: Node): Colour {
    return defined(this.colours.get(node), "a colour");
  }

  has(node: Node): boolean {
    return this.colours.has(node);
  }

  /** Tells a node apart from all others, and refines. */
  single(node: Node): void {
    this.colours.set(node, hash("single", this.of(node)));
    this.refine();
  }

  private refine(): void {
    for (let sweep = 0; sweep < 20; sweep++) {
      this.sweep();
      // What weights are made of must not decide how often the others' colours change.
      const classes = new Set(this.order.filter((node) => this.isVisible(node)).map((node) => this.colours.get(node))).size;
      if (sweep > 0 && classes === this.classes) return;
      this.classes = classes;
    }
  }

  /** Of what is known at load time, a run sees the results. */
  isVisible(node: Node): boolean {
    return !isWeights(node) || this.outerWeights.has(node);
  }

  private sweep(): void {
    const before = this.colours;
    const down = new Map<Node, Colour>();
    for (const node of this.order) down.set(node, this.downwards(node, before.get(node) ?? 0, down, before));
    const up = new Map<Node, Colour[]>();
    const use = (node: Node, colour: Colour) => {
      const known = up.get(node);
      if (known === undefined) up.set(node, [colour]);
      else known.push(colour);
    };
    this.graph.outputs.forEach(({ node }, index) => use(node, hash("output", index)));
    const after = new Map<Node, Colour>();
    const seen = new Set<Region>();
    for (let i = this.order.length - 1; i >= 0; i--) {
      const node = this.order[i] as Node;
      const own = hash(down.get(node) ?? 0, unordered(up.get(node) ?? []));
      after.set(node, own);
      const region = regionOf(node);
      const needs = dependencies(node);
      // What weights are made of must not decide how a run is ordered: neither by their own colour nor by that of the numbers they share with it.
      if (region === undefined) needs.forEach((need, place) => isWeights(node) && this.isVisible(need) ? undefined : use(need, hash(place >= node.args.length ? "bound" : commutative.has(node.op) ? "any" : place, own)));
      else {
        if (!seen.has(region)) {
          seen.add(region);
          this.useRegion(region, down, use);
        }
        // By each result of the scan: which of them comes last must not count.
        for (const need of needs.slice(node.args.length)) use(need, hash("bound", own));
        if (node.op === "scanOutput") use(defined(region.outputs[node.attributes.slot], "an output"), hash("seen", own));
        if (node.op === "scanFinal") use(defined(region.states[node.attributes.slot], "a state"), hash("seen", own));
      }
    }
    for (const region of this.regions.values()) this.regionColours.set(region.id, this.regionColour(region, after));
    this.colours = after;
  }

  private useRegion(region: Region, down: ReadonlyMap<Node, Colour>, use: (node: Node, colour: Colour) => void): void {
    const colour = (node: Node | undefined) => (node === undefined ? 0 : (down.get(node) ?? 0));
    region.states.forEach((state, slot) => {
      const [start, next] = [defined(region.starts[slot], "a start"), defined(region.nexts[slot], "a next state")];
      use(next, hash("next", colour(state)));
      use(start, hash("start", colour(state)));
      use(state, hash("state", colour(next)));
    });
    region.items.forEach((item, slot) => use(defined(region.sequences[slot], "a sequence"), hash("read", colour(item))));
  }

  private regionColour(region: Region, colours: ReadonlyMap<Node, Colour>): Colour {
    const all = (nodes: readonly Node[]) => unordered(nodes.map((node) => colours.get(node) ?? 0));
    return hash("region", this.dim(region.over, colours), region.reverse, all(region.sequences), all(region.starts), all(region.nexts), all(region.outputs));
  }

  private downwards(node: Node, before: Colour, down: ReadonlyMap<Node, Colour>, previous: ReadonlyMap<Node, Colour>): Colour {
    const colour = (each: Node | undefined) => (each === undefined ? 0 : (down.get(each) ?? previous.get(each) ?? 0));
    const region = (id: number) => this.regionColours.get(id) ?? 0;
    if (this.outerWeights.has(node)) return hash(before, "weights", this.type(node.type, down));
    switch (node.op) {
      case "input": return hash(before, "input", this.graph.inputs.indexOf(node), this.type(node.type, down));
      case "param": return hash(before, "param", this.type(node.type, down));
      case "item": return hash(before, "item", region(node.attributes.region), colour(this.regions.get(node.attributes.region)?.sequences[node.attributes.slot]), this.type(node.type, down));
      case "state": {
        const of = this.regions.get(node.attributes.region);
        const { slot } = node.attributes;
        return hash(before, "state", region(node.attributes.region), colour(of?.starts[slot]), previous.get(of?.nexts[slot] as Node) ?? 0, this.type(node.type, down));
      }
      case "step": return hash(before, "step", region(node.attributes.region));
      case "scanOutput": return hash(before, "scanOutput", region(node.attributes.region.id), colour(node.attributes.region.outputs[node.attributes.slot]));
      case "scanFinal": return hash(before, "scanFinal", region(node.attributes.region.id), colour(node.attributes.region.states[node.attributes.slot]), colour(node.attributes.region.nexts[node.attributes.slot]));
      case "history": return hash(before, "history", region(node.attributes.region), colour(node.args[0]), this.dim(node.attributes.dim, down));
      default: {
        const args = node.args.map(colour);
        return hash(before, node.op, this.attributes(node.attributes, down), this.type(node.type, down), commutative.has(node.op) ? unordered(args) : hash(...args));
      }
    }
  }

  private attributes(attributes: Attributes[Op], colours: ReadonlyMap<Node, Colour>): Colour {
    return hash(
      ...Object.values(attributes as Readonly<Record<string, unknown>>).map((value) => {
        if (Array.isArray(value)) return unordered(value.map((each: unknown) => (typeof each === "object" ? this.dim(each as Dim, colours) : hash(String(each)))));
        if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
        return "label" in value ? this.dim(value as Dim, colours) : JSON.stringify(value);
      }),
    );
  }

  private type({ kind, dims, shape }: ValueType, colours: ReadonlyMap<Node, Colour>): Colour {
    return hash(kind, unordered(dims.map((dim) => this.dim(dim, colours))), shape.join(" "));
  }

  private dim(dim: Dim, colours: ReadonlyMap<Node, Colour>): Colour {
    const { origin } = dim;
    switch (origin.kind) {
      case "sequence": return hash("sequence", this.outerDims.get(dim) ?? -1, lengthText(dim.length));
      case "index": return hash("index", this.dim(origin.of, colours), origin.level);
      case "window": return hash("window", this.dim(origin.of, colours), colours.get(origin.start) ?? 0, colours.get(origin.end) ?? 0);
    }
  }
}

/** Weights that something other than weights reads. */
export function weightsSeenFromOutside(graph: Graph, order: readonly Node[]): ReadonlySet<Node> {
  const seen = new Set<Node>();
  const see = (node: Node) => {
    if (isWeights(node)) seen.add(node);
  };
  for (const { node } of graph.outputs) see(node);
  for (const node of order) {
    const region = regionOf(node);
    if (!isWeights(node)) dependencies(node).forEach(see);
    if (region !== undefined) [...region.nexts, ...region.outputs].forEach(see);
  }
  return seen;
}
