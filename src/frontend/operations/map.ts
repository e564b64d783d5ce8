/**
 * `map(xs, each)`: each element by itself. There is no loop: inside, the element is seen along an index of the dimension,
 * its own position, while a captured sequence keeps the dimension; so the two may stand side by side. What comes out is
 * seen along the dimension again. Maps over one dimension that stand side by side share their index, nested ones don't.
 */
import type { Dim } from "../../ir/graph/types.js";
import type { Node } from "../../ir/graph/node.js";
import type { Span } from "../../support/span.js";
import { builtin } from "./operation.js";
import type { Call } from "./call.js";
import { refuse } from "../catalogue.js";
import { broadcastTo, commonDimension, layoutOf, viewAlong } from "../values/dims.js";
import { dependsOn } from "../values/escape.js";
import { describe, leaves, mapLeaves, RecordValue, Tensor, type Value } from "../values/values.js";

export const mapBuiltin = builtin("map(xs, each, { over? })", (call) => {
  const { lowering, builder } = call;
  const xs = call.value(0);
  const read = leaves(xs).map(({ value, span }) => (value instanceof Tensor ? value : refuse("GF2004", `map wants a sequence, this is ${describe(value)}`, span ?? call.spanOf(0), "give a sequence, a record of sequences, or range(\"step\", n); an array has a method: xs.map(...)")));
  const over = commonDimension(read, call.over(2), call.spanOf(0));
  const index = builder.indexDim(over, lowering.mapLevel(over));
  const item = mapLeaves(xs, (value) => (value instanceof Tensor ? new Tensor(viewAlong(lowering, value.node, over, index), { ...value.facts, ratio: undefined }) : value));
  const args = [
    { value: item instanceof RecordValue ? new RecordValue(item.entries, item.spans, true) : item, span: call.spanOf(0) },
    { value: lowering.index(index), span: call.spanOf(1) },
  ];
  lowering.maps.push({ over, index });
  let result: Value;
  try {
    result = call.apply(call.function(1), args, call.spanOf(1));
  } finally {
    lowering.maps.pop();
  }
  return mapLeaves(result, (value, path, span) => {
    const place = span ?? call.spanOf(1);
    if (!(value instanceof Tensor) && typeof value !== "number") return refuse("GF2004", `what map gives for each element must be a value, this is ${describe(value)}`, place, path.length === 0 ? "return a value, or a record of values" : "leave the key out, or give it a value");
    const node = lowering.lift(value, place, "int");
    const closed = closeMap(call, node, over, index, place);
    const { classes, id, layout = node.type.dims } = value instanceof Tensor ? value.facts : {};
    return new Tensor(closed, { classes, id, layout: layoutOf(closed, [over, ...layout]) });
  });
});

/** The value of each element, as a sequence. */
function closeMap(call: Call, node: Node, over: Dim, index: Dim, span: Span): Node {
  for (const dim of node.type.dims) {
    if (dim.origin.kind === "window" && dependsOn([dim.origin.start, dim.origin.end], { index })) {
      refuse("GF2008", dim.name === over.name ? `the result would run along "${over.name}" twice` : `the result runs along a slice of "${dim.name}" that changes from element to element`, span, "reduce over the slice inside the map");
    }
    if (dim.name === over.name && dim.origin.kind !== "index") {
      refuse("GF2008", `the result would run along "${over.name}" twice`, span, "reduce over it inside the map, or rename the sequence first: rename(xs, \"other\")");
    }
  }
  if (node.type.dims.includes(index)) return viewAlong(call.lowering, node, index, over);
  return broadcastTo(call.lowering, node, [over]);
}
