/**
 * Canonical arithmetic: one form for each sum and each product.
 *
 * - A difference is a sum with a negated term; a negated sum is the sum of the negated terms; signs leave products and
 *   quotients. All exact.
 * - Sums and products of sums and products that nobody else uses are flat, and their numbers are joined: reassociates.
 * - Terms (factors) of one type that is smaller than that of the whole are added up (multiplied) first: in `W q + b + U m`,
 *   where only m runs along the source, `W q + b` is computed once. Reassociates.
 * - In a sum (a product) of a run, the terms (factors) that are known at load time stand together as one nested sum
 *   (product), so that a program computes them once: two biases are one. Reassociates.
 * - Zeros leave sums: -0 + 0 was 0 and becomes -0.
 * - Two products of weights with one vector are one product with the summed weights. Reassociates.
 * - x / c is x * (1/c) where c is a power of two, x ** 2 is x * x, x ** -1 is 1 / x: exact, or closer than before.
 */
import { at, defined } from "../../../support/invariant.js";
import { inferType } from "../../../ir/graph/infer.js";
import type { Dim, Node, NodeOf, ValueType, VariadicOp } from "../../../ir/graph/node.js";
import { sameDims, sameShape, sameType } from "../../../ir/graph/types.js";
import { staticSize } from "../dims.js";
import type { LocalRule, LocalRules, Maker } from "../local-rules.js";
import { isWeights } from "./load-time.js";

type Variadic = LocalRule<VariadicOp>;

const isConstant = (node: Node): node is NodeOf<"constant"> & Node => node.op === "constant";

/** Numbers and weights. As a factor, it takes a sign. */
const isKnownBefore = (node: Node) => isConstant(node) || isWeights(node);

/** Flat, except that a nested group of weights, or of a smaller type, stays together while there are other terms. */
function flatten(op: VariadicOp): Variadic {
  return (args, _, maker) => {
    const allKnown = args.every(isKnownBefore);
    const type = inferType(op, args, {});
    const opens = (arg: Node) => arg.op === op && (allKnown || (!isWeights(arg) && !maker.isShared(arg) && sameExtent(arg.type, type)));
    if (!args.some(opens)) return undefined;
    return maker.apply(op, args.flatMap((arg) => (opens(arg) ? arg.args : [arg])));
  };
}

function sameExtent(a: ValueType, b: ValueType): boolean {
  return sameDims(a.dims, b.dims) && sameShape(a.shape, b.shape);
}

/** Terms that run along less than the whole does are joined where they run along the same. */
function nestSmaller(op: VariadicOp): Variadic {
  return (args, _, maker) => {
    if (args.every(isKnownBefore)) return undefined; // at load time one flat sum will do
    const type = inferType(op, args, {});
    for (const first of args) {
      if (isConstant(first) || sameExtent(first.type, type)) continue;
      const group = args.filter((arg) => !isConstant(arg) && sameExtent(arg.type, first.type));
      if (group.length < 2) continue;
      return maker.apply(op, [maker.apply(op, group.flatMap((arg) => (arg.op === op && !maker.isShared(arg) && !isWeights(arg) ? arg.args : [arg]))), ...args.filter((arg) => !group.includes(arg))]);
    }
    return undefined;
  };
}

/** The numbers among the arguments become one. */
function joinNumbers(op: VariadicOp): Variadic {
  return (args, _, maker) => {
    const numbers = args.filter(isConstant);
    if (numbers.length < 2 || numbers.length === args.length) return undefined;
    const joined = maker.apply(op, numbers);
    return isConstant(joined) ? maker.apply(op, [...args.filter((arg) => !isConstant(arg)), joined]) : undefined;
  };
}

/** Weights (and numbers beside them) that stand in a sum with values of the run become one nested sum. */
function groupWeights(op: VariadicOp): Variadic {
  return (args, _, maker) => {
    const weights = args.filter(isWeights);
    const known = weights.length === 0 ? [] : args.filter(isKnownBefore);
    if (known.length < 2 || known.length === args.length) return undefined;
    // Rows along one dimension and columns along another would make a table.
    const size = staticSize(inferType(op, known, {}));
    if (size === undefined || size > Math.max(...known.map((each) => staticSize(each.type) ?? 0))) return undefined;
    return maker.apply(op, [...args.filter((arg) => !known.includes(arg)), maker.apply(op, known)]);
  };
}

const dropZero: Variadic = (args, _, maker) => {
  const kept = args.filter((arg) => !(isConstant(arg) && arg.attributes.value === 0));
  if (kept.length === args.length || kept.length === 0) return undefined;
  const sum = kept.length === 1 ? at(kept, 0) : maker.apply("add", kept);
  return sameType(sum.type, inferType("add", args, {})) ? sum : undefined;
};

/** sum of W1 x and W2 x is (W1 + W2) x, where nobody else wants either product. A sign goes onto the weights. */
const joinProducts: Variadic = (args, _, maker) => {
  const products = args.map((arg, index) => productOfWeights(arg, index, maker));
  for (const first of products) {
    if (first === undefined) continue;
    const alike = products.filter((other) => other !== undefined && isAlike(first, other)).map((other) => defined(other, "a product"));
    if (alike.length < 2) continue;
    const weights = maker.apply("add", alike.map((each) => (each.negative ? maker.apply("negate", [each.weights]) : each.weights)));
    const joined = maker.make("contract", [weights, first.vector], first.attributes);
    const others = args.filter((_, index) => !alike.some((each) => each.index === index));
    return others.length === 0 ? joined : maker.apply("add", [...others, joined]);
  }
  return undefined;
};

