import { tanh, type Seq, type Vec } from "gatefold";
export function misspelt(input: Vec<8>) {
  return tanh(inptu);
}
export function early(x: Vec<8>) {
  const y = z + x;
  const z = x * 2;
  return y;
}
export function asType(x: Vec<8>) {
  return x + Vec;
}
export function host(x: Vec<8>) {
  console.log(x);
  return x;
}
export function twice(x: Vec<8>) {
  const y = x;
  const y = x + 1;
  return y;
}
export function notImported(x: Vec<8>) {
  return sigmoid(x);
}
export function inSeveralPlaces(xs: Seq<"time", Vec<8>>) {
  return lstm(xs, 8);
}
export function misspeltHere(x: Vec<8>) {
  const candidate = tanh(x);
  return candiate;
}
export function misspeltWord(x: Vec<8>) {
  return sofmtax(x);
}
export function oneLetter(x: Vec<8>) {
  return y;
}
