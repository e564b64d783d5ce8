/** The language's functions on a builder, so that tests write models as a model file does. */
import { GraphBuilder } from "../../../src/ir/graph/builder.js";
import { freeLength } from "../../../src/ir/graph/length.js";
import type { Dim, Graph, Node, NodeOf, Region, ValueType } from "../../../src/ir/graph/node.js";
import { topological } from "../../../src/ir/graph/traverse.js";

export class Model {
  readonly b = new GraphBuilder();

  seq(name: string, length?: number): Dim {
    return this.b.dim(name, length ?? freeLength(name));
  }

  input(name: string, dims: readonly Dim[], size = 1, kind: "real" | "int" = "real"): Node {
    return this.b.make("input", [], { name, type: { kind, dims, shape: [size] }, ...(kind === "int" ? { classes: 5 } : {}) });
  }

  param(name: string, ...shape: number[]): Node {
    return this.b.make("param", [], { name, per: [], shape });
  }

  per(name: string, dims: readonly Dim[], ...shape: number[]): Node {
    return this.b.make("param", [], { name, per: dims, shape });
  }

  number(value: number): Node {
    return this.b.constant(value);
  }

  int(value: number): Node {
    return this.b.constant(value, "int");
  }

  zeros(size: number): Node {
    return this.b.constant(0, "real", [size]);
  }

  add(...args: Node[]): Node {
    return args.reduce((a, c) => this.b.apply("add", [a, c]));
  }

  sub(a: Node, c: Node): Node {
    return this.b.apply("subtract", [a, c]);
  }

  mul(...args: Node[]): Node {
    return args.reduce((a, c) => this.b.apply("multiply", [a, c]));
  }

  sigmoid(x: Node): Node {
    return this.b.apply("sigmoid", [x]);
  }

  tanh(x: Node): Node {
    return this.b.apply("tanh", [x]);
  }

  dot(a: Node, c: Node): Node {
    return this.b.make("contract", [a, c], { dims: [], axis: true });
  }

  linear(x: Node, size: number, name: string, bias = true): Node {
    const product = this.dot(this.param(`${name}.weight`, size, x.type.shape.at(-1) ?? 1), x);
    return bias ? this.add(product, this.param(`${name}.bias`, size)) : product;
  }

  concat(...parts: Node[]): Node {
    return this.b.make("concat", parts, { axis: 0 });
  }

  split(x: Node, pieces: number): Node[] {
    const size = (x.type.shape[0] ?? 1) / pieces;
    return Array.from({ length: pieces }, (_, i) => this.b.make("sliceAxis", [x], { axis: 0, start: i * size, size }));
  }

  view(x: Node, from: Dim, to: Dim): Node {
    return this.b.make("view", [x], { from, to });
  }

  index(dim: Dim): Node {
    return this.b.make("index", [], { dim });
  }

  at(xs: Node, index: Node, dim: Dim): Node {
    return this.b.make("at", [xs, index], { dim });
  }

  sum(x: Node, dim: Dim | "vector"): Node {
    return this.b.make("reduce", [x], { f: "sum", dims: dim === "vector" ? [] : [dim], axis: dim === "vector" });
  }

  /** `map(xs, body)`: the element is the sequence along the map's own index. */
  map(over: Dim, body: (element: (xs: Node) => Node, position: Node) => Node, level = 0): Node {
    const index = this.b.indexDim(over, level);
    return this.view(body((xs) => this.view(xs, over, index), this.index(index)), index, over);
  }

  scan(over: Dim, sequences: readonly Node[], starts: Readonly<Record<string, Node>>, step: (items: Node[], states: Record<string, Node>, t: Node) => Record<string, Node>, reverse = false): Scanned {
    const names = Object.keys(starts);
    const types: ValueType[] = names.map((name) => (starts[name] as Node).type);
    const open = this.b.openRegion(over, sequences, types);
    const results = step([...open.items], Object.fromEntries(names.map((name, i) => [name, open.states[i] as Node])), open.step);
    const region = this.b.closeRegion(open, {
      reverse,
      starts: Object.values(starts),
      nexts: names.map((name) => results[name] as Node),
      outputs: Object.values(results),
      stateNames: names,
      outputNames: Object.keys(results),
    });
    const all = Object.fromEntries(Object.keys(results).map((name, slot) => [name, this.b.scanOutput(region, slot)]));
    const final = Object.fromEntries(names.map((name, slot) => [name, this.b.scanFinal(region, slot)]));
    return { region, all, final };
  }

  graph(outputs: Readonly<Record<string, Node>>): Graph {
    const nodes = Object.values(outputs);
    const inputs = topological(nodes).filter((node): node is NodeOf<"input"> & Node => node.op === "input");
    return { name: "test", inputs, outputs: Object.entries(outputs).map(([name, node]) => ({ name, node })) };
  }
}

export interface Scanned {
  readonly region: Region;
  readonly all: Readonly<Record<string, Node>>;
  readonly final: Readonly<Record<string, Node>>;
}
