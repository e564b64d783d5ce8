import { map, type Seq, type Vec } from "gatefold";
export function pushes(x: Vec<8>) {
  const all = [x];
  all.push(x);
  return all[0];
}
export function sets(x: Vec<8>) {
  const state = { h: x };
  state.h = x * 2;
  return state.h;
}
export function constant(x: Vec<8>) {
  const y = x;
  y = x * 2;
  return y;
}
export function around(xs: Seq<"time", Vec<8>>) {
  let last = 0;
  const ys = map(xs, (x) => {
    last = x;
    return x;
  });
  return ys + last;
}
