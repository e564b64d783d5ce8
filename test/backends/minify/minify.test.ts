/** What makes a module shorter leaves its meaning alone. */
import { describe, expect, test } from "vitest";
import { declarations } from "../../../src/backends/declarations.js";
import { minify } from "../../../src/backends/minify/index.js";
import { tokensOf } from "../../../src/backends/minify/tokens.js";
import { internalProperties } from "../../../src/runtime/internal-properties.js";
import { inputsText } from "../../../src/runtime/inputs.js";
import { machineStreamText } from "../../../src/runtime/machine-stream.js";
import { safetensorsText } from "../../../src/runtime/safetensors.js";
import { weightsText } from "../../../src/runtime/weights.js";
import { engine } from "../wasm/engine.js";
import { InternalError } from "../../../src/support/invariant.js";

const short = (text: string, ...internal: string[]): string => minify(text, new Set(internal)).trimEnd();

describe("tokens", () => {
  test.each([inputsText, weightsText, safetensorsText, machineStreamText])("are all of a text but space and comments", (text) => {
    const spaceless = (each: string): string => each.replace(/\s+/g, "");
    expect(spaceless(tokensOf(text).map((token) => token.text).join(""))).toBe(spaceless(text.replace(/^ *(\/\/|\/\*\*).*$/gm, "").replace(/\/\*\*.*?\*\//g, "")));
  });
  test("tell a regular expression from a division", () => {
    expect(tokensOf("a / b / c; f(/[/]\"/g) / (x) / 2; return /\\/x/u;").filter(({ kind }) => kind === "text").map(({ text }) => text)).toEqual(["/[/]\"/g", "/\\/x/u"]);
  });
  test("hide in strings", () => {
    expect(tokensOf("'// \"' + \"/* \\\" */\" + `a\nb`").map(({ text }) => text)).toEqual(["'// \"'", "+", "\"/* \\\" */\"", "+", "`a\nb`"]);
  });
  test("that no module has are a mistake of ours", () => expect(() => tokensOf("`${a}`")).toThrow(InternalError));
});

describe("names", () => {
  test("of variables become shorter, those of others stay", () => {
    expect(short("const first = 1; function second(third) { return third + first + Math.abs(third); }")).toBe("const ee=1;function et(e){return e+ee+Math.abs(e)}");
  });
  test("of parts are their own", () => {
    expect(short("const a = (one) => one; const b = (two, three) => two + three;")).toBe("const ee=(e)=>e;const et=(t,e)=>t+e;");
  });
  test("that are exported stay", () => expect(short("export const shown = 1; export async function load(given) { return given + shown; }")).toBe("export const shown=1;export async function load(e){return e+shown}"));
  test("of properties stay, unless they are listed", () => {
    expect(short("const a = { open: 1, inner: 2 }; a.open += a.inner;", "inner")).toBe("const ee={open:1,e:2};ee.open+=ee.e;");
  });
  test("that are variable and property at once are both", () => {
    expect(short("const f = ({ open, inner, other = 1 }) => ({ open, inner, other });", "inner")).toBe("const ee=({open:t,e,other:n=1})=>({open:t,e,other:n});");
  });
  test("are told from keys, labels of choices and blocks", () => {
    const text = "const pick = (one, two) => { const three = one ? two : one; if (three) { two = three; } return [{ one: two }, three]; };";
    const made = new Function(`${short(text).replace(/^const (\w+)=/, "return ")}`)() as (one: unknown, two: unknown) => unknown;
    expect(made(1, 2)).toEqual([{ one: 2 }, 2]);
    expect(made(0, 2)).toEqual([{ one: 2 }, 0]);
  });
  test("of private members become shorter, those of others stay", () => {
    const text = "class Counter { #count = 0; total = 0; add(number) { this.#count += number; this.total = this.#count; return this; } get twice() { const total = 2 * this.#count; return total; } } return new Counter().add(3);";
    const made = new Function(short(text))() as { readonly total: number; readonly twice: number };
    expect({ total: made.total, twice: made.twice }).toEqual({ total: 3, twice: 6 });
    expect(short(text)).not.toContain("#count");
  });
  test("that the caller knows are not what the runtime calls its own", () => {
    // What JavaScript and its platforms call so would be called otherwise.
    const platform = new Set<string>();
    const add = (value: unknown, depth: number): void => {
      if (value === null || !["object", "function"].includes(typeof value)) return;
      for (const name of Object.getOwnPropertyNames(value)) {
        platform.add(name);
        const inner = Object.getOwnPropertyDescriptor(value, name)?.value as unknown;
        if (depth > 0) add(inner, depth - 1);
      }
    };
    for (const each of [Array, Map, Set, Object, Number, String, Math, JSON, Float32Array, Float64Array, Int32Array, Uint8Array, ArrayBuffer, DataView, Promise, engine, TextDecoder, URL, fetch, Response, Error]) add(each, 2);
    for (const each of [Object.getPrototypeOf(Float32Array), Object.getPrototypeOf(Float32Array.prototype)]) add(each, 1);
    // WebAssembly is asked for its memory by name.
    platform.add("memory").add("exports").add("getBuiltinModule").add("promises").add("readFile").add("readFileSync");
    expect(internalProperties.filter((name) => platform.has(name))).toEqual([]);
    const stamp = { generator: "gatefold", version: "0" };
    const shown = new Set(declarations({ models: [], moduleName: "m", stamp, layout: { all: "batch-first", of: {} } }, { asynchronous: true }).match(/\w+(?=\??[:(])/g));
    expect(internalProperties.filter((name) => shown.has(name))).toEqual([]);
  });
});

test("signs and words do not grow together", () => {
  expect(short("const f = (x, y) => x - -y + +x; const g = (x) => typeof x; for (const z of [1, 2,]) f(z in {}, 3);")).toMatch(/e- -t\+ \+e;.*typeof e;for\(const \w+ of\[1,2,\]\)\w+\(\w+ in\{\},3\);$/);
});
test("a module without anything in it", () => expect(short("// nothing\n")).toBe(""));
