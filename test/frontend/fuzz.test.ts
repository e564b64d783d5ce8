/**
 * Broken sources: whatever the text of a file is, the front end answers with models or with diagnostics whose places lie in
 * the text. Nothing is thrown, nothing is executed, nothing takes for ever. And whatever is accepted verifies.
 */
import fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { catalogue, readModels, type ReadResult } from "../../src/frontend/index.js";
import { libraryFiles } from "../../src/frontend/library.generated.js";
import { verifyGraph } from "../../src/ir/graph/verify.js";
import { checkProperty } from "../support/property.js";
import { fileOfCell, languageForms, withImports } from "./helpers.js";

const folder = fileURLToPath(new URL("../errors/", import.meta.url));
const seeds = [
  ...readdirSync(folder).filter((name) => name.endsWith(".model.ts") && name !== "size.model.ts").map((name) => readFileSync(path.join(folder, name), "utf8")),
  ...libraryFiles.map((file) => file.text),
  `import { linear, scan, map, at, slice, softmax, dot, sum, tanh, zeros, param, range, length, split, concat, type Seq, type Vec } from "gatefold";
const [N, M] = [4, 2] as const;
function gate(x: number, h: number) { return linear(x, N) + linear(h, N, { bias: false }); }
export function net(xs: Seq<"time", Vec<8>>, h0: Vec<4> = zeros(N), depth = 2) {
  let ys = scan(xs, { h: h0, n: 0 }, (x, { h, n }, t) => { const reset = gate(x, h); return { h: tanh(reset) * h, n: n + 1, t }; }).h;
  for (let i = 0; i < depth; i++) { const layer = map(ys, (y, t) => { const w = softmax(dot(y, slice(ys, 0, t + 1)), "time"); return sum(w * slice(ys, 0, t + 1), "time"); }); ys = layer; }
  const heads = split(linear(ys, 8), M, "head");
  return { y: concat(heads, "head"), taps: map(range("tap", 2 * length(xs) + 1), (k) => at(ys, k - 1)) };
}`,
];

/** What is accepted as it stands. */
const sound = [...languageForms.map(([, accepted]) => withImports(fileOfCell(accepted ?? ""))), ...Array.from({ length: 20 }, () => seeds.at(-1) ?? "")];

const words = ["x", "h", "(", ")", "{", "}", "[", "]", "=>", "...", ",", ";", "=", "+", "-", "*", "/", "%", "**", "===", "<", "&&", "||", "??", "?.", "?", ":", "!", ".", "0", "1", "2.5", "1e9", "-1", `"time"`, `"head"`, "`${x}`", "undefined", "null", "NaN", "Infinity", "const", "let", "return", "if", "for", "of", "function", "export", "import", "type", "throw new Error(\"e\")", "param(3)", "zeros(2)", "scan", "map", "sum(x)", "xs", "__proto__", "constructor", "Vec<3>", "Id<4>", "Seq<\"time\", Vec<2>>", "number", "async", "await", "class", "while (true) {}", "// ", "/*", "\n", "é", "\u0000"];

/** One edit of a text: some characters go, a word comes, or a part is doubled. */
const edit = fc.record({ at: fc.nat(4000), remove: fc.nat(12), word: fc.constantFrom("", ...words), double: fc.nat(30) });
const source = fc.record({ seed: fc.constantFrom(...seeds), edits: fc.array(edit, { minLength: 1, maxLength: 6 }) }).map(({ seed, edits }) =>
  edits.reduce((text, { at, remove, word, double }) => {
    const place = at % (text.length + 1);
    return `${text.slice(0, place)} ${word} ${double > 25 ? text.slice(place, place + 20) : ""}${text.slice(place + remove)}`;
  }, seed));

/** One edit that keeps the syntax, mostly: a name for another name of the text, a number for a number, an operator for an operator. */
const swap = fc.record({ seed: fc.constantFrom(...sound), swaps: fc.array(fc.record({ at: fc.nat(4000), by: fc.nat(4000), number: fc.constantFrom("0", "1", "2", "3", "8", "2.5", "100", "-1") }), { minLength: 1, maxLength: 2 }) }).map(({ seed, swaps }) => {
  const tokens = seed.split(/([A-Za-z_]\w*|\d[\w.]*|===|!==|\*\*|&&|\|\||[+\-*/%<>])/);
  const sorts = [/^(?!(?:const|let|return|export|function|if|for|of|import|from|type|async|new|throw|Error|gatefold)$)[A-Za-z_]\w*$/, /^\d/, /^(===|!==|\*\*|&&|\|\||[+\-*/%<>])$/];
  const from = seed.indexOf("export");
  for (const { at, by, number } of swaps) {
    const places = tokens.flatMap((token, i) => (tokens.slice(0, i).join("").length > from && sorts.some((sort) => sort.test(token)) ? [i] : []));
    const place = places[at % places.length] ?? 0;
    const sort = sorts.find((each) => each.test(tokens[place] ?? ""));
    const others = tokens.filter((token) => sort?.test(token) === true);
    tokens[place] = sort === sorts[1] ? number : (others[by % others.length] ?? "");
  }
  return tokens.join("");
});

function check(text: string): ReadResult {
  const result = readModels({ file: "fuzz.model.ts", text }, { resolve: () => undefined });
  for (const { code, span, help, message } of result.diagnostics) {
    expect(Object.keys(catalogue)).toContain(code);
    expect(help, message).toBeTruthy();
    const of = result.sources.get(span?.file ?? "");
    expect(of, message).toBeDefined();
    expect(span !== undefined && 0 <= span.start && span.start <= span.end && span.end <= (of?.length ?? 0), message).toBe(true);
  }
  for (const { graph } of result.models) expect(verifyGraph(graph)).toEqual([]);
  return result;
}

test("every seed is read", () => {
  for (const seed of seeds) check(seed);
});

test("edited sources give models or diagnostics", () => {
  checkProperty(400, source, (text) => void check(text));
});

test("sources with other names, numbers and operators give models or diagnostics", () => {
  let models = 0;
  checkProperty(400, swap, (text) => {
    models += check(text).models.length;
  });
  // Many of them still mean something: then their graphs have been verified.
  expect(models).toBeGreaterThan(50);
});

test("random words give models or diagnostics", () => {
  checkProperty(300, fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((list) => `export function f(x: Vec<3>, xs: Seq<"time", Vec<3>>) { return ${list.join(" ")}`), (text) => void check(text));
});

test("the same text gives the same graphs and the same diagnostics", () => {
  checkProperty(50, source, (text) => {
    const [a, b] = [check(text), check(text)];
    expect(b.diagnostics).toEqual(a.diagnostics);
    expect(b.models.map((model) => model.name)).toEqual(a.models.map((model) => model.name));
  });
});
