// GF1006 at y
import { type Vec } from "gatefold";
export function net(x: Vec<8>) {
  const z = y * 2;
  const y = x;
  return z;
}
