/** Graphs in single-scan form mean what they meant; what looks ahead is refused where it does. */
import { describe, expect, test } from "vitest";
import * as compose from "../../../src/ir/graph/compose.js";
import { interpret } from "../../../src/ir/graph/interpret.js";
import type { Dim, Graph, Node } from "../../../src/ir/graph/node.js";
import { printGraph } from "../../../src/ir/graph/print.js";
import { graphRegions } from "../../../src/ir/graph/traverse.js";
import { checkGraph } from "../../../src/ir/graph/verify.js";
import { streamDimension, streamGraph, type StreamedGraph } from "../../../src/passes/graph/stream.js";
import { runPasses } from "../../../src/passes/pass.js";
import { graphPasses } from "../../../src/passes/pipelines.js";
import { Model } from "./language.js";
import { expectClose, randomRun } from "./meaning.js";
import { models } from "./models.js";

function dimensionOf(graph: Graph): Dim {
  const found = streamDimension(graph);
  if ("name" in found) return found;
  throw new Error(found.map(({ message }) => message).join("\n"));
}

/** The streamed graph, which must be whole, have one scan along the dimension, and give what the graph gives. */
function streamed(graph: Graph, lengths: readonly Readonly<Record<string, number>>[] = [{ time: 5 }, { time: 1 }, { time: 0 }]): StreamedGraph {
  const canonical = runPasses(graph, graphPasses, { verify: true });
  const result = streamGraph(canonical, dimensionOf(canonical));
  if (!("graph" in result)) throw new Error(result.map(({ message }) => message).join("\n"));
  checkGraph(result.graph, "streaming");
  const after = runPasses(result.graph, graphPasses, { verify: true });
  for (const each of [result.graph, after]) {
    expect(graphRegions(each).filter(({ over }) => over.name === dimensionOf(canonical).name && over.origin.kind === "sequence").length).toBe(1);
    for (const [seed, length] of lengths.entries()) {
      const run = randomRun(graph, length, seed + 1);
      const expected = interpret(graph, run);
      for (const name of result.droppedOutputs) delete expected[name];
      expectClose(interpret(each, run), expected);
    }
  }
  return result;
}

function refused(graph: Graph): readonly string[] {
  const canonical = runPasses(graph, graphPasses, { verify: true });
  const result = streamGraph(canonical, dimensionOf(canonical));
  return "graph" in result ? [] : result.map(({ message }) => message);
}

describe("models that stream", () => {
  const names = ["layer-normalised LSTM", "causal self-attention", "sliding self-attention", "a causal convolution", "a selective state space", "recurrent weights for each head", "a decoder with additive attention", "attention over what a scan has read, by slices", "draws in a scan", "sentences of words, read by a scan in a map", "a scan in a scan", "a scan along the last elements that reads none of them"];
  test.each(names)("%s", (name) => {
    streamed(models[name]!(), [{ time: 5, target: 4, source: 3, sentence: 3, word: 2, outer: 3 }, { time: 1, target: 1, sentence: 1, word: 3, outer: 1 }, { time: 0, target: 0, source: 2, sentence: 0, word: 2, outer: 0 }]);
  });
});

test("final states are left out and listed", () => {
  const { droppedOutputs } = streamed(models["layer-normalised LSTM"]!());
  expect(droppedOutputs).toEqual(["c"]);
});

