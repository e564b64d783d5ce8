// GF4001 at cell
import { type Vec } from "gatefold";
import { cell } from "./cells.model.js";
export function net(x: Vec<8>) {
  return cell(x);
}
