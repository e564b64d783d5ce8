/** The character model of ml5.js: an embedding and two of TensorFlow's LSTMs over it. */
import { concat, embedding, linear, scan, sigmoid, split, tanh, zeros, type Id, type Seq, type Tensor } from "gatefold";

const [VOCABULARY, UNITS] = [65, 128] as const;
type Char = Id<typeof VOCABULARY>;

/**
 * TensorFlow's BasicLSTMCell: one kernel over [x, h], its columns in the order input gate, candidate (which TensorFlow
 * calls j), forget gate, output gate. Its forget bias of 1 is no part of the trained bias but added at run time.
 */
function basicLstm(xs: Tensor, units: number) {
  return scan(xs, { h: zeros(units), c: zeros(units) }, (x, { h, c }) => {
    const kernel = linear(concat(x, h), 4 * units);
    const [i, j, f, o] = split(kernel, 4);
    const cell = sigmoid(f + 1) * c + sigmoid(i) * tanh(j);
    return { h: sigmoid(o) * tanh(cell), c: cell };
  });
}

export function charRnn(text: Seq<"time", Char>) {
  const characters = embedding(text, UNITS);
  const lower = basicLstm(characters, UNITS);
  const upper = basicLstm(lower.h, UNITS);
  return { logits: linear(upper.h, VOCABULARY) };
}
