// GF3004 at [0, 1, 0]
import { param, type Vec } from "gatefold";
export function net(x: Vec<8>) {
  const bias = param(8, { init: [0, 1, 0] });
  return x + bias;
}
