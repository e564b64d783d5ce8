// GF2002 at sum(x)
import { linear, sum, type Vec } from "gatefold";
export function net(x: Vec<8>) {
  return linear(x, sum(x));
}
