// GF2001 at dot
import { dot, param, type Vec } from "gatefold";
export function net(x: Vec<8>) {
  const weight = param([4, 6]);
  return dot(weight, x);
}
