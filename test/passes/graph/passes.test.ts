/** Each pass of the graph keeps the meaning of every model, alone and after others. */
import { describe, test } from "vitest";
import { canonicalise } from "../../../src/passes/graph/canonicalise.js";
import { dropDead } from "../../../src/passes/graph/drop-dead.js";
import { foldConstants } from "../../../src/passes/graph/fold-constants.js";
import { hoist } from "../../../src/passes/graph/hoist.js";
import { share } from "../../../src/passes/graph/share.js";
import { simplify } from "../../../src/passes/graph/simplify.js";
import { graphPasses } from "../../../src/passes/pipelines.js";
import { runPasses } from "../../../src/passes/pass.js";
import { kept } from "./meaning.js";
import { models } from "./models.js";

const lengths = [{ time: 4, source: 3, target: 2 }, { time: 1, sentence: 2, word: 3, outer: 2 }, { time: 5, word: 1 }];
const exact = [simplify, foldConstants, share, dropDead];

describe.each(Object.entries(models))("%s", (_, make) => {
  test.each(exact.map((pass) => [pass.name, pass] as const))("%s", (__, pass) => {
    kept(make(), pass.run, lengths, 1e-13);
  });
  test("canonicalise", () => {
    kept(make(), canonicalise.run, lengths);
  });
  test("hoist", () => {
    kept(make(), (graph) => hoist({ mode: "always" }).run(graph), lengths);
    kept(make(), (graph) => runPasses(graph, [...graphPasses, hoist({ mode: "always" }), canonicalise, dropDead], { verify: true }), lengths);
  });
  test("all", () => {
    kept(make(), (graph) => runPasses(graph, graphPasses, { verify: true }), lengths);
  });
});
