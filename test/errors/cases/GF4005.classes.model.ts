// GF4005 at 3000000000
import { embedding, type Id } from "gatefold";
export function net(id: Id<3000000000>) {
  return embedding(id, 2);
}
