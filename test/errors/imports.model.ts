import { lineer, type Vec } from "gatefold";
import { cell } from "./no-such-file.model.js";
import { zip } from "lodash";
import { lstmm } from "./members.model.js";
const a = b * 2;
const b = a * 2;
export function model(x: Vec<8>) {
  return lineer(cell(lstmm(x)), 8);
}
export function circle(x: Vec<8>) {
  return x * a;
}
