import { type Vec } from "gatefold";
export function many(x: Vec<8>) {
  let y = x;
  for (let i = 0; i < 1e9; i++) y = y * 2;
  return y;
}
export function array(x: Vec<8>) {
  return Array.from({ length: 1e9 }, () => x)[0];
}
