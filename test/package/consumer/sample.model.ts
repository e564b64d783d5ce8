/** What consumers of modules run: states both ways, a batch, a stream, classes, attention, and draws. */
import { concat, embedding, linear, map, random, sample, scan, sigmoid, softmax, tanh, zeros, type Id, type Seq, type Tensor, type Vec } from "gatefold";
import { lstm } from "gatefold/torch";

/** Both ways through a sequence. */
export function tagger(frames: Seq<"time", Vec<4>>) {
  const layer = lstm(frames, { hiddenSize: 6, bidirectional: true });
  return { scores: softmax(linear(layer.output, 3)) };
}

function gated(xs: Tensor, hidden: number) {
  return scan(xs, { h: zeros(hidden) }, (x, { h }) => {
    const both = concat(h, x);
    const keep = sigmoid(linear(both, hidden));
    const candidate = tanh(linear(both, hidden));
    return { h: keep * h + (1 - keep) * candidate };
  });
}

/** One step after another: a stream. */
export function reader(text: Seq<"time", Id<7>>) {
  const cell = gated(embedding(text, 5), 8);
  const logits = linear(cell.h, 7);
  return { logits, drawn: map(logits, (each) => sample(each)), noise: random(cell.h) };
}
