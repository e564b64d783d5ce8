// GF1005 at step
import { type Vec } from "gatefold";
async function step(x: Vec<8>) {
  return x;
}
export function net(x: Vec<8>) {
  return step(x);
}
