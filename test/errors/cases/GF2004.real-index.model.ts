// GF2004 at sum(xs, "time") / 2
import { at, sum, type Seq, type Vec } from "gatefold";
export function net(xs: Seq<"time", Vec<1>>) {
  return at(xs, sum(xs, "time") / 2);
}
