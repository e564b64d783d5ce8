/** What models mean: small ones are lowered, verified, and run by the interpreter against numbers worked out here. */
import { describe, expect, test } from "vitest";
import { parameterClashes } from "../../src/frontend/index.js";
import { interpret, type ArrayValue } from "../../src/ir/graph/interpret.js";
import { verifyGraph } from "../../src/ir/graph/verify.js";
import type { Graph } from "../../src/ir/graph/node.js";
import { graphNodes } from "../../src/ir/graph/traverse.js";
import { only, outputTexts, parameterTexts, readText, show } from "./helpers.js";

const vector = (...data: number[]): ArrayValue => ({ shape: [data.length], data });
const rows = (...data: number[][]): ArrayValue => ({ shape: [data.length, data[0]?.length ?? 0], data: data.flat() });
/** A sequence of scalars or of ids. */
const scalars = (...data: number[]): ArrayValue => ({ shape: [data.length, 1], data });

function run(source: string | Graph, inputs: Record<string, ArrayValue | number>, parameters: Record<string, ArrayValue> = {}, seed = 0): Record<string, number[]> {
  const graph = typeof source === "string" ? only(source) : source;
  expect(verifyGraph(graph)).toEqual([]);
  const outputs = interpret(graph, { inputs, parameters, seed });
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, [...value.data]]));
}

/** The messages of what is wrong with a text. */
function faults(text: string): string[] {
  return readText(text).diagnostics.map((diagnostic) => diagnostic.message);
}

