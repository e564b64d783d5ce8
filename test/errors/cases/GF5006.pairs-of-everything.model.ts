// GF5006 at xs * ys
import { type Seq, type Vec } from "gatefold";
export function net(xs: Seq<"left", Vec<8>, 1000000>, ys: Seq<"right", Vec<8>, 1000000>) {
  return xs * ys;
}
