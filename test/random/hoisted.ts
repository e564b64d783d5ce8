/** A graph as the compiler lowers it: canonical, with what does not wait for a state outside of the scans. */
import type { Graph } from "../../src/ir/graph/node.js";
import { hoist } from "../../src/passes/graph/hoist.js";
import { runPasses } from "../../src/passes/pass.js";
import { graphPasses } from "../../src/passes/pipelines.js";

export function hoisted(graph: Graph): Graph {
  return runPasses(graph, [...graphPasses, hoist({ mode: "always" })]);
}
