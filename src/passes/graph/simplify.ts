/**
 * Simplify: identities that hold for every float, infinities and NaN included.
 *
 * x * 1, x - 0, x / 1, --x, a selection between equals, a slice of a slice, a view of a view, parts that are joined again
 * as they were cut. Bit by bit exact. What is not here: x * 0 (NaN, infinities and -0 stay) and x + 0 of reals (which
 * turns -0 into 0; only x + -0 goes). Of integers, which have no negative zero, x + 0 goes, too.
 */
import { at } from "../../support/invariant.js";
import { broadcastShapes, inferType } from "../../ir/graph/infer.js";
import { staticLength } from "../../ir/graph/length.js";
import type { BinaryOp, ElementwiseOp, Node, NodeOf, UnaryOp, VariadicOp } from "../../ir/graph/node.js";
import { hasDim, sameShape, sameType } from "../../ir/graph/types.js";
import type { GraphPass } from "../pass.js";
import { windowOf, withBounds } from "./dims.js";
import { applyRules, type LocalRule, type LocalRules, type Maker } from "./local-rules.js";

export const simplify: GraphPass = {
  name: "simplify",
  run: (graph) => applyRules(graph, [simplifyingRules]),
};

/** So many parts are not joined from several joins. */
const MANY_PARTS = 256;

type Elementwise = LocalRule<ElementwiseOp>;

function isNumber(node: Node, value: number): boolean {
  return node.op === "constant" && Object.is(node.attributes.value, value);
}

/** The node that is to stand for an operation, if it has the operation's type or can be given it. */
function standIn(node: Node, op: ElementwiseOp, args: readonly Node[], maker: Maker): Node | undefined {
  const type = inferType(op, args, {});
  if (sameType(node.type, type)) return node;
  if (node.type.kind === "int" && sameType({ ...node.type, kind: "real" }, type)) return maker.apply("toReal", [node]);
  return undefined;
}

/** Drops arguments of a sum or product that change nothing. */
function dropNeutral(op: VariadicOp, isNeutral: (node: Node, sum: readonly Node[]) => boolean): Elementwise {
  return (args, _, maker) => {
    const kept = args.filter((arg) => !isNeutral(arg, args));
    if (kept.length === args.length || kept.length === 0) return undefined;
    return standIn(kept.length === 1 ? at(kept, 0) : maker.apply(op, kept), op, args, maker);
  };
}

const isInteger = (node: Node) => node.type.kind === "int";
const neutralInSum = (node: Node, sum: readonly Node[]) => isNumber(node, -0) || (isNumber(node, 0) && sum.every(isInteger));
const neutralInProduct = (node: Node) => isNumber(node, 1);

/** x op value is x. */
function neutralSecond(op: BinaryOp, value: number): Elementwise {
  return (args, _, maker) => (isNumber(at(args, 1), value) ? standIn(at(args, 0), op, args, maker) : undefined);
}

/** x op x is x. */
function idempotent(op: BinaryOp): Elementwise {
  return (args) => (at(args, 0) === at(args, 1) && args.length === 2 && op !== "subtract" ? at(args, 0) : undefined);
}

/** What undoes itself. */
function involution(op: UnaryOp): Elementwise {
  return ([x]) => (x?.op === op ? x.args[0] : undefined);
}

/** For booleans: the value that decides, or that changes nothing. */
function logic(op: "and" | "or"): Elementwise {
  const neutral = op === "and" ? 1 : 0;
  return (args, _, maker) => {
    const constant = args.find((arg) => arg.op === "constant");
    const other = args.find((arg) => arg !== constant);
    if (constant?.op !== "constant" || other === undefined) return undefined;
    return standIn(constant.attributes.value === neutral ? other : constant, op, args, maker);
  };
}

/** A constant needs no size of its own beside an argument that has it. */
function shrinkConstants(op: ElementwiseOp): Elementwise {
  return (args, _, maker) => {
    const wide = args.findIndex((arg) => arg.op === "constant" && arg.type.shape.some((size) => size !== 1));
    const constant = args[wide];
    if (constant?.op !== "constant") return undefined;
    const whole = inferType(op, args, {}).shape;
    const others = args.filter((_, i) => i !== wide).reduce<readonly number[]>((shape, arg) => broadcastShapes(shape, arg.type.shape) ?? shape, [1]);
    if (!sameShape(whole, others)) return undefined;
    const { value, kind } = constant.attributes;
    return maker.make(op, args.map((arg, i) => (i === wide ? maker.constant(value, kind) : arg)), {});
  };
}

/** Elementwise operations carry their arguments along all dimensions by themselves. */
function dropBroadcasts(op: ElementwiseOp): Elementwise {
  return (args, _, maker) => {
    for (const [i, arg] of args.entries()) {
      if (arg.op !== "broadcast") continue;
      const alone = arg.attributes.dims.filter((dim) => !args.some((other, j) => j !== i && hasDim(other.type, dim)));
      const needed = withBounds(alone, arg.attributes.dims);
      if (needed.length === arg.attributes.dims.length) continue;
      const inner = maker.make("broadcast", [at(arg.args, 0)], { dims: needed });
      return maker.make(op, args.map((other, j) => (j === i ? inner : other)), {});
    }
    return undefined;
  };
}

const several = (op: ElementwiseOp) => [shrinkConstants(op), dropBroadcasts(op)];

const select: Elementwise = (args, _, maker) => {
  const [condition, yes, no] = [at(args, 0), at(args, 1), at(args, 2)];
  if (condition.op === "constant") return standIn(condition.attributes.value === 0 ? no : yes, "select", args, maker);
  return yes === no ? standIn(yes, "select", args, maker) : undefined;
};

