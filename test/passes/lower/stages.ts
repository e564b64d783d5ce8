/**
 * How many kernels a step should take, counted from the graph alone: the passes have no part in this, so that a fusion
 * that is lost shows.
 *
 * Every value in the step of a scan has a level. Leaves have level 0; an operation has that of its arguments. Reading a
 * value along a reduction axis costs one level where the value, at each position of that axis, holds a reduction of its
 * own, or would be computed over and over: it holds a function that is not cheap and is read more than once. Reductions
 * that leave no vector (the mean of a layer norm) add none. A step takes one kernel for each level and index space of
 * what it must store: next states, outputs, and what is read along a reduction axis one level up.
 */
import type { Graph, Node, Region } from "../../../src/ir/graph/node.js";
import { enclosingRegions, graphNodes, graphRegions } from "../../../src/ir/graph/traverse.js";
import { elementCount } from "../../../src/ir/graph/types.js";

const functions = new Set<string>(["exp", "log", "log1p", "sqrt", "sin", "cos", "tanh", "sigmoid", "erf", "power", "divide", "draw"]);
const moves = new Set<string>(["sliceAxis", "view", "axisToDim", "dimToAxis", "broadcast"]);

export function expectedStepKernels(graph: Graph): number {
  const region = graphRegions(graph)[0];
  if (region === undefined) throw new Error("the graph has no scan");
  const inside = enclosingRegions(graphNodes(graph));
  const level = levels(region, (node) => inside.get(node)?.has(region.id) ?? false, graphNodes(graph));
  const kernels = new Set<string>();
  for (const [node, at] of level.stored) kernels.add(`${at} ${spaceOf(node)}`);
  return kernels.size;
}

function spaceOf(node: Node): string {
  return [...node.type.dims.map((dim) => dim.label).sort(), ...node.type.shape.filter((size) => size > 1)].join(",");
}

function levels(region: Region, inside: (node: Node) => boolean, order: readonly Node[]): { stored: Map<Node, number> } {
  const level = new Map<Node, number>();
  const readers = new Map<Node, number>();
  const results = [...region.nexts, ...region.outputs];
  for (const node of order) for (const arg of node.args) readers.set(arg, (readers.get(arg) ?? 0) + 1);
  for (const node of results) readers.set(node, (readers.get(node) ?? 0) + 1);
  const stored = new Map<Node, number>();
  const holdsFunction = memo((node: Node, self): boolean => {
    if (!inside(node) || elementCount(node.type.shape) === 1) return false;
    return functions.has(node.op) || (node.op !== "contract" && node.op !== "reduce" && node.args.some((arg) => !results.includes(arg) && self(arg)));
  });
  /** The level after which a value can be read at every position of a reduction axis. */
  const alongReduction = (node: Node, repeated: boolean): number => {
    if (!inside(node)) return 0;
    const own = level.get(node) ?? 0;
    if (elementCount(node.type.shape) === 1) return own;
    const many = repeated || (readers.get(node) ?? 0) > 1;
    if (node.op === "contract" || node.op === "reduce" || results.includes(node) || (holdsFunction(node) && many)) {
      stored.set(source(node), level.get(source(node)) ?? 0);
      return own + 1;
    }
    return Math.max(0, ...node.args.map((arg) => alongReduction(arg, many)));
  };
  for (const node of order) {
    if (!inside(node)) continue;
    const vector = (node.op === "contract" || node.op === "reduce") && node.attributes.axis;
    const repeated = node.type.shape.some((size) => size > 1);
    const at = node.args.map((arg) => (vector && arg.type.shape.length === 1 ? alongReduction(arg, repeated) : (level.get(arg) ?? 0)));
    level.set(node, Math.max(0, ...at));
  }
  for (const node of results) if (inside(node)) stored.set(source(node), level.get(source(node)) ?? 0);
  return { stored };
}

/** What a moved value was moved from. */
function source(node: Node): Node {
  const inner = node.args[0];
  return moves.has(node.op) && inner !== undefined ? source(inner) : node;
}

function memo(rule: (node: Node, self: (node: Node) => boolean) => boolean): (node: Node) => boolean {
  const known = new Map<Node, boolean>();
  const self = (node: Node): boolean => {
    const old = known.get(node);
    if (old !== undefined) return old;
    const result = rule(node, self);
    known.set(node, result);
    return result;
  };
  return self;
}
