import { sum, type Vec } from "gatefold";
export function bits(x: Vec<8>) {
  return x | 0;
}
export function loose(x: Vec<8>) {
  return x == 1 ? x : 0;
}
export function plus(x: Vec<8>) {
  return +x;
}
export function inside(x: Vec<8>) {
  let i = 0;
  return x * i++;
}
export function comma(x: Vec<8>) {
  return (sum(x), x);
}
