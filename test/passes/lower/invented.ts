/** Cells that nobody has named, to see that fusion does not depend on names. */
import * as compose from "../../../src/ir/graph/compose.js";
import type { Graph, Node } from "../../../src/ir/graph/node.js";
import { Writer } from "./cells.js";

/** A leak that is learned for each unit: one stage. */
export function leaky(input: number, hidden: number): Graph {
  const w = new Writer();
  return w.scan("leaky", input, { h: hidden }, (x, { h }) => {
    const leak = w.sigmoid(w.param("leak", hidden));
    const drive = w.tanh(w.add(w.linear(x, hidden, "in"), w.linear(h as Node, hidden, "back", false)));
    return { h: w.add(w.mul(w.sub(w.b.constant(1), leak), h as Node), w.mul(leak, drive)) };
  });
}

/** Two products in a chain, and a product of two states in the second: two stages. */
export function twoChain(input: number, hidden: number): Graph {
  const w = new Writer();
  return w.scan("twoChain", input, { h: hidden, m: hidden }, (x, { h, m }) => {
    const u = w.tanh(w.add(w.linear(x, hidden, "u.x"), w.linear(h as Node, hidden, "u.h", false)));
    const gate = w.sigmoid(w.add(w.linear(u, hidden, "gate"), w.linear(w.mul(h as Node, m as Node), hidden, "gate.m", false)));
    return { h: w.add(w.mul(gate, h as Node), w.mul(w.sub(w.b.constant(1), gate), u)), m: w.add(w.mul(gate, m as Node), u) };
  });
}

/** Three products in a chain, through vectors of different sizes: three stages. */
export function threeChain(input: number, hidden: number): Graph {
  const w = new Writer();
  return w.scan("threeChain", input, { h: hidden }, (x, { h }) => {
    const a = compose.relu(w.b, w.add(w.linear(x, hidden, "a.x"), w.linear(h as Node, hidden, "a.h")));
    const b = w.tanh(w.linear(a, hidden / 2, "b"));
    const c = w.sigmoid(w.linear(b, hidden, "c"));
    return { h: w.mul(c, w.tanh(w.add(h as Node, a))) };
  });
}

/** Units that compete: a softmax over the hidden state. */
export function competing(input: number, hidden: number): Graph {
  const w = new Writer();
  return w.scan("competing", input, { h: hidden }, (x, { h }) => {
    const scores = w.add(w.linear(x, hidden, "x"), w.linear(h as Node, hidden, "h", false));
    const share = compose.softmax(w.b, scores, "vector");
    return { h: w.add(w.mul(share, w.tanh(scores)), w.mul(w.sub(w.b.constant(1), share), h as Node)) };
  });
}

/** A fast and a slow state of different sizes, each fed by the other as it was: one stage, two index spaces. */
export function twoSpeeds(input: number, hidden: number): Graph {
  const w = new Writer();
  const slowSize = hidden / 2;
  return w.scan("twoSpeeds", input, { fast: hidden, slow: slowSize }, (x, { fast, slow }) => {
    const next = w.tanh(w.add(w.linear(x, hidden, "fast.x"), w.linear(fast as Node, hidden, "fast.f", false), w.linear(slow as Node, hidden, "fast.s", false)));
    const drift = w.sigmoid(w.add(w.linear(fast as Node, slowSize, "slow.f"), w.linear(slow as Node, slowSize, "slow.s", false)));
    return { fast: next, slow: w.add(w.mul(w.b.constant(0.9), slow as Node), w.mul(w.b.constant(0.1), drift)) };
  });
}
