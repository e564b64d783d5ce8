/**
 * `scan(xs, state, step)`: carries a state along a sequence.
 *
 * The state's type is the start's, joined with what the step makes of it: where the next state runs along more dimensions
 * than the start (those of the sequence that are carried along, and the positions of maps around the scan), the body is
 * evaluated once more with a state that has them, and the start is repeated along them. The same holds for a start that is
 * a whole number and goes on as a real. Parameters are places in the source, so evaluating twice makes none twice.
 */
import type { OpenRegion } from "../../ir/graph/builder.js";
import { windowDims } from "../../ir/graph/infer.js";
import { unionDims, sameShape, visibleTypeText as typeText, type Dim, type ValueType } from "../../ir/graph/types.js";
import type { Node } from "../../ir/graph/node.js";
import { isInt32 } from "../../support/int32.js";
import type { Span } from "../../support/span.js";
import { builtin } from "./operation.js";
import type { Argument, Call } from "./call.js";
import { refuse } from "../catalogue.js";
import { broadcastTo, commonDimension, layoutOf } from "../values/dims.js";
import { dependsOn } from "../values/escape.js";
import { describe, leaves, mapLeaves, RecordValue, Tensor, valueAt, type FunctionValue, type Leaf, type Path, type Value } from "../values/values.js";

/** What the scan is called with. */
interface Parts {
  readonly xs: Value;
  readonly over: Dim;
  readonly state: RecordValue;
  readonly starts: readonly Leaf[];
  readonly step: FunctionValue;
  readonly reverse: boolean;
}

export const scanBuiltin = builtin("scan(xs, state, step, { reverse?, over? })", (call) => {
  const options = call.options(3, ["reverse", "over"]);
  const reverse = options.get("reverse") ?? false;
  if (typeof reverse !== "boolean") return refuse("GF2004", `reverse is true or false, this is ${describe(reverse)}`, call.spanOf(3), "write { reverse: true }");
  const state = call.value(1);
  if (!(state instanceof RecordValue)) return call.wrong(1, "a record as its state", "write { h: zeros(n) }");
  const starts = leaves(state);
  if (state.entries.has("final")) refuse("GF2005", "final is the name of the state after the last step", state.spans.get("final") ?? call.spanOf(1), "give this part of the state another name");
  const xs = call.value(0);
  const over = commonDimension(sequences(call, xs).map((each) => each.tensor), call.over(3, ["reverse", "over"]), call.spanOf(0));
  const parts: Parts = { xs, over, state, starts, step: call.function(2), reverse };

  // Over a slice whose extent varies along something, so do the states: each extent has a last step of its own.
  let types = starts.map((start): ValueType => {
    const type = startType(call, start);
    return { ...type, dims: unionDims(type.dims, windowDims(over)) };
  });
  for (;;) {
    const attempt = evaluateStep(call, parts, types);
    const grown = grow(call, parts, types, attempt);
    if (grown === undefined) return close(call, parts, types, attempt);
    types = grown;
  }
});

function sequences(call: Call, xs: Value): readonly { readonly tensor: Tensor; readonly path: Path }[] {
  return leaves(xs).map(({ value, path, span }) => {
    if (value instanceof Tensor) return { tensor: value, path };
    return refuse("GF2004", `${call.name} wants a sequence, this is ${describe(value)}`, span ?? call.spanOf(0), "give a sequence, a record of sequences, or range(\"step\", n)");
  });
}

function startType(call: Call, { value, path, span }: Leaf): ValueType {
  const place = span ?? call.spanOf(1);
  if (typeof value === "number") return { kind: isInt32(value) ? "int" : "real", dims: [], shape: [1] };
  if (!(value instanceof Tensor)) return refuse("GF2004", `state ${path.join(".")} must begin as a value, this is ${describe(value)}`, place, "begin with zeros(n), a param or an input");
  if (value.type.kind === "condition") refuse("GF2009", `state ${path.join(".")} is ${typeText(value.type)}, and a condition is not kept in a state`, place, "write condition ? 1 : 0");
  return value.type;
}

interface Attempt {
  readonly open: OpenRegion;
  readonly result: RecordValue;
  readonly nexts: readonly Next[];
}

interface Next {
  readonly value: Tensor | number;
  readonly span: Span;
}

