/**
 * Hoist: what a step computes of the sequence's element alone leaves the scan, and is computed for all steps at once.
 *
 * In `W x + U h + b` the part `W x + b` does not wait for the state. Outside the scan it is one matrix product over the
 * whole sequence, which reads the weights once for many steps; the scan reads its result as one more sequence. What leaves
 * must hold a product or a sum with the element: moving cheaper work would only cost memory. It is the largest such
 * expression, and in a sum all terms that can go, with the terms that don't depend on the step at all (the bias) where
 * these don't run along more. Reassociates sums.
 *
 * Works on canonical graphs, in which the parts of a sum stand side by side.
 */
import { defined } from "../../support/invariant.js";
import type { Dim, Graph, Node, Region } from "../../ir/graph/node.js";
import { rewriteGraph, type RegionEdit, type Rewriter } from "../../ir/graph/rewrite.js";
import { attributeDims } from "../../ir/graph/attribute-dims.js";
import { dependencies, graphNodes, graphRegions, regionOf, regionResults } from "../../ir/graph/traverse.js";
import { elementCount, hasDim } from "../../ir/graph/types.js";
import type { GraphPass } from "../pass.js";
import { variesInRegion } from "./dims.js";
import { regionsRead } from "./regions-read.js";

export interface HoistOptions {
  readonly mode: "never" | "always" | "cost";
}

export function hoist(options: HoistOptions): GraphPass {
  return { name: "hoist", run: (graph) => (options.mode === "never" ? graph : hoistGraph(graph, options.mode)) };
}

/**
 * The cost rule for JavaScript on one thread. A step reads the weights of the element's part and of the state's part. While all
 * of them stay in the cache near the core, taking the first part out of the sequential loop gains (measured: 17% with 128
 * hidden units and one sequence); with 256 hidden units both ways read memory and nothing is gained; with four sequences
 * and more at once the loop has reuse of its own, and the detour through memory loses up to 10%. So: few weights only.
 * Callers whose kernels read each weight once for several rows, or a device that wants few large kernels, say always.
 */
const NEAR_WEIGHTS = 1 << 17;

function pays(weights: number): boolean {
  return weights <= NEAR_WEIGHTS;
}

// ---- What can leave.

/** Terms of one sum, or a single value, that leave together. */
interface Leaving {
  readonly terms: readonly Node[];
  /** The sum, after which what leaves is called. */
  readonly of: Node;
}

class Candidates {
  private readonly free = new Map<Node, boolean>();
  readonly leaving: Leaving[] = [];
  private readonly places = new Map<string, number>();
  /** By user: the arguments that leave it, and the place of their sum among what leaves. */
  readonly fromSums = new Map<Node, { readonly terms: ReadonlySet<Node>; readonly place: number }>();
  readonly whole = new Map<Node, number>();

  /** Scans inside a step of this one: what differs between their steps cannot leave this one alone. */
  private readonly inner = new Set<number>();

  constructor(readonly region: Region, order: readonly Node[]) {
    for (const node of order) {
      const scan = regionOf(node);
      if (scan !== undefined && this.isInside(node)) this.inner.add(scan.id);
    }
    for (const node of order) {
      if (!this.isInside(node) || this.isFree(node)) continue;
      if (node.op === "add") this.leaveSum(node);
      else for (const arg of node.args) this.leave(arg);
    }
    for (const result of regionResults(region)) this.leave(result);
  }

  private isInside(node: Node): boolean {
    return regionsRead(node).has(this.region.id);
  }

  private readsInner(node: Node): boolean {
    return [...regionsRead(node)].some((id) => this.inner.has(id));
  }

