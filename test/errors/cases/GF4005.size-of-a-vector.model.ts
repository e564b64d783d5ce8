// GF4005 at 0
import { type Vec } from "gatefold";
export function net(x: Vec<0>) {
  return x;
}
