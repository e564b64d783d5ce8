// GF2005 at "zero"
import { type Seq, type Vec } from "gatefold";
import { conv1d } from "gatefold/torch";

export function net(xs: Seq<"time", Vec<8>>) {
  return conv1d(xs, { outChannels: 8, kernelSize: 3, padding: "causal", fill: "zero" });
}
