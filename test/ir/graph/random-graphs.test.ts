/** Random graphs, held against everything that should be true of any graph. */
import { describe, expect, test } from "vitest";
import { interpret, type OutputValue } from "../../../src/ir/graph/interpret.js";
import type { Graph, Op } from "../../../src/ir/graph/node.js";
import { parseGraph } from "../../../src/ir/graph/parse.js";
import { printGraph } from "../../../src/ir/graph/print.js";
import { rewriteGraph } from "../../../src/ir/graph/rewrite.js";
import { graphNodes, graphRegions } from "../../../src/ir/graph/traverse.js";
import { verifyGraph } from "../../../src/ir/graph/verify.js";
import { arbitraryCell, arbitraryGraph, randomRun, seededCell, seededGraph } from "../../random/graphs.js";
import { checkProperty } from "../../support/property.js";

const identity = (graph: Graph): Graph => rewriteGraph(graph, () => undefined);

function same(actual: Record<string, OutputValue>, expected: Record<string, OutputValue>): void {
  expect(actual).toEqual(expected);
}

describe.each([
  { what: "graphs", arbitrary: arbitraryGraph({ allow: ["discontinuous", "history"] }) },
  { what: "cells", arbitrary: arbitraryCell({ allow: ["discontinuous"] }) },
])("random $what", ({ arbitrary }) => {
  test("pass the verifier", () => checkProperty(300, arbitrary, ({ graph }) => expect(verifyGraph(graph)).toEqual([])));

  test("print, parse and print to the same text, and mean the same", () => {
    checkProperty(300, arbitrary, ({ graph }) => {
      const text = printGraph(graph);
      const parsed = parseGraph(text);
      expect(printGraph(parsed)).toBe(text);
      expect(verifyGraph(parsed)).toEqual([]);
      const run = randomRun(graph, 7);
      same(interpret(parsed, run), interpret(graph, run));
    });
  });

  test("have finite values", () => {
    checkProperty(300, arbitrary, ({ graph }) => {
      for (const { data } of Object.values(interpret(graph, randomRun(graph, 5)))) expect(data.every((x) => Math.abs(x) < 1e4)).toBe(true);
    });
  });

  test("are the same after a rewriting that changes nothing", () => {
    checkProperty(300, arbitrary, ({ graph }) => {
      const rewritten = identity(graph);
      expect(verifyGraph(rewritten)).toEqual([]);
      const run = randomRun(graph, 3);
      same(interpret(rewritten, run), interpret(graph, run));
      expect(printGraph(identity(rewritten))).toBe(printGraph(rewritten));
    });
  });
});

test("without discontinuities, float32 stays near float64", () => {
  checkProperty(300, arbitraryGraph(), ({ graph, discontinuous }) => {
    expect(discontinuous).toBe(false);
    const run = randomRun(graph, 11);
    const [exact, rounded] = [interpret(graph, run), interpret(graph, { ...run, round: "float32" })];
    for (const [name, { data }] of Object.entries(exact)) {
      const other = rounded[name]?.data ?? new Float64Array();
      for (const [i, x] of data.entries()) expect(Math.abs((other[i] ?? NaN) - x), `${name}[${i}] is ${x} and ${other[i]}`).toBeLessThan(1e-4);
    }
  });
});

test("special numbers: rewriting and the text form keep them", () => {
  checkProperty(200, arbitraryGraph({ allow: ["discontinuous"] }), ({ graph }) => {
    const run = randomRun(graph, 13, { special: 0.2 });
    same(interpret(parseGraph(printGraph(identity(graph))), { ...run, round: "float32" }), interpret(graph, { ...run, round: "float32" }));
  });
});

