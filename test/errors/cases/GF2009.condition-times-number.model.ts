// GF2009 at *
import { type Vec } from "gatefold";
export function net(x: Vec<8>) {
  return (x > 0) * x;
}
