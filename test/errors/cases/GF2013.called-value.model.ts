// GF2013 at x
import { type Vec } from "gatefold";
export function net(x: Vec<8>) {
  return 2 * x(3);
}
