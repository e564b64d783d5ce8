// GF3002 at name
import { param, type Vec } from "gatefold";
export function net(x: Vec<8>) {
  const weight = (name: string) => param(8, { name });
  return x * weight("first") + weight("second");
}
