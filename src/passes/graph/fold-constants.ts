/**
 * Fold constants: what depends on constants alone is computed now.
 *
 * Elementwise operations on constants become constants, as the interpreter computes them in float64 (a backend rounds the
 * result once where it would have rounded each step). So do the lengths of dimensions that are known, which turns index
 * arithmetic into numbers. Exact up to that rounding.
 */
import { at } from "../../support/invariant.js";
import { inferType } from "../../ir/graph/infer.js";
import { staticLength } from "../../ir/graph/length.js";
import type { BinaryOp, ElementwiseOp, Node, NodeOf, UnaryOp, VariadicOp } from "../../ir/graph/node.js";
import { binaryFunctions, unaryFunctions, variadicFunctions } from "../../ir/graph/scalar.js";
import type { GraphPass } from "../pass.js";
import { applyRules, type LocalRule, type LocalRules, type Maker } from "./local-rules.js";

export const foldConstants: GraphPass = {
  name: "fold-constants",
  run: (graph) => applyRules(graph, [foldingRules]),
};

type Constant = NodeOf<"constant">;

function fold(op: ElementwiseOp, compute: (values: readonly number[]) => number): LocalRule<ElementwiseOp> {
  return (args, _, maker) => {
    if (!args.every((arg): arg is Constant & Node => arg.op === "constant")) return undefined;
    return constantOf(op, args, compute(args.map((arg) => arg.attributes.value)), maker);
  };
}

function constantOf(op: ElementwiseOp, args: readonly Node[], value: number, maker: Maker): Node | undefined {
  const { kind, shape } = inferType(op, args, {});
  // Integers beyond int32 have no defined meaning: leave them to whoever meets them.
  if (kind === "int" && !(Number.isInteger(value) && Math.abs(value) < 2 ** 31)) return undefined;
  return maker.constant(kind === "real" ? value : value + 0, kind, shape);
}

const unary = (op: UnaryOp) => [fold(op, (values) => unaryFunctions[op](at(values, 0)))];
const binary = (op: BinaryOp) => [fold(op, (values) => binaryFunctions[op](at(values, 0), at(values, 1)))];
const variadic = (op: VariadicOp) => [fold(op, (values) => values.reduce(variadicFunctions[op]))];

const unaryRules: { readonly [O in UnaryOp]: readonly LocalRule<ElementwiseOp>[] } = {
  negate: unary("negate"), exp: unary("exp"), log: unary("log"), log1p: unary("log1p"), sqrt: unary("sqrt"),
  absolute: unary("absolute"), sin: unary("sin"), cos: unary("cos"), tanh: unary("tanh"), sigmoid: unary("sigmoid"),
  erf: unary("erf"), floor: unary("floor"), not: unary("not"), toReal: unary("toReal"), stopGradient: unary("stopGradient"),
};

const binaryRules: { readonly [O in BinaryOp]: readonly LocalRule<ElementwiseOp>[] } = {
  subtract: binary("subtract"), divide: binary("divide"), modulo: binary("modulo"), power: binary("power"),
  minimum: binary("minimum"), maximum: binary("maximum"), less: binary("less"), lessEqual: binary("lessEqual"),
  equal: binary("equal"), notEqual: binary("notEqual"), and: binary("and"), or: binary("or"),
};

export const foldingRules: LocalRules = {
  ...unaryRules,
  ...binaryRules,
  add: variadic("add"),
  multiply: variadic("multiply"),
  select: [fold("select", (values) => (at(values, 0) === 0 ? at(values, 2) : at(values, 1)))],
  length: [
    (_, { length }, maker) => {
      const size = staticLength(length);
      return size === undefined ? undefined : maker.constant(size, "int");
    },
  ],
  iota: [(_, { size }, maker) => (size === 1 ? maker.constant(0, "int") : undefined)],
};
