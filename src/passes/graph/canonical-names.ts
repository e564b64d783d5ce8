/**
 * A graph without the names that people gave, for comparing graphs.
 *
 * What is known at load time (parameters, their slices and sums) becomes one parameter each, numbered in the order of
 * first use: w0, w1, ... Values, states and scan outputs lose their names. Inputs and the graph's outputs keep theirs.
 * Two spellings of one model are the same text after canonicalise and this. Not a pass: the result forgets where the
 * weights come from.
 */
import type { Graph, Node } from "../../ir/graph/node.js";
import { rewriteGraph } from "../../ir/graph/rewrite.js";
import { graphNodes } from "../../ir/graph/traverse.js";
import { weightsSeenFromOutside } from "./canonical/colours.js";

export function canonicalNames(graph: Graph): Graph {
  // What weights are made of orders them otherwise than their uses do: they become parameters first, and are numbered then.
  return numbered(numbered(graph));
}

function numbered(graph: Graph): Graph {
  const order = graphNodes(graph);
  const seen = weightsSeenFromOutside(graph, order);
  const names = new Map<Node, string>();
  for (const node of order) if (seen.has(node)) names.set(node, `w${names.size}`);
  return rewriteGraph(graph, (node, args, rewriter) => {
    const name = names.get(node);
    return name === undefined ? rewriter.copy(node, args) : rewriter.make("param", [], { name, per: rewriter.type(node.type).dims, shape: node.type.shape });
  }, {
    keepOrigins: false,
    close: (region) => ({ ...region, stateNames: region.stateNames.map((_, i) => `s${i}`), outputNames: region.outputNames.map((_, i) => `o${i}`) }),
  });
}

