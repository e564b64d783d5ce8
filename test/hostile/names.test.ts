/**
 * Names are data. Whatever a model calls its inputs, outputs, parameters, states, dimensions and settings - words that
 * JavaScript reserves, members that every object inherits, text that would end a string or a comment - the module that is
 * made parses, runs, keeps all of them apart, and calls nothing.
 */
import { afterAll, describe, expect, test, vi } from "vitest";
import { compile, type CompileOptions } from "../../src/compile.js";
import { internalProperties } from "../../src/runtime/internal-properties.js";
import type { RunningModule } from "../backends/js/run-module.js";
import { importModule as importCompiled, withWords } from "./import-module.js";
import { minifying } from "../support/minifying.js";

/** Any text may be a key. Some of these differ only in what an identifier cannot hold. */
const texts: readonly string[] = [
  "__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "prototype", "then", "length", "name", "__metadata__", "__defineGetter__",
  '"); evil(', "'); evil('", "`); evil(`", "${evil()}", "*/ evil() /*", "/* evil", "// evil", "\n evil()", "\r\n evil()", "\u2028 evil()", "\u2029 evil()",
  "</script><script>evil()</script>", "<!-- evil()", "--> evil()", "\\", "\\u0022", '\\"', "\u0000", "\u001b[2J", "\u202e", "\ufeff",
  "class", "await", "arguments", "eval", "yield", "let", "this", "null", "new", "enum", "static", "async", "undefined", "NaN", "Infinity",
  "load", "parameters", "stamp", "Model", "Memory", "Stream", "F", "I", "L", "o", "t", "seed0", "readInputs", "weightArrays", "Float32Array", "Math",
  ...internalProperties.filter((name) => name !== "seed0"),
  "a.b", "a-b", "a_b", "a b", "a..b", "a/b", "_a_b_", "a\tb", "A.B", "é", "e\u0301", "😀", "😁", "👩‍👩‍👧", "ａ", "0", "00", "1e9", "-1", " ", "  ", "\ud800", "\udfff", "\ud83d",
  "x".repeat(10_000), `${"x".repeat(10_000)}y`,
];

/** What TypeScript takes for a name of a variable, or of a function of a module. */
const identifiers: readonly string[] = [
  "__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "prototype", "then", "length", "name", "load", "parameters", "stamp", "Model", "models", "Memory",
  "F", "I", "L", "o", "t", "seed0", "seed1", "set", "get", "async", "of", "Float32Array", "Float64Array", "Math", "Object", "Array", "JSON", "globalThis", "NaN_", "undefined_",
  ...internalProperties.filter((name) => !/^seed/.test(name)),
  "ünï", "µ", "ñ", "名前", "_", "__", "$", "$$", "a$b", "a_b", "ａ", "x".repeat(10_000), `${"x".repeat(10_000)}y`,
];

const evil = vi.fn();
vi.stubGlobal("evil", evil);
afterAll(() => {
  expect(evil).not.toHaveBeenCalled();
  expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(inherited);
});
const inherited = Object.getOwnPropertyNames(Object.prototype).sort();

const key = (text: string): string => `[${JSON.stringify(text)}]`;
const record = <T>(keys: readonly string[], value: (key: string, index: number) => T): Record<string, T> => Object.fromEntries(keys.map((each, i) => [each, value(each, i)]));

/** All own properties of a record, `__proto__` too. */
function entries(values: Readonly<Record<string, ArrayLike<number>>>): [string, number[]][] {
  return Object.entries(values).map(([name, data]): [string, number[]] => [name, Array.from(data)]).sort(([a], [b]) => (a < b ? -1 : 1));
}

const expected = (keys: readonly string[], value: (index: number) => number[]): [string, number[]][] => entries(record(keys, (_, i) => value(i)));

