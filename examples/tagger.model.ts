/** Names the kind of each word of a sentence, reading it both ways with gated recurrent units. */
import { concat, crossEntropy, embedding, linear, mean, scan, sigmoid, tanh, zeros, type Id, type Seq, type Tensor } from "gatefold";

const [WORDS, TAGS, HIDDEN] = [5000, 13, 64] as const;
type Sentence = Seq<"word", Id<typeof WORDS>>;

/** W x + U h + b: the affine map of a gate. A function of one's own is the way to shorten. */
function gate(x: Tensor, h: Tensor, hidden: number) {
  return linear(x, hidden) + linear(h, hidden, { bias: false });
}

/** Gated recurrent unit (Cho et al., 2014): the reset gate acts before the product. */
function gru(xs: Tensor, hidden: number, direction: "forwards" | "backwards") {
  return scan(xs, { h: zeros(hidden) }, (x, { h }) => {
    const reset = sigmoid(gate(x, h, hidden));
    const update = sigmoid(gate(x, h, hidden));
    const remembered = reset * h;
    const candidate = tanh(gate(x, remembered, hidden));
    return { h: update * h + (1 - update) * candidate };
  }, { reverse: direction === "backwards" });
}

export function tagger(sentence: Sentence) {
  const words = embedding(sentence, 48);
  const left = gru(words, HIDDEN, "forwards");
  const right = gru(words, HIDDEN, "backwards");
  return { logits: linear(concat(left.h, right.h), TAGS) };
}

export function loss(sentence: Sentence, tags: Seq<"word", Id<typeof TAGS>>) {
  return mean(crossEntropy(tagger(sentence).logits, tags), "word");
}
