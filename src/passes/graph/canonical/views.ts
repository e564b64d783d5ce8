/**
 * Views and broadcasts move outwards: f(view(a), view(b)) becomes view(f(a, b)), and f of a repeated value the repeated f.
 *
 * A `map` makes views: its element is the sequence seen along the map's own index, and its result is seen along the
 * sequence's dimension again. When all that a map does moves out of the first view, the two meet and are gone. What stays
 * are views that say something: in attention the query is seen along the index, and keys and values along a window; their
 * projections are moved out and computed once for each position, not once for each query.
 *
 * Moving out of a view to a plain dimension never costs. A window has fewer positions than what it is a window of, so an
 * operation leaves it only if the window varies along a dimension (or with the step of a scan) that the operation itself
 * does not vary along: then it was computed again and again for the same position.
 *
 * Exact.
 */
import { at, defined } from "../../../support/invariant.js";
import { inferType, windowDims } from "../../../ir/graph/infer.js";
import type { Attributes, Dim, ElementwiseOp, Node, Op } from "../../../ir/graph/node.js";
import { hasDim } from "../../../ir/graph/types.js";
import { canMeet, windowOf, withBounds } from "../dims.js";
import type { LocalRule, LocalRules, Maker } from "../local-rules.js";
import { regionsRead } from "../regions-read.js";

/** Ops whose result at a position of a dimension depends on the arguments at that position alone, unless they name the dimension. */
type CarriedOp = ElementwiseOp | "contract" | "reduce" | "argmax" | "top" | "sliceAxis" | "concat" | "axisToDim" | "dimToAxis" | "at" | "pick" | "draw";

/** The dimensions that an op names: it does something else with them than being carried along. */
function namedDims<O extends Op>(op: O, attributes: Attributes[O]): readonly Dim[] {
  if (op === "at") return []; // only its first argument is not carried along; see `carriedDims`
  if ("dims" in attributes) return attributes.dims;
  return "dim" in attributes && attributes.dim !== undefined ? [attributes.dim] : [];
}

/** The dimensions along which an op carries an argument. */
function carriedDims<O extends Op>(op: O, attributes: Attributes[O], arg: Node, index: number): readonly Dim[] {
  if (op !== "at" || index !== 0) return arg.type.dims;
  const { dim } = attributes as Attributes["at"];
  return arg.type.dims.filter((each) => each !== dim);
}

interface View {
  readonly from: Dim;
  readonly to: Dim;
}

/** Each view that a value is seen through, outermost first. */
function viewsOf(node: Node): View[] {
  const views: View[] = [];
  for (let each: Node | undefined = node; each?.op === "view"; each = each.args[0]) views.push(each.attributes);
  return views;
}

function areIndependent(a: View, b: View): boolean {
  const touched = (view: View) => [view.from, view.to, ...windowDims(view.to)];
  return !touched(a).some((dim) => touched(b).includes(dim));
}

/** The value x for which node = view(x); a view may pass others that it has nothing to do with. */
function peel(node: Node, view: View, maker: Maker): Node | undefined {
  if (node.op !== "view") return undefined;
  const inner = at(node.args, 0);
  if (node.attributes.from === view.from && node.attributes.to === view.to) return inner;
  const peeled = areIndependent(node.attributes, view) ? peel(inner, view, maker) : undefined;
  return peeled === undefined || hasDim(peeled.type, node.attributes.to) ? undefined : maker.make("view", [peeled], node.attributes);
}

const isRename = ({ from, to }: View) => windowOf(from) === windowOf(to);

/** Whether computing before a view, of these arguments, is no more work than after it. */
function isWorthLeaving(view: View, inners: readonly Node[]): boolean {
  if (isRename(view)) return true;
  const window = windowOf(view.to);
  if (window === undefined || window.origin.kind !== "window") return false;
  const varied = windowDims(view.to);
  if (varied.length > 0) return !inners.some((inner) => varied.some((dim) => hasDim(inner.type, dim)));
  const steps = new Set([...regionsRead(window.origin.start), ...regionsRead(window.origin.end)]);
  return steps.size > 0 && !inners.some((inner) => [...regionsRead(inner)].some((region) => steps.has(region)));
}

