// GF1009 at ys
import { type Vec } from "gatefold";
export function net(x: Vec<8>) {
  let ys = [x];
  for (let i = 0; i < 60; i++) ys = [...ys, ...ys];
  return ys[0]!;
}
