/** Nets of many kinds, as the front end writes them: what every pass must keep the meaning of. */
import * as compose from "../../../src/ir/graph/compose.js";
import { addLengths, fixedLength, floorDivideLength, freeLength, scaleLength } from "../../../src/ir/graph/length.js";
import type { Dim, Graph, Node } from "../../../src/ir/graph/node.js";
import { Model } from "./language.js";

function layerNorm(m: Model, x: Node, name: string): Node {
  const size = x.type.shape[0]!;
  const centred = m.sub(x, compose.mean(m.b, x, "vector"));
  const variance = compose.mean(m.b, m.b.apply("power", [centred, m.number(2)]), "vector");
  const normed = m.b.apply("divide", [centred, m.b.apply("sqrt", [m.add(variance, m.number(1e-5))])]);
  return m.add(m.mul(normed, m.param(`${name}.scale`, size)), m.param(`${name}.shift`, size));
}

function gru(m: Model, xs: Node, over: Dim, H: number, name: string, reverse = false) {
  const others = xs.type.dims.filter((dim) => dim !== over);
  return m.scan(over, [xs], { h: m.b.make("broadcast", [m.zeros(H)], { dims: others }) }, ([x], { h }) => {
    const gate = (which: string, state: Node) => m.add(m.linear(x!, H, `${name}.${which}.x`), m.linear(state, H, `${name}.${which}.h`, false));
    const reset = m.sigmoid(gate("reset", h!));
    const update = m.sigmoid(gate("update", h!));
    const candidate = m.tanh(gate("candidate", m.mul(reset, h!)));
    return { h: m.add(m.mul(update, h!), m.mul(m.sub(m.number(1), update), candidate)) };
  }, reverse);
}

function multiHead(m: Model, query: Node, memory: Node, over: Dim, heads: number, name: string): Node {
  const width = query.type.shape[0]!;
  const head = m.b.dim("head", heads);
  const cut = (x: Node) => m.b.make("axisToDim", [x], { axis: 0, dim: head });
  const [q, k, v] = [cut(m.linear(query, width, `${name}.q`)), cut(m.linear(memory, width, `${name}.k`)), cut(m.linear(memory, width, `${name}.v`))];
  const scores = m.b.apply("divide", [m.dot(q, k), m.b.apply("sqrt", [m.number(width / heads)])]);
  const weights = compose.softmax(m.b, scores, over);
  const context = m.b.make("dimToAxis", [m.sum(m.mul(weights, v), over)], { axis: 0, dim: head });
  return m.linear(context, width, `${name}.o`);
}

function selfAttention(m: Model, xs: Node, over: Dim, window: "all" | "causal" | number): Node {
  return m.map(over, (element, t) => {
    if (window === "all") return multiHead(m, element(xs), xs, over, 2, "attention");
    const end = m.add(t, m.int(1));
    const part = m.b.windowDim(over, window === "causal" ? m.int(0) : m.sub(end, m.int(window)), end);
    return multiHead(m, element(xs), m.view(xs, over, part), part, 2, "attention");
  });
}

function additive(m: Model, query: Node, memory: Node, over: Dim, width: number, name: string): Node {
  const energy = m.tanh(m.add(m.linear(query, width, `${name}.query`, false), m.linear(memory, width, `${name}.memory`)));
  const weights = compose.softmax(m.b, m.dot(m.param(`${name}.v`, width), energy), over);
  return m.sum(m.mul(weights, memory), over);
}

function convolution(m: Model, xs: Node, over: Dim, kernel: number, channels: number, offset: number): Node {
  return m.map(over, (_, t) => {
    const tap = m.b.dim("tap", kernel);
    const window = m.map(tap, (__, k) => m.at(xs, m.add(m.add(t, m.int(offset)), k), over));
    return m.linear(m.b.make("dimToAxis", [window], { axis: 0, dim: tap }), channels, "conv");
  });
}

