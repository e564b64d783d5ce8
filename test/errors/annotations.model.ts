import { linear, tanh, type Id, type Seq, type Tensor, type Vec } from "gatefold";
function cell(x: Vec<40>, kind: "a" | "b") {
  return kind === "a" ? linear(x, 8) : x;
}
function along(xs: Seq<"word", Vec<8>>) {
  return tanh(xs);
}
function words(id: Id<9>) {
  return id;
}
function options({ size }: { size: number }, x: Tensor) {
  return linear(x, size);
}
export function width(x: Vec<8>) {
  return cell(x, "a");
}
export function literal(x: Vec<40>) {
  return cell(x, "c");
}
export function dimension(xs: Seq<"time", Vec<8>>) {
  return along(xs);
}
export function vocabulary(id: Id<8>) {
  return words(id);
}
export function outOfRange(x: Vec<8>) {
  return x + words(9);
}
export function lacks(x: Vec<8>) {
  return options({}, x);
}
