/**
 * Who uses what: for each node of a graph the number of places that read it, among them the outputs of the graph, what
 * regions hand out, and the bounds of windows.
 */
import type { Graph, Node, Region } from "../../ir/graph/node.js";
import { dependencies, graphNodes, regionOf, regionResults } from "../../ir/graph/traverse.js";

/** A place that reads a node: another node, or the outside (an output, a next state, an output of a region). */
export type User = Node | "result";

export function countUses(graph: Graph): Map<Node, number> {
  const counts = new Map<Node, number>();
  forEachUse(graph, (node) => counts.set(node, (counts.get(node) ?? 0) + 1));
  return counts;
}

/** All places that read each node; one that reads it twice is there twice. */
export function findUsers(graph: Graph): Map<Node, User[]> {
  const users = new Map<Node, User[]>();
  forEachUse(graph, (node, user) => {
    const known = users.get(node);
    if (known === undefined) users.set(node, [user]);
    else known.push(user);
  });
  return users;
}

function forEachUse(graph: Graph, visit: (node: Node, user: User) => void): void {
  const regions = new Set<Region>();
  for (const node of graphNodes(graph)) {
    const region = regionOf(node);
    if (region === undefined) {
      for (const need of dependencies(node)) visit(need, node);
    } else if (!regions.has(region)) {
      // All results of one scan read its sequences and starts once.
      regions.add(region);
      for (const need of dependencies(node)) visit(need, node);
      for (const result of regionResults(region)) visit(result, "result");
    }
  }
  for (const { node } of graph.outputs) visit(node, "result");
}
