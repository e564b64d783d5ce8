import { type Vec } from "gatefold";
export function model(x: Vec<8>) {
  return x * * 2;
}
