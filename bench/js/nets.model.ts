/** The two nets that were also written by hand (../hand), as equations. */
import { linear, scan, sigmoid, split, tanh, zeros, type Seq, type Vec } from "gatefold";

/** Long short-term memory, its four gates one product of the input and one of the hidden state. */
export function lstm(xs: Seq<"time", Vec<64>>, hidden = 128) {
  const { h } = scan(xs, { h: zeros(hidden), c: zeros(hidden) }, (x, { h, c }) => {
    const ofInput = linear(x, 4 * hidden);
    const ofHidden = linear(h, 4 * hidden);
    const [i, f, g, o] = split(ofInput + ofHidden, 4);
    const cell = sigmoid(f) * c + sigmoid(i) * tanh(g);
    return { h: sigmoid(o) * tanh(cell), c: cell };
  });
  return { h };
}

/** Gated recurrent unit that resets after the product. */
export function gru(xs: Seq<"time", Vec<64>>, hidden = 128) {
  const { h } = scan(xs, { h: zeros(hidden) }, (x, { h }) => {
    const ofInput = linear(x, 3 * hidden);
    const ofHidden = linear(h, 3 * hidden);
    const [xr, xz, xn] = split(ofInput, 3);
    const [hr, hz, hn] = split(ofHidden, 3);
    const z = sigmoid(xz + hz);
    const n = tanh(xn + sigmoid(xr + hr) * hn);
    return { h: (1 - z) * n + z * h };
  });
  return { h };
}
