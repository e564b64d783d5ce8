// GF4007 at x > 0
import { type Vec } from "gatefold";
export function net(x: Vec<8>) {
  return { positive: x > 0 };
}
