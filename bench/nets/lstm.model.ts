import { type Seq, type Vec } from "gatefold";
import { lstm as layerOf } from "gatefold/torch";

/** Long short-term memory, with the numbers and names of PyTorch. */
export function lstm(xs: Seq<"time", Vec<64>>, hidden = 128) {
  const layer = layerOf(xs, { hiddenSize: hidden });
  return { output: layer.output };
}
