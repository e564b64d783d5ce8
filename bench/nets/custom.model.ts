/** A cell that no framework has: long short-term memory whose gates see the cell, and whose sums are normalised. */
import { layerNorm, linear, param, scan, sigmoid, split, tanh, zeros, type Seq, type Vec } from "gatefold";

export function custom(xs: Seq<"time", Vec<64>>, hidden = 128) {
  const { h } = scan(xs, { h: zeros(hidden), c: zeros(hidden) }, (x, { h, c }) => {
    const ofInput = linear(x, 4 * hidden);
    const ofHidden = linear(h, 4 * hidden, { bias: false });
    const gates = layerNorm(ofInput + ofHidden);
    const [i, f, o, g] = split(gates, 4);
    const peephole = { input: param(hidden), forget: param(hidden), output: param(hidden) };
    const input = sigmoid(i + peephole.input * c);
    const forget = sigmoid(f + peephole.forget * c);
    const cell = forget * c + input * tanh(g);
    const output = sigmoid(o + peephole.output * cell);
    const shown = layerNorm(cell);
    return { h: output * tanh(shown), c: cell };
  });
  return { output: h };
}