describe("values", () => {
  test("static numbers are JavaScript's", () => {
    const source = `const [A, B] = [7, 2] as const; const sizes = [1, 2, 3];
      export function f(x: Real) {
        let total = 0;
        for (const [i, size] of sizes.entries()) total += i * size;
        for (let i = 0, j = 10; i < j; i++, j--) total += 1;
        const { a, b: [c, ...rest], ...others } = { a: 1, b: [2, 3, 4], d: 5, e: 6 };
        return { x: x * (A % B) + A ** B, total, sum: a + c + rest.length + others.d + others.e, text: \`\${A}\`.length, pi: Math.PI, missing: sizes.length > 5 ? 1 : 2 };
      }`;
    expect(run(source, { x: vector(3) })).toEqual({ x: [52], total: [13], sum: [16], text: [1], pi: [Math.PI], missing: [2] });
  });

  test("a whole number that 32 bits do not hold is a real, and so is what is computed with it", () => {
    const graph = only(`export function f(k: Id<9>) { return { larger: k > 2147483648 ? 1 : 0, smaller: k < 3000000000 ? 1 : 0, sum: k + 2147483648, last: k - 2147483648 }; }`);
    expect(graph.outputs.map(({ name, node }) => `${name} ${node.type.kind}`)).toEqual(["larger int", "smaller int", "sum real", "last real"]);
    expect(run(graph, { k: vector(4) })).toEqual({ larger: [0], smaller: [1], sum: [2147483652], last: [-2147483644] });
  });

  test("integers stay integers under + - * %, and not under /", () => {
    const graph = only(`export function f(i: Id<9>) { return { a: i * 2 + 1 - i, b: i % 3, c: i / 2, d: floor(i / 2), e: i + 0.5, g: real(i), h: 7 - i }; }`);
    expect(outputTexts(graph)).toEqual({ a: "[1]int", b: "[1]int", c: "[1]", d: "[1]int", e: "[1]", g: "[1]", h: "[1]int" });
    expect(run(graph, { i: vector(5) })).toEqual({ a: [6], b: [2], c: [2.5], d: [2], e: [5.5], g: [5], h: [2] });
  });

  test("comparisons, logic and choice are element by element", () => {
    const source = `export function f(x: Vec<4>, flag = true) {
      const inside = x > -1 && x <= 2;
      return { a: inside ? x : 0, b: !(x >= 1) || x === 2 ? 1 : 0, c: x !== 0 && flag ? 1 : 0, d: x < 0 ? -1 : x > 0 ? 1 : 0, e: flag ? x : undefined };
    }`;
    expect(run(source, { x: vector(-1, 0, 1, 2) })).toEqual({ a: [0, 0, 1, 2], b: [1, 1, 0, 1], c: [1, 0, 1, 1], d: [-1, 0, 1, 1], e: [-1, 0, 1, 2] });
  });

  test("a choice between records is one between their values", () => {
    expect(run(`export function f(x: Real) { return x > 0 ? { a: x, b: [1, 2] } : { a: 0, b: [3, 4] }; }`, { x: vector(-1) })).toEqual({ a: [0], "b.0": [3], "b.1": [4] });
  });

  test("vectors are cut, joined and picked from", () => {
    const source = `export function f(x: Vec<6>, i: Id<6>) {
      const [a, b] = split(x, 2);
      const [c, d] = split(x, [1, 5]);
      const byRow = split(x, 3, "row");
      return { b, c, d, joined: concat(b, a), row: concat(byRow, "row"), sums: sum(byRow), across: sum(byRow, "row"), picked: pick(x, i), hot: oneHot(i), at: indices(3), n: size(a) };
    }`;
    expect(run(source, { x: vector(1, 2, 3, 4, 5, 6), i: vector(4) })).toEqual({
      b: [4, 5, 6], c: [1], d: [2, 3, 4, 5, 6], joined: [4, 5, 6, 1, 2, 3], row: [1, 2, 3, 4, 5, 6], sums: [3, 7, 11], across: [9, 12], picked: [5], hot: [0, 0, 0, 0, 1, 0], at: [0, 1, 2], n: [3],
    });
  });

  test("matrices are parameters and made of them", () => {
    const graph = only(`export function f(x: Vec<2>) { const w = param([4, 2]); const [top, bottom] = split(w, 2); return { all: dot(w, x), cut: dot(top, x) - dot(bottom, x) }; }`);
    expect(parameterTexts(graph)).toEqual(["w[4,2]"]);
    expect(run(graph, { x: vector(1, 10) }, { w: rows([1, 2], [3, 4], [5, 6], [7, 8]) })).toEqual({ all: [21, 43, 65, 87], cut: [-44, -44] });
  });

  test("functions of one value", () => {
    const given = run(`export function f(x: Vec<2>) { return { a: gelu(x), b: softplus(x), c: silu(x), d: relu(x), e: log1p(exp(x)), g: erf(x), s: sign(x), k: clamp(x, -0.5, 3) }; }`, { x: vector(-1, 1) });
    const logistic = 1 / (1 + Math.exp(-1));
    expect(given["b"]?.[1]).toBeCloseTo(Math.log1p(Math.exp(1)), 12);
    expect(given["e"]?.[1]).toBeCloseTo(Math.log1p(Math.exp(1)), 12);
    expect(given["c"]?.[1]).toBeCloseTo(logistic, 12);
    expect(given["a"]?.[1]).toBeCloseTo(0.8413447460685429, 9);
    expect(given["g"]?.[0]).toBeCloseTo(-0.8427007929497149, 9);
    expect([given["d"], given["s"], given["k"]]).toEqual([[0, 1], [-1, 1], [-0.5, 1]]);
  });

  test("reductions act on the vector or on the dimension that is named", () => {
    const source = `export function f(xs: Seq<"time", Vec<2>>) { return { v: max(xs), t: max(xs, "time"), m: mean(xs, dim(xs)), p: max(xs, 2), w: sum(softmax(xs, "time"), "time"), i: argmax(xs), j: argmax(xs, "time"), l: logSumExp(xs) }; }`;
    const given = run(source, { xs: rows([1, 5], [3, 2], [2, 2]) });
    expect(given).toMatchObject({ v: [5, 3, 2], t: [3, 5], m: [2, 3], p: [2, 5, 3, 2, 2, 2], i: [1, 0, 0], j: [1, 0] });
    expect(given["w"]?.map((x) => x.toFixed(12))).toEqual(["1.000000000000", "1.000000000000"]);
    expect(given["l"]?.[0]).toBeCloseTo(5 + Math.log1p(Math.exp(-4)), 12);
  });
});

