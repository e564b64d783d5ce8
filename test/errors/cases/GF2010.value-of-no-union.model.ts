// GF2010 at "selu"
import { type Seq, type Vec } from "gatefold";
import { transformerEncoderLayer } from "gatefold/torch";

export function net(xs: Seq<"time", Vec<8>>) {
  return transformerEncoderLayer(xs, { nhead: 2, activation: "selu" });
}