test("layers become one scan, and their convolution keeps two elements", () => {
  const m = new Model();
  const time = m.seq("time");
  const xs = m.input("xs", [time], 2);
  const layer = (input: Node, name: string) => m.scan(time, [input], { h: m.zeros(2) }, ([x], { h }) => ({ h: m.tanh(m.linear(m.concat(x!, h!), 2, name)) })).all["h"]!;
  const second = layer(layer(xs, "first"), "second");
  const window = m.map(time, (_, t) => m.add(m.at(second, m.sub(t, m.int(2)), time), m.at(second, t, time)));
  const { graph } = streamed(m.graph({ y: window }));
  expect(printGraph(runPasses(graph, graphPasses))).toMatchInlineSnapshot(`
    "graph "test" {
      dim time = time
      %0 = input "xs" : {time}[2]
      %1 = constant 0 : [2]
      %2 = param "first.weight" : [2, 4]
      %3 = sliceAxis axis=1 start=2 size=2 (%2) : [2, 2]
      %4 = sliceAxis axis=1 start=0 size=2 (%2) : [2, 2]
      %5 = param "first.bias" : [2]
      %6 = param "second.weight" : [2, 4]
      %7 = sliceAxis axis=1 start=0 size=2 (%6) : [2, 2]
      %8 = sliceAxis axis=1 start=2 size=2 (%6) : [2, 2]
      %9 = param "second.bias" : [2]
      %10 = constant -2 : [1]int
      %11 = constant 1 : [1]int
      scan s0 over time {
        %12 = item %0 : [2]
        %13 = state "h" = %1 : [2]
        %14 = state "h.2" = %1 : [2]
        %15 = step : [1]int
        %16 = contract axis (%3, %13) : [2]
        %17 = contract axis (%4, %12) : [2]
        %18 = add (%16, %17, %5) : [2]
        %19 = tanh (%18) : [2]
        %20 = contract axis (%7, %19) : [2]
        %21 = contract axis (%8, %14) : [2]
        %22 = add (%20, %21, %9) : [2]
        %23 = tanh (%22) : [2]
        %24 = add (%15, %10) : [1]int
        %25 = add (%15, %11) : [1]int
        dim time#2 = window %24 to %25 of time
        %26 = history s0 over=time#2 (%23) : {time#2}[2]
        %27 = at over=time#2 (%26, %24) : [2]
        %28 = add (%23, %27) : [2]
        next "h" = %19
        next "h.2" = %23
        output "y" = %28
      }
      %29 = scanOutput s0 slot=0 : {time}[2]
      output "y" = %29 : {time}[2]
    }
    "
  `);
});

test("what has no step is computed outside", () => {
  const { graph } = streamed(models["a decoder with additive attention"]!(), [{ target: 3, source: 2 }]);
  expect(graphRegions(graph).map((region) => region.over.name)).toEqual(["target", "source"]);
});

test("an element at a fixed place that has passed", () => {
  const m = new Model();
  const time = m.seq("time");
  const xs = m.input("xs", [time], 2);
  streamed(m.graph({ y: m.sub(xs, m.at(xs, m.int(0), time)) }), [{ time: 4 }, { time: 1 }]);
});

test("the mean of a slice counts what has been read", () => {
  const m = new Model();
  const time = m.seq("time");
  const xs = m.input("xs", [time], 2);
  const y = m.map(time, (_, t) => {
    const window = m.b.windowDim(time, m.sub(t, m.int(2)), m.add(t, m.int(1)));
    return compose.mean(m.b, m.view(xs, time, window), window);
  });
  streamed(m.graph({ y }));
});

test("an input whose default is another along the dimension does not stream", () => {
  const m = new Model();
  const time = m.seq("time");
  const xs = m.input("xs", [time], 2);
  const ys = m.b.make("input", [xs], { name: "ys", type: xs.type });
  expect(refused(m.graph({ y: m.add(xs, ys) }))).toEqual([expect.stringContaining("default that runs along \"time\"")]);
});