describe("sequences", () => {
  test("at, first, last, reverse, length, position", () => {
    const source = `export function f(xs: Seq<"time", Real>) {
      return { before: at(xs, -1), second: at(xs, 1), first: first(xs), last: last(xs), reversed: reverse(xs), n: length(xs), t: position(xs), delayed: map(xs, (_, t) => at(xs, t - 1)) };
    }`;
    expect(run(source, { xs: scalars(4, 5, 6) })).toEqual({ before: [0], second: [5], first: [4], last: [6], reversed: [6, 5, 4], n: [3], t: [0, 1, 2], delayed: [0, 4, 5] });
  });

  test("slices keep positions and are clipped", () => {
    const source = `export function f(xs: Seq<"time", Real>) {
      const part = slice(xs, 1, 9);
      const inner = slice(part, 0, 3);
      return { sum: sum(part, "time"), n: length(part), first: first(part), last: last(inner), weighted: sum(position(part) * part, "time"), reversed: sum(reverse(part) * position(part), "time"), none: sum(softmax(slice(xs, 2, 2), "time"), "time"), renamed: sum(rename(part, "other"), "other") };
    }`;
    expect(run(source, { xs: scalars(1, 10, 100, 1000) })).toEqual({ sum: [1110], n: [3], first: [10], last: [100], weighted: [3210], reversed: [1230], none: [0], renamed: [1110] });
  });

  test("map sees each element and, beside it, the whole sequence", () => {
    const source = `export function f(xs: Seq<"time", Real>) {
      return { causal: map(xs, (x, t) => x * sum(slice(xs, 0, t + 1), "time")), pairs: map(xs, (x) => map(xs, (y) => x - y)).length };
    }`;
    expect(faults(source)[0]).toContain(`the result would run along "time" twice`);
    expect(run(source.replace("map(xs, (x) => map(xs, (y) => x - y)).length", `map(xs, (x) => sum(map(xs, (y) => (x - y) ** 2), "time"))`), { xs: scalars(1, 2, 4) })).toEqual({ causal: [1, 6, 28], pairs: [10, 5, 13] });
  });

  test("maps and scans run over slices, whose extent may differ from element to element", () => {
    const source = `export function f(xs: Seq<"time", Real>) {
      return {
        sums: map(xs, (_, t) => scan(slice(xs, t - 1, t + 1), { s: 0, n: 0 }, (y, { s, n }) => ({ s: s + y, n: n + 1 })).final),
        mapped: map(xs, (x, t) => sum(map(slice(xs, 0, t + 1), (y, s) => (x - y) * s), "time")),
        counted: map(xs, (_, t) => sum(map(slice(xs, 0, t + 1), () => 1), "time")),
      };
    }`;
    expect(run(source, { xs: scalars(1, 2, 4) })).toEqual({ "sums.s": [1, 3, 6], "sums.n": [1, 2, 2], mapped: [0, 0, 2], counted: [1, 2, 3] });
  });

  test("maps over several dimensions give them in the order of the maps", () => {
    const graph = only(`export function f(a: Seq<"left", Real>, b: Seq<"right", Real>) { return { ab: map(a, (x) => map(b, (y) => x - y)), ba: map(b, (y) => map(a, (x) => x - y)) }; }`);
    expect(outputTexts(graph)).toEqual({ ab: "{left,right}[1]", ba: "{right,left}[1]" });
    expect(run(graph, { a: scalars(10, 20), b: scalars(1, 2, 3) })).toEqual({ ab: [9, 8, 7, 19, 18, 17], ba: [9, 19, 8, 18, 7, 17] });
  });

  test("a map gives records, constants, and takes records of sequences", () => {
    const source = `export function f(a: Seq<"t", Real>, b: Seq<"t", Real>) { const both = map({ a, b }, ({ a, b }, t) => ({ sum: a + b, at: t, one: 1 })); return both; }`;
    expect(run(source, { a: scalars(1, 2), b: scalars(10, 20) })).toEqual({ sum: [11, 22], at: [0, 1], one: [1, 1] });
  });

  test("range counts, and may be as long as lengths say", () => {
    const graph = only(`export function f(xs: Seq<"time", Real>) {
      return { a: range("a", 3), b: range("b", 2 * length(xs) + 1), c: range("c", floor(length(xs) * 1.5)), d: range("d", floor((length(xs) - 1) / 2) + 1), e: range("time", length(xs)) + xs };
    }`);
    expect(run(graph, { xs: scalars(5, 5, 5) })).toEqual({ a: [0, 1, 2], b: [0, 1, 2, 3, 4, 5, 6], c: [0, 1, 2, 3], d: [0, 1], e: [5, 6, 7] });
  });
});

