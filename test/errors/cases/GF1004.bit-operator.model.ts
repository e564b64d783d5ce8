// GF1004 at |
import { sum, type Vec } from "gatefold";
export function net(x: Vec<8>) {
  return sum(x) | 0;
}
