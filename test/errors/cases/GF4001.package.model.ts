// GF4001 at import _ from "lodash";
import { type Vec } from "gatefold";
import _ from "lodash";
export function net(x: Vec<8>) {
  return _.sum(x);
}
