// GF2001 at *
import { map, range, length, type Seq, type Vec } from "gatefold";
export function net(xs: Seq<"time", Vec<8>>) {
  const longer = map(range("time", length(xs) + 1), (t) => t * 1);
  return xs * longer;
}
