// GF1007 at total
import { map, sum, type Seq, type Vec } from "gatefold";
export function net(xs: Seq<"time", Vec<8>>) {
  let total = 0;
  return map(xs, (x) => {
    total = total + sum(x);
    return x * total;
  });
}
