// GF1003 at typeof x
import { type Vec } from "gatefold";
export function net(x: Vec<8>) {
  return typeof x === "number" ? x : 0;
}
