import { linear, range, map, param, sum, type Seq, type Tensor, type Vec } from "gatefold";
function cell(x: Tensor, hidden: number) {
  return linear(x, hidden);
}
export function dynamicSize(x: Vec<8>) {
  return cell(x, sum(x));
}
export function dynamicParam(x: Vec<8>) {
  const w = param(sum(x));
  return w * x;
}
export function dynamicIndex(x: Vec<8>) {
  const all = [x, x * 2];
  return all[sum(x)]!;
}
export function dynamicText(x: Vec<8>) {
  const w = param(8, { name: `w${x}` });
  return w * x;
}
export function loop(xs: Seq<"time", Vec<8>>) {
  let y = 0;
  for (const x of xs) y += x;
  return y;
}
export function dynamicRange(x: Vec<8>) {
  return map(range("step", sum(x)), (i) => i);
}