export const models: Readonly<Record<string, () => Graph>> = {
  "layer-normalised LSTM": () => {
    const [m, H] = [new Model(), 3];
    const time = m.seq("time");
    const { all, final } = m.scan(time, [m.input("xs", [time], 2)], { h: m.zeros(H), c: m.zeros(H) }, ([x], { h, c }) => {
      const gates = m.add(layerNorm(m, m.linear(x!, 4 * H, "x", false), "nx"), layerNorm(m, m.linear(h!, 4 * H, "h", false), "nh"));
      const [f, i, o, g] = m.split(gates, 4) as [Node, Node, Node, Node];
      const cell = m.add(m.mul(m.sigmoid(f), c!), m.mul(m.sigmoid(i), m.tanh(g)));
      return { h: m.mul(m.sigmoid(o), m.tanh(layerNorm(m, cell, "nc"))), c: cell };
    });
    return m.graph({ h: all["h"]!, c: final["c"]! });
  },
  "two GRUs, one backwards, joined": () => {
    const m = new Model();
    const time = m.seq("time");
    const xs = m.input("xs", [time], 2);
    const [forward, backward] = [gru(m, xs, time, 3, "f"), gru(m, xs, time, 2, "b", true)];
    const joined = m.concat(forward.all["h"]!, backward.all["h"]!);
    return m.graph({ y: m.linear(joined, 4, "out"), summary: m.linear(m.concat(forward.final["h"]!, backward.final["h"]!), 2, "sum"), mean: compose.mean(m.b, joined, time) });
  },
  "self-attention": () => {
    const m = new Model();
    const time = m.seq("time");
    const xs = m.input("xs", [time], 4);
    return m.graph({ y: m.add(xs, selfAttention(m, layerNorm(m, xs, "n"), time, "all")) });
  },
  "causal self-attention": () => {
    const m = new Model();
    const time = m.seq("time");
    const xs = m.input("xs", [time], 4);
    return m.graph({ y: m.add(xs, selfAttention(m, layerNorm(m, xs, "n"), time, "causal")) });
  },
  "sliding self-attention": () => {
    const m = new Model();
    const time = m.seq("time");
    return m.graph({ y: selfAttention(m, m.input("xs", [time], 4), time, 2) });
  },
  "a decoder with additive attention": () => {
    const m = new Model();
    const [source, target] = [m.seq("source"), m.seq("target")];
    const memory = gru(m, m.input("words", [source], 2), source, 3, "encoder");
    const { all } = m.scan(target, [m.input("ys", [target], 2)], { h: memory.final["h"]! }, ([y], { h }) => {
      const context = additive(m, h!, memory.all["h"]!, source, 4, "attention");
      const next = m.tanh(m.linear(m.concat(y!, context, h!), 3, "cell"));
      return { h: next, logits: m.linear(next, 5, "out") };
    });
    return m.graph({ logits: all["logits"]! });
  },
  "a causal convolution": () => {
    const m = new Model();
    const time = m.seq("time");
    return m.graph({ y: convolution(m, m.input("xs", [time], 2), time, 3, 4, -2) });
  },
  "centred convolutions, stacked": () => {
    const m = new Model();
    const time = m.seq("time");
    const first = m.tanh(convolution(m, m.input("xs", [time], 2), time, 3, 2, -1));
    return m.graph({ y: m.add(first, convolution(m, first, time, 3, 2, -1)) });
  },
  "a strided convolution and its mean": () => {
    const m = new Model();
    const time = m.seq("time");
    const frame = m.b.dim("frame", floorDivideLength(addLengths(scaleLength(freeLength("time"), 1), fixedLength(1)), 2));
    const xs = m.input("xs", [time], 3);
    const y = m.map(frame, (_, t) => {
      const tap = m.b.dim("tap", 3);
      const window = m.map(tap, (__, k) => m.at(xs, m.sub(m.add(m.mul(t, m.int(2)), k), m.int(1)), time));
      return m.linear(m.b.make("dimToAxis", [window], { axis: 0, dim: tap }), 4, "conv");
    });
    return m.graph({ y, mean: compose.mean(m.b, y, frame) });
  },
  "a memory network": () => {
    const m = new Model();
    const [fact, word, asked] = [m.seq("fact"), m.seq("word"), m.seq("asked")];
    const story = m.input("story", [fact, word], 1, "int");
    const pick = (table: Node, id: Node) => m.b.make("pick", [table, id], {});
    const tables = [0, 1, 2].map((k) => m.param(`tables.${k}`, 5, 3));
    const memory = (k: number) => m.add(m.sum(pick(tables[k]!, story), word), pick(m.param(`times.${k}`, 6, 3), m.index(fact)));
    let u = m.sum(pick(tables[0]!, m.input("question", [asked], 1, "int")), asked);
    for (let k = 0; k < 2; k++) u = m.add(u, m.sum(m.mul(compose.softmax(m.b, m.dot(u, memory(k)), fact), memory(k + 1)), fact));
    return m.graph({ logits: m.dot(tables[2]!, u) });
  },
  "a selective state space": () => {
    const [m, channels, N] = [new Model(), 4, 2];
    const time = m.seq("time");
    const channel = m.b.dim("channel", channels);
    const start = m.b.make("broadcast", [m.zeros(N)], { dims: [channel] });
    const perChannel = (v: Node) => m.b.make("axisToDim", [v], { axis: 0, dim: channel });
    const { all } = m.scan(time, [m.input("xs", [time], channels)], { h: start }, ([x], { h }) => {
      const selected = m.linear(x!, 1 + 2 * N, "selected", false);
      const low = m.b.make("sliceAxis", [selected], { axis: 0, start: 0, size: 1 });
      const B = m.b.make("sliceAxis", [selected], { axis: 0, start: 1, size: N });
      const C = m.b.make("sliceAxis", [selected], { axis: 0, start: 1 + N, size: N });
      const delta = compose.softplus(m.b, m.linear(low, channels, "delta"));
      const A = m.b.apply("negate", [m.b.apply("exp", [m.per("logA", [channel], N)])]);
      const state = m.add(m.mul(m.b.apply("exp", [m.mul(perChannel(delta), A)]), h!), m.mul(perChannel(m.mul(delta, x!)), B));
      return { h: state, y: m.add(m.b.make("dimToAxis", [m.dot(state, C)], { axis: 0, dim: channel }), m.mul(m.param("D", channels), x!)) };
    });
    return m.graph({ y: all["y"]! });
  },
  "recurrent weights for each head": () => {
    const [m, H] = [new Model(), 4];
    const time = m.seq("time");
    const head = m.b.dim("head", 2);
    const { all } = m.scan(time, [m.input("xs", [time], 3)], { h: m.zeros(H) }, ([x], { h }) => {
      const recur = m.b.make("dimToAxis", [m.dot(m.per("R", [head], 2, 2), m.b.make("axisToDim", [h!], { axis: 0, dim: head }))], { axis: 0, dim: head });
      return { h: m.tanh(m.add(m.linear(x!, H, "x"), recur)) };
    });
    return m.graph({ h: all["h"]! });
  },
  "a forward recursion over slots": () => {
    const m = new Model();
    const time = m.seq("time");
    const slot = m.b.dim("slot", 5);
    const start = m.map(slot, (_, s) => m.b.apply("select", [m.b.apply("equal", [s, m.int(0)]), m.number(0), m.number(-Infinity)]));
    const { final } = m.scan(time, [m.input("logits", [time], 3)], { alpha: start }, ([y], { alpha }) => ({
      alpha: m.map(slot, (_, s) => {
        const stay = m.at(alpha!, s, slot);
        const step = m.b.apply("select", [m.b.apply("lessEqual", [m.int(1), s]), m.at(alpha!, m.sub(s, m.int(1)), slot), m.number(-Infinity)]);
        const most = m.b.apply("maximum", [m.b.apply("maximum", [stay, step]), m.number(-1e30)]);
        const sum = m.add(m.b.apply("exp", [m.sub(stay, most)]), m.b.apply("exp", [m.sub(step, most)]));
        return m.add(most, m.b.apply("log", [sum]), m.b.make("pick", [compose.logSoftmax(m.b, y!, "vector"), m.b.apply("modulo", [s, m.int(3)])], {}));
      }),
    }));
    return m.graph({ y: m.at(final["alpha"]!, m.int(4), slot) });
  },
  "sentences of words, read by a scan in a map": () => {
    const m = new Model();
    const [sentence, word] = [m.seq("sentence"), m.seq("word")];
    const text = m.input("text", [sentence, word], 2);
    const sentences = m.map(sentence, (element) => gru(m, element(text), word, 3, "words").final["h"]!);
    return m.graph({ y: gru(m, sentences, sentence, 2, "sentences").all["h"]! });
  },
  "a scan in a scan": () => {
    const m = new Model();
    const [outer, inner] = [m.seq("outer"), m.seq("inner", 3)];
    const table = m.input("table", [inner], 2);
    const { all } = m.scan(outer, [m.input("xs", [outer], 2)], { s: m.zeros(2) }, ([x], { s }, t) => {
      const read = m.scan(inner, [table], { r: s! }, ([row], { r }, k) => ({ r: m.tanh(m.add(m.linear(m.concat(row!, r!), 2, "inner"), m.mul(x!, m.add(k, t)))) }));
      return { s: m.add(read.final["r"]!, m.sum(read.all["r"]!, inner)) };
    });
    return m.graph({ y: all["s"]! });
  },
  "a scan along the last elements that reads none of them": () => {
    const m = new Model();
    const time = m.seq("time");
    const { all } = m.scan(time, [m.input("xs", [time], 2)], { h: m.zeros(2) }, ([x], { h }, t) => {
      const window = m.b.windowDim(time, m.sub(t, m.int(2)), m.add(t, m.int(1)));
      return { h: m.tanh(m.add(x!, m.scan(window, [], { g: m.zeros(2) }, (_, { g }) => ({ g: m.add(m.mul(m.number(0.5), g!), m.number(0.25), h!) })).final["g"]!)) };
    });
    return m.graph({ y: all["h"]! });
  },
  "attention over what a scan has read, by slices": () => {
    const m = new Model();
    const time = m.seq("time");
    const xs = m.input("xs", [time], 2);
    const { all } = m.scan(time, [xs], { s: m.zeros(2) }, ([x], { s }, t) => {
      const window = m.b.windowDim(time, m.sub(t, m.int(1)), m.add(t, m.int(1)));
      const keys = m.linear(m.view(xs, time, window), 2, "key");
      const weights = compose.softmax(m.b, m.dot(m.add(x!, s!), keys), window);
      return { s: m.tanh(m.sum(m.mul(weights, keys), window)) };
    });
    return m.graph({ y: all["s"]! });
  },
  "pairs: a map in a map": () => {
    const m = new Model();
    const [left, right] = [m.seq("left"), m.seq("right")];
    const [a, b] = [m.input("a", [left], 2), m.input("b", [right], 2)];
    return m.graph({ d: m.map(left, (x) => m.map(right, (y) => m.linear(m.sub(x(a), y(b)), 1, "d"))), all: m.dot(a, m.view(a, left, m.b.dim("other", freeLength("left")))) });
  },
  "a mixture, its sums weighted by numbers": () => {
    const m = new Model();
    const time = m.seq("time");
    const xs = m.input("xs", [time], 3);
    const [w, mu, s] = m.split(m.linear(xs, 6, "mix"), 3) as [Node, Node, Node];
    const density = m.mul(m.number(-0.5), m.b.apply("power", [m.b.apply("divide", [mu, m.add(compose.softplus(m.b, s), m.number(1e-3))]), m.number(2)]));
    return m.graph({ loss: compose.mean(m.b, m.b.apply("negate", [compose.logSumExp(m.b, m.add(compose.logSoftmax(m.b, w, "vector"), density), "vector")]), time), weighted: m.sum(m.mul(m.number(2), m.param("g", 3), xs, m.index(time)), time) });
  },
  "reversed and last": () => {
    const m = new Model();
    const time = m.seq("time");
    const xs = m.input("xs", [time], 2);
    return m.graph({ r: m.linear(compose.reverse(m.b, xs, time), 2, "r"), l: m.linear(compose.last(m.b, xs, time), 2, "l"), reading: gru(m, compose.reverse(m.b, xs, time), time, 2, "g").all["h"]! });
  },
  "draws in a scan": () => {
    const m = new Model();
    const time = m.seq("time");
    const site = m.b.site();
    const { all } = m.scan(time, [m.input("xs", [time], 3)], { id: m.int(0) }, ([x], { id }, t) => ({
      id: compose.sample(m.b, m.linear(m.add(x!, m.b.make("pick", [m.param("table", 4, 3), id!], {})), 4, "logits"), "vector", site, [t]),
    }));
    return m.graph({ ids: all["id"]! });
  },
};
