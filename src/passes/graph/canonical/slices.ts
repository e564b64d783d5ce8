/**
 * Slices move inwards, towards the weights: a slice of f(a, b) becomes f of slices.
 *
 * A stacked product that is cut into gates becomes one product for each gate, with its own rows of the weights; then a
 * cell that was written so looks like one that was written gate by gate. But no element must be computed twice. So first
 * it is found out what is wanted of every value: the whole, or which slices of which axis. Slices that overlap are joined
 * to pieces that don't; a slice moves into an operation, as the piece that it is a part of, if such pieces are all that
 * anyone wants of it. It always moves into what costs nothing (joined parts, views, weights, which are sliced at load time).
 *
 * Exact.
 */
import { at, defined } from "../../../support/invariant.js";
import type { Graph, Node, Op, Region } from "../../../ir/graph/node.js";
import { rewriteGraph, type Rewriter } from "../../../ir/graph/rewrite.js";
import { dependencies, graphNodes, regionOf, regionResults } from "../../../ir/graph/traverse.js";
import { isWeights } from "./load-time.js";

interface Slice {
  readonly axis: number;
  readonly start: number;
  readonly size: number;
}

type Wanted = "whole" | readonly Slice[];

export function moveSlicesInwards(graph: Graph): Graph {
  if (!graphNodes(graph).some((node) => node.op === "sliceAxis")) return graph;
  const wanted = findWanted(graph);
  const pieces = new Map<string, Node>();
  return rewriteGraph(graph, (node, args, rewriter) => {
    if (node.op !== "sliceAxis") return undefined;
    const inner = defined(node.args[0], "what is sliced");
    return pieceAround(inner, node.attributes, wanted) !== undefined ? pieceOf(inner, node.attributes, { rewriter, wanted, pieces }) : rewriter.make("sliceAxis", args, node.attributes);
  });
}

// ---- How an op's slice is made of slices of its arguments.

/** The slice of an argument that a slice of the result needs: `whole` where the argument does not run along the axis. */
type ArgumentSlice = Slice | "whole";

/** The slices of all arguments, or undefined if a slice does not go through the op. */
function throughOp(node: Node, slice: Slice): readonly ArgumentSlice[] | undefined {
  const { args, type } = node;
  const rank = type.shape.length;
  /** Aligned right, and sliced only where the argument is as wide as the result. */
  const aligned = (arg: Node): ArgumentSlice => {
    const axis = slice.axis - rank + arg.type.shape.length;
    return axis < 0 || arg.type.shape[axis] === 1 ? "whole" : { ...slice, axis };
  };
  switch (node.op) {
    case "negate": case "exp": case "log": case "log1p": case "sqrt": case "absolute": case "sin": case "cos": case "tanh":
    case "sigmoid": case "erf": case "floor": case "not": case "toReal": case "stopGradient":
    case "subtract": case "divide": case "modulo": case "power": case "minimum": case "maximum":
    case "less": case "lessEqual": case "equal": case "notEqual": case "and": case "or":
    case "add": case "multiply": case "select":
      return args.map(aligned);
    case "contract": {
      if (!node.attributes.axis) return args.map(aligned);
      // The rows of the result are rows of the matrix.
      if (args.every((arg) => arg.type.shape.length === 1)) return undefined;
      return args.map((arg) => (arg.type.shape.length > 1 ? slice : "whole"));
    }
    case "reduce":
      return node.attributes.axis && at(args, 0).type.shape.length === 1 ? undefined : [slice];
    case "concat":
      return slice.axis === node.attributes.axis ? undefined : args.map(() => slice);
    case "axisToDim": case "dimToAxis":
      return slice.axis === node.attributes.axis ? undefined : [slice];
    case "sliceAxis":
      // Of two slices the one of the earlier axis is the inner one.
      if (slice.axis > node.attributes.axis) return undefined;
      return slice.axis === node.attributes.axis ? [{ ...slice, start: node.attributes.start + slice.start }] : [slice];
    case "view": case "broadcast": case "history":
      return [slice];
    case "at":
      return [slice, "whole"];
    case "pick":
      return at(args, 0).type.shape.length === 1 ? undefined : [{ ...slice, axis: slice.axis + 1 }, "whole"];
    default:
      return undefined;
  }
}

/** Ops that say where a value is rather than compute one. */
const free: ReadonlySet<Op> = new Set<Op>(["concat", "sliceAxis", "view", "broadcast", "at", "pick", "axisToDim", "dimToAxis", "constant", "history"]);

function isFree(node: Node): boolean {
  return free.has(node.op) || isWeights(node);
}

// ---- What is wanted.