/** The body, once, for states of the given types. */
function evaluateStep(call: Call, { xs, over, state, starts, step }: Parts, types: readonly ValueType[]): Attempt {
  const { lowering, builder } = call;
  const read = sequences(call, xs);
  // The positions of the dimension itself are the step's number; everything else is read element by element.
  const isPosition = (tensor: Tensor) => tensor.node.op === "index" && tensor.node.attributes.dim === over;
  const elements = read.filter(({ tensor }) => !isPosition(tensor));
  const open = builder.openRegion(over, elements.map(({ tensor }) => tensor.node), types);
  const item = (value: Value): Value => {
    if (!(value instanceof Tensor)) return value;
    if (isPosition(value)) return new Tensor(open.step, { ...value.facts, ratio: undefined });
    const slot = elements.findIndex(({ tensor }) => tensor === value);
    const node = open.items[slot];
    return node === undefined ? value : new Tensor(node, { ...value.facts, ratio: undefined });
  };
  const kept = (_: Value, path: Path): Value => {
    const slot = starts.findIndex((start) => start.path.join(".") === path.join("."));
    const start = starts[slot]?.value;
    const node = open.states[slot];
    return node === undefined ? undefined : new Tensor(node, start instanceof Tensor ? { classes: start.facts.classes, id: start.facts.id } : {});
  };
  const args: Argument[] = [
    { value: exact(mapLeaves(xs, item)), span: call.spanOf(0) },
    { value: exact(mapLeaves(state, kept)), span: call.spanOf(1) },
    { value: new Tensor(open.step), span: call.spanOf(2) },
  ];
  lowering.regions.push(open);
  let result: Value;
  try {
    result = call.apply(step, args, call.spanOf(2));
  } finally {
    lowering.regions.pop();
  }
  if (!(result instanceof RecordValue)) return refuse("GF2007", `the step of a scan gives a record with the next state, this is ${describe(result)}`, call.spanOf(2), `return { ${starts.map((start) => start.path[0]).join(", ")} }`);
  const record = result;
  const nexts = starts.map(({ path }): Next => {
    const value = valueAt(record, path);
    const span = spanAt(record, path) ?? call.spanOf(2);
    if (value instanceof Tensor || typeof value === "number") return { value, span };
    if (value === undefined) return refuse("GF2007", `state ${path.join(".")} is missing from what the step gives`, call.spanOf(2), `return it: { ${path[0]}: ... }`);
    return refuse("GF2007", `state ${path.join(".")} continues as ${describe(value)}`, span, "give it a value");
  });
  for (const start of state.entries.keys()) {
    const before = leaves(state.get(start)).length;
    const after = leaves(record.get(start)).length;
    if (before !== after) refuse("GF2007", `state ${start} begins as ${describe(state.get(start))} and continues as ${describe(record.get(start))}`, record.spans.get(start) ?? call.spanOf(2), "give the next state the same keys; further outputs go beside it");
  }
  return { open, result: record, nexts };
}

function exact(value: Value): Value {
  return value instanceof RecordValue ? new RecordValue(value.entries, value.spans, true) : value;
}

function spanAt(record: RecordValue, path: Path): Span | undefined {
  let span: Span | undefined;
  let value: Value = record;
  for (const key of path) {
    if (!(value instanceof RecordValue)) return span;
    span = value.spans.get(key) ?? span;
    value = value.get(key);
  }
  return span;
}

/** The types of the states, as far as the step makes more of them than they were; undefined if they are settled. */
function grow(call: Call, { xs, over, starts }: Parts, types: readonly ValueType[], { nexts }: Attempt): ValueType[] | undefined {
  const carried = sequences(call, xs).flatMap(({ tensor }) => tensor.type.dims).filter((dim) => dim !== over);
  const allowed = new Set<Dim>([...carried, ...call.lowering.maps.map((map) => map.index)]);
  let changed = false;
  const grown = types.map((type, slot): ValueType => {
    const next = nexts[slot];
    if (next === undefined) return type;
    const value = typeof next.value === "number" ? { kind: isInt32(next.value) ? ("int" as const) : ("real" as const), dims: [], shape: [1] } : next.value.type;
    const name = starts[slot]?.path.join(".") ?? "";
    const extra = value.dims.filter((dim) => !type.dims.includes(dim));
    if (!sameShape(value.shape, type.shape) || extra.some((dim) => !allowed.has(dim)) || value.kind === "condition") {
      const help = value.kind === "condition" ? "write condition ? 1 : 0" : extra.includes(over) ? "the whole sequence was used where the step's own element was meant" : "give the next state the shape that the state begins with";
      refuse("GF2007", `state ${name} begins as ${typeText(startType(call, starts[slot] ?? { value: 0, path: [], span: undefined }))} and continues as ${typeText(value)}`, next.span, help);
    }
    const kind = value.kind === "real" ? "real" : type.kind;
    if (kind === type.kind && extra.length === 0) return type;
    changed = true;
    return { kind, dims: unionDims(type.dims, value.dims), shape: type.shape };
  });
  return changed ? grown : undefined;
}

