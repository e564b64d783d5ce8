// GF4008 at throw new Error(`${size(x)} is no multiple of 3`);
import { size, type Vec } from "gatefold";
export function net(x: Vec<8>) {
  if (size(x) % 3 !== 0) throw new Error(`${size(x)} is no multiple of 3`);
  return x;
}
