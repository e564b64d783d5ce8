/** Reads a sentence, then writes another, looking back at the words that it needs (Bahdanau, Cho & Bengio, 2015). */
import { argmax, concat, crossEntropy, dim, dot, embedding, floor, length, linear, mean, param, range, scan, sigmoid, softmax, split, sum, tanh, zeros, type Id, type Seq, type Tensor, type Vec } from "gatefold";

const [SOURCE_WORDS, TARGET_WORDS, START, HIDDEN] = [3000, 2000, 1, 96] as const;
type Source = Seq<"source", Id<typeof SOURCE_WORDS>>;
type Target = Seq<"target", Id<typeof TARGET_WORDS>>;

/** An LSTM whose four gates are one product that is cut in four. */
function lstmStep(x: Tensor, { h, c }: { h: Tensor; c: Tensor }) {
  const gates = linear(concat(x, h), 4 * HIDDEN);
  const [i, f, g, o] = split(gates, 4);
  const cell = sigmoid(f) * c + sigmoid(i) * tanh(g);
  return { h: sigmoid(o) * tanh(cell), c: cell };
}

/** How well each word of the memory answers the query, and what they say, weighted by that. */
function attend(query: Tensor, memory: Tensor) {
  const v = param(HIDDEN);
  const scores = dot(v, tanh(linear(query, HIDDEN, { bias: false }) + linear(memory, HIDDEN)));
  const weights = softmax(scores, dim(memory));
  return { context: sum(weights * memory, dim(memory)), weights };
}

/** Run once for a sentence. */
export function encode(source: Source) {
  const words = embedding(source, HIDDEN);
  const encoder = scan(words, { h: zeros(HIDDEN), c: zeros(HIDDEN) }, (x, state) => lstmStep(x, state));
  return { memory: encoder.h, h: encoder.final.h, c: encoder.final.c };
}

/** One word of the translation. It exists once, whoever calls it: the same parameters under the same names. */
export function decode(word: Id<typeof TARGET_WORDS>, memory: Seq<"source", Vec<typeof HIDDEN>>, h: Vec<typeof HIDDEN>, c: Vec<typeof HIDDEN>) {
  const { context, weights } = attend(h, memory);
  const y = embedding(word, HIDDEN);
  const decoder = lstmStep(concat(y, context), { h, c });
  return { ...decoder, logits: linear(decoder.h, TARGET_WORDS), weights };
}

export function loss(source: Source, target: Target, next: Target) {
  const { memory, h, c } = encode(source);
  const translated = scan(target, { h, c }, (word, { h, c }) => decode(word, memory, h, c));
  return mean(crossEntropy(translated.logits, next), "target");
}

/** The likeliest word each time, for one and a half times the length of the source. */
export function translate(source: Source) {
  const { memory, h, c } = encode(source);
  const steps = range("target", floor(length(source) * 1.5));
  const written = scan(steps, { h, c, word: START }, (_, { h, c, word }) => {
    const next = decode(word, memory, h, c);
    return { h: next.h, c: next.c, word: argmax(next.logits), weights: next.weights };
  });
  return { words: written.word, weights: written.weights };
}
