/** The smallest cut of a graph, held against all cuts that there are. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { smallestCut, type CutNode } from "../../../src/backends/wasm/smallest-cut.js";
import { checkProperty } from "../../support/property.js";

const nodes = 7;

/** Whether something still leads from a source to a sink. */
function leads(graph: readonly CutNode<number>[], cut: ReadonlySet<number>, sources: ReadonlySet<number>, sinks: ReadonlySet<number>): boolean {
  const open = [...sources].filter((each) => !cut.has(each));
  const seen = new Set(open);
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (sinks.has(node)) return true;
    for (const next of graph[node]?.next ?? []) {
      if (cut.has(next) || seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return false;
}

const some = fc.uniqueArray(fc.nat(nodes - 1), { minLength: 1, maxLength: 3 });
const arbitrary = fc.record({
  graph: fc.array(fc.record({ cost: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(Infinity)), next: fc.uniqueArray(fc.nat(nodes - 1), { maxLength: 4 }) }), { minLength: nodes, maxLength: nodes }),
  sources: some,
  sinks: some,
});

test("no other cut costs less", () => {
  checkProperty(300, arbitrary, ({ graph, sources, sinks }) => {
    const all = graph.map(({ cost, next }, node): CutNode<number> => ({ node, cost, next }));
    const [from, to] = [new Set(sources), new Set(sinks)];
    const cost = (cut: Iterable<number>): number => [...cut].reduce((sum, node) => sum + (graph[node]?.cost ?? 0), 0);
    const every = Array.from({ length: 2 ** nodes }, (_, bits) => new Set(Array.from({ length: nodes }, (__, node) => node).filter((node) => (bits >> node) % 2 === 1)));
    const least = Math.min(...every.filter((cut) => !leads(all, cut, from, to)).map(cost));
    const found = smallestCut(all, from, to);
    if (least === Infinity) expect(found).toBeUndefined();
    else {
      expect(leads(all, found ?? new Set(), from, to)).toBe(false);
      expect(cost(found ?? [])).toBe(least);
    }
  });
});
