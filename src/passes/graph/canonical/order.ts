/**
 * One order for what has none: the arguments of commutative operations, and the sequences, states and outputs of scans.
 *
 * Values of a run stand before weights, and those before numbers; among them products with vectors come first; the rest is
 * decided by colours. Where two arguments cannot be told apart, one is chosen and coloured, and everything that follows
 * from the choice is coloured, too: so whatever is chosen, the graph comes out the same. The outputs of the graph keep
 * their order, and so do its inputs.
 */
import { at } from "../../../support/invariant.js";
import type { Graph, Node } from "../../../ir/graph/node.js";
import { rewriteGraph, type RegionEdit } from "../../../ir/graph/rewrite.js";
import { graphRegions } from "../../../ir/graph/traverse.js";
import { type Colour, Colouring, commutative } from "./colours.js";
import { isWeights } from "./load-time.js";

/** Choices beyond these are left in the order of the source: a graph of thousands of equal branches is not worth more. */
const MANY_CHOICES = 64;

export function sortGraph(graph: Graph): Graph {
  const colouring = new Colouring(graph);
  for (let choices = 0; choices < MANY_CHOICES; choices++) {
    const tied = findTie(colouring);
    if (tied === undefined) break;
    colouring.single(tied);
  }
  const byColour = (nodes: readonly Node[]) => nodes.map((_, slot) => slot).sort((a, b) => colouring.of(at(nodes, a)) - colouring.of(at(nodes, b)));
  const edits = new Map(graphRegions(graph).map((region): [number, RegionEdit] => [region.id, {
    sequences: byColour(region.items.map((item, slot) => (colouring.has(item) ? item : at(region.sequences, slot)))),
    states: byColour(region.states),
    outputs: byColour(region.outputs),
  }]));
  return rewriteGraph(graph, (node, args, rewriter) => {
    if (!commutative.has(node.op)) return undefined;
    const places = args.map((_, i) => i).sort((a, b) => compare(at(node.args, a), at(node.args, b), node, colouring));
    return rewriter.copy(node, places.map((place) => at(args, place)));
  }, { edit: (region) => edits.get(region.id) });
}

function rank(node: Node): number {
  if (node.op === "constant") return 3;
  if (isWeights(node)) return 2;
  return node.op === "contract" ? 0 : 1;
}

function compare(a: Node, b: Node, user: Node, colouring: Colouring): number {
  if (user.op === "contract") {
    // The matrix first, then the weights.
    const matrix = b.type.shape.length - a.type.shape.length;
    if (matrix !== 0) return matrix;
    if (isWeights(a) !== isWeights(b)) return isWeights(a) ? -1 : 1;
  }
  return rank(a) - rank(b) || factor(a, colouring) - factor(b, colouring) || colouring.of(a) - colouring.of(b);
}

/** Products with one vector stand at the same place in every sum. */
function factor(node: Node, colouring: Colouring): number {
  return node.op === "contract" && isWeights(at(node.args, 0)) ? colouring.of(at(node.args, 1)) : 0;
}

/**
 * One of several arguments that cannot be told apart: of all such, the one of the least colour, since what stands first is
 * an accident. How weights are made of parameters is no choice that a run sees.
 */
function findTie(colouring: Colouring): Node | undefined {
  let tied: Node | undefined;
  for (const node of colouring.order) {
    if (!commutative.has(node.op) || isWeights(node)) continue;
    const seen = new Map<Colour, Node>();
    for (const arg of node.args) {
      const colour = colouring.of(arg);
      const other = seen.get(colour);
      seen.set(colour, arg);
      if (other !== undefined && other !== arg && (tied === undefined || colour < colouring.of(tied))) tied = other;
    }
  }
  return tied;
}
