/**
 * Which region each node of a graph stands in.
 *
 * A region has no list of its nodes: what depends on its parameters is inside. A node stands in the innermost region that
 * it depends on. Regions that are read by one node are nested in each other; the verifier holds this.
 */
import { enclosingRegions, regionOf } from "./traverse.js";
import type { Node } from "./node.js";

export interface Nesting {
  /** The innermost region in which a node stands, or undefined: outside of all. */
  home(node: Node): number | undefined;
  /** The region around a region. */
  parent(region: number): number | undefined;
  /** A region and those around it, innermost first. */
  chain(region: number | undefined): readonly number[];
  /** All regions that a node reads a parameter of, straight or through others. */
  reads(node: Node): ReadonlySet<number>;
}

const nothing: ReadonlySet<number> = new Set();

/** @param order nodes in topological order, those inside regions included */
export function regionNesting(order: readonly Node[]): Nesting {
  const reads = enclosingRegions(order);
  const around = new Map<number, ReadonlySet<number>>();
  for (const node of order) {
    const region = regionOf(node);
    if (region !== undefined) around.set(region.id, reads.get(node) ?? nothing);
  }
  const depths = new Map<number, number>();
  const depth = (region: number): number => {
    const known = depths.get(region);
    if (known !== undefined) return known;
    depths.set(region, 0); // ends the search in a graph whose regions are nested in circles
    let result = 0;
    for (const outer of around.get(region) ?? nothing) result = Math.max(result, depth(outer) + 1);
    depths.set(region, result);
    return result;
  };
  const innermost = (regions: ReadonlySet<number>): number | undefined => {
    let best: number | undefined;
    for (const region of regions) if (best === undefined || depth(region) > depth(best)) best = region;
    return best;
  };
  const homes = new Map(order.map((node) => [node, innermost(reads.get(node) ?? nothing)]));
  const parents = new Map([...around].map(([region, outer]) => [region, innermost(outer)]));
  return {
    home: (node) => homes.get(node),
    parent: (region) => parents.get(region),
    chain(region) {
      const result: number[] = [];
      for (let each = region; each !== undefined && !result.includes(each); each = parents.get(each)) result.push(each);
      return result;
    },
    reads: (node) => reads.get(node) ?? nothing,
  };
}
