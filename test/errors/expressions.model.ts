import { type Vec } from "gatefold";
export function made(x: Vec<8>) {
  const date = new Date();
  return x * date.getTime();
}
export function asked(x: Vec<8>) {
  return typeof x === "number" ? x : 0;
}
export function nothing(x: Vec<8>) {
  return x ?? null;
}
export function method(x: Vec<8>) {
  const cell = { step() { return x; } };
  return cell.step();
}
export async function later(x: Vec<8>) {
  return await x;
}
