import { at, concat, linear, scan, softmax, split, tanh, top, type Id, type Seq, type Vec } from "gatefold";
function cell(x: Vec<8>, hidden: number) {
  return linear(x, hidden);
}
export function few(x: Vec<8>) {
  return tanh();
}
export function many(x: Vec<8>) {
  return tanh(x, x);
}
export function missing(x: Vec<8>) {
  return cell(x);
}
export function more(x: Vec<8>) {
  return cell(x, 8, 9);
}
export function option(xs: Seq<"time", Vec<8>>) {
  return scan(xs, { h: 0 }, (x, { h }) => ({ h }), { reversed: true });
}
export function realIndex(xs: Seq<"time", Vec<8>>) {
  return at(xs, 1 / 2);
}
export function heads(x: Vec<10>) {
  return split(x, 4)[0];
}
export function pieces(x: Vec<10>) {
  return split(x, [4, 4])[0];
}
export function forgotEmbedding(id: Id<9>) {
  return softmax(id + 0);
}
export function vocabularies(a: Id<9>, b: Id<8>) {
  return a === b ? 1 : 0;
}
export function record(x: Vec<8>) {
  return tanh({ x });
}
export function largest(x: Vec<3>) {
  return top(x, 4).values;
}
export function kinds(x: Vec<8>) {
  return concat(x, "head", x);
}
