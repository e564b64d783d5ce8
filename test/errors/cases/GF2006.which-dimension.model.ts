// GF2006 at words
import { scan, zeros, type Seq, type Vec } from "gatefold";
export function net(words: Seq<"sentence", Seq<"word", Vec<8>>>) {
  return scan(words, { h: zeros(8) }, (x, { h }) => ({ h: h + x })).h;
}
