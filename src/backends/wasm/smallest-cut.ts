/**
 * The cheapest set of nodes of a directed graph that every path from a source to a sink goes through, by the theorem of Ford
 * and Fulkerson: as much as can flow through the nodes from the sources to the sinks is what the smallest cut costs. Each node
 * is split into an entry and an exit, joined by an edge of its cost; a breadth-first search finds one more path for the flow
 * until there is none (Edmonds and Karp, 1972). Of several sets that cost the same, the one nearest to the sources.
 */
import { at } from "../../support/invariant.js";

export interface CutNode<T> {
  readonly node: T;
  /** Infinity where it must not be cut. */
  readonly cost: number;
  readonly next: readonly T[];
}

interface Edge {
  readonly to: number;
  left: number;
  /** Where the edge back stands in the list of the other end. */
  readonly back: number;
}

/** Undefined where only nodes that must not be cut would do. */
export function smallestCut<T>(nodes: readonly CutNode<T>[], sources: ReadonlySet<T>, sinks: ReadonlySet<T>): ReadonlySet<T> | undefined {
  const numbers = new Map(nodes.map(({ node }, i) => [node, i]));
  const [source, sink] = [2 * nodes.length, 2 * nodes.length + 1];
  const edges: Edge[][] = Array.from({ length: 2 * nodes.length + 2 }, () => []);
  const join = (from: number, to: number, cost: number): void => {
    const [there, back] = [at(edges, from), at(edges, to)];
    there.push({ to, left: cost, back: back.length });
    back.push({ to: from, left: 0, back: there.length - 1 });
  };
  for (const [i, { node, cost, next }] of nodes.entries()) {
    join(2 * i, 2 * i + 1, cost);
    for (const each of next) {
      const number = numbers.get(each);
      if (number !== undefined) join(2 * i + 1, 2 * number, Infinity);
    }
    if (sources.has(node)) join(source, 2 * i, Infinity);
    if (sinks.has(node)) join(2 * i + 1, sink, Infinity);
  }
  for (let reached = search(edges, source); reached.has(sink); reached = search(edges, source)) {
    const path: Edge[] = [];
    for (let place = sink; place !== source; ) {
      const edge = reached.get(place);
      if (edge === undefined) break;
      path.push(edge);
      place = at(at(edges, edge.to), edge.back).to;
    }
    const flow = Math.min(...path.map(({ left }) => left));
    if (flow === Infinity) return undefined;
    for (const edge of path) {
      edge.left -= flow;
      at(at(edges, edge.to), edge.back).left += flow;
    }
  }
  const reached = search(edges, source);
  return new Set(nodes.flatMap(({ node }, i) => (reached.has(2 * i) && !reached.has(2 * i + 1) ? [node] : [])));
}

/** The places that can be reached, each with the edge that leads there. */
function search(edges: readonly (readonly Edge[])[], source: number): ReadonlyMap<number, Edge | undefined> {
  const reached = new Map<number, Edge | undefined>([[source, undefined]]);
  for (const place of reached.keys()) {
    for (const edge of at(edges, place)) if (edge.left > 0 && !reached.has(edge.to)) reached.set(edge.to, edge);
  }
  return reached;
}
