// GF1005 at var y = x * 2
import { type Vec } from "gatefold";
export function net(x: Vec<8>) {
  var y = x * 2;
  return y;
}