function findWanted(graph: Graph): ReadonlyMap<Node, Wanted> {
  const wanted = new Map<Node, Wanted>();
  const want = (node: Node, what: Slice | "whole") => {
    const before = wanted.get(node);
    if (before === "whole") return;
    if (what === "whole") return void wanted.set(node, "whole");
    const slices = before ?? [];
    if (!slices.some((other) => isSame(other, what))) wanted.set(node, [...slices, what]);
  };
  for (const { node } of graph.outputs) want(node, "whole");
  const regions = new Set<Region>();
  for (const node of graphNodes(graph).reverse()) {
    const region = regionOf(node);
    if (region !== undefined && !regions.has(region)) {
      regions.add(region);
      for (const each of [...region.sequences, ...region.starts, ...regionResults(region)]) want(each, "whole");
    }
    for (const bound of dependencies(node).slice(node.args.length)) want(bound, "whole");
    if (region !== undefined) continue;
    const ownWants = wanted.get(node) ?? "whole";
    if (node.op === "sliceAxis") {
      const inner = at(node.args, 0);
      if (ownWants === "whole" || ownWants.some(({ axis }) => axis !== node.attributes.axis)) want(inner, node.attributes);
      else for (const slice of ownWants) want(inner, { ...slice, start: node.attributes.start + slice.start });
      continue;
    }
    const pieces = ownWants === "whole" ? undefined : piecesOf(node, ownWants);
    if (pieces === undefined) {
      for (const arg of node.args) want(arg, "whole");
      continue;
    }
    for (const slice of pieces) {
      const through = throughOp(node, slice);
      // A free op that slices don't go through may still be joined parts, of which a slice takes some.
      node.args.forEach((arg, i) => want(arg, through?.[i] ?? "whole"));
    }
    if (node.op === "concat") {
      // Which parts are touched is seen once the slice has moved; until then nobody moves into them.
      for (const slice of pieces) if (slice.axis === node.attributes.axis) for (const arg of node.args) want(arg, "whole");
    }
  }
  return wanted;
}

function isSame(a: Slice, b: Slice): boolean {
  return a.axis === b.axis && a.start === b.start && a.size === b.size;
}

/** The pieces that an operation is computed in, if it is: parts of one axis that don't overlap. What is free comes as it is wanted. */
function piecesOf(node: Node, slices: readonly Slice[]): readonly Slice[] | undefined {
  if (isFree(node)) return slices;
  const [first] = slices;
  if (first === undefined || slices.some(({ axis }) => axis !== first.axis)) return undefined;
  const pieces: Slice[] = [];
  for (const slice of [...slices].sort((a, b) => a.start - b.start)) {
    const last = pieces.at(-1);
    if (last === undefined || slice.start >= last.start + last.size) pieces.push(slice);
    else pieces[pieces.length - 1] = { ...last, size: Math.max(last.start + last.size, slice.start + slice.size) - last.start };
  }
  return pieces[0]?.size === node.type.shape[first.axis] ? undefined : pieces;
}

// ---- Moving.

interface Moving {
  readonly rewriter: Rewriter;
  readonly wanted: ReadonlyMap<Node, Wanted>;
  readonly pieces: Map<string, Node>;
}

/** The piece of an operation that a slice is a part of, if it moves in. */
function pieceAround(node: Node, slice: Slice, wanted: ReadonlyMap<Node, Wanted>): Slice | undefined {
  const wants = wanted.get(node) ?? "whole";
  const pieces = isFree(node) ? [slice] : wants === "whole" ? undefined : piecesOf(node, wants);
  const piece = pieces?.find(({ axis, start, size }) => axis === slice.axis && start <= slice.start && slice.start + slice.size <= start + size);
  return piece === undefined || throughOp(node, piece) === undefined ? undefined : piece;
}

/** The new node for a slice of an old one. */
function pieceOf(node: Node, slice: Slice, moving: Moving): Node {
  const { rewriter, wanted, pieces } = moving;
  const key = `${node.id} ${slice.axis} ${slice.start} ${slice.size}`;
  const known = pieces.get(key);
  if (known !== undefined) return known;
  const piece = pieceAround(node, slice, wanted);
  const made =
    piece === undefined ? sliceOf(rewriter.get(node), slice, rewriter)
    : isSame(piece, slice) ? through(node, slice, moving)
    : sliceOf(pieceOf(node, piece, moving), { ...slice, start: slice.start - piece.start }, rewriter);
  pieces.set(key, made);
  return made;
}

function sliceOf(node: Node, { axis, start, size }: Slice, rewriter: Rewriter): Node {
  return node.type.shape[axis] === size ? node : rewriter.make("sliceAxis", [node], { axis, start, size });
}

function through(node: Node, slice: Slice, moving: Moving): Node {
  const { rewriter } = moving;
  const slices = defined(throughOp(node, slice), "the slices of the arguments");
  const args = node.args.map((arg, i) => {
    const what = at(slices, i);
    return what === "whole" ? rewriter.get(arg) : pieceOf(arg, what, moving);
  });
  // A slice of a slice of the same axis has become one.
  if (node.op === "sliceAxis" && node.attributes.axis === slice.axis) return at(args, 0);
  return rewriter.make(node.op, args, rewriter.attributes(node) as never);
}

