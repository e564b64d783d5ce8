// GF2006 at "source"
import { softmax, type Seq, type Vec } from "gatefold";
export function net(xs: Seq<"time", Vec<8>>) {
  return softmax(xs, "source");
}
