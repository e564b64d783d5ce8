// GF2004 at word
import { tanh, type Id } from "gatefold";
export function net(word: Id<500>) {
  return tanh(word);
}
