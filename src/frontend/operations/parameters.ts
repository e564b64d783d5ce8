/** `param`, and how parameters begin. */
import type { Initialiser } from "../../ir/graph/node.js";
import type { Dim } from "../../ir/graph/types.js";
import { builtin, type Builtin } from "./operation.js";
import type { Call } from "./call.js";
import { refuse } from "../catalogue.js";
import type { ParameterPlace, ParameterType } from "../values/names.js";
import { ArrayValue, describe, Init, RecordValue, Tensor, type Value } from "../values/values.js";

export const parameterBuiltins: readonly Builtin[] = [
  builtin("param(shape, { init?, name?, per? })", (call) => {
    if (call.has(1) && typeof call.value(1) === "number") refuse("GF2004", `param wants options, this is ${describe(call.value(1))}`, call.spanOf(1), "give several sizes as an array, as in param([4, 8])");
    const options = call.options(1, ["init", "name", "per"]);
    const type: ParameterType = { shape: shapeOf(call), per: perOf(call, options.get("per")), init: initialiserOf(call, options.get("init")) };
    expectPieces(call, type);
    const place = call.frame.scope.place(call.site, (): ParameterPlace => ({ key: call.lowering.parameterKey(), type, span: call.frame.caller ?? call.span, explicit: nameOf(call, options.get("name")) }));
    if (typeText(place.type) !== typeText(type)) {
      refuse("GF3002", `one place is one parameter, and this one is asked for as ${typeText(place.type)} and as ${typeText(type)}`, call.spanOf(0), "write the function at the top level of the file: each call of it has parameters of its own");
    }
    const name = nameOf(call, options.get("name"));
    if (name !== place.explicit) refuse("GF3002", `one place is one parameter, and this one is called ${place.explicit ?? "after its const"} and ${name ?? "after its const"}`, call.optionSpan(1, "name"), "write the function at the top level of the file, or write param once for each name");
    const { shape, per, init } = type;
    return new Tensor(call.builder.make("param", [], { name: place.key, shape, per, ...(init === undefined ? {} : { init }) }, call.origin));
  }),
  builtin("uniform(low, high)", (call) => new Init({ kind: "uniform", low: call.staticNumber(0, "the low end"), high: call.staticNumber(1, "the high end") })),
  builtin("normal(deviation)", (call) => new Init({ kind: "normal", deviation: call.staticNumber(0, "the deviation") })),
  builtin("glorot()", () => new Init({ kind: "glorot" })),
  builtin("orthogonal()", () => new Init({ kind: "orthogonal" })),
];

/** `[4, 8]`, `{head:4}[8] from 0`: two requests for one place must agree in all of it. */
function typeText({ shape, per, init }: ParameterType): string {
  const dims = per.length === 0 ? "" : `{${per.map((dim) => `${dim.name}:${dim.length.constant}`).join(", ")}}`;
  return `${dims}[${shape.join(",")}]${init === undefined ? "" : ` from ${initialiserText(init)}`}`;
}

function initialiserText(init: Initialiser): string {
  switch (init.kind) {
    case "constant": return String(init.value);
    case "constants": return `[${init.values.join(", ")}]`;
    case "uniform": return `uniform(${init.low}, ${init.high})`;
    case "normal": return `normal(${init.deviation})`;
    case "glorot": case "orthogonal": return `${init.kind}()`;
  }
}

function sizeOf(call: Call, value: Value): number {
  if (value instanceof Tensor) return refuse("GF2002", `the size of a parameter must be known at compile time; this is ${describe(value)}`, call.spanOf(0), "give a number, a const, a setting, or size(x)");
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
  return refuse("GF3004", `the size of a parameter must be a whole number from 1 up, this is ${describe(value)}`, call.spanOf(0), "give its size, as in param(8), or its sizes, as in param([4, 8])");
}

function shapeOf(call: Call): readonly number[] {
  const value = call.value(0);
  if (!(value instanceof ArrayValue)) return [sizeOf(call, value)];
  if (value.items.length === 0) refuse("GF3004", "a parameter needs a size", call.spanOf(0), "give its sizes, as in param([4, 8])");
  return value.items.map((item) => sizeOf(call, item));
}

function perOf(call: Call, value: Value): readonly Dim[] {
  if (value === undefined) return [];
  if (!(value instanceof RecordValue)) return refuse("GF3004", `per wants dimensions and their lengths, this is ${describe(value)}`, call.optionSpan(1, "per"), "write { per: { head: 4 } }");
  return [...value.entries].map(([name, length]) => call.builder.dim(name, sizeOf(call, length)));
}

function initialiserOf(call: Call, value: Value): Initialiser | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number") return { kind: "constant", value };
  if (value instanceof Init) return value.initialiser;
  if (value instanceof ArrayValue && value.items.length > 0 && value.items.every((item) => typeof item === "number")) return { kind: "constants", values: value.items };
  return refuse("GF2004", `a parameter begins with a number or an initialiser, this is ${describe(value)}`, call.spanOf(1), "write { init: 0 }, { init: uniform(-0.1, 0.1) }, or a number for each piece: { init: [0, 1, 0, 0] }");
}

/** Numbers for pieces are for equal ones. */
function expectPieces(call: Call, { shape, init }: ParameterType): void {
  const size = shape.reduce((product, n) => product * n, 1);
  if (init?.kind === "constants" && size % init.values.length !== 0) refuse("GF3004", `init has ${init.values.length} numbers, which is no way to cut ${size} into equal pieces`, call.optionSpan(1, "init"), "give one number for each piece, as in param(4 * n, { init: [0, 1, 0, 0] })");
}

function nameOf(call: Call, value: Value): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string") return refuse("GF3004", `the name of a parameter is a string, this is ${describe(value)}`, call.optionSpan(1, "name"), "give it in quotes or as a `template`");
  if (!/^[\p{L}\p{N}_$-]+(\.[\p{L}\p{N}_$-]+)*$/u.test(value)) return refuse("GF3004", `${JSON.stringify(value)} cannot be the name of a parameter`, call.optionSpan(1, "name"), "use letters, digits and _, with dots between the segments");
  return value;
}
