/** Recurrent cells built by hand with the graph builder, in the spellings in which people write them. */
import { GraphBuilder } from "../../../src/ir/graph/builder.js";
import { freeLength } from "../../../src/ir/graph/length.js";
import type { Graph, Node, NodeOf } from "../../../src/ir/graph/node.js";
import { mean } from "../../../src/ir/graph/compose.js";

/** Short names for the ops that cells are written with. */
export class Writer {
  readonly b = new GraphBuilder();
  readonly time = this.b.dim("time", freeLength("time"));

  input(name: string, size: number): NodeOf<"input"> {
    return this.b.make("input", [], { name, type: { kind: "real", dims: [this.time], shape: [size] } });
  }
  param(name: string, ...shape: number[]): Node {
    return this.b.make("param", [], { name, per: [], shape });
  }
  zeros(size: number): Node {
    return this.b.constant(0, "real", [size]);
  }
  dot(a: Node, b: Node): Node {
    return this.b.make("contract", [a, b], { dims: [], axis: true });
  }
  linear(x: Node, size: number, name: string, bias = true): Node {
    const product = this.dot(this.param(`${name}.weight`, size, x.type.shape[0] ?? 1), x);
    return bias ? this.add(product, this.param(`${name}.bias`, size)) : product;
  }
  add(...terms: Node[]): Node {
    return terms.reduce((a, b) => this.b.apply("add", [a, b]));
  }
  mul(...terms: Node[]): Node {
    return terms.reduce((a, b) => this.b.apply("multiply", [a, b]));
  }
  sub(a: Node, b: Node): Node {
    return this.b.apply("subtract", [a, b]);
  }
  sigmoid(x: Node, name?: string): Node {
    return this.b.apply("sigmoid", [x], { name });
  }
  tanh(x: Node, name?: string): Node {
    return this.b.apply("tanh", [x], { name });
  }
  concat(...parts: Node[]): Node {
    return this.b.make("concat", parts, { axis: 0 });
  }
  split(x: Node, n: number): Node[] {
    const size = (x.type.shape[0] ?? 0) / n;
    return Array.from({ length: n }, (_, i) => this.b.make("sliceAxis", [x], { axis: 0, start: i * size, size }));
  }
  layerNorm(x: Node, name: string): Node {
    const centred = this.sub(x, mean(this.b, x, "vector"));
    const variance = mean(this.b, this.mul(centred, centred), "vector");
    const scaled = this.b.apply("divide", [centred, this.b.apply("sqrt", [this.add(variance, this.b.constant(1e-5))])]);
    return this.add(this.mul(scaled, this.param(`${name}.weight`, x.type.shape[0] ?? 1)), this.param(`${name}.bias`, x.type.shape[0] ?? 1));
  }
  /** A model of one scan over one input; every state is an output, and its final value too. */
  scan(name: string, inputSize: number, states: Record<string, number>, step: (x: Node, states: Record<string, Node>) => Record<string, Node>): Graph {
    const xs = this.input("xs", inputSize);
    const names = Object.keys(states);
    const starts = names.map((key) => this.zeros(states[key] ?? 1));
    const open = this.b.openRegion(this.time, [xs], starts.map((start) => start.type));
    const item = open.items[0] as Node;
    const result = step(item, Object.fromEntries(names.map((key, i) => [key, open.states[i] as Node])));
    const keys = Object.keys(result);
    const region = this.b.closeRegion(open, {
      reverse: false, starts, stateNames: names, outputNames: keys,
      nexts: names.map((key) => result[key] as Node), outputs: keys.map((key) => result[key] as Node),
    });
    const outputs = keys.map((key, slot) => ({ name: key, node: this.b.scanOutput(region, slot) }));
    const finals = names.map((key, slot) => ({ name: `final.${key}`, node: this.b.scanFinal(region, slot) }));
    return { name, inputs: [xs], outputs: [...outputs, ...finals] };
  }
}

type Cell = (input: number, hidden: number) => Graph;

export const lstm: Cell = (input, hidden) => {
  const w = new Writer();
  return w.scan("lstm", input, { h: hidden, c: hidden }, (x, { h, c }) => {
    const gate = (name: string) => w.add(w.linear(x, hidden, `${name}.x`), w.linear(h as Node, hidden, `${name}.h`, false));
    const cell = w.add(w.mul(w.sigmoid(gate("forget")), c as Node), w.mul(w.sigmoid(gate("input")), w.tanh(gate("candidate"))));
    return { h: w.mul(w.sigmoid(gate("output")), w.tanh(cell)), c: cell };
  });
};

export const lstmConcatenated: Cell = (input, hidden) => {
  const w = new Writer();
  return w.scan("lstm", input, { h: hidden, c: hidden }, (x, { h, c }) => {
    const hx = w.concat(h as Node, x);
    const [forget, inputGate, output] = ["f", "i", "o"].map((name) => w.sigmoid(w.linear(hx, hidden, name))) as [Node, Node, Node];
    const cell = w.add(w.mul(forget, c as Node), w.mul(inputGate, w.tanh(w.linear(hx, hidden, "g"))));
    return { h: w.mul(output, w.tanh(cell)), c: cell };
  });
};