/** Closes the region and gives the keys of every step as sequences, and the final state. */
function close(call: Call, { over, state, starts, reverse }: Parts, types: readonly ValueType[], { open, result, nexts }: Attempt): Value {
  const { builder, lowering } = call;
  const fit = (node: Node, type: ValueType): Node => {
    const kind = type.kind === "real" ? lowering.toReal(node) : node;
    return broadcastTo(lowering, kind, type.dims);
  };
  const typeOf = (slot: number): ValueType => types[slot] ?? { kind: "real", dims: [], shape: [1] };
  const nextNodes = nexts.map(({ value, span }, slot) => fit(lowering.lift(value, span, typeOf(slot).kind), typeOf(slot)));
  const outputs: { readonly path: string; readonly node: Node }[] = leaves(result).map(({ path, value, span }) => {
    const place = span ?? call.spanOf(2);
    const slot = starts.findIndex((start) => start.path.join(".") === path.join("."));
    const next = nextNodes[slot];
    if (next !== undefined) return { path: path.join("."), node: next };
    if (path[0] === "final") refuse("GF2005", "final is the name of the state after the last step", place, "give this output another name");
    if (!(value instanceof Tensor) && typeof value !== "number") return refuse("GF2004", `output ${path.join(".")} of the step must be a value, this is ${describe(value)}`, place, "leave the key out, or give it a value");
    const node = lowering.lift(value, place, typeof value === "number" && isInt32(value) ? "int" : "real");
    if (node.type.kind === "condition") refuse("GF2009", `output ${path.join(".")} is ${typeText(node.type)}`, place, "write condition ? 1 : 0");
    for (const dim of node.type.dims) {
      if (dim.origin.kind === "window" && dependsOn([dim.origin.start, dim.origin.end], { region: open.id })) {
        refuse("GF2008", `output ${path.join(".")} runs along a slice that changes from step to step`, place, "reduce over the slice inside the step");
      }
      if (dim.name === over.name && dim.origin.kind !== "index") refuse("GF2008", `output ${path.join(".")} would run along "${over.name}" twice`, place, "reduce over it inside the step, or rename the sequence first: rename(xs, \"other\")");
    }
    return { path: path.join("."), node };
  });
  const region = builder.closeRegion(open, {
    reverse,
    starts: starts.map(({ value, span }, slot) => {
      const type = typeOf(slot);
      return fit(lowering.lift(value, span ?? call.spanOf(1), type.kind), type);
    }),
    nexts: nextNodes,
    outputs: outputs.map((output) => output.node),
    stateNames: starts.map(({ path }) => path.join(".")),
    outputNames: outputs.map((output) => output.path),
  });
  const sequence = mapLeaves(result, (value, path) => {
    const key = path.join(".");
    const slot = outputs.findIndex((output) => output.path === key);
    const node = builder.scanOutput(region, slot, call.partOrigin(key));
    const { classes, id, layout = node.type.dims } = value instanceof Tensor ? value.facts : {};
    return new Tensor(node, { classes, id, layout: layoutOf(node, [over, ...layout]) });
  });
  const final = mapLeaves(state, (value, path) => {
    const slot = starts.findIndex((start) => start.path.join(".") === path.join("."));
    const next = nexts[slot]?.value;
    const facts = next instanceof Tensor ? next.facts : value instanceof Tensor ? value.facts : {};
    return new Tensor(builder.scanFinal(region, slot, call.partOrigin(`final.${path.join(".")}`)), { classes: facts.classes, id: facts.id });
  });
  const entries = new Map(sequence instanceof RecordValue ? sequence.entries : []);
  entries.set("final", exact(final));
  return new RecordValue(entries, new Map(), true);
}
