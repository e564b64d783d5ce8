import { linear, param, relu, size, dot, type Tensor, type Vec } from "gatefold";
export function nested(x: Vec<8>) {
  const y = relu(linear(relu(linear(x, 8)), 8));
  return y;
}
export function twoWays(a: Vec<8>, b: Vec<6>) {
  const f = (x: Tensor) => {
    const w = param([4, size(x)]);
    return dot(w, x);
  };
  return f(a) + f(b);
}
export function nameless(x: Vec<8>) {
  return param(8) * x;
}
export function reassigned(x: Vec<8>) {
  let y = linear(x, 8);
  y = linear(relu(y), 8);
  return y;
}
export function sized(x: Vec<8>) {
  const w = param(2.5);
  return w * x;
}
export function named(x: Vec<8>) {
  const w = param(8, { name: "my weight" });
  return w * x;
}
export function sizesApart(x: Vec<8>) {
  const w = param(8, 4);
  return w * x;
}
