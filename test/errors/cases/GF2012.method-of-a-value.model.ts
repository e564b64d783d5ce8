// GF2012 at toFixed
import { type Vec } from "gatefold";
export function net(x: Vec<8>) {
  return x.toFixed();
}
