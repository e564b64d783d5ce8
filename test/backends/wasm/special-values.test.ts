/**
 * Infinities, NaN, zeros with their signs, the largest and the smallest numbers, through every function of one and of two
 * numbers, in vectors and one by one, against the interpreter's float32 mode.
 */
import { expect, test } from "vitest";
import { compile } from "../../../src/compile.js";
import { readModels } from "../../../src/frontend/index.js";
import { interpret } from "../../../src/ir/graph/interpret.js";
import { defined } from "../../../src/support/invariant.js";
import { near } from "../../support/rounded.js";
import { runModule } from "../js/run-module.js";

const specials = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -0.5, 2, 3.4028234663852886e38, -3.4028234663852886e38, 2 ** -126, -(2 ** -126), 2 ** -149, 1e-3, 88, -88, 10.25, -7.75, 100, -100];

const unary = "-x abs(x) exp(x) log(x) log1p(x) sqrt(x) sin(x) cos(x) tanh(x) sigmoid(x) erf(x) relu(x)".split(" ");
const binary = ["x + y", "x - y", "x * y", "x / y", "x % y", "x ** y", "min(x, y)", "max(x, y)", "x < y ? x : y", "x <= y ? x : y", "x === y ? x : y", "x !== y ? x : y"];
const words = "abs exp log log1p sqrt sin cos tanh sigmoid erf relu min max";

/** The function at each pair of a sequence: of its length some are vectors, the last up to three are not. */
function evaluate(expression: string, x: readonly number[], y: readonly number[]): { readonly actual: ArrayLike<number>; readonly expected: ArrayLike<number> } {
  const used = words.split(" ").filter((word) => expression.includes(`${word}(`));
  const isBinary = expression.includes("y");
  const text = `import { ${[...used, "type Seq", "type Real"].join(", ")} } from "gatefold";\nexport function net(x: Seq<"time", Real>${isBinary ? `, y: Seq<"time", Real>` : ""}) { return { r: ${expression} }; }\n`;
  const source = { file: "net.model.ts", text };
  const { files, diagnostics } = compile(source, { target: "wasm", relaxedSimd: false });
  expect(diagnostics).toEqual([]);
  const inputs: Record<string, number[]> = isBinary ? { x: [...x], y: [...y] } : { x: [...x] };
  const { graph } = defined(readModels(source, { resolve: () => undefined }, { models: undefined, settings: undefined }).models[0], "a model");
  const expected = interpret(graph, { inputs: Object.fromEntries(Object.entries(inputs).map(([name, data]) => [name, { shape: [data.length, 1], data }])), round: "float32" });
  return { actual: defined(runModule(defined(files[0], "a module").text).load({}).run(inputs)["r"], "r"), expected: defined(expected["r"], "r").data };
}

function same(actual: number, expected: number): boolean {
  const rounded = Math.fround(expected);
  if (Object.is(actual, rounded)) return true;
  if (!Number.isFinite(rounded) || !Number.isFinite(actual)) return false;
  // Below the normal numbers a result may be 0.
  if (Math.abs(rounded) < 2 ** -126) return Math.abs(actual) <= 2 ** -126;
  return near(actual, rounded, 1e-6) && (rounded !== 0 || Math.abs(actual) < 1e-7);
}

function faults(expression: string, x: readonly number[], y: readonly number[]): string[] {
  const { actual, expected } = evaluate(expression, x, y);
  return x.flatMap((each, i) => (same(actual[i] ?? NaN, expected[i] ?? NaN) ? [] : [`x ${each}, y ${y[i]}: ${actual[i]}, not ${expected[i]}`]));
}

test.each(unary)("%s", (expression) => {
  // As many as leave three for the end, then the same from the other side.
  const x = [...specials, 7].slice(0, 23);
  expect(faults(expression, x, x)).toEqual([]);
  expect(faults(expression, [...x].reverse(), x)).toEqual([]);
});

test.each(binary)("%s", (expression) => {
  const pairs = specials.flatMap((x) => specials.map((y) => [x, y] as const));
  expect(faults(expression, pairs.map(([x]) => x), pairs.map(([, y]) => y))).toEqual([]);
});
