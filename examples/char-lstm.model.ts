/** Predicts the next character of a text, and writes on by itself. */
import { concat, crossEntropy, embedding, linear, mean, range, sample, scan, sigmoid, size, tanh, zeros, type Id, type Real, type Seq, type Tensor, type Vec } from "gatefold";

const [VOCABULARY, WIDTH, HIDDEN] = [65, 64, 128] as const;
type Char = Id<typeof VOCABULARY>;
type State = Vec<typeof HIDDEN>;

/** Long short-term memory with a forget gate (Gers, Schmidhuber & Cummins, 2000), one step. */
function lstmStep(x: Tensor, { h, c }: { h: Tensor; c: Tensor }) {
  const hidden = size(h);
  const hx = concat(h, x);
  const forget = sigmoid(linear(hx, hidden, { bias: 1 }));
  const input = sigmoid(linear(hx, hidden));
  const output = sigmoid(linear(hx, hidden));
  const candidate = tanh(linear(hx, hidden));
  const cell = forget * c + input * candidate;
  return { h: output * tanh(cell), c: cell };
}

/** One character further. */
export function next(char: Char, h: State = zeros(HIDDEN), c: State = zeros(HIDDEN)) {
  const x = embedding(char, WIDTH);
  const state = lstmStep(x, { h, c });
  return { logits: linear(state.h, VOCABULARY), ...state };
}

/** Along a text. */
export function charLstm(text: Seq<"time", Char>) {
  const { logits } = scan(text, { h: zeros(HIDDEN), c: zeros(HIDDEN) }, (char, { h, c }) => next(char, h, c));
  return { logits };
}

/** What training makes small: the surprise at each character that follows. */
export function loss(text: Seq<"time", Char>, following: Seq<"time", Char>) {
  return mean(crossEntropy(charLstm(text).logits, following), "time");
}

/** Reads a prompt and goes on from there: each character that is drawn is the next one's input. */
export function generate(prompt: Seq<"prompt", Char>, temperature: Real = 1, count = 200) {
  const start = { h: zeros(HIDDEN), c: zeros(HIDDEN), logits: zeros(VOCABULARY) };
  const { final } = scan(prompt, start, (char, { h, c }) => next(char, h, c));
  const written = scan(range("time", count), final, (_, { h, c, logits }) => {
    const char = sample(logits / temperature);
    return { ...next(char, h, c), char };
  });
  return { text: written.char };
}