  /** Inside, without the state, and of a form that can be computed for all steps at once. */
  private isFree(node: Node): boolean {
    const known = this.free.get(node);
    if (known !== undefined) return known;
    const stack: Node[] = [node];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const missing = this.isInside(top) && regionOf(top) === undefined ? dependencies(top).find((need) => this.isInside(need) && !this.free.has(need)) : undefined;
      if (missing !== undefined) {
        stack.push(missing);
        continue;
      }
      this.free.set(top, this.decide(top));
      stack.pop();
    }
    return defined(this.free.get(node), "an answer");
  }

  private decide(node: Node): boolean {
    if (!this.isInside(node) || regionOf(node) !== undefined || node.op === "history") return false;
    if (this.readsInner(node)) return false;
    // Outside it would run along the scanned dimension, and no value runs along two of one name.
    if ([...node.type.dims, ...attributeDims(node)].some((dim) => dim.name === this.region.over.name && !isMadeOf(dim, this.region.over))) return false;
    if ((node.op === "state" || node.op === "item" || node.op === "step") && node.attributes.region === this.region.id) return node.op !== "state";
    // Outside, the windows of the steps vary along the scanned dimension; what is repeated along one would have to, too.
    if (node.op === "broadcast" && node.attributes.dims.some((dim) => variesInRegion(dim, this.region.id))) return false;
    return dependencies(node).every((need) => !this.isInside(need) || this.free.get(need) === true);
  }

  /** Whether its sequence can run along the scanned dimension. */
  private canRun(node: Node): boolean {
    return !hasDim(node.type, this.region.over) && !node.type.dims.some((dim) => variesInRegion(dim, this.region.id));
  }

  private holdsProduct(node: Node): boolean {
    const seen = new Set<Node>();
    const stack = [node];
    for (let each = stack.pop(); each !== undefined; each = stack.pop()) {
      if (seen.has(each) || !this.isInside(each)) continue;
      if (each.op === "contract" || each.op === "reduce") return true;
      seen.add(each);
      stack.push(...each.args);
    }
    return false;
  }

  private leave(node: Node): void {
    if (!this.isInside(node) || !this.isFree(node) || !this.canRun(node) || !this.holdsProduct(node)) return;
    this.whole.set(node, this.place([node], node));
  }

  private leaveSum(sum: Node): void {
    const going = sum.args.filter((arg) => this.isInside(arg) && this.isFree(arg) && this.canRun(arg));
    if (!going.some((arg) => this.holdsProduct(arg))) return;
    // Terms of other extents would make the sequence larger than it need be.
    const widest = going.filter((arg) => this.holdsProduct(arg)).reduce((a, b) => (size(b) > size(a) ? b : a));
    const fits = (arg: Node) => arg.type.dims.every((dim) => hasDim(widest.type, dim)) && arg.type.shape.length <= widest.type.shape.length && elementCount(arg.type.shape) <= elementCount(widest.type.shape);
    const terms = sum.args.filter((arg) => (going.includes(arg) || (!this.isInside(arg) && !this.readsInner(arg))) && fits(arg));
    if (terms.length === sum.args.length) return;
    this.fromSums.set(sum, { terms: new Set(terms), place: this.place(terms, sum) });
    for (const arg of sum.args) if (!terms.includes(arg)) this.leave(arg);
  }

  private place(terms: readonly Node[], of: Node): number {
    const key = terms.map((term) => term.id).join(" ");
    const known = this.places.get(key);
    if (known !== undefined) return known;
    this.places.set(key, this.leaving.length);
    this.leaving.push({ terms, of });
    return this.leaving.length - 1;
  }

  /** The elements of weights that the products read, each value once. */
  weights(): number {
    const seen = new Set<Node>();
    let total = 0;
    const stack = this.leaving.flatMap(({ terms }) => terms.filter((term) => this.isInside(term)));
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      if (this.isInside(node)) stack.push(...node.args);
      else total += elementCount(node.type.shape);
    }
    return total;
  }

  /** Whether anything that leaves names the scanned dimension or another of its name, or captures a value that runs along it. */
  meetsOver(): boolean {
    const seen = new Set<Node>();
    const stack = this.leaving.flatMap(({ terms }) => [...terms]);
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      if (node.op === "item" || node.op === "step") continue;
      const near = [...node.type.dims, ...attributeDims(node)];
      if (near.some((dim) => dim.name === this.region.over.name || isMadeOf(dim, this.region.over))) return true;
      if (this.isInside(node)) stack.push(...dependencies(node));
    }
    return false;
  }
}

