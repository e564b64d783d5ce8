/**
 * Canonical products: every sum of products is a `contract` over values as they come.
 *
 * - A product with a concatenation is a sum of products with the parts; the other side is sliced. So `linear(concat(h, x))`
 *   is `U h + W x` and nothing is joined.
 * - A product with a vector that a dimension was folded into (a convolution's window) sums over the dimension and the axis;
 *   the other side, usually weights, is reshaped. The other way round, too.
 * - A sum of a product of two values (`sum(weights * memory, "source")`) is a contraction; numbers and weights that don't
 *   take part leave it.
 * - A sum over a contraction sums over more dimensions, or, where it can, over the vector first: the sum of W x is W times
 *   the sum of x.
 * - Signs leave it. The matrix stands first, then what is known at load time.
 *
 * All of this reassociates sums.
 */
import { at, defined } from "../../../support/invariant.js";
import { inferType } from "../../../ir/graph/infer.js";
import type { Attributes, Node } from "../../../ir/graph/node.js";
import { hasDim, sameDims, sameShape, sameType } from "../../../ir/graph/types.js";
import { canMeet, windowOf } from "../dims.js";
import type { LocalRule, LocalRules, Maker } from "../local-rules.js";
import { isWeights } from "./load-time.js";

type Contract = LocalRule<"contract">;
type Reduce = LocalRule<"reduce">;

const lastAxis = (node: Node) => node.type.shape.length - 1;

/**
 * Joining many tiny parts is cheaper than a loop for each. (A vector that is written component by component has as many
 * parts as components.)
 */
const MANY_PARTS = 8;
const NARROW_PART = 8;

const ofConcatenation: Contract = (args, { dims, axis }, maker) => {
  if (!axis) return undefined;
  for (const [side, whole] of args.entries()) {
    if (whole.op !== "concat" || whole.attributes.axis !== lastAxis(whole)) continue;
    const widths = whole.args.map((part) => at(part.type.shape, lastAxis(part)));
    if (widths.length > MANY_PARTS && widths.some((width) => width < NARROW_PART)) continue;
    const other = at(args, 1 - side);
    let start = 0;
    const terms = whole.args.map((part, i) => {
      const size = at(widths, i);
      const piece = maker.make("sliceAxis", [other], { axis: lastAxis(other), start, size });
      start += size;
      // A part that does not run along a dimension that is summed over counts once for each position.
      const missing = dims.filter((dim) => !hasDim(part.type, dim) && !hasDim(other.type, dim));
      const repeated = maker.make("broadcast", [part], { dims: missing });
      return maker.make("contract", side === 0 ? [repeated, piece] : [piece, repeated], { dims, axis });
    });
    const sum = terms.length === 1 ? at(terms, 0) : maker.apply("add", terms);
    if (sameType(sum.type, inferType("contract", args, { dims, axis }))) return sum;
  }
  return undefined;
};

/** The window of a convolution, folded into the vector. */
const ofFoldedDimension: Contract = (args, { dims, axis }, maker) => {
  if (!axis) return undefined;
  for (const [side, folded] of args.entries()) {
    if (folded.op !== "dimToAxis" || folded.attributes.axis !== lastAxis(folded)) continue;
    const { dim } = folded.attributes;
    const other = at(args, 1 - side);
    // Folded weights are what `ofCutVector` makes: to unfold them again would go round in circles.
    if (isWeights(folded) && !isWeights(other)) continue;
    if (other.type.dims.some((each) => each.name === dim.name) || dims.includes(dim)) continue;
    const inner = at(folded.args, 0);
    const cut = maker.make("axisToDim", [other], { axis: lastAxis(other), dim });
    if (!canMeet([inner.type, cut.type])) continue;
    return maker.make("contract", side === 0 ? [inner, cut] : [cut, inner], { dims: [...dims, dim], axis });
  }
  return undefined;
};

