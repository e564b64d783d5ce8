/**
 * What is stored, and what is computed where it is used.
 *
 * A node that gets a buffer of its own is a *root*: its value is computed once at each of its positions and stored. Every
 * other node is inlined into the expressions of the roots that read it. What must be stored anyway (outputs, next states)
 * is asked for by the caller; for the rest, one rule decides by counting:
 *
 * - what only moves or names values (slices, views, indices, parameters) is never stored, except that weights are cut and
 *   summed once, when they are loaded;
 * - a reduction is inlined only into a single root, and only where the loops around it run exactly over its own positions;
 *   never into another reduction. So the four products of a cell end in the one kernel that needs them, and a layer norm's
 *   mean runs once before the loop over the components;
 * - an expensive function (exp, tanh, ...) is inlined only where it is not computed more often than it has positions;
 * - cheap arithmetic may be computed twice; in the innermost loop of a product only a single operation may, and what ends a
 *   reduction is stored in its place where another loop reads it.
 *
 * Positions are tracked as sets of loops: a value read at an index that varies with the loops A is computed once for each
 * turn of the nest down to the innermost of A.
 */
import { staticLength } from "../../ir/graph/length.js";
import type { Node, Op } from "../../ir/graph/node.js";
import { attributeDims } from "../../ir/graph/attribute-dims.js";
import { windowBounds } from "../../ir/graph/traverse.js";
import type { Dim, ValueType } from "../../ir/graph/types.js";
import { alignAxes, movedPosition, type Indexing, type Position } from "./access.js";
import { orderDims } from "./loop-order.js";
import type { Place, Places } from "./places.js";
import { windowsAround, type Request } from "./requests.js";

/** A loop as far as counting goes. */
interface CountedLoop {
  readonly turns: number;
  /** Loops of a reduction are inside every loop of the space. */
  readonly reduction: boolean;
}

type Loops = ReadonlySet<CountedLoop>;
type Where = Position<Loops>;

/** Someone reads a node at positions that vary with loops. */
interface Demand {
  /** The root into which it would be inlined. */
  readonly root: object;
  readonly place: Place;
  /** The loops around, outermost first. */
  readonly nest: readonly CountedLoop[];
  readonly where: Where;
  /** The index was computed or may be out of range. */
  readonly gathered: boolean;
}

/** Nodes of these ops cost nothing where they are read. */
const free: ReadonlySet<Op> = new Set<Op>([
  "input", "param", "constant", "iota", "index", "length", "item", "state", "step", "history",
  "sliceAxis", "axisToDim", "dimToAxis", "view", "broadcast", "scanOutput", "scanFinal", "toReal", "stopGradient",
]);
const expensive: ReadonlySet<Op> = new Set<Op>(["exp", "log", "log1p", "sqrt", "sin", "cos", "tanh", "sigmoid", "erf", "power", "draw", "divide", "modulo"]);
const reductions: ReadonlySet<Op> = new Set<Op>(["contract", "reduce", "argmax", "top"]);

/** A length that is free is counted as if it were this. */
const assumedLength = 64;
/** Cheap operations that may be computed again where the repetition is small, and the repetition that is small. */
const cheapOperations = 6;
const smallRepetition = 4;
/** A vector joined of more parts than this is stored. */
const mostParts = 8;
/** Expressions are kept below this many operations, whatever is gained. */
const largestExpression = 200;

export class Storage {
  private readonly roots = new Set<Node>();
  private readonly demands = new Map<Node, Map<string, Demand>>();
  private readonly costs = new Map<Node, number>();
  private readonly expensiveTable = new Map<Node, boolean>();
  /** Stored whatever the counting says. */
  private readonly asked = new Set<Node>();
  private readonly spaceLoops = new Map<Dim | string, CountedLoop>();
  private readonly regionLoops = new Map<number, CountedLoop>();
  private readonly reductionLoops = new Map<Dim | string, CountedLoop>();
  private readonly numbers = new Map<object, number>();

