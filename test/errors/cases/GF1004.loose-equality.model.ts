// GF1004 at ==
import { type Vec } from "gatefold";
export function net(x: Vec<8>) {
  return x == 1 ? x : 0;
}
