import { type Seq, type Vec } from "gatefold";
import { gru as layerOf } from "gatefold/torch";

/** Gated recurrent unit that resets after the product, with the numbers and names of PyTorch. */
export function gru(xs: Seq<"time", Vec<64>>, hidden = 128) {
  const layer = layerOf(xs, { hiddenSize: hidden });
  return { output: layer.output };
}