/** f(view(a), view(b), c) is view(f(a, b, c)) where c has nothing to do with the view. */
function outOfViews<O extends CarriedOp>(op: O): LocalRule<O> {
  return (args, attributes, maker) => {
    const named = namedDims(op, attributes);
    for (const view of args.flatMap(viewsOf)) {
      if (named.includes(view.from) || named.includes(view.to)) continue;
      if (op === "at" && (attributes as Attributes["at"]).dim === view.to) continue;
      const inners = allOf(args.map((arg, index) => {
        const carried = carriedDims(op, attributes, arg, index);
        return carried.includes(view.to) ? peel(arg, view, maker) : carried.includes(view.from) ? undefined : arg;
      }));
      if (inners === undefined || inners.every((inner, i) => inner === args[i]) || !isWorthLeaving(view, inners) || !canMeet(inners.map((inner) => inner.type))) continue;
      // A cut along a dimension of the same name as the one that would appear.
      if (op === "axisToDim" && named.some((dim) => dim.name === view.from.name)) continue;
      const made = maker.make(op, inners, attributes);
      if (hasDim(made.type, view.from) && !hasDim(made.type, view.to)) return maker.make("view", [made], view);
    }
    return undefined;
  };
}

function allOf(nodes: readonly (Node | undefined)[]): readonly Node[] | undefined {
  const found = nodes.filter((node) => node !== undefined);
  return found.length === nodes.length ? found : undefined;
}

/** What is reduced, indexed or folded along a renamed dimension is so along the dimension itself. */
function alongTheOriginal<O extends "contract" | "reduce" | "argmax" | "dimToAxis" | "at">(op: O, dimsOf: (attributes: Attributes[O]) => readonly Dim[], rename: (attributes: Attributes[O], view: View) => Attributes[O]): LocalRule<O> {
  return (args, attributes, maker) => {
    for (const view of args.flatMap(viewsOf)) {
      if (!dimsOf(attributes).includes(view.to) || !isRename(view)) continue;
      const inners = allOf(args.map((arg, index) => {
        if (op === "at" && index === 1) return arg;
        return hasDim(arg.type, view.to) ? peel(arg, view, maker) : hasDim(arg.type, view.from) ? undefined : arg;
      }));
      if (inners === undefined || dimsOf(attributes).includes(view.from) || !canMeet(inners.map((inner) => inner.type))) continue;
      return maker.make(op, inners, rename(attributes, view));
    }
    return undefined;
  };
}

/** f(repeated a, b) is f(a, b), repeated along what neither has. */
function outOfBroadcasts<O extends CarriedOp>(op: O): LocalRule<O> {
  return (args, attributes, maker) => {
    const named = new Set([...namedDims(op, attributes), ...(op === "at" ? [(attributes as Attributes["at"]).dim] : [])]);
    for (const [index, arg] of args.entries()) {
      if (arg.op !== "broadcast") continue;
      const inner = at(arg.args, 0);
      // What the op names it must find, here or in another argument.
      const runsAlong = (other: Node, dim: Dim) => hasDim(other.type, dim) && !(other.op === "broadcast" && other.attributes.dims.includes(dim));
      const sought = arg.attributes.dims.filter((dim) => named.has(dim) && !(op === "contract" && args.some((other, i) => i !== index && runsAlong(other, dim))));
      const kept = withBounds(sought, arg.attributes.dims);
      if (kept.length === arg.attributes.dims.length) continue;
      const stripped = maker.make("broadcast", [inner], { dims: kept });
      const made = maker.make(op, args.map((other, i) => (i === index ? stripped : other)), attributes);
      const missing = inferType(op, args, attributes).dims.filter((dim) => !hasDim(made.type, dim));
      return maker.make("broadcast", [made], { dims: missing });
    }
    return undefined;
  };
}

const outwards = <O extends CarriedOp>(op: O) => [outOfBroadcasts(op), outOfViews(op)];

