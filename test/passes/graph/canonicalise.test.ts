import { expect, test } from "vitest";
import type { Node } from "../../../src/ir/graph/node.js";
import { canonicalise } from "../../../src/passes/graph/canonicalise.js";
import { structureOf } from "../../../src/passes/graph/structure.js";
import { Model } from "./language.js";
import { kept } from "./meaning.js";

const lengths = [{ time: 4 }, { time: 1 }];

function lstm(spelling: "concat" | "products" | "stacked", H = 3, X = 2) {
  const m = new Model();
  const time = m.seq("time");
  const xs = m.input("xs", [time], X);
  const { all, final } = m.scan(time, [xs], { h: m.zeros(H), c: m.zeros(H) }, ([x], { h, c }) => {
    let gates: Node[];
    if (spelling === "concat") gates = ["i", "f", "g", "o"].map((name) => m.linear(m.concat(h!, x!), H, name));
    else if (spelling === "products") gates = ["i", "f", "g", "o"].map((name) => m.add(m.linear(x!, H, `${name}.x`), m.linear(h!, H, `${name}.h`, false)));
    else gates = m.split(m.add(m.linear(x!, 4 * H, "x"), m.linear(h!, 4 * H, "h")), 4);
    const [i, f, g, o] = gates as [Node, Node, Node, Node];
    const cell = m.add(m.mul(m.sigmoid(f), c!), m.mul(m.sigmoid(i), m.tanh(g)));
    return { h: m.mul(m.sigmoid(o), m.tanh(cell)), c: cell };
  });
  return m.graph({ h: all["h"]!, last: final["c"]! });
}

test.each(["concat", "products", "stacked"] as const)("an LSTM in %s keeps its meaning", (spelling) => {
  const after = kept(lstm(spelling), canonicalise.run, lengths);
  expect(structureOf(after)).not.toContain("concat");
});