describe("scan", () => {
  test("carries a state, gives every key of every step, and the final state", () => {
    const source = `export function f(xs: Seq<"time", Real>) { return scan(xs, { s: 0 }, (x, { s }, t) => ({ s: s + x, before: s, t })); }`;
    expect(run(source, { xs: scalars(1, 2, 4) })).toEqual({ s: [1, 3, 7], before: [0, 1, 3], t: [0, 1, 2], "final.s": [7] });
    expect(run(source, { xs: { shape: [0, 1], data: [] } })).toMatchObject({ s: [], "final.s": [0] });
  });

  test("in reverse, the final state is that of position 0", () => {
    expect(run(`export function f(xs: Seq<"time", Real>) { return scan(xs, { s: 0.5 }, (x, { s }) => ({ s: s * 2 + x }), { reverse: true }); }`, { xs: scalars(1, 2, 4) })).toEqual({ s: [17, 8, 3 + 2].map((_, i) => [1 + 2 * (2 + 2 * 5), 2 + 2 * 5, 5][i]), "final.s": [25] });
  });

  test("a state may nest, and is repeated along what the sequence runs along beside the time", () => {
    const graph = only(`export function f(xs: Seq<"time", Seq<"head", Real>>) { const run = scan(xs, { in: { s: 0, n: 0 } }, (x, { in: { s, n } }) => ({ in: { s: s + x, n: n + 1 } }), { over: "time" }); return { s: run.in.s, n: run.in.n, end: run.final.in.s }; }`);
    expect(outputTexts(graph)).toEqual({ s: "{time,head}[1]", n: "{time}[1]int", end: "{head}[1]" });
    expect(run(graph, { xs: { shape: [2, 2, 1], data: [1, 10, 2, 20] } })).toEqual({ s: [1, 10, 3, 30], n: [1, 2], end: [3, 30] });
  });

  test("inside a map, each element has a state of its own", () => {
    const source = `export function f(doc: Seq<"sentence", Seq<"word", Real>>) { return { ends: map(doc, (words) => scan(words, { s: 0 }, (w, { s }) => ({ s: s * 2 + w })).final.s, { over: "sentence" }) }; }`;
    expect(run(source, { doc: { shape: [2, 3, 1], data: [1, 1, 1, 2, 0, 0] } })).toEqual({ ends: [7, 8] });
  });

  test("generation is a scan over a range; ids stay ids", () => {
    const graph = only(`export function f(start: Id<5>, count = 4) { return { ids: scan(range("t", count), { id: start }, (t, { id }) => ({ id: (id * 2 + t) % 5 })).id }; }`);
    expect(outputTexts(graph)).toEqual({ ids: "{t:4}[1]int" });
    expect(run(graph, { start: vector(1) })).toEqual({ ids: [2, 0, 2, 2] });
  });

  test("scans nest, and read the outer scan's state", () => {
    const source = `export function f(xs: Seq<"time", Real>, ys: Seq<"memory", Real>) { return { s: scan(xs, { s: 1 }, (x, { s }) => ({ s: scan(ys, { q: 0 }, (y, { q }) => ({ q: q + y * s })).final.q + x })).s }; }`;
    expect(run(source, { xs: scalars(1, 2), ys: scalars(1, 1) })).toEqual({ s: [3, 8] });
  });
});