const replace = (dims: readonly Dim[], { from, to }: View) => dims.map((dim) => (dim === to ? from : dim));

/** Of two views that have nothing to do with each other, the one to the later name is the outer one. */
const sortViews: LocalRule<"view"> = ([x], view, maker) => {
  if (x?.op !== "view" || !areIndependent(x.attributes, view)) return undefined;
  const key = ({ from, to }: View) => `${to.name} ${from.name} ${to.label} ${from.label}`;
  if (key(x.attributes) <= key(view)) return undefined;
  const inner = at(x.args, 0);
  if (hasDim(inner.type, view.to)) return undefined;
  return maker.make("view", [maker.make("view", [inner], view)], x.attributes);
};

/** A repeated value seen along another dimension is a repeated value. */
const viewOfBroadcast: LocalRule<"view"> = (args, view, maker) => {
  const x = at(args, 0);
  if (x.op !== "broadcast") return undefined;
  const inner = at(x.args, 0);
  const seen = hasDim(inner.type, view.from) ? maker.make("view", [inner], view) : inner;
  const missing = inferType("view", args, view).dims.filter((dim) => !hasDim(seen.type, dim));
  return maker.make("broadcast", [seen], { dims: missing });
};

/** The position along an index or a window is the position along what it indexes, seen from there. */
const indexThroughView: LocalRule<"index"> = (_, { dim }, maker) => {
  if (dim.origin.kind === "sequence") return undefined;
  const { of } = dim.origin;
  return maker.make("view", [maker.make("index", [], { dim: of })], { from: of, to: dim });
};

/** The element at each position is the value itself. */
const atOwnIndex: LocalRule<"at"> = ([xs, index], { dim }) => (index?.op === "index" && index.attributes.dim === dim ? defined(xs, "a sequence") : undefined);

export const viewRules: LocalRules = {
  negate: outwards("negate"), exp: outwards("exp"), log: outwards("log"), log1p: outwards("log1p"), sqrt: outwards("sqrt"),
  absolute: outwards("absolute"), sin: outwards("sin"), cos: outwards("cos"), tanh: outwards("tanh"), sigmoid: outwards("sigmoid"),
  erf: outwards("erf"), floor: outwards("floor"), not: outwards("not"), toReal: outwards("toReal"), stopGradient: outwards("stopGradient"),
  subtract: outwards("subtract"), divide: outwards("divide"), modulo: outwards("modulo"), power: outwards("power"),
  minimum: outwards("minimum"), maximum: outwards("maximum"), less: outwards("less"), lessEqual: outwards("lessEqual"),
  equal: outwards("equal"), notEqual: outwards("notEqual"), and: outwards("and"), or: outwards("or"),
  add: outwards("add"), multiply: outwards("multiply"), select: outwards("select"),
  contract: [...outwards("contract"), alongTheOriginal("contract", ({ dims }) => dims, (attributes, view) => ({ ...attributes, dims: replace(attributes.dims, view) }))],
  reduce: [...outwards("reduce"), alongTheOriginal("reduce", ({ dims }) => dims, (attributes, view) => ({ ...attributes, dims: replace(attributes.dims, view) }))],
  argmax: [...outwards("argmax"), alongTheOriginal("argmax", ({ dim }) => (dim === undefined ? [] : [dim]), (_, { from }) => ({ dim: from }))],
  top: outwards("top"),
  sliceAxis: outwards("sliceAxis"),
  concat: outwards("concat"),
  axisToDim: outwards("axisToDim"),
  dimToAxis: [...outwards("dimToAxis"), alongTheOriginal("dimToAxis", ({ dim }) => [dim], ({ axis }, { from }) => ({ axis, dim: from }))],
  at: [atOwnIndex, ...outwards("at"), alongTheOriginal("at", ({ dim }) => [dim], (_, { from }) => ({ dim: from }))],
  pick: outwards("pick"),
  draw: outwards("draw"),
  view: [viewOfBroadcast, sortViews],
  index: [indexThroughView],
};
