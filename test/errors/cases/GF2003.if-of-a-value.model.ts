// GF2003 at sum(x) > 0
import { sum, type Vec } from "gatefold";
export function net(x: Vec<8>) {
  if (sum(x) > 0) return x;
  return -x;
}