/** A vector that was cut along a dimension, all of which is summed over: the weights are folded instead. */
const ofCutVector: Contract = (args, { dims, axis }, maker) => {
  if (!axis) return undefined;
  for (const [side, cut] of args.entries()) {
    if (cut.op !== "axisToDim" || cut.attributes.axis !== lastAxis(cut) || !dims.includes(cut.attributes.dim)) continue;
    const { dim } = cut.attributes;
    const other = at(args, 1 - side);
    const folds = hasDim(other.type, dim) && (isWeights(other) || (other.op === "axisToDim" && other.attributes.dim === dim && other.attributes.axis === lastAxis(other)));
    if (!folds || isWeights(cut)) continue;
    const whole = maker.make("dimToAxis", [other], { axis: lastAxis(other), dim });
    const inner = at(cut.args, 0);
    return maker.make("contract", side === 0 ? [inner, whole] : [whole, inner], { dims: dims.filter((each) => each !== dim), axis });
  }
  return undefined;
};

/** Along a dimension that neither side runs along by itself, the same product is summed again and again. */
const ofRepeated: Contract = (args, { dims, axis }, maker) => {
  const [a, b] = [at(args, 0), at(args, 1)];
  if (a.op !== "broadcast" || b.op !== "broadcast") return undefined;
  const both = a.attributes.dims.filter((dim) => b.attributes.dims.includes(dim) && dims.includes(dim));
  if (both.length === 0 || [...a.type.dims, ...b.type.dims].some((dim) => windowOf(dim) !== undefined)) return undefined;
  const without = (node: typeof a) => maker.make("broadcast", node.args, { dims: node.attributes.dims.filter((dim) => !both.includes(dim)) });
  const product = maker.make("contract", [without(a), without(b)], { dims: dims.filter((dim) => !both.includes(dim)), axis });
  return maker.make("reduce", [maker.make("broadcast", [product], { dims: both })], { f: "sum", dims: both, axis: false });
};

const ofNegated: Contract = (args, attributes, maker) => {
  const signs = args.filter((arg) => arg.op === "negate").length;
  if (signs === 0) return undefined;
  const product = maker.make("contract", args.map((arg) => (arg.op === "negate" ? at(arg.args, 0) : arg)), attributes);
  return signs === 2 ? product : maker.apply("negate", [product]);
};

const withoutSum: Contract = (args, { dims, axis }, maker) => {
  if (axis || dims.length > 0) return undefined;
  const product = maker.apply("multiply", args);
  return product.type.kind === "int" ? maker.apply("toReal", [product]) : product;
};

/** Higher rank first, then weights, then whatever stood first. */
const matrixFirst: Contract = (args, attributes, maker) => {
  const [a, b] = [at(args, 0), at(args, 1)];
  const [rankA, rankB] = [a.type.shape.length, b.type.shape.length];
  const swap = rankA !== rankB ? rankA < rankB : !isWeights(a) && isWeights(b);
  return swap ? maker.make("contract", [b, a], attributes) : undefined;
};

// ---- Reductions. What is summed over first may be a window whose extent varies along what is summed over later: so in a
// list of dimensions the later ones, which are the outer loops, stand first.

const emptyAxis: Reduce = ([x], { f, dims, axis }, maker) => {
  if (!axis || x === undefined || x.type.shape.length !== 1 || x.type.shape[0] !== 1) return undefined;
  return maker.make("reduce", [x], { f, dims, axis: false });
};

const nested: Reduce = ([x], { f, dims, axis }, maker) => {
  if (x?.op !== "reduce" || x.attributes.f !== f || maker.isShared(x)) return undefined;
  if (axis && x.attributes.axis) return undefined;
  return maker.make("reduce", x.args, { f, dims: [...dims, ...x.attributes.dims], axis: axis || x.attributes.axis });
};