interface ProductOfWeights {
  readonly index: number;
  readonly negative: boolean;
  readonly weights: Node;
  readonly vector: Node;
  readonly attributes: { readonly dims: readonly Dim[]; readonly axis: boolean };
}

function productOfWeights(term: Node, index: number, maker: Maker): ProductOfWeights | undefined {
  const negative = term.op === "negate";
  const product = negative ? at(term.args, 0) : term;
  if (product.op !== "contract" || maker.isShared(term) || maker.isShared(product)) return undefined;
  const [a, b] = [at(product.args, 0), at(product.args, 1)];
  if (isWeights(a) === isWeights(b)) return undefined;
  const [weights, vector] = isWeights(a) ? [a, b] : [b, a];
  return { index, negative, weights, vector, attributes: product.attributes };
}

function isAlike(a: ProductOfWeights, b: ProductOfWeights): boolean {
  const { dims, axis } = a.attributes;
  return a.vector === b.vector && sameType(a.weights.type, b.weights.type) && axis === b.attributes.axis
    && dims.length === b.attributes.dims.length && dims.every((dim) => b.attributes.dims.includes(dim));
}

/** -(a + b) is -a + -b, and a sign goes into a factor that takes it. */
const spreadSign: LocalRule<"negate"> = ([x], _, maker) => {
  if (x === undefined || maker.isShared(x)) return undefined;
  if (x.op === "add") return maker.apply("add", x.args.map((arg) => maker.apply("negate", [arg])));
  if (x.op === "multiply" && x.args.some(isKnownBefore)) {
    const taker = x.args.findIndex(x.args.some(isConstant) ? isConstant : isKnownBefore);
    return maker.apply("multiply", x.args.map((arg, i) => (i === taker ? maker.apply("negate", [arg]) : arg)));
  }
  return undefined;
};

/** Signs leave the factors: an odd number of them negates the product. */
const collectSigns: Variadic = (args, _, maker) => {
  const isSigned = (arg: Node) => arg.op === "negate" && !isWeights(arg);
  const signs = args.filter(isSigned).length;
  if (signs === 0) return undefined;
  const product = maker.apply("multiply", args.map((arg) => (isSigned(arg) ? at(arg.args, 0) : arg)));
  return signs % 2 === 0 ? product : maker.apply("negate", [product]);
};

const minusOne: Variadic = (args, _, maker) => {
  const index = args.findIndex((arg) => isConstant(arg) && arg.attributes.value === -1);
  if (index < 0) return undefined;
  const others = args.filter((_, i) => i !== index);
  const product = others.length === 1 ? at(others, 0) : maker.apply("multiply", others);
  const negated = maker.apply("negate", [product]);
  return sameType(negated.type, inferType("multiply", args, {})) ? negated : undefined;
};

const signOfQuotient: LocalRule<"divide"> = (args, _, maker) => {
  const signs = args.filter((arg) => arg.op === "negate").length;
  if (signs === 0) return undefined;
  const quotient = maker.apply("divide", args.map((arg) => (arg.op === "negate" ? at(arg.args, 0) : arg)));
  return signs === 2 ? quotient : maker.apply("negate", [quotient]);
};

const byPowerOfTwo: LocalRule<"divide"> = ([x, y], _, maker) => {
  if (x === undefined || y === undefined || !isConstant(y)) return undefined;
  const exponent = Math.log2(Math.abs(y.attributes.value));
  if (!Number.isInteger(exponent) || Math.abs(exponent) > 60) return undefined;
  return maker.apply("multiply", [x.type.kind === "int" ? maker.apply("toReal", [x]) : x, maker.constant(1 / y.attributes.value, "real", y.type.shape)]);
};

const smallPower: LocalRule<"power"> = ([x, y], _, maker) => {
  if (x === undefined || y?.op !== "constant" || y.type.shape.length !== 1 || y.type.shape[0] !== 1) return undefined;
  const real = () => (x.type.kind === "int" ? maker.apply("toReal", [x]) : x);
  if (y.attributes.value === 2) return maker.apply("multiply", [real(), real()]);
  if (y.attributes.value === -1) return maker.apply("divide", [maker.constant(1), real()]);
  return undefined;
};

export const arithmeticRules: LocalRules = {
  subtract: [([a, b], _, maker) => (a === undefined || b === undefined ? undefined : maker.apply("add", [a, maker.apply("negate", [b])]))],
  negate: [spreadSign],
  add: [flatten("add"), joinNumbers("add"), dropZero, joinProducts, groupWeights("add"), nestSmaller("add")],
  multiply: [flatten("multiply"), collectSigns, joinNumbers("multiply"), minusOne, groupWeights("multiply"), nestSmaller("multiply")],
  divide: [signOfQuotient, byPowerOfTwo],
  power: [smallPower],
};
