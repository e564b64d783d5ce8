// GF2012 at hiden
import { scan, zeros, type Seq, type Vec } from "gatefold";
export function net(xs: Seq<"time", Vec<8>>) {
  return scan(xs, { hidden: zeros(8) }, (x, { hidden }) => ({ hidden: hidden + x })).hiden;
}