describe("the random generators", () => {
  const graphs = Array.from({ length: 600 }, (_, seed) => seededGraph(seed, { allow: ["discontinuous", "history"] }).graph);

  test("make every op", () => {
    const seen = new Set<Op>(graphs.flatMap((graph) => graphNodes(graph).map((node) => node.op)));
    const all: { readonly [O in Op]: true } = {
      input: true, param: true, constant: true, iota: true, index: true, length: true, item: true, state: true, step: true,
      negate: true, exp: true, log: true, log1p: true, sqrt: true, absolute: true, sin: true, cos: true, tanh: true, sigmoid: true,
      erf: true, floor: true, not: true, toReal: true, stopGradient: true, subtract: true, divide: true, modulo: true, power: true,
      minimum: true, maximum: true, less: true, lessEqual: true, equal: true, notEqual: true, and: true, or: true, add: true,
      multiply: true, select: true, contract: true, reduce: true, argmax: true, top: true, sliceAxis: true, concat: true,
      axisToDim: true, dimToAxis: true, view: true, broadcast: true, at: true, pick: true, draw: true, history: true, scanOutput: true, scanFinal: true,
    };
    expect(Object.keys(all).filter((op) => !seen.has(op as Op))).toEqual([]);
  });

  test("make every shape of scan", () => {
    const cells = Array.from({ length: 100 }, (_, seed) => seededCell(seed).graph);
    const regions = [...graphs, ...cells].flatMap((graph) => graphRegions(graph));
    const count = (holds: (region: (typeof regions)[number]) => boolean) => regions.filter(holds).length;
    expect(count(({ reverse }) => reverse)).toBeGreaterThan(20);
    expect(count(({ states }) => states.length > 1)).toBeGreaterThan(20);
    expect(count(({ states }) => states.length === 0)).toBeGreaterThan(5);
    expect(count(({ nexts }) => new Set(nexts).size < nexts.length)).toBeGreaterThan(5);
    expect(count(({ outputs }) => new Set(outputs).size < outputs.length)).toBeGreaterThan(5);
    expect(count(({ nexts, states }) => nexts.some((next, i) => next === states[i]))).toBeGreaterThan(5);
    expect(count(({ outputs, states }) => outputs.some((output) => states.includes(output as never)))).toBeGreaterThan(5);
    expect(count(({ over }) => over.origin.kind === "window")).toBeGreaterThan(0);
    expect(count(({ over }) => over.origin.kind === "index")).toBeGreaterThan(0);
    expect(count(({ states }) => states.some(({ type }) => type.kind === "int"))).toBeGreaterThan(5);
    expect(count(({ states }) => states.some(({ type }) => type.dims.length > 0))).toBeGreaterThan(5);
    expect(graphs.filter((graph) => graphRegions(graph).length > 1).length).toBeGreaterThan(20);
  });

  test("make windows, maps, unused inputs, and outputs that are the same node", () => {
    const origins = (graph: Graph) => new Set(graphNodes(graph).flatMap((node) => node.type.dims.map((dim) => dim.origin.kind)));
    expect(graphs.filter((graph) => origins(graph).has("window")).length).toBeGreaterThan(30);
    expect(graphs.filter((graph) => origins(graph).has("index")).length).toBeGreaterThan(30);
    expect(graphs.filter(({ outputs }) => new Set(outputs.map(({ node }) => node)).size < outputs.length).length).toBeGreaterThan(20);
    const used = (graph: Graph) => new Set(graphNodes({ ...graph, inputs: [] }));
    expect(graphs.filter((graph) => graph.inputs.some((input) => !used(graph).has(input as never))).length).toBeGreaterThan(20);
  });

  test("give the same graph for the same seed, and leave out what they shall", () => {
    expect(printGraph(seededGraph(5).graph)).toBe(printGraph(seededGraph(5).graph));
    for (let seed = 0; seed < 100; seed++) {
      const { graph } = seededGraph(seed, { without: ["scan", "window", "draw", "int"] });
      expect(graphRegions(graph)).toEqual([]);
      expect(graphNodes(graph).some((node) => node.op === "draw" || node.type.dims.some((dim) => dim.origin.kind === "window"))).toBe(false);
    }
  });
});
