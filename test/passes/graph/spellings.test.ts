/**
 * Different spellings of one cell come to one graph: the same text once parameters and values have canonical names. And
 * cells that differ don't.
 */
import { describe, expect, test } from "vitest";
import { printGraph } from "../../../src/ir/graph/print.js";
import type { Graph, Node } from "../../../src/ir/graph/node.js";
import { canonicalNames } from "../../../src/passes/graph/canonical-names.js";
import { graphPasses } from "../../../src/passes/pipelines.js";
import { runPasses } from "../../../src/passes/pass.js";
import { Model } from "./language.js";
import { kept } from "./meaning.js";

const lengths = [{ time: 4 }, { time: 1 }, { time: 0 }];

const run = (graph: Graph) => runPasses(graph, graphPasses, { verify: true });
const textOf = (graph: Graph) => printGraph(canonicalNames(kept(graph, run, lengths)));

type Gates = (m: Model, x: Node, h: Node, H: number) => readonly Node[];

/** The four gates in the order i, f, g, o; `order` is that of the source. */
const lstmSpellings: Readonly<Record<string, Gates>> = {
  "one product for each gate over [h, x]": (m, x, h, H) => ["i", "f", "g", "o"].map((name) => m.linear(m.concat(h, x), H, name)),
  "one product for each gate over [x, h]": (m, x, h, H) => ["i", "f", "g", "o"].map((name) => m.linear(m.concat(x, h), H, name)),
  "two products for each gate": (m, x, h, H) => ["i", "f", "g", "o"].map((name) => m.add(m.linear(x, H, `${name}.x`), m.linear(h, H, `${name}.h`, false))),
  "two products, the biases apart": (m, x, h, H) =>
    ["i", "f", "g", "o"].map((name) => m.add(m.param(`b1.${name}`, H), m.add(m.dot(m.param(`U.${name}`, H, H), h), m.add(m.param(`b2.${name}`, H), m.dot(m.param(`W.${name}`, H, x.type.shape[0]!), x))))),
  "stacked, one product": (m, x, h, H) => m.split(m.linear(m.concat(x, h), 4 * H, "gates"), 4),
  "stacked, two products and two biases": (m, x, h, H) => m.split(m.add(m.linear(x, 4 * H, "x"), m.linear(h, 4 * H, "h")), 4),
  "stacked, in another order of gates": (m, x, h, H) => {
    const [o, g, i, f] = m.split(m.add(m.linear(h, 4 * H, "h"), m.linear(x, 4 * H, "x", false)), 4) as [Node, Node, Node, Node];
    return [i, f, g, o];
  },
  "a pair of gates stacked": (m, x, h, H) => {
    const [i, f] = m.split(m.linear(m.concat(h, x), 2 * H, "if"), 2) as [Node, Node];
    const [g, o] = m.split(m.add(m.linear(h, 2 * H, "go.h"), m.linear(x, 2 * H, "go.x")), 2) as [Node, Node];
    return [i, f, g, o];
  },
  "rows of the weights joined": (m, x, h, H) => {
    const weights = m.b.make("concat", ["i", "f", "g", "o"].map((name) => m.param(name, H, H + x.type.shape[0]!)), { axis: 0 });
    const bias = m.concat(...["i", "f", "g", "o"].map((name) => m.param(`bias.${name}`, H)));
    return m.split(m.add(m.dot(weights, m.concat(h, x)), bias), 4);
  },
  "a product more with the same vector": (m, x, h, H) =>
    ["i", "f", "g", "o"].map((name) => m.sub(m.add(m.linear(x, H, `${name}.x`), m.linear(h, H, `${name}.h`, false)), m.linear(x, H, `${name}.less`, false))),
};