  /** `stored` are nodes whose parts are asked for one by one, so that nothing more needs to be computed for them. */
  constructor(private readonly places: Places, requests: readonly Request[], stored: ReadonlySet<Node>) {
    for (const request of requests) if (this.isOwn(request)) this.asked.add(request.node);
    for (const node of stored) this.asked.add(node);
    // From the arguments on, so that no call goes deep.
    for (const node of places.order) {
      this.cost(node);
      this.isExpensive(node);
    }
    const forced = new Map<Node, Request[]>();
    for (const request of requests) {
      const before = forced.get(request.node);
      if (before === undefined) forced.set(request.node, [request]);
      else before.push(request);
      if (!this.isOwn(request) && !free.has(request.node.op)) this.demand(request.node, this.demandOf(request));
    }
    for (const node of [...places.order].reverse()) {
      if (stored.has(node)) {
        this.roots.add(node);
        continue;
      }
      const own = (forced.get(node) ?? []).filter((request) => this.isOwn(request));
      if ((own.length > 0 && !free.has(node.op)) || this.mustStore(node)) {
        this.roots.add(node);
        this.read(node, this.ownPosition(node, node, { type: node.type, place: places.of(node) }));
      } else {
        for (const request of forced.get(node) ?? []) if (free.has(node.op)) this.read(node, this.demandOf(request));
        for (const demand of this.demands.get(node)?.values() ?? []) this.read(node, demand);
      }
    }
  }

  /** Is the value stored just where and as it is computed? */
  private isOwn(request: Request): boolean {
    return request.place === this.places.of(request.node) && windowsAround(request).length === 0;
  }

  /** Beyond a window a value is asked for at positions where nothing it reads may exist. */
  private demandOf(request: Request): Demand {
    return { ...this.ownPosition(request.node, request, request), gathered: windowsAround(request).length > 0 };
  }

  /** Is it read by anything that is computed? */
  isRead(node: Node): boolean {
    return (this.demands.get(node)?.size ?? 0) > 0;
  }

  isRoot(node: Node): boolean {
    return this.roots.has(node);
  }

  // ---- The rule.

  private mustStore(node: Node): boolean {
    const demands = [...(this.demands.get(node)?.values() ?? [])];
    if (demands.length === 0) return false;
    const place = this.places.of(node);
    if (place === "prepare" && demands.some((demand) => demand.place !== "prepare")) return this.storedAtLoad(node);
    if (free.has(node.op)) return false;
    // Read in place, each component would be found by as many tests as there are parts.
    if (node.op === "concat" && node.args.length > mostParts) return true;
    const roots = new Set(demands.map((demand) => demand.root)).size;
    const elsewhere = demands.some((demand) => demand.place !== place);
    const repetition = this.repetition(node, demands);
    if (reductions.has(node.op)) {
      return roots > 1 || elsewhere || repetition > 1 || demands.some((demand) => demand.gathered || this.insideReduction(demand));
    }
    const cost = this.cost(node);
    if (cost > largestExpression) return true;
    if (this.isExpensive(node)) return roots > 1 || elsewhere || repetition > 1;
    if (elsewhere) return cost > 1 || this.endsReduction(node);
    if (repetition > smallRepetition) return cost > 1;
    return (repetition > 1 || roots > 1) && cost > cheapOperations;
  }

  /** Something must be stored, a reduction or what is made of it here: a bias that is added here need not be added where it is read. */
  private endsReduction(node: Node): boolean {
    return node.args.some((arg) => reductions.has(arg.op) && this.places.of(arg) === this.places.of(node) && this.positions(arg) >= this.positions(node));
  }

  /** Weights: whatever was computed or cut is kept in a buffer of its own, so that no spelling of a cell shows in its kernels. */
  private storedAtLoad(node: Node): boolean {
    if (this.places.dependsOnParameters(node)) return node.op !== "param";
    return !free.has(node.op) && (this.isExpensive(node) || reductions.has(node.op)) && this.positions(node) > 1;
  }

  /** Is an expensive op computed together with this one? */
  private isExpensive(node: Node): boolean {
    const known = this.expensiveTable.get(node);
    if (known !== undefined) return known;
    const result = expensive.has(node.op) || this.inlinedArguments(node).some((arg) => !this.asked.has(arg) && this.isExpensive(arg));
    this.expensiveTable.set(node, result);
    return result;
  }

  /**
   * The arguments that are computed at each position of a node, as far as its op decides that. One with fewer positions is
   * computed outside the loops in which the node varies.
   */
  private inlinedArguments(node: Node): readonly Node[] {
    if (reductions.has(node.op)) return [];
    return node.args.filter((arg) => this.places.of(arg) === this.places.of(node) && this.positions(arg) >= this.positions(node));
  }

  /** Operations that inlining a node brings along; reductions and stored values stand for themselves. */
  private cost(node: Node): number {
    const known = this.costs.get(node);
    if (known !== undefined) return known;
    let total = free.has(node.op) || reductions.has(node.op) ? 0 : 1;
    for (const arg of this.inlinedArguments(node)) if (!this.asked.has(arg)) total += this.cost(arg);
    this.costs.set(node, total);
    return total;
  }

