/**
 * What brain.js calls an LSTM: the forget gate meets the last output, there is no cell that is carried along. One layer,
 * and a linear one that makes a vector as large as the input's of each step.
 */
import { linear, scan, sigmoid, tanh, zeros, type Seq, type Vec } from "gatefold";

export function brain(xs: Seq<"time", Vec<64>>, hidden = 128) {
  const { h } = scan(xs, { h: zeros(hidden) }, (x, { h }) => {
    const input = sigmoid(linear(x, hidden) + linear(h, hidden, { bias: false }));
    const forget = sigmoid(linear(x, hidden) + linear(h, hidden, { bias: false }));
    const output = sigmoid(linear(x, hidden) + linear(h, hidden, { bias: false }));
    const cellActivation = tanh(linear(x, hidden) + linear(h, hidden, { bias: false }));
    const cell = forget * h + input * cellActivation;
    return { h: output * tanh(cell) };
  });
  const result = linear(h, 64);
  return { output: result };
}
