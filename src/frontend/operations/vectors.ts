/** What works on vectors: products, pieces, components. */
import { visibleTypeText as typeText } from "../../ir/graph/types.js";
import type { Node } from "../../ir/graph/node.js";
import { builtin, type Builtin } from "./operation.js";
import { dimensionName } from "./sequences.js";
import type { Call } from "./call.js";
import { refuse } from "../catalogue.js";
import { dimensionOf } from "../values/dims.js";
import { ArrayValue, describe, RecordValue, Tensor, type Value } from "../values/values.js";

export const vectorBuiltins: readonly Builtin[] = [
  builtin("dot(a, b)", (call) => new Tensor(call.builder.make("contract", [call.quantity(0), call.quantity(1)], { dims: [], axis: true }, call.origin))),
  builtin("pick(x, id)", (call) => {
    const [table, id] = [call.node(0), call.index(1, "the place to pick")];
    const rows = table.type.shape[0] ?? 1;
    const { classes } = id.facts;
    if (classes !== undefined && classes > rows) refuse("GF2001", `an id of ${classes} classes picks from ${typeText(table.type)}`, call.spanOf(1), `the first size must be ${classes} or more`);
    const source = call.value(0);
    return new Tensor(call.builder.make("pick", [table, id.node], {}, call.origin), source instanceof Tensor ? { classes: source.facts.classes, id: source.facts.id } : {});
  }),
  builtin("zeros(size)", (call) => new Tensor(call.builder.constant(0, "real", [call.count(0, "the size")]))),
  builtin("indices(n)", (call) => new Tensor(call.builder.make("iota", [], { size: call.count(0, "the size") }, call.origin))),
  builtin("size(x)", (call) => {
    const { type } = call.tensor(0);
    const [size] = type.shape;
    if (size === undefined || type.shape.length !== 1) return refuse("GF2001", `${typeText(type)} is not a vector`, call.spanOf(0), "give the sizes of a matrix where it is made");
    return size;
  }),
  builtin("classes(id)", (call) => {
    const id = call.value(0);
    if (id instanceof Tensor && id.facts.classes !== undefined) return id.facts.classes;
    return refuse("GF2004", `the number of classes of ${describe(id)} is not known`, call.spanOf(0), "annotate it as Id<N>, or give the table yourself: pick(param([n, size]), id)");
  }),
  builtin("concat(...x, over?)", (call) => {
    const over = call.value(1);
    if (call.args.length === 2 && typeof over === "string") {
      const x = call.tensor(0);
      return new Tensor(call.builder.make("dimToAxis", [x.node], { axis: 0, dim: dimensionOf(x, over, call.spanOf(1)) }, call.origin));
    }
    if (call.args.length === 0) refuse("GF2005", "concat has nothing to join", call.calleeSpan, "give it values");
    const parts = call.args.map((_, i) => call.quantity(i));
    const kinds = new Set(parts.map((part) => part.type.kind));
    const same = kinds.size > 1 ? parts.map((part) => call.lowering.toReal(part)) : parts;
    const [only] = same;
    if (only !== undefined && same.length === 1) return new Tensor(only);
    const joined = call.builder.make("concat", same, { axis: 0 }, call.origin);
    call.lowering.join(joined, call.calleeSpan);
    return new Tensor(joined);
  }),
  builtin("split(x, pieces, dimension?)", (call) => {
    const value = call.value(0);
    const x = call.node(0);
    const facts = value instanceof Tensor ? { classes: value.facts.classes, id: value.facts.id } : {};
    const size = x.type.shape[0] ?? 1;
    if (call.has(2)) {
      const n = call.count(1, "the number of pieces");
      return new Tensor(call.builder.make("axisToDim", [x], { axis: 0, dim: call.builder.dim(dimensionName(call, 2), n) }, call.origin), facts);
    }
    let start = 0;
    const pieces = pieceSizes(call, x, size).map((piece, i) => {
      const name = typeof call.hint === "object" ? call.hint[i] : undefined;
      const node = call.builder.make("sliceAxis", [x], { axis: 0, start, size: piece }, { name, span: call.span });
      start += piece;
      return new Tensor(node, facts);
    });
    return new ArrayValue(pieces);
  }),
  builtin("top(x, k)", (call) => {
    const x = call.quantity(0);
    const k = call.count(1, "k");
    const part = (of: "values" | "ids") => call.builder.make("top", [x], { k, part: of }, call.partOrigin(of));
    const ids = new Tensor(part("ids"), { classes: x.type.shape[0], id: true });
    return new RecordValue(new Map<string, Value>([["values", new Tensor(part("values"))], ["ids", ids]]), new Map(), true);
  }),
];

function pieceSizes(call: Call, x: Node, size: number): readonly number[] {
  const pieces = call.value(1);
  if (pieces instanceof ArrayValue) {
    const sizes = pieces.items.map((each) => (typeof each === "number" && Number.isSafeInteger(each) && each >= 1 ? each : refuse("GF2004", `the size of a piece must be a whole number from 1 up, this is ${describe(each)}`, call.spanOf(1), "give whole numbers")));
    const total = sizes.reduce((sum, each) => sum + each, 0);
    if (total !== size) refuse("GF2001", `pieces of ${sizes.join(" + ")} = ${total} are cut from ${typeText(x.type)}`, call.spanOf(1), `the sizes must add up to ${size}`);
    return sizes;
  }
  const n = call.count(1, "the number of pieces");
  if (size % n !== 0) refuse("GF2001", `${typeText(x.type)} cannot be cut into ${n} equal pieces`, call.spanOf(1), `${size} is no multiple of ${n}; split(x, [a, b, ...]) cuts pieces of given sizes`);
  call.lowering.build(n, call.spanOf(1));
  return Array.from({ length: n }, () => size / n);
}
