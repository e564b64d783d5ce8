// GF1006 at tahn
import { tanh, type Vec } from "gatefold";
export function net(x: Vec<8>) {
  return tanh(tahn(x));
}
