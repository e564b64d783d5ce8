// GF1001 at ;
import { tanh, type Vec } from "gatefold";
export function net(x: Vec<8>) {
  return tanh(x * 2;
}
