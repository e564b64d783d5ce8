// GF2007 at h + xs
import { scan, zeros, type Seq, type Vec } from "gatefold";
export function net(xs: Seq<"time", Vec<6>>) {
  return scan(xs, { h: zeros(6) }, (x, { h }) => ({ h: h + xs })).h;
}
