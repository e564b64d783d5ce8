/** Models of the language's collection mean what their papers say: run by the interpreter against plain JavaScript. */
import path from "node:path";
import { expect, test } from "vitest";
import { interpret, type ArrayValue } from "../../src/ir/graph/interpret.js";
import type { Graph } from "../../src/ir/graph/node.js";
import { describeShared } from "../support/shared.js";
import { parameters, readFile } from "./helpers.js";

/** A small deterministic generator: numbers from -1 to 1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return (state / 2147483648) * 2 - 1;
  };
}

function random(seed: number, ...shape: number[]): { shape: number[]; data: number[] } {
  const next = numbers(seed);
  return { shape, data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, next) };
}

function randomParameters(graph: Graph): Record<string, { shape: number[]; data: number[] }> {
  return Object.fromEntries(parameters(graph).map(({ attributes: { name, per, shape } }, i) => [name, random(i + 1, ...per.map((dim) => dim.length.constant), ...shape)]));
}

const row = (x: ArrayValue, i: number): number[] => Array.from({ length: x.shape.at(-1) ?? 1 }, (_, j) => Number(x.data[i * (x.shape.at(-1) ?? 1) + j]));
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
const softmax = (x: readonly number[]): number[] => {
  const weights = x.map((each) => Math.exp(each - Math.max(...x)));
  return weights.map((each) => each / weights.reduce((a, b) => a + b, 0));
};
const close = (given: ArrayLike<number> | undefined, wanted: readonly number[]): void => {
  expect(Array.from(given ?? []).map((x) => x.toFixed(9))).toEqual(wanted.map((x) => x.toFixed(9)));
};

describeShared("models mean what their papers say", "language/models", (directory) => {
  const model = (file: string, name: string, settings: Record<string, number> = {}): Graph => {
    const found = readFile(path.join(directory, file), { models: [name], settings }).models[0];
    if (found === undefined) throw new Error(`${file} has no ${name}`);
    return found.graph;
  };

  test("CTC sums over all alignments", () => {
    const graph = model("check.model.ts", "speech");
    const classes = 29;
    for (const [steps, labels] of [[3, [4, 7]], [3, [5, 5]], [2, [1]], [3, [2]], [1, [3, 4]], [4, [2, 2]]] as const) {
      const logits = random(steps + labels.length, steps, classes);
      const p = Array.from({ length: steps }, (_, t) => softmax(row(logits, t)));
      const alphabet = [0, ...new Set(labels)];
      let total = 0;
      const walk = (alignment: readonly number[], probability: number): void => {
        if (alignment.length === steps) {
          const read = alignment.filter((c, i) => c !== 0 && c !== alignment[i - 1]);
          if (read.join() === labels.join()) total += probability;
          return;
        }
        for (const c of alphabet) walk([...alignment, c], probability * (p[alignment.length]?.[c] ?? 0));
      };
      walk([], 1);
      const result = interpret(graph, { inputs: { logits, labels: { shape: [labels.length, 1], data: [...labels] } } })["output"]?.data[0] ?? NaN;
      if (total > 0) expect(result).toBeCloseTo(-Math.log(total), 9);
      // No alignment is that short: the loss is as good as infinite.
      else expect(result).toBeGreaterThan(1e6);
    }
  });

  test("causal and sliding self-attention see the steps up to themselves", () => {
    const graph = model("check.model.ts", "attentions");
    const given = randomParameters(graph);
    const memory = random(77, 5, 8);
    const outputs = interpret(graph, { inputs: { q: random(3, 8), memory }, parameters: given, seed: 1 });
    for (const name of ["causal", "sliding"]) {
      const affine = (part: string, x: readonly number[]): number[] => {
        const weight = given[`${name}.${part}.weight`] ?? random(0, 8, 8);
        return Array.from({ length: 8 }, (_, i) => dot(row(weight, i), x) + (given[`${name}.${part}.bias`]?.data[i] ?? NaN));
      };
      const wanted = Array.from({ length: 5 }, (_, t) => {
        const q = affine("q", row(memory, t));
        const seen = Array.from({ length: t + 1 }, (_, s) => row(memory, s));
        const context = [0, 1].flatMap((head) => {
          const cut = (x: readonly number[]): number[] => x.slice(head * 4, head * 4 + 4);
          const weights = softmax(seen.map((x) => dot(cut(q), cut(affine("k", x))) / 2));
          return [0, 1, 2, 3].map((i) => dot(weights, seen.map((x) => cut(affine("v", x))[i] ?? NaN)));
        });
        return affine("output", context);
      });
      close(outputs[name]?.data, wanted.flat());
    }
    // The global and the concat score, the Gaussian window and the drawn place are weights that sum to one, or a place.
    const additive = outputs["additive.weights"]?.data ?? new Float64Array();
    expect([...additive].reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    const place = outputs["hard.place"]?.data[0] ?? -1;
    close(outputs["hard.context"]?.data, row(memory, place));
  });

  test("beam search of width 1 is greedy, and a wider beam is no worse", () => {
    const one = model("char-rnn.model.ts", "beam", { width: 1, count: 6 });
    const given = randomParameters(one);
    const next = model("char-rnn.model.ts", "next");
    const logProbability = (text: readonly number[]): number => {
      let state: Record<string, { shape: readonly number[]; data: Float64Array }> = {};
      let char = 7;
      let total = 0;
      for (const each of text) {
        const { logits, h, c } = interpret(next, { inputs: { char, ...state }, parameters: given });
        if (logits === undefined || h === undefined || c === undefined) throw new Error("an output is missing");
        total += Math.log(softmax([...logits.data])[each] ?? 0);
        state = { h, c };
        char = each;
      }
      return total;
    };
    const greedy: number[] = [];
    for (let t = 0, char = 7, state = {}; t < 6; t++) {
      const { logits, h, c } = interpret(next, { inputs: { char, ...state }, parameters: given });
      char = logits === undefined ? -1 : logits.data.indexOf(Math.max(...logits.data));
      state = { h, c };
      greedy.push(char);
    }
    expect([...(interpret(one, { inputs: { start: 7 }, parameters: given })["text"]?.data ?? [])]).toEqual(greedy);
    const wide = model("char-rnn.model.ts", "beam", { width: 5, count: 6 });
    const found = [...(interpret(wide, { inputs: { start: 7 }, parameters: given })["text"]?.data ?? [])];
    expect(logProbability(found)).toBeGreaterThanOrEqual(logProbability(greedy) - 1e-9);
  });

  test("a step model along a text is the model of the text", () => {
    const whole = model("char-rnn.model.ts", "charRnn");
    const next = model("char-rnn.model.ts", "next");
    const given = randomParameters(whole);
    const text = [3, 64, 0, 12];
    const outputs = interpret(whole, { inputs: { text: { shape: [4, 1], data: text } }, parameters: given });
    let state = {};
    const logits = text.flatMap((char) => {
      const step = interpret(next, { inputs: { char, ...state }, parameters: given });
      state = { h: step["h"], c: step["c"] };
      return [...(step["logits"]?.data ?? [])];
    });
    close(outputs["logits"]?.data, logits);
    close(outputs["final.h"]?.data, [...(outputs["h"]?.data ?? [])].slice(-128));
  });

  test("a strided convolution has the length that it should, and zeros around it", () => {
    const graph = model("convolution.model.ts", "voice");
    const outputs = interpret(graph, { inputs: { chunks: random(5, 2, 576) }, parameters: randomParameters(graph) });
    expect(outputs["probability"]?.shape).toEqual([2, 1]);
    expect([...(outputs["probability"]?.data ?? [])].every((p) => p > 0 && p < 1)).toBe(true);
  });
});
