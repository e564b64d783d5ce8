// GF2014 at y * range(`d${i}`, 2)
import { range, type Vec } from "gatefold";
export function net(x: Vec<8>) {
  let y = x;
  for (let i = 0; i < 20; i++) y = y * range(`d${i}`, 2);
  return y;
}
