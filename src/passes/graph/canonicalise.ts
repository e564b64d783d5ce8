/**
 * Canonicalise: different spellings of one computation come to one graph.
 *
 * Separate products for x and h, one product with their concatenation, one stacked product that is cut into gates: all
 * become a sum of products of weights (slices of parameters, sums of biases) with the values as they come. No rule knows a
 * cell; they know sums, products, concatenations, slices, views. What each does, and what of it reassociates sums, is said
 * in canonical/: arithmetic, contractions, views, slices, order.
 *
 * The rules are applied until nothing changes. Last, the arguments of commutative operations and the states and sequences
 * of scans are sorted by what they are and by what uses them, not by any name. So two graphs differ after this pass only
 * if they compute differently, or in the names of parameters and values (see canonicalNames).
 */
import { invariant } from "../../support/invariant.js";
import type { Graph } from "../../ir/graph/node.js";
import { graphNodes } from "../../ir/graph/traverse.js";
import type { GraphPass } from "../pass.js";
import { arithmeticRules } from "./canonical/arithmetic.js";
import { commutative } from "./canonical/colours.js";
import { shareTerms } from "./canonical/common-terms.js";
import { contractionRules } from "./canonical/contractions.js";
import { sortGraph } from "./canonical/order.js";
import { moveSlicesInwards } from "./canonical/slices.js";
import { viewRules } from "./canonical/views.js";
import { dropDead } from "./drop-dead.js";
import { foldingRules } from "./fold-constants.js";
import { applyRules } from "./local-rules.js";
import { mergeTwins } from "./share.js";
import { simplifyingRules } from "./simplify.js";
import { structureOf } from "./structure.js";

const rules = [simplifyingRules, foldingRules, viewRules, contractionRules, arithmeticRules];

/** More rounds than any graph needs: each moves something inwards or outwards by at least one operation. */
const MANY_ROUNDS = 200;

export const canonicalise: GraphPass = {
  name: "canonicalise",
  run: (graph) => {
    for (let current = graph; ; ) {
      const sorted = sortGraph(shareTerms(toFixedPoint(current)));
      // Scans whose states stood in different orders may turn out to be twins.
      const merged = withoutTwins(sorted);
      if (graphNodes(merged).length >= graphNodes(sorted).length) return sorted;
      current = merged;
    }
  },
};

/** States and scans that were spelled differently turn out to be twins, and what only one of them needed is dead. */
function withoutTwins(graph: Graph): Graph {
  return dropDead.run(mergeTwins(graph, { reassociate: true }));
}

function toFixedPoint(graph: Graph): Graph {
  let current = graph;
  let structure = "";
  for (let round = 0; ; round++) {
    invariant(round < MANY_ROUNDS, "canonicalise does not come to an end");
    current = withoutTwins(moveSlicesInwards(applyRules(current, rules, { unordered: commutative })));
    const next = structureOf(current);
    if (next === structure) return current;
    structure = next;
  }
}
