import { size, tanh, type Id, type Seq, type Vec } from "gatefold";
export function checked(x: Vec<8>, width = 4) {
  if (size(x) !== width) throw new Error(`The input has ${size(x)} features, width says ${width}.`);
  return x;
}
export function nothing(x: Vec<8>) {
  tanh(x);
}
export function text(x: Vec<8>) {
  return { x, label: "a" };
}
export function function_(x: Vec<8>) {
  return { x, f: tanh };
}
export function sizes(x: Vec<0>) {
  return x;
}
export function initial(x: Vec<8>, h: Vec<4> = 0.5, c: Id<4> = 1.5) {
  return { x, h, c };
}
export function lengths(a: Seq<"time", Vec<8>>, b: Seq<"time", Vec<8>, 20>) {
  return { a, b };
}
export function same({ x }: { x: Vec<3> }, y: { x: Vec<4> }, [z]: Vec<3>) {
  return { x, y, z };
}
