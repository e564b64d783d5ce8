import { sum, tanh, type Vec } from "gatefold";
class Cell {}
export function loops(x: Vec<8>) {
  let y = x;
  while (true) y += x;
  return y;
}
export function caught(x: Vec<8>) {
  try {
    return tanh(x);
  } catch {
    return x;
  }
}
export function chosen(x: Vec<8>, kind = "sum") {
  switch (kind) {
    case "sum": return sum(x);
  }
  return x;
}
export function idle(x: Vec<8>) {
  x + 1;
  return x;
}
export function endless(x: Vec<8>) {
  for (;;) return x;
}
export function text(x: Vec<8>) {
  throw "no";
  return x;
}
let counter = 0;
export { counter };
