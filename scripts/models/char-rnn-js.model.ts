/** The character model of char-rnn.js: three of char-rnn's (Karpathy, 2015) LSTMs, over bytes as one-hot vectors. */
import { linear, oneHot, scan, sigmoid, softmax, split, tanh, zeros, type Id, type Seq, type Tensor } from "gatefold";

const [BYTES, UNITS] = [196, 100] as const;

/** Gates in the order input, forget, output, candidate; what comes from x and what comes from h has a bias each. */
function lstm(xs: Tensor, units: number) {
  return scan(xs, { h: zeros(units), c: zeros(units) }, (x, { h, c }) => {
    const gates = linear(x, 4 * units) + linear(h, 4 * units);
    const [i, f, o, g] = split(gates, 4);
    const cell = sigmoid(f) * c + sigmoid(i) * tanh(g);
    return { h: sigmoid(o) * tanh(cell), c: cell };
  });
}

export function charRnn(text: Seq<"time", Id<typeof BYTES>>) {
  const first = lstm(oneHot(text), UNITS);
  const second = lstm(first.h, UNITS);
  const third = lstm(second.h, UNITS);
  const projection = linear(third.h, BYTES);
  return {
    probabilities: softmax(projection),
    states: { first: first.final, second: second.final, third: third.final },
  };
}
