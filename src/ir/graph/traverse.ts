/**
 * Walks over graphs: the order in which nodes can be computed, and the region in which each stands.
 */
import type { Graph, Node, Region } from "./node.js";
import { attributeDims } from "./attribute-dims.js";
import type { Dim } from "./types.js";

/** The bounds of a window, and of those that it is a window or an index of. */
export function windowBounds(dim: Dim): readonly Node[] {
  const bounds: Node[] = [];
  for (let each = dim; each.origin.kind !== "sequence"; each = each.origin.of) {
    if (each.origin.kind === "window") bounds.push(each.origin.start, each.origin.end);
  }
  return bounds;
}

/** What a node needs: its arguments, and the bounds of the windows that it or its type mention. */
export function dependencies(node: Node): readonly Node[] {
  const bounds = [...node.type.dims, ...attributeDims(node)].flatMap(windowBounds);
  return bounds.length === 0 ? node.args : [...node.args, ...bounds];
}

export function regionOf(node: Node): Region | undefined {
  return node.op === "scanOutput" || node.op === "scanFinal" ? node.attributes.region : undefined;
}

/** What the inside of a region computes. */
export function regionResults(region: Region): readonly Node[] {
  return [...region.nexts, ...region.outputs];
}

/**
 * All nodes that the roots reach, those inside regions included, each after what it depends on. The order depends on the
 * structure alone, not on when nodes were made.
 */
export function topological(roots: readonly Node[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const regions = new Set<Region>();
  // Iterative: graphs of unrolled models are deep enough to overflow the stack.
  const stack: { node: Node; needs: readonly Node[]; next: number }[] = [];
  const push = (node: Node) => {
    if (seen.has(node)) return;
    seen.add(node);
    stack.push({ node, needs: needsOf(node), next: 0 });
  };
  const needsOf = (node: Node): readonly Node[] => {
    const region = regionOf(node);
    if (region === undefined) return dependencies(node);
    // What one result of a scan needs, all of them need: only the windows of their types are their own.
    const scanned = regions.has(region) ? dependencies(node).slice(node.args.length) : [...dependencies(node), ...region.items, ...region.states, ...regionResults(region)];
    regions.add(region);
    return scanned;
  };
  for (const root of roots) {
    push(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const need = top.needs[top.next++];
      if (need !== undefined) push(need);
      else {
        order.push(top.node);
        stack.pop();
      }
    }
  }
  return order;
}

export function graphNodes(graph: Graph): Node[] {
  return topological([...graph.inputs, ...graph.outputs.map((output) => output.node)]);
}

/** Every scan of the graph, outer ones before those inside them. */
export function graphRegions(graph: Graph): Region[] {
  const regions = new Map<number, Region>();
  for (const node of graphNodes(graph).reverse()) {
    const region = regionOf(node);
    if (region !== undefined && !regions.has(region.id)) regions.set(region.id, region);
  }
  return [...regions.values()];
}

/**
 * The regions that a node depends on, by id: those of which it reads a parameter, straight or through others, without
 * those that it is itself the result of. A node stands inside the innermost of them; with none, outside of all.
 */
export function enclosingRegions(order: readonly Node[]): Map<Node, ReadonlySet<number>> {
  const result = new Map<Node, ReadonlySet<number>>();
  for (const node of order) {
    const inside = new Set<number>();
    if (node.op === "item" || node.op === "state" || node.op === "step" || node.op === "history") inside.add(node.attributes.region);
    for (const need of dependencies(node)) for (const id of result.get(need) ?? []) inside.add(id);
    const region = regionOf(node);
    if (region !== undefined) {
      for (const need of regionResults(region)) for (const id of result.get(need) ?? []) inside.add(id);
      inside.delete(region.id);
    }
    result.set(node, inside);
  }
  return result;
}
