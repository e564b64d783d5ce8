// GF2010 at word
import { embedding, type Id } from "gatefold";
function lookUp(id: Id<400>) {
  return embedding(id, 8);
}
export function net(word: Id<500>) {
  return lookUp(word);
}