describe("what looks ahead", () => {
  const along = (make: (m: Model, xs: Node, time: Dim) => Node) => {
    const m = new Model();
    const time = m.seq("time");
    return m.graph({ y: make(m, m.input("xs", [time], 2), time) });
  };
  const step = (m: Model, xs: Node, time: Dim, reverse = false) => m.scan(time, [xs], { h: m.zeros(2) }, ([x], { h }) => ({ h: m.tanh(m.add(x!, h!)) }), reverse);

  test.each<[string, (m: Model, xs: Node, time: Dim) => Node, string]>([
    ["a reverse scan", (m, xs, time) => step(m, xs, time, true).all["h"]!, "from its end"],
    ["the state after the last step", (m, xs, time) => m.add(xs, step(m, xs, time).final["h"]!), "after the last step"],
    ["a mean", (m, xs, time) => m.sub(xs, compose.mean(m.b, xs, time)), "the whole of"],
    ["the next element", (m, xs, time) => m.map(time, (_, t) => m.at(xs, m.add(t, m.int(1)), time)), "1 steps ahead"],
    ["the last element", (m, xs, time) => m.add(xs, compose.last(m.b, xs, time)), "length"],
    ["the length", (m, xs, time) => m.add(xs, m.b.make("length", [], { length: time.length })), "length"],
    ["an index that nothing bounds", (m, xs, time) => m.at(xs, m.b.apply("floor", [m.sum(xs, "vector")]), time), "may be ahead"],
    ["self-attention", (m, xs, time) => m.map(time, (x) => m.sum(m.mul(m.dot(x(xs), xs), xs), time)), "against all of them"],
    ["a slice that ends a step later", (m, xs, time) => m.map(time, (_, t) => {
      const window = m.b.windowDim(time, t, m.add(t, m.int(2)));
      return m.sum(m.view(xs, time, window), window);
    }), "end at the current step"],
    ["a slice that ends ahead and of which no element is read", (m, xs, time) => m.map(time, (x, t) => {
      const window = m.b.windowDim(time, t, m.add(t, m.int(2)));
      return m.sum(m.b.make("broadcast", [x(xs)], { dims: [window] }), window);
    }), "end at the current step"],
    ["a scan along elements at fixed places that may not have come", (m, xs, time) => m.map(time, (x) => {
      const window = m.b.windowDim(time, m.int(3), m.int(5));
      return m.add(x(xs), m.scan(window, [], { g: m.zeros(2) }, (_, { g }) => ({ g: m.add(g!, m.number(1)) })).final["g"]!);
    }), "end at the current step"],
    ["the whole sequence inside a scan", (m, xs, time) => m.scan(time, [xs], { h: m.zeros(2) }, ([x], { h }) => ({ h: m.add(h!, m.sum(m.mul(m.dot(x!, xs), xs), time)) })).all["h"]!, "against all of them"],
  ])("%s", (_, make, why) => {
    const messages = refused(along(make));
    expect(messages.length).toBeGreaterThan(0);
    expect(messages.join("\n")).toContain(why);
  });

  test("the place is that of the expression", () => {
    const m = new Model();
    const time = m.seq("time");
    const xs = m.input("xs", [time], 2);
    const span = { file: "a.model.ts", start: 10, end: 20 };
    const sum = m.b.make("reduce", [xs], { f: "sum", dims: [time], axis: false }, { name: "total", span });
    const result = streamGraph(m.graph({ y: m.sub(xs, sum) }), time);
    expect("graph" in result ? [] : result).toEqual([expect.objectContaining({ code: "GF6003", span, message: `"time" cannot be run step by step: total is taken over the whole of "time"` })]);
  });
});

describe("the dimension that streams", () => {
  test("the one along which the outputs run", () => expect(dimensionOf(models["a decoder with additive attention"]!()).name).toBe("target"));
  test("the outer one of nested sequences", () => {
    const m = new Model();
    const [sentence, word] = [m.seq("sentence"), m.seq("word")];
    const xs = m.input("xs", [sentence, word], 2);
    expect(dimensionOf(m.graph({ y: m.tanh(xs) })).name).toBe("sentence");
  });
  test("none", () => {
    const m = new Model();
    const time = m.seq("time");
    const found = streamDimension(m.graph({ y: m.sum(m.input("xs", [time], 2), time) }));
    expect(found).toEqual([expect.objectContaining({ code: "GF6001" })]);
  });
  test("two that have nothing to do with each other", () => {
    const m = new Model();
    const found = streamDimension(m.graph({ a: m.tanh(m.input("xs", [m.seq("left")], 2)), b: m.tanh(m.input("ys", [m.seq("right")], 2)) }));
    expect(found).toEqual([expect.objectContaining({ code: "GF6002" })]);
  });
});
