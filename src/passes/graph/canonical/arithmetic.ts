/**
 * Canonical arithmetic: one form for each sum and each product.
 *
 * - A difference is a sum with a negated term; a negated sum is the sum of the negated terms; signs leave products and
 *   quotients. All exact.
 * - Sums of sums and products of products are flat, and their numbers are joined: reassociates.
 * - Terms (factors) of one type that is smaller than that of the whole are added up (multiplied) first: in `W q + b + U m`,
 *   where only m runs along the source, `W q + b` is computed once. Reassociates.
 * - In a sum (a product) of a run, the terms (factors) that are known at load time stand together as one nested sum
 *   (product), so that a program computes them once: two biases are one. Reassociates.
 * - Zeros leave sums: -0 + 0 was 0 and becomes -0.
 * - Two products of weights with one vector are one product with the summed weights. Reassociates.
 * - x / c is x * (1/c) where c is a power of two, x ** 2 is x * x, x ** -1 is 1 / x: exact, or closer than before.
 */
import { at, defined } from "../../../support/invariant.js";
import { broadcastShapes, inferType } from "../../../ir/graph/infer.js";
import type { Dim, Node, NodeOf, ValueType, VariadicOp } from "../../../ir/graph/node.js";
import { elementCount, hasDim, sameDims, sameShape, sameType } from "../../../ir/graph/types.js";
import { staticSize } from "../dims.js";
import type { LocalRule, LocalRules, Maker } from "../local-rules.js";
import { isWeights } from "./load-time.js";

type Variadic = LocalRule<VariadicOp>;

const isConstant = (node: Node): node is NodeOf<"constant"> & Node => node.op === "constant";

/** Numbers and weights. As a factor, it takes a sign. */
const isKnownBefore = (node: Node) => isConstant(node) || isWeights(node);

/** In a chain of very many sums, opening each would take the square of their number. */
const MANY_TERMS = 32;

/**
 * One arrangement for the terms of a sum (the factors of a product), however they were nested: flat, the numbers joined,
 * what is known before the run in one group, and terms that run along less than the whole nested (see `nest`).
 */
function arrange(op: VariadicOp): Variadic {
  return (args, _, maker) => {
    const allKnown = args.every(isKnownBefore);
    const opens = (arg: Node, shared: boolean) => arg.op === op && (allKnown || (!isWeights(arg) && (shared || !maker.isShared(arg))));
    // Sums that are used elsewhere are opened, too, and what is shared is found again (common-terms.ts).
    const flat = flatten(args, (arg) => opens(arg, true), MANY_TERMS) ?? flatten(args, (arg) => opens(arg, false), Infinity) ?? args;
    const terms = groupWeights(op, joinNumbers(op, flat, maker), maker);
    const arranged = allKnown ? terms : nest(op, terms, maker);
    if (sameNodes(arranged, args)) return undefined;
    return arranged.length === 1 ? at(arranged, 0) : maker.apply(op, arranged);
  };
}

/** The terms when every argument that opens is replaced by its own, again and again; undefined if they are too many. */
function flatten(args: readonly Node[], opens: (arg: Node) => boolean, most: number): readonly Node[] | undefined {
  const terms: Node[] = [];
  const pending = [...args].reverse();
  for (let arg = pending.pop(); arg !== undefined; arg = pending.pop()) {
    if (opens(arg)) pending.push(...[...arg.args].reverse());
    else terms.push(arg);
    if (terms.length + pending.length > most) return undefined;
  }
  return terms;
}

function sameNodes(a: readonly Node[], b: readonly Node[]): boolean {
  const ids = (nodes: readonly Node[]) => nodes.map((node) => node.id).sort((x, y) => x - y).join(" ");
  return ids(a) === ids(b);
}

/** The numbers among the terms become one. */
function joinNumbers(op: VariadicOp, terms: readonly Node[], maker: Maker): readonly Node[] {
  const numbers = terms.filter(isConstant);
  if (numbers.length < 2 || numbers.length === terms.length) return terms;
  const joined = maker.apply(op, numbers);
  return isConstant(joined) ? [...terms.filter((term) => !isConstant(term)), joined] : terms;
}

