// GF1007 at ys.push(x)
import { type Vec } from "gatefold";
export function net(x: Vec<8>) {
  const ys = [x];
  ys.push(x);
  return ys[1]!;
}
