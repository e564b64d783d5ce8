// GF5007 at (nothing)
import { type Vec } from "gatefold";
export function net(x: Vec<8>) {
  let y = x;
  for (let i = 0; i < 6000; i++) y = y * x + i;
  return y;
}
