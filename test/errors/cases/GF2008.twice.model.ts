// GF2008 at (x) => x * xs
import { map, type Seq, type Vec } from "gatefold";
export function net(xs: Seq<"time", Vec<8>>) {
  return map(xs, (x) => x * xs);
}
