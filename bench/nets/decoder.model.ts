/** One step after another reads what it needs of a source: a gated recurrent unit with additive attention. */
import { concat, dim, dot, linear, param, scan, sigmoid, softmax, split, sum, tanh, zeros, type Seq, type Vec } from "gatefold";

export function decoder(xs: Seq<"time", Vec<64>>, source: Seq<"source", Vec<64>>, hidden = 128) {
  const keys = linear(source, hidden);
  const { h } = scan(xs, { h: zeros(hidden) }, (x, { h }) => {
    const query = linear(h, hidden, { bias: false });
    const v = param(hidden);
    const weights = softmax(dot(v, tanh(query + keys)), dim(source));
    const context = sum(weights * source, dim(source));
    const ofInput = linear(concat(x, context), 3 * hidden);
    const ofHidden = linear(h, 3 * hidden);
    const [xr, xz, xn] = split(ofInput, 3);
    const [hr, hz, hn] = split(ofHidden, 3);
    const update = sigmoid(xz + hz);
    const candidate = tanh(xn + sigmoid(xr + hr) * hn);
    return { h: (1 - update) * candidate + update * h };
  });
  return { output: h };
}
