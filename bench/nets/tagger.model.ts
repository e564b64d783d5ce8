import { linear, type Seq, type Vec } from "gatefold";
import { lstm } from "gatefold/torch";

/** Two layers that read both ways, and nine tags. */
export function tagger(xs: Seq<"time", Vec<64>>, hidden = 128) {
  const layer = lstm(xs, { hiddenSize: hidden, numLayers: 2, bidirectional: true });
  const tags = linear(layer.output, 9);
  return { output: tags };
}
