/**
 * Who uses what: for each node of a graph the number of places that read it, among them the outputs of the graph, what
 * regions hand out, and the bounds of windows.
 */
import type { Graph, Node, Region } from "../../ir/graph/node.js";
import { dependencies, graphNodes, regionOf, regionResults } from "../../ir/graph/traverse.js";

export function countUses(graph: Graph): Map<Node, number> {
  const counts = new Map<Node, number>();
  const count = (node: Node) => counts.set(node, (counts.get(node) ?? 0) + 1);
  const regions = new Set<Region>();
  for (const node of graphNodes(graph)) {
    const region = regionOf(node);
    // All results of one scan read its sequences and starts once.
    if (region !== undefined && regions.has(region)) continue;
    dependencies(node).forEach(count);
    if (region === undefined) continue;
    regions.add(region);
    regionResults(region).forEach(count);
  }
  for (const { node } of graph.outputs) count(node);
  return counts;
}
