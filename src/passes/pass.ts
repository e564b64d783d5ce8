/**
 * Passes over the graph and the runner that applies a list of them.
 *
 * A pass takes a graph and gives another one that means the same; its header says in what sense (bit by bit, or up to the
 * rounding of reassociated sums). A pass never changes the graph it was given, so every intermediate graph can be kept.
 */
import { InternalError } from "../support/invariant.js";
import { ShapeError } from "../ir/graph/infer.js";
import type { Graph } from "../ir/graph/node.js";
import { checkGraph } from "../ir/graph/verify.js";

export interface GraphPass {
  /** What `inspect` and errors call it: lower case, words joined by hyphens. */
  readonly name: string;
  run(graph: Graph): Graph;
}

export interface RunOptions {
  /** Verifies the graph that came in and what each pass makes of it; a broken one is an InternalError. */
  readonly verify?: boolean;
  /** Sees what each pass made, before the next begins. */
  readonly onPass?: (name: string, graph: Graph) => void;
}

export function runPasses(graph: Graph, passes: readonly GraphPass[], options: RunOptions = {}): Graph {
  if (options.verify === true) checkGraph(graph, "the front end");
  let current = graph;
  for (const pass of passes) {
    current = runPass(pass, current);
    if (options.verify === true) checkGraph(current, `the pass ${pass.name}`);
    options.onPass?.(pass.name, current);
  }
  return current;
}

/** Arguments that don't fit are the model's fault in the front end; here, they are ours. */
function runPass(pass: GraphPass, graph: Graph): Graph {
  try {
    return pass.run(graph);
  } catch (thrown) {
    if (thrown instanceof ShapeError) throw new InternalError(`the pass ${pass.name} made a node that does not fit: ${thrown.message}`, { cause: thrown });
    throw thrown;
  }
}
