// GF1010 at { inner: r }
import { type Vec } from "gatefold";
export function net(x: Vec<8>) {
  let r: unknown = { x };
  for (let i = 0; i < 1000; i++) r = { inner: r };
  return r;
}
