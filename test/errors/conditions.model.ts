import { scan, sum, zeros, type Seq, type Vec } from "gatefold";
export function branch(x: Vec<8>) {
  if (sum(x) > 0) return x;
  return -x;
}
export function repeat(x: Vec<8>) {
  let y = x;
  for (let i = 0; y > i; i++) y += 1;
  return y;
}
export function mask(x: Vec<8>) {
  return (x > 0) * x;
}
export function number(x: Vec<8>, depth = 1) {
  return depth ? x : 0;
}
export function both(x: Vec<8>) {
  return x && x > 0 ? 1 : 0;
}
export function kept(xs: Seq<"time", Vec<8>>) {
  return scan(xs, { h: zeros(8) }, (x, { h }) => ({ h: h + x, seen: x > 0 }));
}
export function output(x: Vec<8>) {
  return { positive: x > 0 };
}
