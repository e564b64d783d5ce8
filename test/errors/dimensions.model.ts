import { embedding, map, range, scan, slice, softmax, dot, sum, zeros, length, at, type Id, type Seq, type Vec } from "gatefold";
type Frames = Seq<"time", Vec<8>>;
export function forgotMap(text: Seq<"sentence", Seq<"word", Id<9>>>) {
  const e = embedding(text, 4);
  return scan(e, { h: zeros(4) }, (x, { h }) => ({ h: h + x }));
}
export function other(x: Frames, y: Seq<"other", Vec<8>>) {
  return scan(x + y, { h: zeros(8) }, (z, { h }) => ({ h: h + z }));
}
export function none(x: Vec<8>) {
  return map(x, (y) => y);
}
export function misnamed(xs: Frames) {
  return sum(xs, "word");
}
export function twice(xs: Frames) {
  return map(xs, (x) => softmax(dot(x, xs), "time"));
}
export function escapes(xs: Frames) {
  return map(xs, (x, t) => x + slice(xs, 0, t + 1));
}
export function lengths(xs: Frames, ys: Frames) {
  return xs + map(range("time", length(xs) + 1), (t) => at(ys, t));
}
export function element(xs: Frames, y: Vec<6>) {
  return map(xs, (x) => x + y);
}
