/**
 * Making the scans of a graph anew, where a pass changes what a step of them is: each region once for each copy of the body
 * that it stands in, with a new region's parameters in place of the old ones.
 */
import type { OpenRegion } from "../../ir/graph/builder.js";
import type { Graph, Node, NodeOf, Region } from "../../ir/graph/node.js";
import type { Rewriter } from "../../ir/graph/rewrite.js";
import { graphNodes } from "../../ir/graph/traverse.js";
import { at } from "../../support/invariant.js";

export class SteppedRegions {
  readonly #steps: ReadonlyMap<number, Node>;
  readonly #known = new WeakMap<Rewriter, Map<number, Region>>();

  constructor(graph: Graph) {
    this.#steps = new Map(graphNodes(graph).flatMap((node) => (node.op === "step" ? [[node.attributes.region, node] as const] : [])));
  }

  /** The new region that stands for an old one at this place; made when it is first asked for. */
  region(old: Region, rewriter: Rewriter, make: (region: Region, step: Node | undefined) => Region): Region {
    const here = this.#known.get(rewriter) ?? new Map<number, Region>();
    this.#known.set(rewriter, here);
    const region = here.get(old.id) ?? make(old, this.#steps.get(old.id));
    here.set(old.id, region);
    return region;
  }

  /** The same result of the new region. */
  result(node: NodeOf<"scanOutput"> | NodeOf<"scanFinal">, rewriter: Rewriter, make: (region: Region, step: Node | undefined) => Region): Node {
    const region = this.region(node.attributes.region, rewriter, make);
    const origin = { name: node.name, span: node.span };
    const { slot } = node.attributes;
    return node.op === "scanFinal" ? rewriter.builder.scanFinal(region, slot, origin) : rewriter.builder.scanOutput(region, slot, origin);
  }

  /** A copy of the body; `items` are what is read in place of the region's own, if they are others. */
  body(old: Region, step: Node | undefined, open: OpenRegion, rewriter: Rewriter, items: readonly Node[] = open.items): Rewriter {
    const substitution = new Map<Node, Node>();
    old.items.forEach((item, slot) => substitution.set(item, at(items, slot)));
    old.states.forEach((state, slot) => substitution.set(state, at(open.states, slot)));
    if (step !== undefined) substitution.set(step, open.step);
    return rewriter.instantiate(old, substitution);
  }
}
