import { expect, test } from "vitest";
import type { Graph, Node } from "../../../src/ir/graph/node.js";
import { printGraph } from "../../../src/ir/graph/print.js";
import { graphNodes } from "../../../src/ir/graph/traverse.js";
import { canonicalise } from "../../../src/passes/graph/canonicalise.js";
import { hoist } from "../../../src/passes/graph/hoist.js";
import { canonicalNames } from "../../../src/passes/graph/canonical-names.js";
import { regionsRead } from "../../../src/passes/graph/regions-read.js";
import { Model } from "./language.js";
import { kept } from "./meaning.js";

/** The products that are computed in every step. */
const inside = (graph: Graph): number => graphNodes(graph).filter((node) => node.op === "contract" && regionsRead(node).size > 0).length;

function elman(H: number, X: number, step: (m: Model, x: Node, h: Node, t: Node) => Node): Graph {
  const m = new Model();
  const time = m.seq("time");
  return m.graph({ h: m.scan(time, [m.input("xs", [time], X)], { h: m.zeros(H) }, ([x], { h }, t) => ({ h: step(m, x!, h!, t) })).all["h"]! });
}

const plain = (H = 3, X = 2) => canonicalise.run(elman(H, X, (m, x, h) => m.tanh(m.linear(m.concat(x, h), H, "cell"))));

test("the input's product leaves with its bias", () => {
  const after = kept(plain(), hoist({ mode: "always" }).run, [{ time: 4 }, { time: 0 }]);
  expect(inside(after)).toBe(1);
  expect(printGraph(canonicalNames(after))).toMatchInlineSnapshot(`
    "graph "test" {
      dim time = time
      %0 = input "xs" : {time}[2]
      %1 = param "w0" : [3, 2]
      %2 = contract axis (%1, %0) : {time}[3]
      %3 = param "w1" : [3]
      %4 = add (%2, %3) : {time}[3]
      %5 = constant 0 : [3]
      %6 = param "w2" : [3, 3]
      scan s0 over time {
        %7 = item %0 : [2]
        %8 = item %4 : [3]
        %9 = state "s0" = %5 : [3]
        %10 = contract axis (%6, %9) : [3]
        %11 = add (%10, %8) : [3]
        %12 = tanh (%11) : [3]
        next "s0" = %12
        output "o0" = %12
      }
      %13 = scanOutput s0 slot=0 : {time}[3]
      output "h" = %13 : {time}[3]
    }
    "
  `);
});

test("never, and by cost", () => {
  expect(inside(hoist({ mode: "never" }).run(plain()))).toBe(2);
  expect(inside(hoist({ mode: "cost" }).run(plain(64, 64)))).toBe(1);
  expect(inside(hoist({ mode: "cost" }).run(plain(512, 512)))).toBe(2);
});

test("the position goes along, in a reverse scan, too", () => {
  const m = new Model();
  const time = m.seq("time");
  const { all } = m.scan(time, [m.input("xs", [time], 2)], { h: m.zeros(2) }, ([x], { h }, t) => ({ h: m.add(m.mul(m.number(0.5), h!), m.linear(m.mul(x!, t), 2, "w")) }), true);
  const after = kept(m.graph({ h: all["h"]! }), hoist({ mode: "always" }).run, [{ time: 4 }]);
  expect(inside(after)).toBe(0);
});

test("attention within the sequence leaves on an index of its own", () => {
  const m = new Model();
  const time = m.seq("time");
  const xs = m.input("xs", [time], 2);
  const { all } = m.scan(time, [xs], { h: m.zeros(2) }, ([x], { h }) => ({ h: m.tanh(m.add(h!, m.sum(m.mul(m.dot(x!, xs), xs), time))) }));
  const after = kept(canonicalise.run(m.graph({ h: all["h"]! })), (graph) => canonicalise.run(hoist({ mode: "always" }).run(graph)), [{ time: 4 }]);
  expect(inside(after)).toBe(0);
});

test("what differs between the steps of an inner scan stays there", () => {
  const both = (inner: (m: Model, x: Node, i: Node, r: Node) => Node): Graph => {
    const m = new Model();
    const time = m.seq("time");
    const { all } = m.scan(time, [m.input("xs", [time], 2)], { h: m.zeros(2) }, ([x], { h }) => ({
      h: m.add(h!, m.scan(m.seq("r", 2), [m.input("rs", [m.seq("r", 2)], 2)], { g: m.zeros(2) }, ([r], { g }, i) => ({ g: m.add(g!, m.mul(h!, inner(m, x!, i, r!))) })).final["g"]!),
    }));
    return canonicalise.run(m.graph({ h: all["h"]! }));
  };
  const linear = (m: Model, x: Node, name: string): Node => m.linear(x, 2, name);
  // The element of the outer scan alone leaves, with what is added to it and depends on neither.
  for (const [inner, left] of [
    [(m: Model, x: Node, i: Node) => linear(m, m.mul(x, i), "w"), 1],
    [(m: Model, x: Node, i: Node, r: Node) => m.tanh(m.add(linear(m, x, "w"), m.mul(r, i))), 0],
    [(m: Model, x: Node, _: Node, r: Node) => m.tanh(m.add(linear(m, x, "w"), linear(m, r, "u"))), 0],
  ] as const) {
    const after = kept(both(inner), (graph) => canonicalise.run(hoist({ mode: "always" }).run(graph)), [{ time: 4 }, { time: 0 }]);
    expect(inside(after)).toBe(left);
  }
});

test("what makes a dimension of the scanned one's name stays", () => {
  const m = new Model();
  const part = m.seq("part", 2);
  const other = m.seq("part", 3);
  const { all } = m.scan(part, [m.input("xs", [part], 3)], { h: m.zeros(1) }, ([x], { h }) => ({ h: m.add(h!, m.sum(m.linear(m.b.make("axisToDim", [x!], { axis: 0, dim: other }), 1, "w"), other)) }));
  kept(canonicalise.run(m.graph({ h: all["h"]! })), (graph) => canonicalise.run(hoist({ mode: "always" }).run(graph)), [{}]);
});

test("what waits for the state stays", () => {
  const graph = canonicalise.run(elman(2, 2, (m, x, h) => m.tanh(m.linear(m.mul(x, h), 2, "w"))));
  expect(hoist({ mode: "always" }).run(graph)).toBe(graph);
});
