import { logSoftmax, max, min, pick, real, type Int, type Tensor } from "gatefold";

/** `-log softmax(logits)[target]`. */
export function crossEntropy(logits: Tensor, target: Int) {
  return -pick(logSoftmax(logits), target);
}

/** -1, 0 or 1. */
export function sign(x: Tensor) {
  return real(x > 0 ? 1 : x < 0 ? -1 : 0);
}

/** The nearest value from low to high. */
export function clamp(x: Tensor, low: Tensor, high: Tensor) {
  return min(max(x, low), high);
}
