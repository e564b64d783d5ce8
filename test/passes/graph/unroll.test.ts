import { describe, expect, test } from "vitest";
import { DiagnosticError } from "../../../src/support/diagnostics.js";
import type { Graph, Node } from "../../../src/ir/graph/node.js";
import { graphRegions } from "../../../src/ir/graph/traverse.js";
import { canonicalise } from "../../../src/passes/graph/canonicalise.js";
import { simplify } from "../../../src/passes/graph/simplify.js";
import { unroll } from "../../../src/passes/graph/unroll.js";
import { structureOf } from "../../../src/passes/graph/structure.js";
import { Model } from "./language.js";
import { kept } from "./meaning.js";

function twoLayers(length: number, reverse = false): Graph {
  const m = new Model();
  const time = m.seq("time", length);
  const layer = (xs: Node, name: string) => m.scan(time, [xs], { h: m.zeros(2) }, ([x], { h }, t) => ({ h: m.tanh(m.add(m.linear(m.concat(x!, h!), 2, name), m.mul(m.number(0.1), t))) }), reverse);
  const first = layer(m.input("xs", [time], 2), "first");
  const second = layer(first.all["h"]!, "second");
  return m.graph({ y: second.all["h"]!, last: second.final["h"]! });
}

test.each([0, 1, 4])("scans of %i steps become values", (length) => {
  for (const reverse of [false, true]) {
    const after = kept(twoLayers(length, reverse), unroll().run, [{}, {}], 1e-12);
    expect(graphRegions(after)).toEqual([]);
    kept(twoLayers(length, reverse), (graph) => canonicalise.run(unroll().run(graph)), [{}, {}]);
  }
});

test("a layer reads what the one below gave at each step, not the joined sequence", () => {
  const after = simplify.run(unroll().run(twoLayers(3)));
  // Of the input three elements, of the first layer none.
  expect(structureOf(after).split("\n").filter((line) => line.startsWith("at(")).length).toBe(3);
});

test("a scan in a scan, inside and outside", () => {
  const make = () => {
    const m = new Model();
    const [outer, inner] = [m.seq("outer", 2), m.seq("inner", 3)];
    const table = m.input("table", [inner], 2);
    const { all } = m.scan(outer, [m.input("xs", [outer], 2)], { s: m.zeros(2) }, ([x], { s }, t) => {
      const read = m.scan(inner, [table], { r: s! }, ([row], { r }, k) => ({ r: m.tanh(m.add(m.linear(m.concat(row!, r!), 2, "inner"), m.mul(x!, m.add(k, t)))) }));
      return { s: m.add(read.final["r"]!, m.sum(read.all["r"]!, inner)) };
    });
    return m.graph({ y: all["s"]! });
  };
  expect(graphRegions(kept(make(), unroll({ over: ["inner"] }).run, [{}])).map(({ over }) => over.name)).toEqual(["outer"]);
  expect(graphRegions(kept(make(), unroll({ over: ["outer"] }).run, [{}])).map(({ over }) => over.name)).toEqual(["inner", "inner"]);
  expect(graphRegions(kept(make(), unroll().run, [{}]))).toEqual([]);
});

describe("refused where it was asked for", () => {
  const codeOf = (run: () => unknown): string => {
    try {
      run();
    } catch (thrown) {
      if (thrown instanceof DiagnosticError) return thrown.diagnostics[0]!.code;
      throw thrown;
    }
    return "none";
  };
  test("a length that is not known", () => {
    const m = new Model();
    const time = m.seq("time");
    const { all } = m.scan(time, [m.input("xs", [time], 2)], { h: m.zeros(2) }, ([x], { h }) => ({ h: m.add(x!, h!) }));
    const graph = m.graph({ h: all["h"]! });
    expect(codeOf(() => unroll({ over: ["time"] }).run(graph))).toBe("GF6101");
    expect(unroll().run(graph)).toBe(graph);
  });
  test("too much code", () => {
    expect(codeOf(() => unroll({ over: ["time"], limit: 20 }).run(twoLayers(4)))).toBe("GF6102");
    const graph = twoLayers(4);
    expect(unroll({ limit: 20 }).run(graph)).toBe(graph);
  });
});