function size(node: Node): number {
  return elementCount(node.type.shape) * 1000 + node.type.dims.length;
}

function isMadeOf(dim: Dim, base: Dim): boolean {
  for (let each: Dim | undefined = dim; each !== undefined; each = each.origin.kind === "sequence" ? undefined : each.origin.of) if (each === base) return true;
  return false;
}

// ---- Leaving.

function hoistGraph(graph: Graph, mode: "always" | "cost"): Graph {
  const order = graphNodes(graph);
  const level = freshLevel(order);
  const byRegion = new Map<number, Candidates>();
  for (const region of graphRegions(graph)) {
    const candidates = new Candidates(region, order);
    if (candidates.leaving.length > 0 && (mode === "always" || pays(candidates.weights()))) byRegion.set(region.id, candidates);
  }
  if (byRegion.size === 0) return graph;
  const edits = new Map([...byRegion].map(([id, candidates]) => [id, editOf(candidates, level)]));
  return rewriteGraph(graph, (node, args, rewriter) => {
    for (const { region, whole, fromSums } of byRegion.values()) {
      const place = whole.get(node);
      if (place !== undefined && !isOutside(rewriter, region)) return rewriter.extraItem(region, place);
      const leaving = fromSums.get(node);
      if (leaving !== undefined) {
        const staying = args.filter((_, i) => !leaving.terms.has(defined(node.args[i], "a term")));
        return rewriter.make("add", [...staying, rewriter.extraItem(region, leaving.place)], {});
      }
    }
    return undefined;
  }, { edit: (region) => edits.get(region.id) });
}

/** While what leaves is being computed outside, it must not be taken from inside. */
function isOutside(rewriter: Rewriter, region: Region): boolean {
  return rewriter.instantiated?.id === region.id;
}

/** A depth of maps that no index of the graph has. */
function freshLevel(order: readonly Node[]): number {
  let level = 0;
  for (const node of order) {
    for (const dim of [...node.type.dims, ...attributeDims(node)]) if (dim.origin.kind === "index") level = Math.max(level, dim.origin.level + 1);
  }
  return level;
}

function editOf(candidates: Candidates, level: number): RegionEdit {
  const { region, leaving } = candidates;
  const all = (list: readonly unknown[]) => list.map((_, slot) => slot);
  const apart = candidates.meetsOver();
  const outside = ({ terms, of: { name, span } }: Leaving) => (rewriter: Rewriter): Node => {
    const over = rewriter.dim(region.over);
    // Where the scanned dimension itself occurs in what leaves (attention within the sequence), the steps get an index of their own.
    const steps = apart ? rewriter.builder.indexDim(over, level) : over;
    const seen = (value: Node) => (apart ? rewriter.make("view", [value], { from: over, to: steps }) : value);
    const substitution = new Map<Node, Node>(region.items.map((item, slot) => [item, seen(rewriter.get(defined(region.sequences[slot], "a sequence")))]));
    for (const step of stepsOf(terms, region)) substitution.set(step, seen(rewriter.make("index", [], { dim: over })));
    const copy = rewriter.instantiate(region, substitution);
    const values = terms.map((term) => copy.get(term));
    const sum = values.length === 1 ? defined(values[0], "a term") : rewriter.builder.make("add", values, {}, { name, span });
    return apart ? rewriter.make("view", [sum], { from: steps, to: over }) : sum;
  };
  return { sequences: all(region.sequences), states: all(region.states), outputs: all(region.outputs), extra: leaving.map(outside) };
}

/** The region's step, where what leaves reads it. */
function stepsOf(terms: readonly Node[], region: Region): Node[] {
  const seen = new Set<Node>();
  const steps: Node[] = [];
  const stack = [...terms];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (node.op === "step" && node.attributes.region === region.id) steps.push(node);
    stack.push(...dependencies(node));
  }
  return steps;
}

