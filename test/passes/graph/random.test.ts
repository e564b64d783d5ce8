/** Every pass, and lists of passes in random order, on random graphs: whole, and of the same meaning. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interpret } from "../../../src/ir/graph/interpret.js";
import type { Graph } from "../../../src/ir/graph/node.js";
import { hasDim } from "../../../src/ir/graph/types.js";
import { checkGraph } from "../../../src/ir/graph/verify.js";
import { canonicalise } from "../../../src/passes/graph/canonicalise.js";
import { canonicalNames } from "../../../src/passes/graph/canonical-names.js";
import { dropDead } from "../../../src/passes/graph/drop-dead.js";
import { foldConstants } from "../../../src/passes/graph/fold-constants.js";
import { hoist } from "../../../src/passes/graph/hoist.js";
import { share } from "../../../src/passes/graph/share.js";
import { simplify } from "../../../src/passes/graph/simplify.js";
import { streamDimension, streamGraph } from "../../../src/passes/graph/stream.js";
import { structureOf } from "../../../src/passes/graph/structure.js";
import { tabulate } from "../../../src/passes/graph/tabulate.js";
import { unroll } from "../../../src/passes/graph/unroll.js";
import { graphPasses } from "../../../src/passes/pipelines.js";
import { runPasses, type GraphPass } from "../../../src/passes/pass.js";
import { checkProperty } from "../../support/property.js";
import { arbitraryCell, arbitraryGraph, randomRun } from "../../random/graphs.js";
import { expectClose } from "./meaning.js";

const passes: readonly GraphPass[] = [simplify, foldConstants, share, dropDead, canonicalise, hoist({ mode: "always" }), unroll({ limit: 2000 }), tabulate()];

function sameMeaning(before: Graph, after: Graph, tolerance: number): void {
  checkGraph(after, "the passes");
  for (const seed of [1, 2]) {
    const run = randomRun(before, seed);
    expectClose(interpret(after, run), interpret(before, run), tolerance);
  }
}

describe.each([["graphs", arbitraryGraph()], ["cells", arbitraryCell()]] as const)("random %s", (_, arbitrary) => {
  test.each(passes.map((pass) => [pass.name, pass] as const))("%s", (__, pass) => {
    checkProperty(25, arbitrary, ({ graph }) => sameMeaning(graph, pass.run(graph), 1e-9));
  });

  test("passes in any order", () => {
    const orders = fc.array(fc.constantFrom(...passes), { minLength: 2, maxLength: 6 });
    checkProperty(30, fc.tuple(arbitrary, orders), ([{ graph }, order]) => sameMeaning(graph, runPasses(graph, order, { verify: true }), 1e-9));
  });

  test("a canonical graph stays as it is", () => {
    checkProperty(25, arbitrary, ({ graph }) => {
      const once = canonicalise.run(graph);
      // Of two parameters that nothing tells apart, either may come first.
      expect(structureOf(canonicalNames(canonicalise.run(once)))).toBe(structureOf(canonicalNames(once)));
    });
  });

  test("what streams gives step by step what it gave at once", () => {
    let streams = 0;
    checkProperty(50, arbitrary, ({ graph }) => {
      const canonical = runPasses(graph, graphPasses);
      const dim = streamDimension(canonical);
      if (!("name" in dim)) return;
      const along = { ...canonical, outputs: canonical.outputs.filter(({ node }) => hasDim(node.type, dim)) };
      const result = streamGraph(along, dim);
      if (!("graph" in result)) return;
      streams++;
      checkGraph(result.graph, "streaming");
      const run = randomRun(graph, 1);
      const expected = interpret(graph, run);
      expectClose(interpret(result.graph, run), Object.fromEntries(result.graph.outputs.map(({ name }) => [name, expected[name]!])));
    });
    expect(streams).toBeGreaterThan(0);
  });
});
