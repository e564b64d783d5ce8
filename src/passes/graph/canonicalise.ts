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
import type { GraphPass } from "../pass.js";
import { arithmeticRules } from "./canonical/arithmetic.js";
import { contractionRules } from "./canonical/contractions.js";
import { sortGraph } from "./canonical/order.js";
import { moveSlicesInwards } from "./canonical/slices.js";
import { viewRules } from "./canonical/views.js";
import { dropDead } from "./drop-dead.js";
import { foldingRules } from "./fold-constants.js";
import { applyRules } from "./local-rules.js";
import { share } from "./share.js";
import { simplifyingRules } from "./simplify.js";
import { structureOf } from "./structure.js";

const rules = [simplifyingRules, foldingRules, viewRules, contractionRules, arithmeticRules];

/** More rounds than any graph needs: each moves something inwards or outwards by at least one operation. */
const MANY_ROUNDS = 200;

export const canonicalise: GraphPass = {
  name: "canonicalise",
  run: (graph) => settle(sortGraph(toFixedPoint(graph))),
};

/**
 * Once sorted, two values that were spelled in different orders may be one, two states may turn out to be twins, and what
 * they were made of may be dead: then less tells the others apart, and the order is found anew.
 */
function settle(sorted: Graph): Graph {
  let current = sorted;
  for (let round = 0; round < MANY_ROUNDS; round++) {
    const next = sortGraph(dropDead.run(share.run(current)));
    if (structureOf(next) === structureOf(current)) return current;
    current = next;
  }
  return current;
}

function toFixedPoint(graph: Graph): Graph {
  let current = graph;
  let structure = "";
  for (let round = 0; ; round++) {
    invariant(round < MANY_ROUNDS, "canonicalise does not come to an end");
    current = moveSlicesInwards(applyRules(current, rules));
    const next = structureOf(current);
    if (next === structure) return current;
    structure = next;
  }
}
