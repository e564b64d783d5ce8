// GF3001 at linear
import { linear, tanh, type Vec } from "gatefold";
export function net(x: Vec<8>) {
  const y = linear(tanh(linear(x, 8)), 8);
  return y;
}
