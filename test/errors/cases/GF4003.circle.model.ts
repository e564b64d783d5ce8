// GF4003 at a
import { type Vec } from "gatefold";
const a = b + 1;
const b = a + 1;
export function net(x: Vec<8>) {
  return x * a;
}
