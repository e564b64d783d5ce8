// GF1009 at tanh(y)
import { tanh, type Vec } from "gatefold";
export function net(x: Vec<8>) {
  let y = x;
  for (let i = 0; i < 1e9; i++) y = tanh(y);
  return y;
}
