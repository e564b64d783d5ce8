/**
 * Models that would run away: small texts that stand for very much, and large ones that stand for nothing. Each is refused
 * with one of the given codes, or compiles (`ok`).
 */
import type { CompileOptions } from "../../src/compile.js";

export interface Runaway {
  readonly name: string;
  readonly text: string;
  readonly codes: readonly string[];
  readonly options?: CompileOptions;
}

const words = "linear scan map at slice softmax dot sum tanh zeros param range length split concat size floor";

function body(code: string): string {
  return file(`export function net(x: Vec<8>, xs: Seq<"time", Vec<8>>) { ${code} }`);
}

function file(code: string): string {
  return `import { ${words.split(" ").join(", ")}, type Seq, type Vec, type Id, type Tensor } from "gatefold";\n${code}`;
}

function runaway(name: string, text: string, codes: readonly string[], options?: CompileOptions): Runaway {
  return { name, text, codes, ...(options === undefined ? {} : { options }) };
}

const nested = (open: string, middle: string, close: string, times: number): string => open.repeat(times) + middle + close.repeat(times);
const deep = ["GF1010"];
const large = ["GF1009"];
const functions = (times: number, code: (i: number) => string): string => Array.from({ length: times }, (_, i) => code(i)).join("\n");

export const runaways: readonly Runaway[] = [
  // Deep nesting.
  ...[500, 2_000, 10_000].map((times) => runaway(`${times} parentheses`, body(`return ${nested("(", "x", ")", times)};`), deep)),
  runaway("10,000 nested calls", body(`return ${nested("tanh(", "x", ")", 10_000)};`), deep),
  runaway("10,000 nested arrays", body(`return ${nested("[", "x", "]", 10_000)}[0];`), deep),
  runaway("10,000 nested records", body(`const r = ${nested("{ a: ", "x", " }", 10_000)}; return x;`), deep),
  runaway("5,000 chained operators", body(`return x${" + x".repeat(5_000)};`), deep),
  runaway("5,000 chained conditions", body(`return ${"sum(x) > 0 ? x : ".repeat(5_000)}x;`), deep),
  runaway("10,000 signs", body(`return ${"- ".repeat(10_000)}x;`), deep),
  runaway("10,000 members", body(`return x${".a".repeat(10_000)};`), deep),
  runaway("10,000 indices", body(`return x${"[0]".repeat(10_000)};`), deep),
  runaway("10,000 calls of calls", body(`return x${"()".repeat(10_000)};`), deep),
  runaway("10,000 annotations", body(`return x${" as number".repeat(10_000)};`), deep),
  runaway("3,000 nested templates", body(`const g = ${nested("`${", "1", "}`", 3_000)}; return x;`), deep),
  runaway("3,000 nested ifs", body(`${nested("if (true) {", "return x;", "}", 3_000)} return x;`), deep),
  runaway("5,000 else ifs", body(`if (false) return x; ${"else if (false) return x; ".repeat(5_000)} return x;`), deep),
  runaway("3,000 nested arrows", body(`const g = ${"() => ".repeat(3_000)} x; return x;`), deep),
  runaway("60 nested scans", body(`return ${Array.from({ length: 60 }, (_, i) => `scan(xs, { h: zeros(8) }, (x${i}, s${i}) => ({ h: `).join("")}x0${"})).final.h".repeat(60)};`), deep),
  runaway("3,000 nested sequences", file(`export function net(x: ${Array.from({ length: 3_000 }, (_, i) => `Seq<"d${i}", `).join("")}Vec<2>${">".repeat(3_000)}) { return x; }`), deep),
  runaway("a million opening brackets", "(".repeat(2 ** 20 - 1), deep),
  runaway("a million opening braces", "{".repeat(2 ** 20 - 1), deep),
  runaway("250 chained operators", body(`return x${" + x".repeat(250)};`), []),

  // What expands without end, or to very much.
  runaway("a loop without end", body("let y = x; for (let i = 0; true; i++) y = x; return y;"), large),
  runaway("loops in loops", body("for (let i = 0; i < 1e5; i++) for (let j = 0; j < 1e5; j++) {} return x;"), large),
  runaway("an array of 10^9", body("const a = Array.from({ length: 1e9 }, (_, i) => i); return x;"), large),
  runaway("an array of 10^9 without elements", body("const a = Array.from({ length: 1e9 }); return x;"), large),
  runaway("40 functions, each of which calls the one before twice", file(`${functions(40, (i) => `function f${i}(x: Tensor) { return ${i === 0 ? "x" : `f${i - 1}(x) + f${i - 1}(x)`}; }`)}\nexport function net(x: Vec<8>) { return f39(x); }`), large),
  runaway("the same with weights", file(`${functions(40, (i) => `function f${i}(x: Tensor) { const a = ${i === 0 ? "linear(x, 8)" : `f${i - 1}(x)`}; const b = ${i === 0 ? "x" : `f${i - 1}(x)`}; return a + b; }`)}\nexport function net(x: Vec<8>) { return f39(x); }`), large),
  runaway("an array that doubles", body("let r: number[] = [1]; for (let i = 0; i < 60; i++) r = [...r, ...r]; return x;"), large),
  runaway("a record that doubles", body("let r: any = { a: x, b: x }; for (let i = 0; i < 60; i++) r = { a: r, b: r }; return r;"), large),
  runaway("a state that doubles", body("let r: any = { a: zeros(8), b: zeros(8) }; for (let i = 0; i < 60; i++) r = { a: r, b: r }; return scan(xs, r, (y, s) => s).final;"), large),
  runaway("a record in a record in a record", body("let r: any = { a: x }; for (let i = 0; i < 20000; i++) r = { a: r }; return r;"), deep),
  runaway("a string that doubles", body('let s = "ab"; for (let i = 0; i < 60; i++) s = `${s}${s}`; return s === "a" ? x : x;'), large),
  runaway("a vector that doubles", body("let y: any = x; for (let i = 0; i < 60; i++) y = concat(y, y); return sum(y);"), large),
  runaway("a record that is spread again and again", body("let r: any = {}; for (let i = 0; i < 20000; i++) { r = { ...r, [`k${i}`]: 1 }; } return x;"), large),
  runaway("an array that is spread again and again", body("const a = Array.from({ length: 10000 }, (_, i) => i); for (let i = 0; i < 9000; i++) { const b = [...a]; } return x;"), large),
  runaway("a vector in a million pieces", body("return split(zeros(1000000), 1000000)[0]!;"), large),
  runaway("a type that doubles", file(`${functions(40, (i) => `type T${i} = ${i === 0 ? "Vec<2>" : `{ a: T${i - 1}; b: T${i - 1} }`};`)}\nexport function net(x: T39) { return 1; }`), large),
  runaway("50,000 operations in a row", body("let y = x; for (let i = 0; i < 50000; i++) y = y * x + x; return y;"), large),
  runaway("50,000 parameters", body("let y = x; for (let i = 0; i < 50000; i++) { const w = param(8); y = y + w; } return y;"), large),
  runaway("a length that grows without bound", body('let n: any = length(xs); for (let i = 0; i < 200; i++) n = n * 1000; return range("k", n);'), ["GF2011", "GF2014"]),
  runaway("a setting that is a number of turns", file("export function net(x: Vec<8>, n = 2) { let y = x; for (let i = 0; i < n; i++) y = tanh(y); return y; }"), large, { settings: { n: 1e12 } }),
  runaway("a scan of 100,000 steps, written out", body("return scan(xs, { h: zeros(8) }, (x, s) => ({ h: tanh(x + s.h) })).final.h;"), ["GF6102"], { lengths: { time: 100_000 }, unroll: { time: "all" } }),

  // What goes in circles.
  runaway("a type that is itself", file("type A = B; type B = A; export function net(x: A) { return x; }"), ["GF5004"]),
  runaway("a type that holds itself", file("type A = { a: A }; export function net(x: A) { return x; }"), ["GF5004"]),
  runaway("a type that grows", file("type A<T> = A<{ a: T }>; export function net(x: A<Vec<2>>) { return x; }"), ["GF5004"]),
  runaway("consts that need each other", file("const a = b; const b = a; export function net(x: Vec<2>) { return x * a; }"), ["GF4003"]),
  runaway("functions that call each other", file("function f(x: Tensor): number { return g(x); } function g(x: Tensor): number { return f(x); } export function net(x: Vec<2>) { return f(x); }"), ["GF1008"]),
  runaway("a function that is given itself", file("const f = (g: any): any => g(g); export function net(x: Vec<2>) { return f(f); }"), ["GF1008", "GF1010"]),

  // Sizes.
  ...[2 ** 31, 2 ** 53 - 1].map((size) => runaway(`a vector of ${size}`, body(`return zeros(${size});`), ["GF2014"])),
  runaway("a vector of 2^54", body(`return zeros(${2 ** 54});`), ["GF2004"]),
  runaway("a vector of 2^30 as output", body(`return zeros(${2 ** 30}) * sum(x);`), ["GF5006"]),
  runaway("a matrix of 2^26 x 2^26", body(`const w = param([${2 ** 26}, ${2 ** 26}]); return sum(dot(w, zeros(${2 ** 26})));`), ["GF2014"]),
  runaway("an input of 2^53 - 1", file(`export function net(x: Vec<${2 ** 53 - 1}>) { return x; }`), ["GF2014"]),
  runaway("an id of 2^40 classes", file(`export function net(x: Id<${2 ** 40}>) { return x; }`), ["GF4005"]),
  runaway("a sequence of length 2^52", file(`export function net(x: Seq<"t", Vec<8>, ${2 ** 52}>) { return tanh(x); }`), ["GF5006"]),
  runaway("the pairs of two long sequences", file(`export function net(x: Seq<"a", Vec<8>, ${2 ** 20}>, y: Seq<"b", Vec<8>, ${2 ** 20}>) { return x * y; }`), ["GF5006"]),
  runaway("a map over 2^40", body(`return map(range("k", ${2 ** 40}), (k) => k * 2);`), ["GF5006"]),
  runaway("a sum over 2^53 - 1", body(`return sum(range("k", ${2 ** 53 - 1}), "k");`), []),
  runaway("a length fixed at 2^52", body("return tanh(xs);"), ["GF5006"], { lengths: { time: 2 ** 52 } }),
  runaway("40 dimensions", body("let y: any = 1; for (let i = 0; i < 40; i++) y = y * range(`d${i}`, 2); return y;"), ["GF2014"]),

  // Texts.
  runaway("nothing", "", ["GF5004"]),
  runaway("10 MB of statements", `${body("return x;")}\n${"const a = 1;\n".repeat(800_000)}`, ["GF1012"]),
  runaway("10 MB of comment", `//${"a".repeat(1e7)}\n${body("return x;")}`, ["GF1012"]),
  runaway("a megabyte of statements", `${body("return x;")}\n${functions(60_000, (i) => `const a${i}=${i};`)}`.slice(0, 2 ** 20 - 1).replace(/\n[^\n]*$/, ""), []),
  runaway("a megabyte of syntax errors", `${body("return x;")}\n${"@ # $ % ".repeat(120_000)}`, ["GF1001"]),
  runaway("comments in comments", `/**${" *".repeat(200_000)}*/\n${body("return x;")}`, []),
  runaway("what begins like arrows, again and again", body(`return ${nested("(a=", "x", ")=>x", 40)};`), ["GF4007"]),
  runaway("what begins like arrows in conditions", body(`return ${nested("(a?(", "x", "):b)", 25)};`), ["GF1006"]),
  runaway("what begins like type arguments", body(`return ${"f<".repeat(30)}x${">(x)".repeat(30)};`), ["GF1006", "GF2004"]),
  runaway("a regular expression that never ends", body('return /(a+)+$/.test("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");'), ["GF1003"]),
  runaway("a zero byte", body("return x\u0000;"), ["GF1001"]),
  runaway("bytes that are no text", "\u0000\u0001\ufffd\ufffd\u0000".repeat(1000), ["GF1001"]),
  runaway("half a surrogate pair", body("return { \ud800: x };"), ["GF1001"]),
  runaway("a byte order mark", `\ufeff${body("return x;")}`, []),
  runaway("lines that end with CR LF", body("return x;\r\n"), []),
  runaway("lines that end with CR", file("\rexport function net(x: Vec<8>) {\r  return x;\r}\r"), []),
  runaway("a hash bang", `#!/usr/bin/env node\n${body("return x;")}`, []),
];
