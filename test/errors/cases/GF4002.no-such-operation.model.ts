// GF4002 at sofmax
import { sofmax, type Vec } from "gatefold";
export function net(x: Vec<8>) {
  return sofmax(x);
}
