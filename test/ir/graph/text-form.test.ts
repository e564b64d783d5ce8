/** The text form: what it looks like, that it reads back, and what it says about a text that is none. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GraphBuilder } from "../../../src/ir/graph/builder.js";
import { floorDivideLength, freeLength, scaleLength, addLengths, fixedLength } from "../../../src/ir/graph/length.js";
import type { Graph, Initialiser, Node } from "../../../src/ir/graph/node.js";
import { GraphSyntaxError, parseGraph } from "../../../src/ir/graph/parse.js";
import { printGraph } from "../../../src/ir/graph/print.js";
import { verifyGraph } from "../../../src/ir/graph/verify.js";
import { seededGraph } from "../../random/graphs.js";
import { checkProperty } from "../../support/property.js";
import { graphOf, input } from "./helpers.js";

/** The graph prints to the text, and the text reads back to it. */
function reads(text: string, graph = parseGraph(text)): Graph {
  expect(printGraph(graph)).toBe(text);
  expect(printGraph(parseGraph(text))).toBe(text);
  expect(verifyGraph(parseGraph(text))).toEqual([]);
  return graph;
}

const model = `graph "charRnn" {
  dim time = time
  %0 = input "text" classes=65 : {time}[1]int  # text
  %1 = param "embedding.weight" init=uniform(-0.1, 0.1) : [65, 4]  # embedding.weight
  %2 = pick (%1, %0) : {time}[4]  # embedding
  %3 = constant 0 : [3]
  %4 = param "forget.weight" : [3, 7]
  %5 = constant -0 : [1]
  scan s0 over time {
    %6 = item %2 : [4]  # embedding
    %7 = state "h" = %3 : [3]
    %8 = concat axis=0 (%7, %6) : [7]
    %9 = contract axis (%4, %8) : [3]  # forget
    %10 = sigmoid (%9) : [3]
    %11 = multiply (%10, %7, %5) : [3]  # "two words"
    next "h" = %11
    output "h" = %11
    output "logits" = %10
  }
  %12 = scanOutput s0 slot=0 : {time}[3]
  %13 = scanFinal s0 slot=0 : [3]
  %14 = scanOutput s0 slot=1 : {time}[3]
  output "h" = %12 : {time}[3]
  output "final.h" = %13 : [3]
  output "logits" = %14 : {time}[3]
}
`;

