import all from "gatefold";
import * as gatefold from "gatefold";
import { tanh, type Vec } from "gatefold";
export function old(x: Vec<8>) {
  var y = tanh(x);
  return y;
}
export default function model(x: Vec<8>) {
  return all(gatefold, x);
}
export * from "gatefold";