describe("parameters", () => {
  const names = (text: string): string[] => parameterTexts(only(text));

  test("are named after the consts, variables and keys that enclose them, through all calls", () => {
    expect(names(`
      function inner(x: Tensor) { const w = param(3); return { y: w * x, ...{ b: param(3) } }; }
      export function f(x: Vec<3>) {
        const a = inner(x);
        let b = x;
        b = b + inner(x).y;
        const c = { k: inner(x).y, l: linear(x, 3, { bias: false }) };
        const [d, e] = [linear(x, 2), linear(x, 3)];
        return { sum: a.y + b + c.k + c.l + sum(d) + e, more: linear(x, 1), b: a.b };
      }`)).toEqual(["a.b[3]", "a.w[3]", "b.w[3]", "c.k.w[3]", "c.l.weight[3,3]", "d.bias[2]", "d.weight[2,3]", "e.bias[3]", "e.weight[3,3]", "more.bias[1]", "more.weight[1,3]"]);
  });

  test("turns of static loops follow the name", () => {
    expect(names(`
      function two(x: Tensor) { let y = x; for (let i = 0; i < 2; i++) { for (const n of [3, 3]) { const w = linear(y, n, { bias: false }); y = w; } } return y; }
      export function f(x: Vec<3>) {
        const all = [0, 1].map(() => param(3));
        const pairs = Array.from({ length: 2 }, (_, i) => ({ a: param(3), b: i }));
        const deep = two(x);
        return { y: all[0]! + all[1]! + pairs[0]!.a + pairs[1]!.a + deep };
      }`)).toEqual(["all.0[3]", "all.1[3]", "deep.w.0.0.weight[3,3]", "deep.w.0.1.weight[3,3]", "deep.w.1.0.weight[3,3]", "deep.w.1.1.weight[3,3]", "pairs.0.a[3]", "pairs.1.a[3]"]);
  });

  test("a function written inside a function is one place, wherever it is called", () => {
    expect(names(`
      function apply(f: (x: Tensor) => Tensor, x: Tensor) { const own = param(3); return f(f(x)) * own; }
      export function f(x: Vec<3>) {
        const layer = (y: Tensor) => linear(y, 3, { bias: false });
        const here = apply((y) => linear(y, 3, { bias: false }), x);
        return { y: layer(layer(x)) + [x, x].map(layer)[1]! + here };
      }`)).toEqual(["here.own[3]", "here.weight[3,3]", "layer.weight[3,3]"]);
  });

  test("calls of one expression are told apart by their first arguments, where names would meet", () => {
    expect(names(`
      function both(x: Tensor, h: Tensor) { return linear(x, 3) + linear(h, 3, { bias: false }); }
      export function f(x: Vec<3>, state: Vec<3>) {
        const s = { h: state };
        const gate = both(x, s.h) + both(s.h, x);
        const id = argmax(x);
        const cell = linear(x, 3) + tanh(param(3)) * embedding(id, 3);
        return { y: gate + cell };
      }`)).toEqual(["cell[3]", "cell.id.weight[3,3]", "cell.x.bias[3]", "cell.x.weight[3,3]", "gate.h.h.weight[3,3]", "gate.h.x.bias[3]", "gate.h.x.weight[3,3]", "gate.x.h.weight[3,3]", "gate.x.x.bias[3]", "gate.x.x.weight[3,3]"].sort());
  });

  test("a destructured call adds the name of the function", () => {
    expect(names(`
      function cell(x: Tensor) { return { h: linear(x, 2, { bias: false }), c: param(2) }; }
      export function f(x: Vec<3>) { const { h, c } = cell(x); const [a, b] = split(linear(x, 4, { bias: false }), 2); return { y: h + c + a + b }; }`)).toEqual(["cell.c[2]", "cell.h.weight[2,3]", "split.weight[4,3]"]);
  });

  test("a given name replaces all segments of its function; per stores dimensions in front", () => {
    expect(names(`
      function layer(x: Tensor, k: number) { const ignored = { w: param([3, 3], { name: \`weight_l\${k}\` }) }; return dot(ignored.w, x); }
      export function f(x: Vec<3>) { const a = layer(x, 0); const b = layer(x, 1); const h = param([2, 3], { per: { head: 4 } }); return { y: a + b, h: dot(h, x) }; }`)).toEqual(["a.weight_l0[3,3]", "b.weight_l1[3,3]", "h[4,2,3]"]);
  });

  test("a model exists once, whoever calls it; its names are its own", () => {
    const { models, diagnostics } = readText(`
      export function step(x: Vec<3>) { const layer = linear(x, 3); return { y: layer }; }
      export function twice(x: Vec<3>) { const a = step(x).y; const b = step(a).y; const own = param(3); return { y: b * own }; }
      export function loss(x: Vec<3>) { return sum(twice(x).y); }`);
    expect(diagnostics).toEqual([]);
    expect(models.map(({ name, objective, graph }) => [name, objective, ...parameterTexts(graph)])).toEqual([
      ["step", false, "layer.bias[3]", "layer.weight[3,3]"],
      ["twice", false, "layer.bias[3]", "layer.weight[3,3]", "own[3]"],
      ["loss", true, "layer.bias[3]", "layer.weight[3,3]", "own[3]"],
    ]);
  });

  test("annotations of inner functions count, but number there is any number", () => {
    expect(names(`export function f(x: Vec<3>) { const embed = (id: Id<7>, scale: number) => embedding(id, 2) * scale; return { y: embed(floor(sum(x)), sum(x)) }; }`)).toEqual(["embed.weight[7,2]"]);
    expect(faults(`export function f(id: Id<3>) { const g = (x: Tensor) => x; return g(id); }`)).toEqual(["x is Tensor, this is [1]int"]);
  });

  test("two places of one name are an error, within a model and across the models that it calls", () => {
    expect(faults(`export function f(x: Vec<3>) { for (let i = 0; i < 2; i++) { const d = param(3); x = x * d; } for (let i = 0; i < 2; i++) { const d = param(3); x = x * d; } return x; }`)).toEqual(["two parameters would be called d.0"]);
    expect(faults(`export function a(x: Vec<3>) { const w = param(3); return { y: w * x }; } export function b(x: Vec<3>) { const w = param(3); return { y: a(x).y * w }; }`)).toEqual(["two parameters would be called w"]);
  });

  test("models of one module may not have two shapes under one name; those of one file may", () => {
    const { models, diagnostics } = readText(`export function a(x: Vec<3>) { const w = linear(x, 2); return { w }; } export function b(x: Vec<4>) { const w = linear(x, 2); return { w }; }`);
    expect(diagnostics).toEqual([]);
    expect(parameterClashes(models).map(({ code, message }) => [code, message])).toEqual([["GF3005", "the parameter w.weight is [2,3] in the model a and [2,4] in b"]]);
    expect(parameterClashes(models.slice(1))).toEqual([]);
  });

  test("consts at the top level of a file may be parameters: one for all of its models", () => {
    const { models, diagnostics } = readText(`const table = param([9, 4]); export function a(i: Id<9>) { return pick(table, i); } export function b(x: Vec<4>) { return { y: dot(table, x) }; }`);
    expect(diagnostics).toEqual([]);
    expect(models.map(({ graph }) => parameterTexts(graph))).toEqual([["table[9,4]"], ["table[9,4]"]]);
  });

  test("do not depend on white space, comments or the order of functions", () => {
    const source = `
      function gate(x: Tensor, h: Tensor) { return linear(x, 3) + linear(h, 3); }
      function run(xs: Tensor) { return scan(xs, { h: param(3) }, (x, { h }) => { const reset = gate(x, h); return { h: tanh(gate(x, h)) * reset }; }); }
      export function f(xs: Seq<"t", Vec<3>>) { const out = run(xs); for (let i = 0; i < 2; i++) { const top = linear(out.h, 2); if (i === 1) return { y: top, all: [0, 1].map((k) => linear(top, k + 1)) }; } return { y: 0 }; }`;
    const reference = names(source);
    expect(reference).toContain("out.reset.x.weight[3,3]");
    const spread = source.replace(/([(){};,=+]) ?/g, "$1\n\t/* a comment (with = { parts } ; */ ").replace(/=\n\t\/\*[^*]*\*\/ >/g, "=>").replace(/=\n\t\/\*[^*]*\*\/ =/g, "==").replace(/==\n\t\/\*[^*]*\*\/ =/g, "===").replace(/\+\n\t\/\*[^*]*\*\/ \+/g, "++");
    expect(names(spread.replace("=== 1", "=== 1"))).toEqual(reference);
    const [gate = "", run_ = "", model = ""] = source.trim().split("\n");
    expect(names([model, run_, gate].join("\n"))).toEqual(reference);
  });
});

