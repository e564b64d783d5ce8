import { expect, test } from "vitest";
import type { Graph } from "../../../src/ir/graph/node.js";
import { printGraph } from "../../../src/ir/graph/print.js";
import { graphNodes } from "../../../src/ir/graph/traverse.js";
import { isWeights } from "../../../src/passes/graph/canonical/load-time.js";
import { tabulate } from "../../../src/passes/graph/tabulate.js";
import { graphPasses } from "../../../src/passes/pipelines.js";
import { runPasses } from "../../../src/passes/pass.js";
import { Model } from "./language.js";
import { kept } from "./meaning.js";

function charRnn(): Graph {
  const m = new Model();
  const time = m.seq("time");
  const text = m.input("text", [time], 1, "int");
  const { all } = m.scan(time, [text], { h: m.zeros(3) }, ([id], { h }) => {
    const x = m.b.make("pick", [m.param("table", 5, 4), id!], {});
    return { h: m.tanh(m.linear(m.concat(x, h!), 3, "cell")) };
  });
  return runPasses(m.graph({ h: all["h"]! }), graphPasses);
}

const products = (graph: Graph) => graphNodes(graph).filter((node) => node.op === "contract" && !isWeights(node)).length;

test("the product with an embedding becomes a row of a table", () => {
  const after = kept(charRnn(), tabulate().run, [{ time: 4 }, { time: 0 }], 1e-14);
  expect([products(charRnn()), products(after)]).toEqual([2, 1]);
  expect(printGraph(after)).toMatch(/at over=row \(/);
});

test("a table that would be too large stays", () => {
  expect(products(tabulate({ limit: 14 }).run(charRnn()))).toBe(2);
  expect(products(tabulate({ limit: 15 }).run(charRnn()))).toBe(1);
});

test("the row outside of a table is zero, as before", () => {
  const m = new Model();
  const id = m.b.apply("add", [m.input("id", [], 1, "int"), m.int(3)]);
  kept(m.graph({ y: m.linear(m.b.make("pick", [m.param("table", 4, 2), id], {}), 3, "w") }), tabulate().run, [{}, {}, {}], 1e-14);
});
