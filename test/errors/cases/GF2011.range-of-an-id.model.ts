// GF2011 at id
import { range, sum, type Id } from "gatefold";
export function net(id: Id<9>) {
  return sum(range("slot", id), "slot");
}
