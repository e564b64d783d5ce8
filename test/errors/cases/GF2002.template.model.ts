// GF2002 at x
import { type Vec } from "gatefold";
export function net(x: Vec<8>) {
  const name = `value ${x}`;
  return name === "" ? x : x * 2;
}
