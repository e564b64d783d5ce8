import { concat, dim, dot, linear, map, param, size, slice, softmax, split, sqrt, sum, tanh, type Tensor } from "gatefold";

/** Additive attention (Bahdanau, Cho & Bengio, 2015). */
export function additiveAttention(query: Tensor, memory: Tensor, width: number) {
  const v = param(width);
  const scores = dot(v, tanh(linear(query, width, { bias: false }) + linear(memory, width)));
  const weights = softmax(scores, dim(memory));
  return { context: sum(weights * memory, dim(memory)), weights };
}

/** Multiplicative attention (Luong, Pham & Manning, 2015): by the product itself, or through a matrix. */
export function luongAttention(query: Tensor, memory: Tensor, { score = "general" }: { score?: "dot" | "general" | undefined } = {}) {
  const projected = score === "dot" ? memory : linear(memory, size(query), { bias: false });
  const weights = softmax(dot(query, projected), dim(memory));
  return { context: sum(weights * memory, dim(memory)), weights };
}

/** Scaled dot-product attention with several heads (Vaswani et al., 2017), for one query. */
export function multiHeadAttention(query: Tensor, memory: Tensor, heads: number) {
  const width = size(query);
  const q = split(linear(query, width), heads, "head");
  const k = split(linear(memory, width), heads, "head");
  const v = split(linear(memory, width), heads, "head");
  const weights = softmax(dot(q, k) / sqrt(width / heads), dim(memory));
  const context = concat(sum(weights * v, dim(memory)), "head");
  const output = linear(context, width);
  return output;
}

/** Each element of a sequence asks all of them; a causal one those up to itself, or the last `window` of these. */
export function selfAttention(xs: Tensor, heads: number, { causal = false, window }: { causal?: boolean | undefined; window?: number | undefined } = {}) {
  return map(xs, (x, t) => {
    const seen = window !== undefined ? slice(xs, t - window + 1, t + 1) : causal ? slice(xs, 0, t + 1) : xs;
    return multiHeadAttention(x, seen, heads);
  });
}