  private insideReduction(demand: Demand): boolean {
    for (const set of [...demand.where.dims.values(), ...demand.where.axes]) for (const loop of set) if (loop.reduction) return true;
    return false;
  }

  /** How many times each position is computed, over all demands. */
  private repetition(node: Node, demands: readonly Demand[]): number {
    let computed = 0;
    for (const demand of demands) computed += turnsDownTo(demand.nest, this.varies(demand.where));
    return computed / this.positions(node);
  }

  private varies(where: Where): Loops {
    const all = new Set<CountedLoop>();
    for (const set of where.dims.values()) for (const loop of set) all.add(loop);
    for (const set of where.axes) for (const loop of set) all.add(loop);
    return all;
  }

  private positions(node: Node): number {
    let total = 1;
    for (const region of this.places.around(this.places.of(node))) total *= turnsOf(region.over);
    for (const dim of node.type.dims) total *= turnsOf(dim);
    for (const size of node.type.shape) total *= size;
    return total;
  }

  // ---- Demands.

  private ownPosition(node: Node, root: object, { type, place }: { type: ValueType; place: Place }): Demand {
    const around = this.places.around(place).map((region) => this.regionLoop(region.id));
    const dims = new Map<Dim, Loops>();
    const nest: CountedLoop[] = [...around];
    for (const dim of orderDims(type.dims)) {
      const loop = this.spaceLoop(dim, turnsOf(dim));
      nest.push(loop);
      dims.set(dim, new Set([...around, loop]));
    }
    const axes = type.shape.map((size, i) => {
      if (size === 1) return new Set<CountedLoop>(around);
      const loop = this.spaceLoop(`${i} ${size}`, size);
      nest.push(loop);
      return new Set<CountedLoop>([...around, loop]);
    });
    return { root, place, nest, where: { dims, axes: alignAxes(axes, node.type.shape, new Set(around)) }, gathered: false };
  }

  private demand(node: Node, demand: Demand): void {
    const dims = new Map([...demand.where.dims].filter(([dim]) => node.type.dims.includes(dim)));
    const where = { dims, axes: demand.where.axes };
    const own: Demand = { ...demand, where };
    const key = [this.number(demand.root), demand.gathered, ...demand.nest.map((loop) => this.number(loop)), "|", ...node.type.dims.map((dim) => this.setKey(dims.get(dim))), "|", ...where.axes.map((set) => this.setKey(set))].join(" ");
    const known = this.demands.get(node) ?? new Map<string, Demand>();
    known.set(key, own);
    this.demands.set(node, known);
  }

  private setKey(set: Loops | undefined): string {
    return set === undefined ? "-" : [...set].map((loop) => this.number(loop)).sort((a, b) => a - b).join("+");
  }

  private number(object: object): number {
    const known = this.numbers.get(object) ?? this.numbers.size;
    this.numbers.set(object, known);
    return known;
  }

  /** The demands that computing a node at a position makes on what it reads. */
  private read(node: Node, demand: Demand): void {
    this.readBounds(node, demand);
    const { where } = demand;
    const [first, second] = node.args;
    const moved = movedPosition(node, where, this.indexing);
    if (moved !== undefined && first !== undefined) return this.demand(first, { ...demand, where: moved });
    switch (node.op) {
      case "item": {
        const region = this.places.regions.get(node.attributes.region);
        const xs = region?.sequences[node.attributes.slot];
        if (region === undefined || xs === undefined) return;
        const around = this.places.around(region.id).map((each) => this.regionLoop(each.id));
        return this.demand(xs, { ...demand, where: { dims: new Map(where.dims).set(region.over, new Set(around)), axes: where.axes } });
      }
      case "at": {
        if (first === undefined || second === undefined) return;
        this.demand(second, { ...demand, where: { dims: where.dims, axes: [none] } });
        return this.demand(first, { ...demand, gathered: true, where: { dims: new Map(where.dims).set(node.attributes.dim, this.indexing.value(second, where)), axes: where.axes } });
      }
      case "pick": {
        if (first === undefined || second === undefined) return;
        this.demand(second, { ...demand, where: { dims: where.dims, axes: [none] } });
        const index = this.indexing.value(second, where);
        return this.demand(first, { ...demand, gathered: true, where: { dims: where.dims, axes: first.type.shape.length === 1 ? [index] : [index, ...where.axes] } });
      }
      case "contract": case "reduce": case "argmax": case "top":
        return this.readReduction(node, demand);
      case "concat":
        // Each part is read behind the test that the index lies in it.
        for (const arg of node.args) this.demand(arg, { ...demand, gathered: true, where: { dims: where.dims, axes: alignAxes(where.axes, arg.type.shape, none) } });
        return;
      case "scanOutput": case "scanFinal": case "history":
        return;
      default:
        for (const arg of node.args) this.demand(arg, { ...demand, where: { dims: where.dims, axes: alignAxes(where.axes, arg.type.shape, none) } });
    }
  }

