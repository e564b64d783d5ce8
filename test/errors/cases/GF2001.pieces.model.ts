// GF2001 at 3
import { split, type Vec } from "gatefold";
export function net(x: Vec<8>) {
  const [a, b, c] = split(x, 3);
  return a! + b! + c!;
}