const sliceAxis: readonly LocalRule<"sliceAxis">[] = [
  // The whole.
  ([x], { axis, size }) => (x?.type.shape[axis] === size ? x : undefined),
  // A slice of a slice.
  ([x], { axis, start, size }, maker) => {
    if (x?.op !== "sliceAxis" || x.attributes.axis !== axis) return undefined;
    return maker.make("sliceAxis", x.args, { axis, start: x.attributes.start + start, size });
  },
  // Of joined parts only those that it touches.
  ([x], { axis, start, size }, maker) => {
    if (x?.op !== "concat" || x.attributes.axis !== axis) return undefined;
    const parts: Node[] = [];
    let from = 0;
    for (const part of x.args) {
      const width = at(part.type.shape, axis);
      const [low, high] = [Math.max(start, from), Math.min(start + size, from + width)];
      if (low < high) parts.push(maker.make("sliceAxis", [part], { axis, start: low - from, size: high - low }));
      from += width;
    }
    // The parts carry each other along their dimensions: what runs along fewer would change the type.
    const joined = parts.length === 1 ? at(parts, 0) : maker.make("concat", parts, { axis });
    const missing = x.type.dims.filter((dim) => !hasDim(joined.type, dim));
    return maker.make("broadcast", [joined], { dims: missing });
  },
  ([x], { axis, size }, maker) => {
    if (x?.op !== "constant") return undefined;
    const { value, kind } = x.attributes;
    return maker.constant(value, kind, x.type.shape.map((old, i) => (i === axis ? size : old)));
  },
];

const concat: readonly LocalRule<"concat">[] = [
  (args) => (args.length === 1 ? args[0] : undefined),
  (args, { axis }, maker) => {
    const isJoined = (arg: Node): arg is NodeOf<"concat"> => arg.op === "concat" && arg.attributes.axis === axis;
    if (!args.some(isJoined)) return undefined;
    // What is joined with itself again and again would be named as often as it is there.
    const parts = args.flatMap((arg) => (isJoined(arg) ? arg.args : [arg]));
    return parts.length > MANY_PARTS ? undefined : maker.make("concat", parts, { axis });
  },
  // Neighbours that were cut from one value side by side.
  (args, { axis }, maker) => {
    for (const [i, left] of args.entries()) {
      const right = args[i + 1];
      if (left.op !== "sliceAxis" || right?.op !== "sliceAxis" || left.args[0] !== right.args[0]) continue;
      if (left.attributes.axis !== axis || right.attributes.axis !== axis || left.attributes.start + left.attributes.size !== right.attributes.start) continue;
      const both = maker.make("sliceAxis", left.args, { axis, start: left.attributes.start, size: left.attributes.size + right.attributes.size });
      return maker.make("concat", [...args.slice(0, i), both, ...args.slice(i + 2)], { axis });
    }
    return undefined;
  },
];

export const simplifyingRules: LocalRules = {
  add: [dropNeutral("add", neutralInSum), ...several("add")],
  multiply: [dropNeutral("multiply", neutralInProduct), ...several("multiply")],
  subtract: [neutralSecond("subtract", 0), ...several("subtract")],
  divide: [neutralSecond("divide", 1), ...several("divide")],
  power: [neutralSecond("power", 1), ...several("power")],
  modulo: several("modulo"),
  minimum: [idempotent("minimum"), ...several("minimum")],
  maximum: [idempotent("maximum"), ...several("maximum")],
  less: several("less"),
  lessEqual: several("lessEqual"),
  equal: several("equal"),
  notEqual: several("notEqual"),
  and: [idempotent("and"), logic("and"), ...several("and")],
  or: [idempotent("or"), logic("or"), ...several("or")],
  select: [select, ...several("select")],
  negate: [involution("negate")],
  not: [involution("not")],
  toReal: [([x]) => (x?.type.kind === "real" ? x : undefined)],
  floor: [([x]) => (x?.type.kind === "int" ? x : undefined)],
  absolute: [([x]) => (x?.op === "absolute" ? x : undefined)],
  sliceAxis,
  concat,
  broadcast: [
    ([x], { dims }) => (dims.length === 0 ? x : undefined),
    ([x], { dims }, maker) => (x?.op === "broadcast" ? maker.make("broadcast", x.args, { dims: [...dims, ...x.attributes.dims] }) : undefined),
  ],
  view: [
    // Through a plain dimension and on: a window in between would be lost.
    ([x], { from, to }, maker) => {
      if (x?.op !== "view" || x.attributes.to !== from) return undefined;
      if (windowOf(from) !== undefined && windowOf(from) !== windowOf(to)) return undefined;
      const inner = at(x.args, 0);
      return x.attributes.from === to ? inner : hasDim(inner.type, to) ? undefined : maker.make("view", [inner], { from: x.attributes.from, to });
    },
  ],
  axisToDim: [
    ([x], { axis, dim }) => (x?.op === "dimToAxis" && x.attributes.axis === axis && x.attributes.dim === dim ? x.args[0] : undefined),
  ],
  dimToAxis: [
    ([x], { axis, dim }) => (x?.op === "axisToDim" && x.attributes.axis === axis && x.attributes.dim === dim ? x.args[0] : undefined),
  ],
  // One of the pieces that a vector was cut into.
  at: [
    ([xs, index], { dim }, maker) => {
      if (xs?.op !== "axisToDim" || xs.attributes.dim !== dim || index?.op !== "constant") return undefined;
      const { axis } = xs.attributes;
      const [place, size, pieces] = [index.attributes.value, at(xs.type.shape, axis), staticLength(dim.length) ?? 0];
      return place >= 0 && place < pieces ? maker.make("sliceAxis", xs.args, { axis, start: place * size, size }) : undefined;
    },
  ],
  reduce: [([x], { dims, axis }) => (dims.length === 0 && !axis ? x : undefined)],
};