describe("models", () => {
  test("inputs have kinds, sizes, dimensions and defaults", () => {
    const graph = only(`
      type State = { h: Vec<2>; inner: { c: Vec<3> } };
      type Pair<X> = { a: X; b: X };
      const N = 4;
      export function f(id: Id<typeof N>, xs: Seq<"time", Seq<"word", Id<7>, 5>>, state: State, { a, b = 3 }: { a: Real; b?: Real }, pair: Pair<Vec<2>>, t: Real = 0.5, s: Vec<2> = state.h) {
        return { y: id + sum(sum(embedding(xs, 1), "word"), "time") + state.h + sum(state.inner.c) + a + b + pair.a * t + pair.b * s };
      }`);
    expect(graph.inputs.map(({ attributes: { name, classes }, args }) => [name, classes, args.length])).toEqual([
      ["id", 4, 0], ["xs", 7, 0], ["state.h", undefined, 0], ["state.inner.c", undefined, 0], ["a", undefined, 0], ["b", undefined, 1], ["pair.a", undefined, 0], ["pair.b", undefined, 0], ["t", undefined, 1], ["s", undefined, 1],
    ]);
    expect(verifyGraph(graph)).toEqual([]);
  });

  test("functions that take anything else are no models", () => {
    const { models } = readText(`
      export function tensor(x: Tensor) { return x; }
      export function size(x: Vec<3>, n: number) { return x * n; }
      export function initial(x: Vec<3>, from = { h: x }) { return from.h; }
      export function open(x: Vec) { return x; }
      export function optional(x?: Vec<3>) { return x ?? 0; }
      function hidden(x: Vec<3>) { return x; }
      export const arrow = (x: Vec<3>) => hidden(x);
      export { hidden as shown };
      export function settings(n = 3, kind: "a" | "b" = "a", flag: boolean = n > 2) { return flag && kind === "a" ? n : 0; }`);
    expect(models.map((model) => model.name)).toEqual(["arrow", "shown", "settings"]);
  });

  test("settings are set wherever the model is called", () => {
    const source = `
      export function inner(x: Vec<3>, width = 2) { const y = linear(x, width); return { y }; }
      export function outer(x: Vec<3>) { return { y: inner(x).y }; }`;
    const { models, diagnostics } = readText(source, { settings: { width: 5 } });
    expect(diagnostics).toEqual([]);
    expect(models.map(({ settings }) => settings)).toEqual([[{ name: "width", value: 5, initial: 2 }], []]);
    expect(models.map(({ graph }) => outputTexts(graph))).toEqual([{ y: "[5]" }, { y: "[5]" }]);
  });

  test("what a caller asks for must exist", () => {
    const source = `export function f(x: Vec<3>, width = 2) { return x * width; }`;
    const codes = (options: Parameters<typeof readText>[1]) => readText(source, options).diagnostics.map(({ code, help }) => [code, help]);
    expect(codes({ models: ["g"] })).toEqual([["GF4004", "the models of this file are f"]]);
    expect(codes({ settings: { wdth: 3 } })).toEqual([["GF4006", "the settings are width"]]);
    expect(codes({ settings: { width: "3" } }).map(([code]) => code)).toEqual(["GF4006"]);
    expect(readText(source, { models: ["f"] }).models).toHaveLength(1);
    expect(readText(`${source} export function g(x: Tensor) { return x; }`, { models: ["g"] }).diagnostics.map(({ message }) => message)).toEqual(["g is a function, not a model"]);
  });

  test("come from other files, too", () => {
    const { models, diagnostics, sources } = readText(
      `import { cell as step, type Frame } from "./cells.model.js"; export { direct } from "./cells.model.js";\nexport function f(x: Frame) { const a = step(x, 2); return { a }; }`,
      {},
      { "cells.model.ts": `import { helper } from "./helper.model.ts";\nconst N = 3; export type Frame = Vec<typeof N>; export function cell(x: Tensor, n: number) { return helper(linear(x, n)); } export function direct(x: Frame) { return x; }`, "helper.model.ts": `export const helper = (x: Tensor) => tanh(x);` },
    );
    expect(diagnostics).toEqual([]);
    expect(models.map((model) => model.name)).toEqual(["direct", "f"]);
    expect([...sources.keys()].sort()).toEqual(["cells.model.ts", "gatefold/layers.model.ts", "helper.model.ts", "m.model.ts"]);
  });

  test("an objective is a model that returns one real", () => {
    const { models } = readText(`export function a(x: Vec<3>) { return sum(x); } export function b(x: Vec<3>) { return x; } export function c(x: Vec<3>) { return { loss: sum(x) }; } export function d(i: Id<3>) { return i; }`);
    expect(models.map((model) => model.objective)).toEqual([true, false, false, false]);
    expect(models.map(({ graph }) => outputTexts(graph))).toEqual([{ output: "[1]" }, { output: "[3]" }, { loss: "[1]" }, { output: "[1]int" }]);
  });
});