describe("the text", () => {
  test("of a recurrent net", () => {
    const graph = reads(model);
    expect(graph.name).toBe("charRnn");
    expect(graph.inputs.map((node) => node.attributes.classes)).toEqual([65]);
    expect(graph.outputs.map(({ name }) => name)).toEqual(["h", "final.h", "logits"]);
  });

  test("of windows, maps, nested and reverse scans", () => {
    reads(`graph "causal" {
  dim time = time
  dim time#2 = index 0 of time
  dim head = 2
  %0 = input "x" : {time}[2]
  %1 = index over=time#2 : {time#2}[1]int
  %2 = constant 1 : [1]int
  %3 = subtract (%1, %2) : {time#2}[1]int
  %4 = add (%1, %2) : {time#2}[1]int
  dim time#3 = window %3 to %4 of time
  %5 = view from=time to=time#3 (%0) : {time#3, time#2}[2]
  %6 = reduce max over={time#3} (%5) : {time#2}[2]
  %7 = view from=time#2 to=time (%6) : {time}[2]
  %8 = constant 0 : [2]
  scan s0 over time reverse {
    %9 = item %7 : [2]
    %10 = state "outer" = %8 : [2]
    %11 = step : [1]int
    %12 = broadcast over={head} (%9) : {head}[2]
    %13 = toReal (%11) : [1]
    scan s1 over head {
      %14 = item %12 : [2]
      %15 = state "inner" = %10 : [2]
      %16 = add (%14, %15, %13) : [2]
      next "inner" = %16
    }
    %17 = scanFinal s1 slot=0 : [2]
    %18 = tanh (%17) : [2]
    dim time#4 = window %11 to %11 of time
    %19 = history s0 over=time#4 (%18) : {time#4}[2]
    %20 = reduce sum over={time#4} axis (%19) : [1]
    next "outer" = %18
    output "past" = %20
  }
  %21 = scanOutput s0 slot=0 : {time}[1]
  output "y" = %21 : {time}[1]
}
`);
  });

  test("of derived lengths, layouts and the order of inputs", () => {
    const b = new GraphBuilder();
    const time = freeLength("time");
    const frame = b.dim("frame", floorDivideLength(addLengths(time, fixedLength(1)), 2));
    const odd = b.dim("both ends", addLengths(scaleLength(time, 2), addLengths(scaleLength(freeLength("odd name"), -1), fixedLength(-3))));
    const y = input(b, "y", [frame, odd]);
    const x = b.make("input", [b.constant(2)], { name: "x", type: { kind: "real", dims: [], shape: [1] } }) as Graph["inputs"][number];
    const sum = b.apply("add", [y, x as Node]);
    const graph: Graph = { name: 'a "name"\n', inputs: [x, y as Graph["inputs"][number]], outputs: [{ name: "s", node: sum, dims: [odd, frame] }, { name: "n", node: b.make("length", [], { length: odd.length }) }] };
    reads(`graph "a \\"name\\"\\n" {
  dim frame = floor((time+1)/2)
  dim "both ends" = -"odd name"+2*time-3
  %0 = constant 2 : [1]
  %1 = input "x" (%0) : [1]
  %2 = input "y" : {frame, "both ends"}[1]
  %3 = add (%2, %1) : {frame, "both ends"}[1]
  %4 = length -"odd name"+2*time-3 : [1]int
  output "s" = %3 : {"both ends", frame}[1]
  output "n" = %4 : [1]int
}
`, graph);
    const crossed = b.make("input", [y], { name: "z", type: y.type }) as Graph["inputs"][number];
    const text = printGraph({ name: "crossed", inputs: [crossed, y as Graph["inputs"][number]], outputs: [{ name: "s", node: crossed as Node }] });
    expect(text).toContain("\n  inputs %1, %0\n");
    expect(parseGraph(text).inputs.map(({ attributes }) => attributes.name)).toEqual(["z", "y"]);
  });

  test("of every number, exactly", () => {
    checkProperty(300, fc.array(fc.double(), { minLength: 1, maxLength: 4 }), (numbers) => {
      const b = new GraphBuilder();
      const text = printGraph(graphOf(Object.fromEntries(numbers.map((value, i) => [`y${i}`, b.constant(value)]))));
      const back = parseGraph(text).outputs.map(({ node }) => (node.op === "constant" ? node.attributes.value : undefined));
      expect(back).toEqual(numbers);
      expect(printGraph(parseGraph(text))).toBe(text);
    });
  });

  test("of every name", () => {
    checkProperty(300, fc.array(fc.string({ unit: "binary", minLength: 1 }), { minLength: 4, maxLength: 4 }), ([model = "", dim = "", name = "", comment = ""]) => {
      const b = new GraphBuilder();
      const x = b.make("input", [], { name, type: { kind: "real", dims: [b.dim(dim, freeLength(dim))], shape: [1] } }, { name: comment });
      const graph: Graph = { name: model, inputs: [x], outputs: [{ name, node: x }, { name: `${name}2`, node: b.make("index", [], { dim: b.dim(dim, 3) }) }] };
      const back = parseGraph(printGraph(graph));
      expect(printGraph(back)).toBe(printGraph(graph));
      const [node] = back.inputs;
      expect([back.name, node?.attributes.name, node?.name, ...back.outputs.flatMap((output) => output.node.type.dims.map((each) => each.name))]).toEqual([model, name, comment, dim, dim]);
    });
  });

  test("of every initialiser", () => {
    const b = new GraphBuilder();
    const inits: readonly Initialiser[] = [{ kind: "constant", value: 1e-7 }, { kind: "uniform", low: -Infinity, high: NaN }, { kind: "normal", deviation: 0.02 }, { kind: "glorot" }, { kind: "orthogonal" }];
    const graph = graphOf(Object.fromEntries(inits.map((init, i) => [`y${i}`, b.make("param", [], { name: `w${i}`, per: [], shape: [1], init })])));
    const back = parseGraph(printGraph(graph)).outputs.map(({ node }) => (node.op === "param" ? node.attributes.init : undefined));
    expect(back).toEqual(inits);
  });

  test("does not depend on the order in which nodes were made", () => {
    const make = (backwards: boolean) => {
      const b = new GraphBuilder();
      const dims = () => [b.dim("time", 4), b.dim("time", 5)];
      if (backwards) dims().reverse();
      const [first, second] = backwards ? ((second) => [b.constant(1), second])(b.constant(2)) : [b.constant(1), b.constant(2)];
      if (first === undefined || second === undefined) throw new Error();
      return printGraph(graphOf({ y: b.make("broadcast", [b.apply("add", [first, second])], { dims: [b.dim("time", 4)] }) }));
    };
    expect(make(true)).toBe(make(false));
  });
});

describe("a text written by hand", () => {
  test("may leave out inferred types, number as it likes, and hold comments", () => {
    const graph = parseGraph(`# A comment before everything.
graph "y" {
  dim time = time   # the only one
  %x = 1
}`.replace("%x = 1", "%70 = input \"x\" : {time}[2]\n %5 = tanh (%70) # squashed\n %6 = reduce sum over={time} (%5)\n output \"y\" = %6"));
    expect(printGraph(graph)).toBe(`graph "y" {
  dim time = time
  %0 = input "x" : {time}[2]
  %1 = tanh (%0) : {time}[2]  # squashed
  %2 = reduce sum over={time} (%1) : [2]
  output "y" = %2 : [2]
}
`);
  });
});

