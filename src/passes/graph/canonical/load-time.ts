/**
 * What can be computed when the weights are loaded: everything that depends on parameters and numbers alone.
 *
 * Slices of stacked weights, sums of two biases, reshaped and transposed tables: a run never computes them. So the passes
 * move work onto such values wherever they can.
 */
import type { Node, Op } from "../../../ir/graph/node.js";
import { staticSize } from "../dims.js";

/**
 * - `weights`: depends on parameters, and otherwise on numbers.
 * - `number`: depends on nothing; goes with either.
 * - `run`: depends on the run.
 */
export type When = "weights" | "number" | "run";

const known = new WeakMap<Node, When>();

/** Ops that depend on the run by themselves. Scans are left to it, too. */
const ofTheRun: ReadonlySet<Op> = new Set<Op>(["input", "item", "state", "step", "draw", "history", "scanOutput", "scanFinal", "length"]);

export function whenKnown(node: Node): When {
  const before = known.get(node);
  if (before !== undefined) return before;
  // Iterative, arguments first: sums of weights may be deep.
  const stack: Node[] = [node];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const missing = top.args.find((arg) => !known.has(arg));
    if (missing !== undefined) {
      stack.push(missing);
      continue;
    }
    known.set(top, decide(top));
    stack.pop();
  }
  return known.get(node) ?? "run";
}

function decide(node: Node): When {
  if (ofTheRun.has(node.op) || staticSize(node.type) === undefined) return "run";
  if (node.op === "param") return "weights";
  const args = node.args.map((arg) => known.get(arg));
  return args.includes("run") ? "run" : args.includes("weights") ? "weights" : "number";
}

/** Depends on parameters, and on nothing of the run. */
export function isWeights(node: Node): boolean {
  return whenKnown(node) === "weights";
}