describe("draws", () => {
  test("differ from step to step, from element to element, from turn to turn, and repeat with the seed", () => {
    const source = `export function f(xs: Seq<"t", Real>) {
      const again = [0, 1].map(() => random());
      return { steps: scan(xs, { s: 0 }, (x, { s }) => ({ s: s + x, u: random() })).u, mapped: map(xs, () => random()), vector: random(zeros(3)), a: again[0]!, b: again[1]!, ids: map(range("n", 40), () => sample(zeros(4))) };
    }`;
    const first = run(source, { xs: scalars(0, 0, 0, 0) }, {}, 7);
    expect(run(source, { xs: scalars(0, 0, 0, 0) }, {}, 7)).toEqual(first);
    expect(run(source, { xs: scalars(0, 0, 0, 0) }, {}, 8)).not.toEqual(first);
    const reals = ["steps", "mapped", "vector", "a", "b"].flatMap((name) => first[name] ?? []);
    expect(new Set(reals).size).toBe(4 + 4 + 3 + 2);
    expect(reals.every((u) => u > 0 && u < 1)).toBe(true);
    expect(new Set(first["ids"])).toEqual(new Set([0, 1, 2, 3]));
  });
});

describe("names that mean something to JavaScript are only names", () => {
  test("as keys, consts, inputs and dimensions", () => {
    const graph = only(`export function f(constructor: Vec<2>, __proto__: Seq<"__proto__", Vec<2>>) {
      const toString = { __proto__: constructor, hasOwnProperty: 1, ["valueOf"]: 2 };
      const prototype = linear(toString.__proto__, 2);
      return { __proto__: prototype, constructor: sum(__proto__, "__proto__") * toString.hasOwnProperty * toString["valueOf"] };
    }`);
    expect(outputTexts(graph)).toEqual(Object.fromEntries([["__proto__", "[2]"], ["constructor", "[2]"]]));
    expect(parameterTexts(graph)).toEqual(["prototype.bias[2]", "prototype.weight[2,2]"]);
  });

  test("and give no way to the host", () => {
    for (const text of ["x.constructor", "[].constructor", "({}).constructor.constructor", `"".constructor`, "f.call", "globalThis", "process.env", "Array.prototype", "Math.constructor", "eval", "require", "import.meta"]) {
      const { models, diagnostics } = readText(`export function f(x: Vec<2>) { return ${text}; }`);
      expect([text, models.length, diagnostics.length]).toEqual([text, 0, 1]);
    }
  });
});