  private readReduction(node: Node, demand: Demand): void {
    const { where } = demand;
    const over = node.op === "contract" || node.op === "reduce" ? node.attributes.dims : node.op === "argmax" && node.attributes.dim !== undefined ? [node.attributes.dim] : [];
    const vector = node.op === "contract" || node.op === "reduce" ? node.attributes.axis : node.op === "top" || (node.op === "argmax" && node.attributes.dim === undefined);
    const nest = demand.nest.slice(0, innermost(demand.nest, this.varies(node.op === "top" ? { dims: where.dims, axes: [] } : where)) + 1);
    const dims = new Map(where.dims);
    for (const dim of over) {
      const loop = this.reductionLoop(dim, turnsOf(dim));
      nest.push(loop);
      dims.set(dim, new Set([loop]));
    }
    for (const dim of over) for (const bound of windowBounds(dim)) this.demand(bound, { ...demand, nest, where: { dims, axes: [none] } });
    for (const arg of node.args) {
      let axes: readonly Loops[] = where.axes;
      let inner = nest;
      if (vector) {
        const size = arg.type.shape.at(-1) ?? 1;
        const loop = this.reductionLoop(`vector ${size}`, size);
        if (size > 1) inner = [...nest, loop];
        const last = size > 1 ? new Set([loop]) : none;
        const outer = node.type.shape.length === 1 && arg.type.shape.length === 1 ? [] : where.axes;
        axes = [...outer, last];
        if (arg.type.shape.length === 1) axes = [last];
      } else axes = alignAxes(where.axes, arg.type.shape, none);
      this.demand(arg, { ...demand, nest: inner, where: { dims, axes } });
    }
  }

  /** Windows among a node's dimensions: their bounds are computed, too. */
  private readBounds(node: Node, demand: Demand): void {
    // The bounds of what is reduced over are read inside the reduction.
    const dims = reductions.has(node.op) ? node.type.dims : [...node.type.dims, ...attributeDims(node)];
    for (const dim of dims) {
      for (const bound of windowBounds(dim)) this.demand(bound, { ...demand, where: { dims: demand.where.dims, axes: [none] } });
    }
  }

  private readonly indexing: Indexing<Loops> = {
    zero: none,
    offset: (index) => index,
    join: (outer, inner) => new Set([...outer, ...inner]),
    quotient: (index) => index,
    remainder: (index) => index,
    value: (node, position) => {
      const loops = new Set<CountedLoop>();
      for (const dim of node.type.dims) for (const loop of position.dims.get(dim) ?? none) loops.add(loop);
      for (const region of this.places.around(this.places.of(node))) loops.add(this.regionLoop(region.id));
      return loops;
    },
  };

  // ---- Loops.

  private spaceLoop(key: Dim | string, turns: number): CountedLoop {
    return interned(this.spaceLoops, key, () => ({ turns, reduction: false }));
  }

  private reductionLoop(key: Dim | string, turns: number): CountedLoop {
    return interned(this.reductionLoops, key, () => ({ turns, reduction: true }));
  }

  private regionLoop(id: number): CountedLoop {
    return interned(this.regionLoops, id, () => {
      const region = this.places.regions.get(id);
      return { turns: region === undefined ? 1 : turnsOf(region.over), reduction: false };
    });
  }
}

const none: Loops = new Set<CountedLoop>();

function interned<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function innermost(nest: readonly CountedLoop[], varies: Loops): number {
  for (let i = nest.length - 1; i >= 0; i--) {
    const loop = nest[i];
    if (loop !== undefined && varies.has(loop)) return i;
  }
  return -1;
}

function turnsDownTo(nest: readonly CountedLoop[], varies: Loops): number {
  let turns = 1;
  for (const loop of nest.slice(0, innermost(nest, varies) + 1)) turns *= loop.turns;
  return turns;
}

export function turnsOf(dim: Dim): number {
  return staticLength(dim.length) ?? assumedLength;
}
