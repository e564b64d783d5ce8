import { type Vec } from "gatefold";
function fact(n: number): number {
  return n <= 1 ? 1 : n * fact(n - 1);
}
export function factorial(x: Vec<8>) {
  return x * fact(3);
}
function even(n: number): boolean {
  return n === 0 ? true : odd(n - 1);
}
function odd(n: number): boolean {
  return n === 0 ? false : even(n - 1);
}
export function mutual(x: Vec<8>) {
  return even(4) ? x : 0;
}
export function local(x: Vec<8>) {
  const f = (n: number): number => (n === 0 ? 0 : f(n - 1));
  return x + f(2);
}
export function itself(x: Vec<8>): number {
  return itself(x) + 1;
}