function lstm(gates: Gates, spell: "h first" | "c first" = "h first", H = 4, X = 3): Graph {
  const m = new Model();
  const time = m.seq("time");
  const xs = m.input("xs", [time], X);
  const starts = spell === "h first" ? { h: m.zeros(H), c: m.zeros(H) } : { cell: m.zeros(H), hidden: m.zeros(H) };
  const { all, final } = m.scan(time, [xs], starts, ([x], states) => {
    const [h, c] = spell === "h first" ? [states["h"]!, states["c"]!] : [states["hidden"]!, states["cell"]!];
    const [i, f, g, o] = gates(m, x!, h, H) as [Node, Node, Node, Node];
    if (spell === "h first") {
      const cell = m.add(m.mul(m.sigmoid(f), c), m.mul(m.sigmoid(i), m.tanh(g)));
      return { h: m.mul(m.sigmoid(o), m.tanh(cell)), c: cell };
    }
    const cell = m.add(m.mul(m.tanh(g), m.sigmoid(i)), m.mul(c, m.sigmoid(f)));
    return { cell, hidden: m.mul(m.tanh(cell), m.sigmoid(o)) };
  });
  return m.graph({ h: all["h"] ?? all["hidden"]!, last: final["c"] ?? final["cell"]! });
}

describe("LSTM", () => {
  const expected = textOf(lstm(lstmSpellings["two products for each gate"]!));

  test("the canonical text", () => {
    expect(expected).toMatchInlineSnapshot(`
      "graph "test" {
        dim time = time
        %0 = input "xs" : {time}[3]
        %1 = constant 0 : [4]
        %2 = param "w0" : [4, 3]
        %3 = param "w1" : [4, 4]
        %4 = param "w2" : [4]
        %5 = param "w3" : [4, 3]
        %6 = param "w4" : [4, 4]
        %7 = param "w5" : [4]
        %8 = param "w6" : [4, 3]
        %9 = param "w7" : [4, 4]
        %10 = param "w8" : [4]
        %11 = param "w9" : [4, 3]
        %12 = param "w10" : [4, 4]
        %13 = param "w11" : [4]
        scan s0 over time {
          %14 = item %0 : [3]
          %15 = state "s0" = %1 : [4]
          %16 = state "s1" = %1 : [4]
          %17 = contract axis (%2, %14) : [4]
          %18 = contract axis (%3, %15) : [4]
          %19 = add (%17, %18, %4) : [4]
          %20 = sigmoid (%19) : [4]
          %21 = contract axis (%5, %14) : [4]
          %22 = contract axis (%6, %15) : [4]
          %23 = add (%21, %22, %7) : [4]
          %24 = tanh (%23) : [4]
          %25 = contract axis (%8, %14) : [4]
          %26 = contract axis (%9, %15) : [4]
          %27 = add (%25, %26, %10) : [4]
          %28 = sigmoid (%27) : [4]
          %29 = multiply (%24, %28) : [4]
          %30 = contract axis (%11, %14) : [4]
          %31 = contract axis (%12, %15) : [4]
          %32 = add (%30, %31, %13) : [4]
          %33 = sigmoid (%32) : [4]
          %34 = multiply (%33, %16) : [4]
          %35 = add (%29, %34) : [4]
          %36 = tanh (%35) : [4]
          %37 = multiply (%20, %36) : [4]
          next "s0" = %37
          next "s1" = %35
          output "o0" = %37
        }
        %38 = scanOutput s0 slot=0 : {time}[4]
        %39 = scanFinal s0 slot=1 : [4]
        output "h" = %38 : {time}[4]
        output "last" = %39 : [4]
      }
      "
    `);
  });

  test.each(Object.entries(lstmSpellings))("%s", (_, gates) => {
    expect(textOf(lstm(gates))).toBe(expected);
    expect(textOf(lstm(gates, "c first"))).toBe(expected);
  });
});

