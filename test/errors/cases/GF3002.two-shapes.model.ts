// GF3002 at linear
import { concat, linear, type Vec } from "gatefold";
export function net(x: Vec<8>) {
  const encode = (y: number) => linear(y, 4);
  return encode(x) + encode(concat(x, x));
}
