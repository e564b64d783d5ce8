/**
 * Bad models and what is said of them. Each file of test/errors is read, and its diagnostics must be those of the .txt
 * beside it, code frame and all. `GATEFOLD_BLESS=1 npx vitest run test/frontend/errors.test.ts` writes the latter anew; the
 * difference shows in review.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { catalogue, readModels, type ReadResult } from "../../src/frontend/index.js";
import { describeShared } from "../support/shared.js";
import { diskHost, readText, show } from "./helpers.js";

const folder = fileURLToPath(new URL("../errors/", import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith(".model.ts")).sort();

const results = new Map<string, ReadResult>();

function read(file: string): ReadResult {
  const known = results.get(file);
  if (known !== undefined) return known;
  const host = { resolve: (specifier: string) => diskHost.resolve(specifier, path.join(folder, file)) };
  const result = readModels({ file, text: readFileSync(path.join(folder, file), "utf8") }, host);
  results.set(file, result);
  return result;
}

describe("bad models", () => {
  test.each(files)("%s", (file) => {
    const result = read(file);
    const shown = show(result).replaceAll(folder, "");
    const expected = path.join(folder, file.replace(/\.model\.ts$/, ".txt"));
    if (process.env["GATEFOLD_BLESS"] === "1") writeFileSync(expected, shown);
    expect(existsSync(expected)).toBe(true);
    expect(shown).toBe(readFileSync(expected, "utf8"));
    for (const diagnostic of result.diagnostics) {
      expect(diagnostic.help, diagnostic.message).toBeTruthy();
      expect(diagnostic.span, diagnostic.message).toBeDefined();
      expect(Object.keys(catalogue)).toContain(diagnostic.code);
    }
  });

  /** What only a caller's options, or sources too large to keep as files, can bring about; language.test.ts has them. */
  const elsewhere = ["GF1010", "GF1012", "GF2014", "GF3005", "GF4004", "GF4006"];

  test("show every diagnostic of the catalogue", () => {
    const seen = new Set<string>(files.flatMap((file) => read(file).diagnostics.map((diagnostic) => diagnostic.code)));
    expect(Object.keys(catalogue).filter((code) => !seen.has(code))).toEqual(elsewhere);
  });
});

describeShared("what the language refuses", "language/errors", (directory) => {
  const text = readFileSync(path.join(directory, "refused.ts.txt"), "utf8");
  const result = readText(text);

  /** model -> code, the source under the caret, a part of the message. */
  const refused: readonly (readonly [string, string, string, string])[] = [
    ["wrongState", "GF2007", "linear(x, 7)", "state h begins as [6] and continues as [7]"],
    ["wholeSequence", "GF2007", "tanh(linear(xs, 6) + h)", "state h begins as [6] and continues as {time}[6]"],
    ["twice", "GF2008", `(x) => softmax(dot(x, xs), "time")`, `the result would run along "time" twice`],
    ["forgotMap", "GF2006", "e", `{sentence, word}[4] runs along "sentence" and "word": name one`],
    ["nested", "GF3001", "linear", "two parameters would be called y.weight"],
    ["runtimeIf", "GF2003", "sum(x) > 0", "if needs a condition known at compile time"],
    ["widths", "GF2001", "*", "the sizes of [8] and [6] differ"],
    ["dynamicSize", "GF2002", "length(xs)", "hidden is a number, which must be known at compile time; this is [1]int"],
    ["realIndex", "GF2004", "sum(xs) / 2", "an index must be an integer, this is {time}[1]"],
    ["shared", "GF3002", "param([4, size(x)])".slice(6, -1), "[4,8] and as [4,6]"],
    ["heads", "GF2001", "4", "[10] cannot be cut into 4 equal pieces"],
    ["other", "GF2006", "x + y", `runs along "time" and "other": name one`],
    ["bits", "GF1004", "|", "the operator | is outside the language"],
    ["lengths", "GF2001", "+", `two lengths under the name "time"`],
    ["recursion", "GF1008", "fact", "fact calls itself"],
    ["whileLoop", "GF1002", "while", "outside the language"],
  ];

  test("lists all of it here", () => {
    expect([...text.matchAll(/^export function (\w+)/gm)].map((match) => match[1])).toEqual(refused.map(([model]) => model));
    expect(result.models).toEqual([]);
    expect(result.diagnostics).toHaveLength(refused.length);
  });

  test.each(refused)("%s", (_, code, underlined, message) => {
    const found = result.diagnostics.find((diagnostic) => diagnostic.code === code && diagnostic.message.includes(message));
    const source = found?.span === undefined ? "" : result.sources.get(found.span.file)?.slice(found.span.start, found.span.end);
    expect({ message: found?.message, underlined: source }).toEqual({ message: expect.stringContaining(message), underlined });
  });
});

describe("where calls of one expression come to one name", () => {
  const net = (body: string): string => `${gate}export function net(x: Vec<8>, h: Vec<8>) { ${body} return f; }`;
  const gate = "function gate(y: Tensor, n: number) { return linear(y, n); }\n";

  // What is written, the call that is shown, and what the help makes of it.
  test.each([
    ["a call around others", "const f = sigmoid(layerNorm(linear(x, 8) + linear(h, 8)) + 1);", "layerNorm", "const before = linear(x, 8) + linear(h, 8); const f = sigmoid(layerNorm(before) + 1);"],
    ["beside another", "const f = layerNorm(x) + layerNorm(x + h);", "layerNorm", "const before = x + h; const f = layerNorm(x) + layerNorm(before);"],
    ["two beside each other", "const f = gate(x * 2, 8) + gate(x * 3, 8);", "gate", "const a = x * 2; const b = x * 3; const f = gate(a, 8) + gate(b, 8);"],
    ["two around a third", "const f = gate(tanh(gate(tanh(gate(x, 8)), 8)), 8);", "gate", "const a = tanh(gate(x, 8)); const b = tanh(gate(a, 8)); const f = gate(b, 8);"],
    ["of the same argument", "const f = gate(x, 8) + gate(x, 8);", "gate", "const one = gate(x, 8); const f = one + gate(x, 8);"],
  ])("%s", (_, refused, shown, mended) => {
    const { diagnostics: [first, ...others], sources } = readText(net(refused));
    expect(others).toEqual([]);
    expect(first?.code).toBe("GF3001");
    expect(first?.span === undefined ? "" : sources.get(first.span.file)?.slice(first.span.start, first.span.end)).toBe(shown);
    // The call itself is shown, and not what it makes.
    expect(first?.span?.start).toBeGreaterThan((sources.get("m.model.ts") ?? "").indexOf("export function net"));
    expect(show(readText(net(mended)))).toBe("");
  });
});
