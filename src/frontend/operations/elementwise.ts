/** Functions of one value, element by element. Of a static number they give a static number where JavaScript has them. */
import { gelu, relu, silu, softplus } from "../../ir/graph/compose.js";
import type { GraphBuilder, Origin } from "../../ir/graph/builder.js";
import type { Node, UnaryOp } from "../../ir/graph/node.js";
import { builtin, type Builtin } from "./operation.js";
import { floorRatio, ratioOf } from "../values/ratio.js";
import { Tensor } from "../values/values.js";

type Compose = (builder: GraphBuilder, x: Node, origin?: Origin) => Node;

function elementwise(name: string, lower: UnaryOp | Compose, known?: (x: number) => number): Builtin {
  return builtin(`${name}(x)`, (call) => {
    const x = call.value(0);
    if (typeof x === "number" && known !== undefined) return known(x);
    const node = call.quantity(0);
    return new Tensor(typeof lower === "string" ? call.lowering.apply(lower, [node], call.origin) : lower(call.builder, node, call.origin));
  });
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

export const elementwiseBuiltins: readonly Builtin[] = [
  elementwise("exp", "exp", Math.exp),
  elementwise("log", "log", Math.log),
  elementwise("log1p", "log1p", Math.log1p),
  elementwise("sqrt", "sqrt", Math.sqrt),
  elementwise("abs", "absolute", Math.abs),
  elementwise("sin", "sin", Math.sin),
  elementwise("cos", "cos", Math.cos),
  elementwise("tanh", "tanh", Math.tanh),
  elementwise("sigmoid", "sigmoid", logistic),
  elementwise("erf", "erf"),
  elementwise("relu", relu, (x) => Math.max(x, 0)),
  elementwise("softplus", softplus, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  elementwise("silu", silu, (x) => x * logistic(x)),
  elementwise("gelu", gelu),
  builtin("floor(x)", (call) => {
    const x = call.value(0);
    if (typeof x === "number") return Math.floor(x);
    const node = call.node(0);
    const ratio = ratioOf(x);
    const facts = { ratio: ratio === undefined ? undefined : floorRatio(ratio) };
    if (node.type.kind === "int") return x instanceof Tensor ? x : new Tensor(node, facts);
    return new Tensor(call.lowering.apply("floor", [node], call.origin), facts);
  }),
  builtin("real(x)", (call) => {
    const x = call.value(0);
    if (typeof x === "number") return x;
    return new Tensor(call.lowering.toReal(call.node(0)));
  }),
  builtin("stopGradient(x)", (call) => {
    const x = call.tensor(0);
    return new Tensor(call.lowering.apply("stopGradient", [x.node], call.origin), x.facts);
  }),
];
