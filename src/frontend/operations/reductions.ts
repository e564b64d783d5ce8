/** Reductions: over the vector, or over a dimension that is named. And what draws at random. */
import { logSoftmax, logSumExp, mean, reduce, sample, softmax, type Along } from "../../ir/graph/compose.js";
import type { GraphBuilder, Origin } from "../../ir/graph/builder.js";
import type { Node } from "../../ir/graph/node.js";
import { builtin, type Builtin } from "./operation.js";
import type { Call } from "./call.js";
import { staticLengthOf } from "../values/dims.js";
import { Tensor, type Value } from "../values/values.js";
import { isInt32 } from "../../support/int32.js";

type Compose = (builder: GraphBuilder, x: Node, along: Along, origin?: Origin) => Node;

function reduction(name: string, compose: Compose): Builtin {
  return builtin(`${name}(x, over?)`, (call) => {
    const x = call.quantity(0);
    return new Tensor(compose(call.builder, x, call.along(1, new Tensor(x)), call.origin));
  });
}

/** `max(x)`, `max(x, "time")`, or `max(a, b)` of two values, element by element. */
function extreme(name: "max" | "min", pairwise: "maximum" | "minimum"): Builtin {
  return builtin(`${name}(x, over?)`, (call): Value => {
    const [a, b] = [call.value(0), call.value(1)];
    if (typeof b !== "number" && !(b instanceof Tensor)) {
      const x = call.quantity(0);
      return new Tensor(reduce(call.builder, name, x, call.along(1, new Tensor(x)), call.origin));
    }
    if (typeof a === "number" && typeof b === "number") return Math[name](a, b);
    const isInteger = (value: Value) => (value instanceof Tensor ? value.type.kind === "int" : typeof value === "number" && isInt32(value));
    const kind = isInteger(a) && isInteger(b) ? "int" : "real";
    return new Tensor(call.lowering.apply(pairwise, [call.node(0, kind), call.node(1, kind)], call.origin));
  });
}

/** The number of places that an index can stand for. */
function classesOf(x: Node, along: Along): number | undefined {
  return along === "vector" ? x.type.shape.at(-1) : staticLengthOf(along);
}

function drawn(call: Call, make: (x: Node, along: Along) => Node): Value {
  const x = call.quantity(0);
  const along = call.along(1, new Tensor(x));
  return new Tensor(make(x, along), { classes: classesOf(x, along), id: true });
}

export const reductionBuiltins: readonly Builtin[] = [
  reduction("sum", (builder, x, along, origin) => reduce(builder, "sum", x, along, origin)),
  reduction("mean", mean),
  reduction("softmax", softmax),
  reduction("logSoftmax", logSoftmax),
  reduction("logSumExp", logSumExp),
  extreme("max", "maximum"),
  extreme("min", "minimum"),
  builtin("argmax(x, over?)", (call) => drawn(call, (x, along) => call.builder.make("argmax", [x], along === "vector" ? {} : { dim: along }, call.origin))),
  builtin("sample(logits, over?)", (call) => drawn(call, (x, along) => sample(call.builder, x, along, call.builder.site(), call.lowering.coordinates(x.type.dims), call.origin))),
  builtin("random(like?)", (call) => {
    const { builder, lowering } = call;
    const like = call.has(0) ? call.node(0) : undefined;
    const dims = like?.type.dims ?? [];
    const size = like?.type.shape.length === 1 ? (like.type.shape[0] ?? 1) : 1;
    if (like !== undefined && like.type.shape.length !== 1) return call.wrong(0, "a vector", "draw for a vector, and split it");
    const places = dims.map((dim) => builder.make("index", [], { dim }));
    const components = size === 1 ? [] : [builder.make("iota", [], { size })];
    return new Tensor(builder.make("draw", [...lowering.coordinates(dims), ...places, ...components], { site: builder.site() }, call.origin));
  }),
];
