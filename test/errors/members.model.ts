import { scan, zeros, type Seq, type Vec } from "gatefold";
export function method(x: Vec<8>) {
  return x.toFixed();
}
export function brackets(x: Vec<8>) {
  return x[0];
}
export function beyond(x: Vec<8>) {
  const all = [x, x];
  return all[2];
}
export function key(xs: Seq<"time", Vec<8>>) {
  const run = scan(xs, { hidden: zeros(8) }, (x, { hidden }) => ({ hidden: hidden + x }));
  return run.hiden;
}
export function math(x: Vec<8>) {
  return x * Math.random();
}
export function called(x: Vec<8>) {
  return x(2);
}
export function few(x: Vec<8>) {
  const [a, b] = [x];
  return a + b;
}
export function mathWord(x: Vec<8>) {
  return Math.tanh(x);
}
export function mathPower(x: Vec<8>) {
  return Math.pow(x, 2);
}
export function mathElse(x: Vec<8>) {
  return Math.cbrt(x);
}
