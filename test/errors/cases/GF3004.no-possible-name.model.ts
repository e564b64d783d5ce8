// GF3004 at "my weight"
import { param, type Vec } from "gatefold";
export function net(x: Vec<8>) {
  const weight = param(8, { name: "my weight" });
  return weight * x;
}
