// GF1002 at while
import { tanh, type Vec } from "gatefold";
export function net(x: Vec<8>) {
  let y = x;
  while (true) y = tanh(y);
  return y;
}
