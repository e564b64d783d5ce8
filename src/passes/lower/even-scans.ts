/**
 * Even scans: a scan whose slice differs between elements that it works on side by side becomes a scan of one length.
 *
 * Inside a map, a scan may run along a slice whose bounds depend on the element of the map: the recurrence over the
 * neighbours of each position, say. One loop serves all elements, so it runs along the whole dimension, and an element's
 * states move on only in steps that lie within its own bounds. Exact.
 */
import { windowDims } from "../../ir/graph/infer.js";
import type { Dim, Graph, Node, Region } from "../../ir/graph/node.js";
import { rewriteGraph, type Rewriter } from "../../ir/graph/rewrite.js";
import { graphRegions } from "../../ir/graph/traverse.js";
import { at, defined } from "../../support/invariant.js";
import { SteppedRegions } from "../graph/stepped-regions.js";

export function evenScans(graph: Graph): Graph {
  const uneven = new Set(graphRegions(graph).filter(({ over }) => windowDims(over).length > 0).map(({ id }) => id));
  if (uneven.size === 0) return graph;
  const regions = new SteppedRegions(graph);
  return rewriteGraph(graph, (node, _, rewriter) => {
    if ((node.op !== "scanOutput" && node.op !== "scanFinal") || !uneven.has(node.attributes.region.id)) return undefined;
    const { region } = node.attributes;
    const result = regions.result(node, rewriter, (old, step) => evenScan(old, step, rewriter, regions));
    const whole = evenPart(rewriter.dim(region.over));
    return node.op === "scanFinal" ? result : rewriter.make("view", [result], { from: whole, to: rewriter.dim(region.over) });
  }, { replaces: (region) => uneven.has(region.id) });
}

function evenScan(region: Region, step: Node | undefined, rewriter: Rewriter, regions: SteppedRegions): Region {
  const { builder } = rewriter;
  const uneven = rewriter.dim(region.over);
  const open = builder.openRegion(evenPart(uneven), [], region.states.map(({ type }) => rewriter.type(type)));
  const items = region.sequences.map((xs) => rewriter.make("at", [rewriter.get(xs), open.step], { dim: uneven }));
  const body = regions.body(region, step, open, rewriter, items);
  const moves = within(uneven, open.step, rewriter);
  return builder.closeRegion(open, {
    reverse: region.reverse,
    stateNames: region.stateNames,
    outputNames: region.outputNames,
    starts: region.starts.map((start) => rewriter.get(start)),
    nexts: region.nexts.map((next, slot) => rewriter.make("select", [moves, body.get(next), at(open.states, slot)], {})),
    outputs: region.outputs.map((output) => body.get(output)),
  });
}

/** What a dimension is a part of, as far out as its bounds differ between elements. */
function evenPart(dim: Dim): Dim {
  return windowDims(dim).length === 0 || dim.origin.kind === "sequence" ? dim : evenPart(dim.origin.of);
}

/** Whether a position lies within the bounds of a dimension. */
function within(dim: Dim, position: Node, rewriter: Rewriter): Node {
  const tests: Node[] = [];
  for (let each = dim; windowDims(each).length > 0 && each.origin.kind !== "sequence"; each = each.origin.of) {
    if (each.origin.kind !== "window") continue;
    tests.push(rewriter.make("lessEqual", [each.origin.start, position], {}), rewriter.make("less", [position, each.origin.end], {}));
  }
  return tests.slice(1).reduce((all, test) => rewriter.make("and", [all, test], {}), defined(tests[0], "the bounds of a slice"));
}
