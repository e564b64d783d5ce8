import { linear, scan, tanh, zeros, type Seq, type Vec } from "gatefold";
type Frames = Seq<"time", Vec<8>>;
export function wrongState(xs: Frames) {
  return scan(xs, { h: zeros(6) }, (x, { h }) => {
    const y = linear(x, 7);
    return { h: y };
  });
}
export function wholeSequence(xs: Frames) {
  return scan(xs, { h: zeros(6) }, (x, { h }) => ({ h: tanh(linear(xs, 6) + h) }));
}
export function missing(xs: Frames) {
  return scan(xs, { h: zeros(8), c: zeros(8) }, (x, { h }) => ({ h: h + x }));
}
export function misspelt(xs: Frames) {
  return scan(xs, { hidden: zeros(8) }, (x, state) => ({ hidden: state.hiden + x }));
}
export function value(xs: Frames) {
  return scan(xs, { h: zeros(8) }, (x, { h }) => h + x);
}
export function taken(xs: Frames) {
  return scan(xs, { final: zeros(8) }, (x, { final }) => ({ final: final + x }));
}
export function condition(xs: Frames) {
  return scan(xs, { done: 0 }, (x, { done }) => ({ done: x > done }));
}