export const lstmStacked: Cell = (input, hidden) => {
  const w = new Writer();
  return w.scan("lstm", input, { h: hidden, c: hidden }, (x, { h, c }) => {
    const gates = w.add(w.linear(x, 4 * hidden, "ih"), w.linear(h as Node, 4 * hidden, "hh"));
    const [i, f, g, o] = w.split(gates, 4) as [Node, Node, Node, Node];
    const cell = w.add(w.mul(w.sigmoid(f), c as Node), w.mul(w.sigmoid(i), w.tanh(g)));
    return { h: w.mul(w.sigmoid(o), w.tanh(cell)), c: cell };
  });
};

export const gruAfter: Cell = (input, hidden) => {
  const w = new Writer();
  return w.scan("gru", input, { h: hidden }, (x, { h }) => {
    const gate = (name: string) => w.sigmoid(w.add(w.linear(x, hidden, `${name}.x`), w.linear(h as Node, hidden, `${name}.h`)));
    const [reset, update] = [gate("reset"), gate("update")];
    const candidate = w.tanh(w.add(w.linear(x, hidden, "n.x"), w.mul(reset, w.linear(h as Node, hidden, "n.h"))));
    return { h: w.add(w.mul(w.sub(w.b.constant(1), update), candidate), w.mul(update, h as Node)) };
  });
};

export const gruAfterStacked: Cell = (input, hidden) => {
  const w = new Writer();
  return w.scan("gru", input, { h: hidden }, (x, { h }) => {
    const [xr, xz, xn] = w.split(w.linear(x, 3 * hidden, "ih"), 3) as [Node, Node, Node];
    const [hr, hz, hn] = w.split(w.linear(h as Node, 3 * hidden, "hh"), 3) as [Node, Node, Node];
    const [reset, update] = [w.sigmoid(w.add(xr, hr)), w.sigmoid(w.add(xz, hz))];
    const candidate = w.tanh(w.add(xn, w.mul(reset, hn)));
    return { h: w.add(w.mul(w.sub(w.b.constant(1), update), candidate), w.mul(update, h as Node)) };
  });
};

export const gruBefore: Cell = (input, hidden) => {
  const w = new Writer();
  return w.scan("gru", input, { h: hidden }, (x, { h }) => {
    const gate = (name: string, v: Node) => w.add(w.linear(x, hidden, `${name}.x`), w.linear(v, hidden, `${name}.h`, false));
    const [reset, update] = [w.sigmoid(gate("reset", h as Node)), w.sigmoid(gate("update", h as Node))];
    const candidate = w.tanh(gate("candidate", w.mul(reset, h as Node)));
    return { h: w.add(w.mul(update, h as Node), w.mul(w.sub(w.b.constant(1), update), candidate)) };
  });
};

export const jordan: Cell = (input, hidden) => {
  const w = new Writer();
  return w.scan("jordan", input, { y: 2 }, (x, { y }) => {
    const h = w.sigmoid(w.add(w.linear(x, hidden, "h.x"), w.linear(y as Node, hidden, "h.y", false)));
    return { y: w.sigmoid(w.linear(h, 2, "output")), h };
  });
};

export const projected: Cell = (input, hidden) => {
  const w = new Writer();
  const size = Math.ceil(hidden / 2);
  return w.scan("projected", input, { r: size, c: hidden }, (x, { r, c }) => {
    const gate = (name: string) => w.add(w.linear(x, hidden, `${name}.x`), w.linear(r as Node, hidden, `${name}.r`, false));
    const cell = w.add(w.mul(w.sigmoid(gate("f")), c as Node), w.mul(w.sigmoid(gate("i")), w.tanh(gate("g"))));
    return { r: w.linear(w.mul(w.sigmoid(gate("o")), w.tanh(cell)), size, "projection", false), c: cell };
  });
};

export const layerNormLstm: Cell = (input, hidden) => {
  const w = new Writer();
  return w.scan("normed", input, { h: hidden, c: hidden }, (x, { h, c }) => {
    const fromInput = w.linear(x, 4 * hidden, "ih", false);
    const fromState = w.linear(h as Node, 4 * hidden, "hh", false);
    const gates = w.add(w.layerNorm(fromInput, "nx"), w.layerNorm(fromState, "nh"));
    const [f, i, o, g] = w.split(gates, 4) as [Node, Node, Node, Node];
    const cell = w.add(w.mul(w.sigmoid(f), c as Node), w.mul(w.sigmoid(i), w.tanh(g)));
    return { h: w.mul(w.sigmoid(o), w.tanh(w.layerNorm(cell, "nc"))), c: cell };
  });
};