const ofProduct: Reduce = ([x], { f, dims, axis }, maker) => {
  if (f !== "sum" || x?.op !== "multiply" || x.type.kind !== "real") return undefined;
  const type = inferType("reduce", [x], { f, dims, axis });
  const isScalar = (node: Node) => node.type.shape.length === 1 && node.type.shape[0] === 1;
  const leaves = (node: Node) => (node.op === "constant" || isWeights(node)) && !dims.some((dim) => hasDim(node.type, dim)) && (!axis || isScalar(node));
  const outer = x.args.filter(leaves);
  const inner = x.args.filter((arg) => !leaves(arg));
  if (inner.length === 0) return undefined;
  const sum = sumOfProduct(inner, { dims, axis }, maker) ?? (outer.length === 0 ? undefined : reduceProduct(inner, { dims, axis }, maker));
  if (sum === undefined) return undefined;
  const result = outer.length === 0 ? sum : maker.apply("multiply", [...outer, sum]);
  return sameType(result.type, type) ? result : undefined;
};

function reduceProduct(factors: readonly Node[], { dims, axis }: Attributes["contract"], maker: Maker): Node | undefined {
  const product = factors.length === 1 ? at(factors, 0) : maker.apply("multiply", factors);
  if (!dims.every((dim) => hasDim(product.type, dim))) return undefined;
  return maker.make("reduce", [product], { f: "sum", dims, axis });
}

/** Two factors, or factors of two types: those of one type are multiplied first. More don't fit a contraction. */
function sumOfProduct(factors: readonly Node[], { dims, axis }: Attributes["contract"], maker: Maker): Node | undefined {
  const groups: Node[][] = [];
  for (const factor of factors) {
    const group = factors.length === 2 ? undefined : groups.find(([first]) => first !== undefined && sameDims(first.type.dims, factor.type.dims) && sameShape(first.type.shape, factor.type.shape));
    if (group === undefined) groups.push([factor]);
    else group.push(factor);
  }
  if (groups.length !== 2) return undefined;
  const [a, b] = groups.map((group) => (group.length === 1 ? at(group, 0) : maker.apply("multiply", group)));
  const [left, right] = [defined(a, "a factor"), defined(b, "a factor")];
  if (axis && (left.type.shape.at(-1) !== right.type.shape.at(-1) || (left.type.shape.length > 1 && right.type.shape.length > 1))) return undefined;
  return maker.make("contract", [left, right], { dims, axis });
}

const ofContraction: Reduce = ([x], { f, dims, axis }, maker) => {
  if (f !== "sum" || x?.op !== "contract" || maker.isShared(x)) return undefined;
  const [a, b] = [at(x.args, 0), at(x.args, 1)];
  if (!axis) {
    for (const [weights, vector] of [[a, b], [b, a]] as const) {
      if (!isWeights(weights) || dims.some((dim) => hasDim(weights.type, dim)) || !dims.every((dim) => hasDim(vector.type, dim))) continue;
      // A window's extent may vary along a dimension that the product sums over; then it has to come first.
      if (x.attributes.dims.some((dim) => windowOf(dim) !== undefined)) continue;
      const summed = maker.make("reduce", [vector], { f, dims, axis: false });
      if (!x.attributes.dims.every((dim) => hasDim(summed.type, dim) || hasDim(weights.type, dim))) continue;
      return maker.make("contract", weights === a ? [a, summed] : [summed, b], x.attributes);
    }
    return maker.make("contract", x.args, { dims: [...dims, ...x.attributes.dims], axis: x.attributes.axis });
  }
  const vectors = a.type.shape.length === 1 && sameShape(a.type.shape, b.type.shape);
  if (x.attributes.axis || !vectors) return undefined;
  return maker.make("contract", x.args, { dims: [...dims, ...x.attributes.dims], axis: true });
};

const ofSign: Reduce = ([x], attributes, maker) => (attributes.f === "sum" && x?.op === "negate" ? maker.apply("negate", [maker.make("reduce", x.args, attributes)]) : undefined);

export const contractionRules: LocalRules = {
  contract: [withoutSum, ofRepeated, ofNegated, ofConcatenation, ofFoldedDimension, ofCutVector, matrixFirst],
  reduce: [emptyAxis, nested, ofSign, ofProduct, ofContraction],
};

