import { concat, dot, layerNorm, linear, oneHot, param, slice, sum, type Id, type Seq, type Vec } from "gatefold";
export function widths(x: Vec<8>, y: Vec<6>) {
  return x * y;
}
export function matrix(x: Vec<8>) {
  const weight = param([4, 6]);
  return dot(weight, x);
}
export function inLibrary(x: Vec<8>) {
  const table = param([8, 8]);
  return { y: layerNorm(table * x) };
}
export function slices(xs: Seq<"time", Vec<8>>) {
  return sum(slice(xs, 0, 3) + slice(xs, 1, 4), "time");
}
export function ids(id: Id<9>) {
  const table = param([4, 8]);
  return { y: linear(concat(oneHot(id), table), 3) };
}