describe("limits", () => {
  test("sources that nest too deeply are refused, not crashed on", () => {
    const depth = 20_000;
    const chain = Array.from({ length: 1500 }, (_, i) => `function f${i + 1}(x: Tensor) { return tanh(f${i}(x)); }`).join("\n");
    for (const text of [
      `export function f(x: Vec<2>) { return ${"(".repeat(depth)}x${")".repeat(depth)}; }`,
      `export function f(x: Vec<2>) { return ${"-(".repeat(depth)}x${")".repeat(depth)}; }`,
      `export function f(x: Vec<2>) { return ${"x + ".repeat(depth)}x; }`,
      `export function f(x: Vec<2>) { ${"{".repeat(depth)} ${"}".repeat(depth)} return x; }`,
      `export function f(x: ${"readonly ".repeat(depth)}Vec<2>) { return x; }`,
      `export function f(x: Vec<2>) { return ${"[".repeat(depth)}x${"]".repeat(depth)}; }`,
      `function f0(x: Tensor) { return x; }\n${chain}\nexport function f(x: Vec<2>) { return f1500(x); }`,
    ]) {
      const { diagnostics } = readText(text);
      expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual(["GF1010"]);
    }
  });

  test("long sums and deep stacks of ordinary size pass", () => {
    expect(outputTexts(only(`export function f(x: Vec<2>) { return ${"x + ".repeat(200)}x; }`))).toEqual({ output: "[2]" });
    expect(parameterTexts(only(`export function f(x: Vec<2>) { let y: Tensor = x; for (let i = 0; i < 500; i++) { const layer = linear(y, 2); y = tanh(layer); } return { y }; }`))).toHaveLength(1000);
  });
});

test("the names of the source reach the graph", () => {
  const graph = only(`export function f(x: Vec<8>, xs: Seq<"time", Vec<2>>) { const gates = linear(x, 8); const [input, forget] = split(gates, 2); const run = scan(xs, { h: zeros(2) }, (x, { h }) => { const next = tanh(x + h); return { h: next }; }); const cell = input * forget; return { cell, h: run.h, final: run.final.h }; }`);
  const named = new Set(graphNodes(graph).map((node) => node.name));
  for (const name of ["gates", "input", "forget", "cell", "next", "run.h", "run.final.h", "gates.weight", "x", "xs"]) expect([...named]).toContain(name);
});

test("a diagnostic names the calls that led to it", () => {
  const shown = show(readText(`function inner(x: Tensor) { return x + zeros(3); }\nfunction outer(x: Tensor) { return inner(x); }\nexport function f(x: Vec<2>) { return outer(x); }`));
  expect(shown).toContain("m.model.ts:2:38 - error GF2001: the sizes of [2] and [3] differ");
  expect(shown).toContain("note: inner was called here: m.model.ts:3:36");
  expect(shown).toContain("note: outer was called here: m.model.ts:4:39");
});
