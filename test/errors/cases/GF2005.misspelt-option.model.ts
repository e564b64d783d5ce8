// GF2005 at false
import { linear, type Vec } from "gatefold";
export function net(x: Vec<8>) {
  return linear(x, 4, { biass: false });
}