/** GRU with the reset gate after the product. */
function gruResetAfter(spelling: "separate" | "stacked" | "concatenated", H = 4, X = 3): Graph {
  const m = new Model();
  const time = m.seq("time");
  const xs = m.input("xs", [time], X);
  const { all } = m.scan(time, [xs], { h: m.zeros(H) }, ([x], { h }) => {
    let reset: Node, update: Node, fromInput: Node, fromState: Node;
    if (spelling === "stacked") {
      const [rx, zx, nx] = m.split(m.linear(x!, 3 * H, "x"), 3) as [Node, Node, Node];
      const [rh, zh, nh] = m.split(m.linear(h!, 3 * H, "h"), 3) as [Node, Node, Node];
      [reset, update, fromInput, fromState] = [m.add(rx, rh), m.add(zx, zh), nx, nh];
    } else {
      const gate = (name: string) => (spelling === "separate" ? m.add(m.linear(x!, H, `${name}.x`), m.linear(h!, H, `${name}.h`)) : m.linear(m.concat(x!, h!), H, name));
      [reset, update, fromInput, fromState] = [gate("reset"), gate("update"), m.linear(x!, H, "candidate.x"), m.linear(h!, H, "candidate.h")];
    }
    const z = m.sigmoid(update);
    const candidate = m.tanh(m.add(fromInput, m.mul(m.sigmoid(reset), fromState)));
    const [old, fresh] = [m.mul(z, h!), m.mul(m.sub(m.number(1), z), candidate)];
    return { h: spelling === "separate" ? m.add(fresh, old) : m.add(old, fresh) };
  });
  return m.graph({ h: all["h"]! });
}

describe("GRU, reset after the product", () => {
  const expected = textOf(gruResetAfter("separate"));
  test.each(["stacked", "concatenated"] as const)("%s", (spelling) => {
    expect(textOf(gruResetAfter(spelling))).toBe(expected);
  });
});

describe("cells that differ", () => {
  test("a tied weight is not two weights", () => {
    const tied = (names: readonly [string, string]) => {
      const m = new Model();
      const x = m.input("x", [], 3);
      return m.graph({ y: m.add(m.tanh(m.dot(m.param(names[0], 3, 3), x)), m.sigmoid(m.dot(m.param(names[1], 3, 3), x))) });
    };
    expect(textOf(tied(["a", "a"]))).not.toBe(textOf(tied(["a", "b"])));
  });

  test("a gate that is used elsewhere", () => {
    const swapped: Gates = (m, x, h, H) => {
      const [i, f, g] = lstmSpellings["two products for each gate"]!(m, x, h, H) as [Node, Node, Node, Node];
      return [i, f, g, f];
    };
    expect(textOf(lstm(swapped))).not.toBe(textOf(lstm(lstmSpellings["two products for each gate"]!)));
  });

  test("a state read where the other is due", () => {
    const other = (which: "h" | "c") => {
      const m = new Model();
      const time = m.seq("time");
      const { all } = m.scan(time, [m.input("xs", [time], 2)], { h: m.zeros(2), c: m.zeros(2) }, ([x], { h, c }) => ({ h: m.tanh(m.add(x!, c!)), c: m.mul(x!, which === "h" ? h! : c!) }));
      return m.graph({ h: all["h"]! });
    };
    expect(textOf(other("h"))).not.toBe(textOf(other("c")));
  });
});

describe("where two arguments cannot be told apart", () => {
  /** Two equal branches, joined twice: whichever comes first must come first both times. */
  const twice = (swap: boolean) => {
    const m = new Model();
    const x = m.input("x", [], 3);
    const branch = (name: string) => {
      const t = m.dot(m.param(name, 3, 3), x);
      return { t: m.tanh(t), s: m.sigmoid(t) };
    };
    const [a, b] = [branch("a"), branch("b")];
    const e = (v: Node) => m.b.apply("exp", [v]);
    const sum = m.add(e(a.t), e(b.t));
    const product = swap ? m.mul(e(b.s), e(a.s)) : m.mul(e(a.s), e(b.s));
    return m.graph({ y: m.sub(sum, product) });
  };
  test("a choice is carried through", () => {
    expect(textOf(twice(true))).toBe(textOf(twice(false)));
  });
});
