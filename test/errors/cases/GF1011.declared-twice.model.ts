// GF1011 at y
import { type Vec } from "gatefold";
export function net(x: Vec<8>) {
  const y = x * 2;
  const y = x * 3;
  return y;
}