describe("faults", () => {
  const cases: readonly { what: string; text: string; message: string }[] = [
    { what: "nothing", text: "", message: '1:1: "graph" is due here, not the end' },
    { what: "a strange sign", text: 'graph "a" {\n  ?', message: '2:3: "?" begins nothing that is known here' },
    { what: "an unknown op", text: 'graph "a" {\n  %0 = frobnicate\n}', message: '2:8: an op is due here, not "frobnicate"' },
    { what: "an undefined node", text: 'graph "a" {\n  %0 = tanh (%1)\n}', message: "2:14: %1 is not defined before" },
    { what: "a node defined twice", text: 'graph "a" {\n  %0 = constant 1 : [1]\n  %0 = constant 1 : [1]\n}', message: "3:3: %0 is defined twice" },
    { what: "a wrong type", text: 'graph "a" {\n  %0 = constant 1 : [1]\n  %1 = tanh (%0) : [2]\n}', message: "3:18: the type is [1]" },
    { what: "a missing type", text: 'graph "a" {\n  %0 = constant 1\n}', message: '3:1: ":" is due here, not "}"' },
    { what: "shapes that differ", text: 'graph "a" {\n  %0 = constant 1 : [2]\n  %1 = constant 1 : [3]\n  %2 = add (%0, %1)\n}', message: "4:8: the sizes of [2] and [3] differ" },
    { what: "an unknown dimension", text: 'graph "a" {\n  %0 = input "x" : {time}[1]\n}', message: "2:21: there is no dimension time" },
    { what: "a dimension declared twice", text: 'graph "a" {\n  dim t = 2\n  dim t = 3\n}', message: "3:7: the dimension \"t\" is declared twice" },
    { what: "a missing attribute", text: 'graph "a" {\n  %0 = constant 1 : [2]\n  %1 = concat (%0)\n}', message: '3:15: "axis=" is due here, not "("' },
    { what: "a fraction", text: 'graph "a" {\n  %0 = constant 1 : [1.5]\n}', message: '2:22: a whole number is due here, not "1.5"' },
    { what: "a state without a next value", text: 'graph "a" {\n  dim t = 2\n  %0 = constant 1 : [1]\n  scan s0 over t {\n    %1 = state "h" = %0 : [1]\n  }\n}', message: "6:3: the state h has no next value" },
    { what: "a next value out of turn", text: 'graph "a" {\n  dim t = 2\n  %0 = constant 1 : [1]\n  scan s0 over t {\n    %1 = state "h" = %0 : [1]\n    next "c" = %1\n  }\n}', message: '6:10: the next value of "h" is due here' },
    { what: "an item outside of a scan", text: 'graph "a" {\n  %0 = item %1 : [1]\n}', message: "2:8: item stands outside of a scan" },
    { what: "an unknown scan", text: 'graph "a" {\n  %0 = scanFinal s0 slot=0\n}', message: "2:18: there is no scan s0 before" },
    { what: "an unfinished string", text: 'graph "a', message: "begins nothing" },
    { what: "no end", text: 'graph "a" {', message: "1:12:" },
    { what: "more than a graph", text: 'graph "a" { } graph', message: "1:15: the end is due here" },
    { what: "a wrong number of parts", text: 'graph "a" {\n  %0 = param "w" init=uniform(1) : [1]\n}', message: "uniform takes 2 numbers" },
  ];
  test.each(cases)("$what", ({ text, message }) => {
    expect(() => parseGraph(text)).toThrow(GraphSyntaxError);
    expect(() => parseGraph(text)).toThrow(message);
  });

  test("line and column can be read from the error", () => {
    try {
      parseGraph('graph "a" {\r\n  %0 = frobnicate');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ line: 2, column: 8 });
    }
  });

  test("a damaged text is a graph or a syntax error, never anything else", () => {
    const texts = Array.from({ length: 20 }, (_, seed) => printGraph(seededGraph(seed).graph));
    const damage = fc.record({ text: fc.constantFrom(...texts), place: fc.double({ min: 0, max: 1, noNaN: true }), length: fc.nat(6), insert: fc.constantFrom("", "%0", "1", " ", "}", "{", "[0]", "time", "=", "(", "# ", "-", '"', "1e999") });
    checkProperty(2000, damage, ({ text, place, length, insert }) => {
      const at = Math.floor(place * text.length);
      try {
        parseGraph(text.slice(0, at) + insert + text.slice(at + length));
      } catch (error) {
        expect(error).toBeInstanceOf(GraphSyntaxError);
      }
    });
  });
});

test("a parameter that begins in pieces parses back", () => {
  const text = 'graph "pieces" {\n  %0 = param "b" init=constants(0, 1, -0.5) : [6]\n  output "b" = %0\n}\n';
  expect(printGraph(parseGraph(text))).toContain("init=constants(0, 1, -0.5)");
});
