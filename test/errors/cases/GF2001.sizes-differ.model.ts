// GF2001 at +
import { linear, type Vec } from "gatefold";
export function net(x: Vec<8>, h: Vec<6>) {
  const a = linear(x, 64);
  const b = linear(h, 40);
  return a + b;
}