/** Weights (and numbers beside them) that stand among values of the run become one group, computed at load time. */
function groupWeights(op: VariadicOp, terms: readonly Node[], maker: Maker): readonly Node[] {
  const known = terms.some(isWeights) ? terms.filter(isKnownBefore) : [];
  if (known.length < 2 || known.length === terms.length) return terms;
  // Rows along one dimension and columns along another would make a table.
  const size = staticSize(inferType(op, known, {}));
  if (size === undefined || size > Math.max(...known.map((each) => staticSize(each.type) ?? 0))) return terms;
  return [...terms.filter((term) => !known.includes(term)), maker.apply(op, known)];
}

/** Terms that run along the same. */
interface Class {
  readonly type: ValueType;
  readonly terms: Node[];
}

/**
 * Terms that run along less than the whole are joined first: those that run along the same, and those that run along less
 * than exactly one such group with that group. What is joined so is computed once for everything that the whole runs along
 * besides.
 */
function nest(op: VariadicOp, terms: readonly Node[], maker: Maker): readonly Node[] {
  const whole = inferType(op, terms, {});
  const classes: Class[] = [];
  for (const term of terms) {
    const known = classes.find(({ type }) => sameExtent(type, term.type));
    if (known === undefined) classes.push({ type: term.type, terms: [term] });
    else known.terms.push(term);
  }
  const top = classes.find(({ type }) => sameExtent(type, whole)) ?? { type: whole, terms: [] };
  const smaller = classes.filter((each) => each !== top);
  // Whatever a class lies within has more elements along some dimension or axis, so the small ones come first.
  smaller.sort((a, b) => a.type.dims.length - b.type.dims.length || elementCount(a.type.shape) - elementCount(b.type.shape));
  for (const each of smaller) {
    const above = smaller.filter((other) => isWithin(each.type, other.type));
    const nearest = above.filter((other) => !above.some((between) => isWithin(between.type, other.type)));
    const [target, ...others] = nearest;
    const joined = each.terms.length === 1 ? at(each.terms, 0) : maker.apply(op, each.terms);
    (target !== undefined && others.length === 0 ? target : top).terms.push(joined);
  }
  return top.terms;
}

function sameExtent(a: ValueType, b: ValueType): boolean {
  return sameDims(a.dims, b.dims) && sameShape(a.shape, b.shape);
}

/** Whether a value of the first type runs along nothing that one of the second does not, and along less. */
function isWithin(a: ValueType, b: ValueType): boolean {
  const shape = broadcastShapes(a.shape, b.shape);
  return !sameExtent(a, b) && a.dims.every((dim) => hasDim(b, dim)) && shape !== undefined && sameShape(shape, b.shape);
}

const dropZero: Variadic = (args, _, maker) => {
  const kept = args.filter((arg) => !(isConstant(arg) && arg.attributes.value === 0));
  if (kept.length === args.length || kept.length === 0) return undefined;
  const sum = kept.length === 1 ? at(kept, 0) : maker.apply("add", kept);
  return sameType(sum.type, inferType("add", args, {})) ? sum : undefined;
};

/** sum of W1 x and W2 x is (W1 + W2) x, where nobody else wants either product. A sign goes onto the weights. */
const joinProducts: Variadic = (args, _, maker) => {
  const products = args.flatMap((arg, index) => productOfWeights(arg, index, maker) ?? []);
  const byVector = new Map<Node, ProductOfWeights[]>();
  for (const product of products) byVector.set(product.vector, [...(byVector.get(product.vector) ?? []), product]);
  for (const first of products) {
    const alike = defined(byVector.get(first.vector), "the products with a vector").filter((other) => isAlike(first, other));
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
  add: [dropZero, joinProducts, arrange("add")],
  multiply: [collectSigns, minusOne, arrange("multiply")],
  divide: [signOfQuotient, byPowerOfTwo],
  power: [smallPower],
};
