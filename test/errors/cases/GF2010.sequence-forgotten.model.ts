// GF2010 at x
import { sum, type Seq, type Vec } from "gatefold";
function total(xs: Seq<"time", Vec<8>>) {
  return sum(xs, "time");
}
export function net(x: Vec<8>) {
  return total(x);
}
