/** Properties and elements of values. */
import type { Span } from "../../support/span.js";
import { refuse } from "../catalogue.js";
import { importOf } from "../files/offered.js";
import { nearest } from "../../support/nearest.js";
import { ArrayFrom, ArrayValue, describe, Method, Namespace, RecordValue, Tensor, type Value } from "../values/values.js";

const mathConstants = new Map<string, number>(
  (["PI", "E", "LN2", "LN10", "LOG2E", "LOG10E", "SQRT2", "SQRT1_2"] as const).map((name) => [name, Math[name]]),
);

/** What to write for those functions of Math that the language does without, or has under another meaning. */
const insteadOfMath = new Map([
  ["random", "import { random } from \"gatefold\": it draws anew at each step, and the seed of a run decides what"],
  ["pow", "write x ** y"],
  ["round", "write floor(x + 0.5)"],
  ["ceil", "write -floor(-x)"],
]);

function mathHelp(name: string): string {
  const word = importOf(name);
  return insteadOfMath.get(name) ?? (word === undefined ? "docs/language.md lists the operations that there are" : `${word}: it works on static numbers, too`);
}

export function member(value: Value, name: string, span: Span): Value {
  if (value instanceof RecordValue) {
    if (value.entries.has(name) || !value.exact) return value.get(name);
    const close = nearest(name, value.entries.keys());
    return refuse("GF2012", `there is no ${name} in ${describe(value)}`, span, close === undefined ? `it has ${[...value.entries.keys()].join(", ")}` : `did you mean ${close}?`);
  }
  if (value instanceof ArrayValue) {
    if (name === "length") return value.items.length;
    if (name === "map" || name === "entries") return new Method(name, value.items);
    return refuse("GF2012", `arrays have no ${name} here`, span, "an array has length, map and entries");
  }
  if (value instanceof Namespace) {
    const constant = value.name === "Math" ? mathConstants.get(name) : undefined;
    if (constant !== undefined) return constant;
    if (value.name === "Array" && name === "from") return new ArrayFrom();
    return refuse("GF2012", `${value.name}.${name} is outside the language`, span, value.name === "Math" ? mathHelp(name) : "write Array.from({ length: n }, (_, i) => ...)");
  }
  if (typeof value === "string" && name === "length") return value.length;
  if (value instanceof Tensor) return refuse("GF2012", `${describe(value)} has no ${name}: it is a value, not a record`, span, "operations are functions, as in size(x) or length(xs)");
  return refuse("GF2012", `${describe(value)} has no ${name}`, span, value === undefined ? "write ?. where it may be missing" : "take a property of a record or an array");
}

export function element(value: Value, index: Value, span: Span): Value {
  if (value instanceof Tensor) return refuse("GF2012", `${describe(value)} is not indexed with [ ]`, span, "pick(x, i) is component i of a vector, at(xs, t) element t of a sequence");
  if (index instanceof Tensor) return refuse("GF2002", `an index of an array must be known at compile time; this is ${describe(index)}`, span, "use a number, or keep the values in one tensor and use pick or at");
  if (value instanceof ArrayValue && typeof index === "number") {
    if (!Number.isInteger(index) || index < 0 || index >= value.items.length) return refuse("GF2012", `there is no element ${index} of ${describe(value)}`, span, value.items.length === 0 ? "the array is empty" : `its elements are 0 to ${value.items.length - 1}`);
    return value.items[index];
  }
  if (value instanceof RecordValue && (typeof index === "string" || typeof index === "number")) return member(value, String(index), span);
  return refuse("GF2012", `${describe(value)} has no element ${describe(index)}`, span, "take an element of an array by its number");
}
