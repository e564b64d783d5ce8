/**
 * Operations of the language that are written with others: softmax is an exponential over a sum, a draw from a categorical
 * distribution is an argmax over perturbed scores. The compiler knows none of them as a whole.
 */
import type { GraphBuilder, Origin } from "./builder.js";
import { ShapeError } from "./infer.js";
import { staticLength } from "./length.js";
import type { Node, ReduceFunction } from "./node.js";
import { elementCount, visibleTypeText as typeText, type Dim } from "./types.js";

/** What a reduction runs along: a dimension, or the vector. */
export type Along = Dim | "vector";

export function reduce(b: GraphBuilder, f: ReduceFunction, x: Node, along: Along, origin?: Origin): Node {
  return b.make("reduce", [x], { f, dims: along === "vector" ? [] : [along], axis: along === "vector" }, origin);
}

/** A reduced value that stands beside what it was reduced from. */
function beside(reduced: Node, x: Node, along: Along): Node {
  if (along !== "vector" || x.type.shape.length === 1) return reduced;
  throw new ShapeError(`${typeText(x.type)} is a matrix; softmax and its like take vectors`, `split it along a dimension first`);
}

/** The number of elements that a reduction sees, as an integer. */
export function count(b: GraphBuilder, x: Node, along: Along): Node {
  if (along === "vector") return b.constant(x.type.shape.at(-1) ?? 1, "int");
  if (along.origin.kind !== "window") {
    const size = staticLength(along.length);
    return size !== undefined ? b.constant(size, "int") : b.make("length", [], { length: along.length });
  }
  const zero = b.constant(0, "int");
  const whole = b.make("length", [], { length: along.length });
  const start = b.apply("maximum", [along.origin.start, zero]);
  const end = b.apply("minimum", [along.origin.end, whole]);
  return b.apply("maximum", [b.apply("subtract", [end, start]), zero]);
}

export function mean(b: GraphBuilder, x: Node, along: Along, origin?: Origin): Node {
  return b.apply("divide", [reduce(b, "sum", x, along), count(b, x, along)], origin);
}

/** exp(x - max) / sum exp(x - max): no overflow, whatever the scores. */
export function softmax(b: GraphBuilder, x: Node, along: Along, origin?: Origin): Node {
  const largest = beside(reduce(b, "max", x, along), x, along);
  const weight = b.apply("exp", [b.apply("subtract", [x, largest])]);
  return b.apply("divide", [weight, reduce(b, "sum", weight, along)], origin);
}

/** max + log sum exp(x - max). Where all scores are -Infinity the answer is -Infinity, not NaN. */
export function logSumExp(b: GraphBuilder, x: Node, along: Along, origin?: Origin): Node {
  const shift = finiteMaximum(b, x, along);
  const weight = b.apply("exp", [b.apply("subtract", [x, shift])]);
  return b.apply("add", [shift, b.apply("log", [reduce(b, "sum", weight, along)])], origin);
}

export function logSoftmax(b: GraphBuilder, x: Node, along: Along, origin?: Origin): Node {
  return b.apply("subtract", [x, logSumExp(b, x, along)], origin);
}

/** The largest element, or 0 where that is infinite. */
function finiteMaximum(b: GraphBuilder, x: Node, along: Along): Node {
  const largest = beside(reduce(b, "max", x, along), x, along);
  const infinite = b.apply("equal", [b.apply("absolute", [largest]), b.constant(Infinity)]);
  return b.apply("select", [infinite, b.constant(0), largest]);
}

/** log(1 + e^x) without overflow. */
export function softplus(b: GraphBuilder, x: Node, origin?: Origin): Node {
  const tail = b.apply("log1p", [b.apply("exp", [b.apply("negate", [b.apply("absolute", [x])])])]);
  return b.apply("add", [b.apply("maximum", [x, b.constant(0)]), tail], origin);
}

export function relu(b: GraphBuilder, x: Node, origin?: Origin): Node {
  return b.apply("maximum", [x, b.constant(0, x.type.kind === "int" ? "int" : "real")], origin);
}

export function silu(b: GraphBuilder, x: Node, origin?: Origin): Node {
  return b.apply("multiply", [x, b.apply("sigmoid", [x])], origin);
}

/** x times the normal distribution function of x (Hendrycks & Gimpel, 2016), with the error function itself. */
export function gelu(b: GraphBuilder, x: Node, origin?: Origin): Node {
  const scaled = b.apply("multiply", [x, b.constant(Math.SQRT1_2)]);
  const twice = b.apply("add", [b.constant(1), b.apply("erf", [scaled])]);
  return b.apply("multiply", [b.apply("multiply", [x, b.constant(0.5)]), twice], origin);
}

/** The elements in the order of the other end. */
export function reverse(b: GraphBuilder, xs: Node, over: Dim, origin?: Origin): Node {
  const lastIndex = b.apply("subtract", [count(b, xs, over), b.constant(1, "int")]);
  return b.make("at", [xs, b.apply("subtract", [lastIndex, b.make("index", [], { dim: over })])], { dim: over }, origin);
}

export function last(b: GraphBuilder, xs: Node, over: Dim, origin?: Origin): Node {
  const whole = b.make("length", [], { length: over.length });
  return b.make("at", [xs, b.apply("subtract", [whole, b.constant(1, "int")])], { dim: over }, origin);
}

/**
 * An index drawn with probability softmax(logits): the largest of the scores, each moved by a draw from the Gumbel
 * distribution (Gumbel, 1954). `coordinates` tell the draws of different steps apart; those of different elements are told
 * apart by their own positions.
 */
export function sample(b: GraphBuilder, logits: Node, along: Along, site: number, coordinates: readonly Node[], origin?: Origin): Node {
  if (along === "vector" && logits.type.shape.length !== 1) throw new ShapeError(`sample takes a vector, this is ${typeText(logits.type)}`);
  const places = logits.type.dims.map((dim) => b.make("index", [], { dim }));
  const size = elementCount(logits.type.shape);
  const component = size === 1 ? [] : [b.make("iota", [], { size })];
  const uniform = b.make("draw", [...coordinates, ...places, ...component], { site });
  const exponential = b.apply("negate", [b.apply("log", [uniform])]);
  const perturbed = b.apply("subtract", [logits, b.apply("log", [exponential])]);
  return b.make("argmax", [perturbed], along === "vector" ? {} : { dim: along }, origin);
}
