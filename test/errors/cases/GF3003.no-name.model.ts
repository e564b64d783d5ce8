// GF3003 at param(8)
import { param, type Vec } from "gatefold";
export function net(x: Vec<8>) {
  return param(8) * x;
}
