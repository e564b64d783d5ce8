/**
 * Fix lengths: free lengths that the caller promises to be always the same become numbers. Everything that they decide -
 * where buffers lie, how far loops run, what a mean divides by - is then known when the model is compiled. Exact.
 */
import { fixFreeLengths } from "../../ir/graph/length.js";
import { rewriteGraph } from "../../ir/graph/rewrite.js";
import type { GraphPass } from "../pass.js";

export function fixLengths(lengths: Readonly<Record<string, number>>): GraphPass {
  const fixed = new Map(Object.entries(lengths));
  return {
    name: "fix-lengths",
    run: (graph) => rewriteGraph(graph, () => undefined, { length: (length) => fixFreeLengths(length, fixed) }),
  };
}
