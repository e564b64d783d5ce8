/** Random cells and graphs, spelled at random in another way, come to the same canonical text. */
import { expect, test } from "vitest";
import { interpret } from "../../../src/ir/graph/interpret.js";
import type { Graph } from "../../../src/ir/graph/node.js";
import { printGraph } from "../../../src/ir/graph/print.js";
import { checkGraph } from "../../../src/ir/graph/verify.js";
import { canonicalNames } from "../../../src/passes/graph/canonical-names.js";
import { runPasses } from "../../../src/passes/pass.js";
import { graphPasses } from "../../../src/passes/pipelines.js";
import { generator } from "../../random/choices.js";
import { randomRun, seededCell, seededGraph } from "../../random/graphs.js";
import { expectClose } from "./meaning.js";
import { respell } from "./respell.js";

const textOf = (graph: Graph) => printGraph(canonicalNames(runPasses(graph, graphPasses)));

// The seeds are fixed: a spelling that happens to share an intermediate result is another computation, and rightly differs.
test.each([["cells", seededCell], ["graphs", seededGraph]] as const)("random %s", (_, make) => {
  let respelled = 0;
  for (let seed = 0; seed < 60; seed++) {
    const { graph } = make(seed);
    const other = respell(graph, generator(seed + 7));
    checkGraph(other, "respelling");
    const run = randomRun(other, seed);
    expectClose(interpret(other, run), interpret(graph, run));
    if (printGraph(other) !== printGraph(graph)) respelled++;
    expect(textOf(other), `seed ${seed}`).toBe(textOf(graph));
  }
  expect(respelled).toBeGreaterThan(50);
});