describe.each([{ minify: false }, { minify: true }])("minified: $minify", ({ minify }) => {
  const importModule = (text: string, options: CompileOptions = {}): Promise<RunningModule> => importCompiled(text, { ...options, ...minifying(minify) });

  describe("names that are any text", () => {
    test("of outputs", async () => {
      const module = await importModule(`export function net(x: Vec<2>) { return { ${texts.map((text, i) => `${key(text)}: x * ${i + 1}`).join(", ")} }; }`);
      const net = module.load({});
      expect(entries(net.run({ x: [1, 2] }))).toEqual(expected(texts, (i) => [i + 1, 2 * (i + 1)]));
      expect(Object.keys(net.outputs).sort()).toEqual([...texts].sort());
    });

    test("of inputs", async () => {
      const quoted = texts.map((text) => JSON.stringify(text));
      const module = await importModule(`export function net({ ${quoted.map((text, i) => `${text}: v${i}`).join(", ")} }: { ${quoted.map((text) => `${text}: Real`).join("; ")} }) { return { ${texts.map((text, i) => `${key(text)}: v${i} * 2`).join(", ")} }; }`);
      const net = module.load({});
      expect(Object.keys(net.inputs).sort()).toEqual([...texts].sort());
      expect(entries(net.run(record(texts, (_, i) => i)))).toEqual(expected(texts, (i) => [2 * i]));
      // Each must be given itself: nothing is taken for given that every object inherits.
      for (const missing of ["__proto__", "constructor", "toString"]) {
        expect(() => net.run(record(texts.filter((text) => text !== missing), () => 1))).toThrow(`input ${JSON.stringify(missing)} is missing`);
      }
    });

    test("of states, in a run and in a stream", async () => {
      const names = texts.filter((text) => text.length < 100);
      const members = (value: (i: number) => string): string => names.map((text, i) => `${key(text)}: ${value(i)}`).join(", ");
      const parts = (variable: string): string => `{ ${names.map((text, i) => `${JSON.stringify(text)}: ${variable}${i}`).join(", ")} }`;
      const scanned = `scan(xs, { ${members(() => "0")} }, (x, ${parts("h")}) => ({ ${members((i) => `h${i} + x * ${i + 1}`)} }))`;
      const module = await importModule(
        `export function net(xs: Seq<"time", Real>) { const ys = ${scanned}; const ${parts("last")} = ys.final; return { ${members((i) => `last${i}`)} }; }
        export function steps(xs: Seq<"time", Real>) { const ${parts("y")} = ${scanned}; return { ${members((i) => `y${i}`)} }; }`,
      );
      const { net, steps } = module.load({});
      expect(entries(net?.run({ xs: [1, 2] }) ?? {})).toEqual(expected(names, (i) => [3 * (i + 1)]));
      const stream = steps?.stream();
      stream?.step({ xs: [1] });
      expect(entries(stream?.step({ xs: [2] }) ?? {})).toEqual(expected(names, (i) => [3 * (i + 1)]));
      const state = stream?.state();
      stream?.reset();
      stream?.setState(state);
      expect(entries(stream?.step({ xs: [1] }) ?? {})).toEqual(expected(names, (i) => [4 * (i + 1)]));
    });

    test("of dimensions", async () => {
      const names = texts.filter((text) => text.length < 100);
      const module = await importModule(
        `export function net(${names.map((text, i) => `x${i}: Seq<${JSON.stringify(text)}, Real>`).join(", ")}) { return { ${names.map((text, i) => `y${i}: sum(x${i}, ${JSON.stringify(text)})`).join(", ")} }; }`,
      );
      const inputs = Object.fromEntries(names.map((_, i) => [`x${i}`, new Array<number>(i % 5).fill(1)]));
      const net = module.load({});
      const result = Object.fromEntries(names.map((_, i) => [`y${i}`, [i % 5]]));
      expect(entries(net.run(inputs))).toEqual(entries(result));
      expect(entries(net.run(inputs, { lengths: record(names, (_, i) => i % 5) }))).toEqual(entries(result));
      expect(() => net.run(inputs, { lengths: { ["__proto__ "]: 1 } })).toThrow("no free length");
    });

    test.each(["__proto__", "constructor", '"); evil(', "\u2028", "😀"])("of the dimension %j of a stream", async (name) => {
      const module = await importModule(`export function net(xs: Seq<${JSON.stringify(name)}, Real>) { return scan(xs, { h: 0 }, (x, { h }) => ({ h: h + x })).h; }`);
      const stream = module.load({}).stream();
      stream.step({ xs: 1 });
      expect(Array.from(stream.step({ xs: 2 })["output"] ?? [])).toEqual([3]);
    });

    test("of keys that name parameters, in records, maps and files", async () => {
      const module = await importModule(`export function net(x: Real) { const r = { ${texts.map((text) => `${key(text)}: param(1)`).join(", ")} }; return { ...r, x }; }`);
      const names = texts.map((text) => `r.${text}`);
      const values = record(names, (_, i) => Float32Array.of(i));
      const wanted = entries({ ...record(texts, (_, i) => [i]), x: [7] });
      expect(Object.keys(module.parameters).sort()).toEqual([...names].sort());
      expect(entries(module.load(values).run({ x: 7 }))).toEqual(wanted);
      expect(entries(module.load(new Map(Object.entries(values))).run({ x: 7 }))).toEqual(wanted);
      expect(() => module.load({})).toThrow("the weights do not fit");
    });

    test("of settings, which are only ever text", async () => {
      for (const text of texts) {
        const source = withWords(`export function net(x: Real, mode = "a") { return { [mode]: mode === ${JSON.stringify(text)} ? x : x * 2 }; }`);
        const { diagnostics, files } = compile({ file: "net.model.ts", text: source }, { settings: { mode: text } });
        expect(diagnostics).toEqual([]);
        expect(files).toHaveLength(2);
      }
    });

    test("of parameters, where the model names them itself: a plain name or an error", async () => {
      const accepted: string[] = [];
      for (const text of texts) {
        const { diagnostics } = compile({ file: "net.model.ts", text: withWords(`export function net(x: Real) { const w = param(1, { name: ${JSON.stringify(text)} }); return w * x; }`) });
        if (diagnostics.length > 0) expect(diagnostics.map(({ code }) => code)).toEqual(["GF3004"]);
        else accepted.push(text);
      }
      expect(accepted).toEqual(expect.arrayContaining(["__proto__", "constructor", "class", "await", "a.b", "a-b", "a_b"]));
      const module = await importModule(`export function net(x: Real) { return { ${accepted.map((text, i) => `y${i}: x * param(1, { name: ${JSON.stringify(text)} })`).join(", ")} }; }`);
      const ys = module.load(record(accepted, (_, i) => Float32Array.of(i + 1))).run({ x: 1 });
      expect(entries(ys)).toEqual(entries(Object.fromEntries(accepted.map((_, i) => [`y${i}`, [i + 1]]))));
    });
  });

  describe("names that TypeScript takes", () => {
    test("of models, all of one module", async () => {
      const module = await importModule(identifiers.map((name, i) => `export function ${name}(x: Real) { return x * ${i + 1}; }`).join("\n"));
      const models = module.load({});
      expect(Object.keys(models).sort()).toEqual([...identifiers].sort());
      for (const [i, name] of identifiers.entries()) {
        const model = Object.getOwnPropertyDescriptor(models, name)?.value as typeof models;
        expect([model.name, Array.from(model.run({ x: 1 })["output"] ?? [])]).toEqual([name, [i + 1]]);
      }
    });

    test.each(identifiers.filter((name) => name.length < 100))("of the only model, which is called %s", async (name) => {
      const module = await importModule(`export function ${name}(${name}: Vec<2>) { return { ${name}: ${name} * 2 }; }`);
      expect(entries(module.load({}).run(record([name], () => [1, 2])))).toEqual([[name, [2, 4]]]);
    });

    test("of inputs, consts, settings and helpers", async () => {
      const module = await importModule(`export function net(${identifiers.map((name) => `${name}: Real`).join(", ")}) { return { ${identifiers.map((name, i) => `y${i}: ${name}`).join(", ")} }; }`);
      expect(entries(module.load({}).run(record(identifiers, (_, i) => i)))).toEqual(entries(Object.fromEntries(identifiers.map((_, i) => [`y${i}`, [i]]))));
      const consts = await importModule(`export function net(x: Real) { ${identifiers.map((name) => `const ${name} = linear(x, 1, { bias: false });`).join(" ")} return { ${identifiers.map((name, i) => `y${i}: ${name}`).join(", ")} }; }`);
      expect(entries(consts.load(record(identifiers.map((name) => `${name}.weight`), (_, i) => [i])).run({ x: 2 }))).toEqual(entries(Object.fromEntries(identifiers.map((_, i) => [`y${i}`, [2 * i]]))));
      const settings = await importModule(`export function net(x: Real, ${identifiers.map((name) => `${name} = 1`).join(", ")}) { return { ${identifiers.map((name, i) => `y${i}: x * ${name}`).join(", ")} }; }`, { settings: record(identifiers, (_, i) => i) });
      expect(entries(settings.load({}).run({ x: 1 }))).toEqual(entries(Object.fromEntries(identifiers.map((_, i) => [`y${i}`, [i]]))));
    });
  });

  test.each(["__proto__", "constructor", "con", "a.b", "a-b", "名前", "x".repeat(200)])("a module is called %s", (name) => {
    const { files } = compile({ file: `${name}.model.ts`, text: withWords("export function net(x: Real) { return x; }") });
    expect(files.map(({ path }) => path)).toEqual([`${name}.js`, `${name}.d.ts`]);
  });

  test.each(["", ".", "..", "../a", "/a", "a/b", "a\\b", "a\u0000", "-a", ".a", "a\n", "\u202ea", "a b", "a:b", "a*/", "a*"])("no module is called %j", (name) => {
    const { files, diagnostics } = compile({ file: "net.model.ts", text: withWords("export function net(x: Real) { return x; }") }, { name });
    expect({ files, codes: diagnostics.map(({ code }) => code) }).toEqual({ files: [], codes: ["GF5001"] });
  });
});
