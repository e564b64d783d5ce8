import { concat, dim, dot, dropout as drop, gelu, glorot, map, mean, param, position, relu, rename, size, slice, softmax, split, sqrt, sum, uniform, type Tensor } from "gatefold";
import { layerNorm } from "./layers.model.js";

/**
 * torch.nn.MultiheadAttention: each element of `query` asks those of `key`, and gets of `value`. If it is causal, it asks
 * those up to its own position. Where PyTorch masks the end of a padded sequence, give the sequence its own length.
 * `weights` is the mean of the heads' weights; it runs along the dimension of `key`, or along "key" where that is the
 * query's own.
 */
export function multiheadAttention(query: Tensor, key: Tensor, value: Tensor, { numHeads, embedDim, bias = true, dropout = 0, causal = false }: {
  numHeads: number; embedDim?: number | undefined; bias?: boolean | undefined; dropout?: number | undefined; causal?: boolean | undefined;
}) {
  const width = size(query);
  if (embedDim !== undefined && embedDim !== width) throw new Error(`The query has ${width} components, embedDim says ${embedDim}.`);
  if (width % numHeads !== 0) throw new Error(`${width} components are not divided among ${numHeads} heads.`);
  const stacked = size(key) === width && size(value) === width;
  const [wq, wk, wv] = stacked
    ? split(param([3 * width, width], { init: glorot(), name: "in_proj_weight" }), 3)
    : [param([width, width], { init: glorot(), name: "q_proj_weight" }), param([width, size(key)], { init: glorot(), name: "k_proj_weight" }), param([width, size(value)], { init: glorot(), name: "v_proj_weight" })];
  const [bq, bk, bv] = bias ? split(param(3 * width, { init: 0, name: "in_proj_bias" }), 3) : [0, 0, 0];
  const [target, source] = [dim(query), dim(key)];
  const q = split((dot(wq, query) + bq) / sqrt(width / numHeads), numHeads, "head");
  const k = split(dot(wk, key) + bk, numHeads, "head");
  const v = split(dot(wv, value) + bv, numHeads, "head");

  const context = map(q, (q, t) => {
    const [keys, values] = causal ? [slice(k, 0, t + 1, { over: source }), slice(v, 0, t + 1, { over: source })] : [k, v];
    const weights = drop(softmax(dot(q, keys), source), dropout);
    return concat(sum(weights * values, source), "head");
  }, { over: target });
  const outWeight = param([width, width], { init: uniform(-1 / width ** 0.5, 1 / width ** 0.5), name: "out_proj.weight" });
  const outBias = bias ? param(width, { init: 0, name: "out_proj.bias" }) : 0;

  // The same weights once more, for those who look at them: no element is left out, so that they run along a whole dimension.
  const seen = source === target ? (source === "key" ? "asked" : "key") : source;
  const allKeys = seen === source ? k : rename(k, seen, source);
  const scores = dot(q, allKeys);
  const masked = causal ? (position(allKeys, seen) <= position(query) ? scores : -Infinity) : scores;
  return { output: dot(outWeight, context) + outBias, weights: mean(softmax(masked, seen), "head") };
}

type LayerOptions = {
  nhead: number; dModel?: number | undefined; dimFeedforward?: number | undefined; dropout?: number | undefined; activation?: "relu" | "gelu" | undefined;
  layerNormEps?: number | undefined; normFirst?: boolean | undefined; bias?: boolean | undefined; causal?: boolean | undefined;
};

/** torch.nn.TransformerEncoderLayer. Parameters: self_attn.in_proj_weight, linear1.weight, norm1.weight, ... */
export function transformerEncoderLayer(xs: Tensor, { nhead, dModel, dimFeedforward = 2048, dropout = 0.1, activation = "relu", layerNormEps = 1e-5, normFirst = false, bias = true, causal = false }: LayerOptions) {
  expectWidth(xs, dModel);
  const norm = { eps: layerNormEps, bias };
  const attention = { numHeads: nhead, dropout, bias, causal };
  const feed = (x: Tensor) => {
    const weight1 = param([dimFeedforward, size(xs)], { init: within(size(xs)), name: "linear1.weight" });
    const bias1 = bias ? param(dimFeedforward, { init: within(size(xs)), name: "linear1.bias" }) : 0;
    const weight2 = param([size(xs), dimFeedforward], { init: within(dimFeedforward), name: "linear2.weight" });
    const bias2 = bias ? param(size(xs), { init: within(dimFeedforward), name: "linear2.bias" }) : 0;
    const inner = dot(weight1, x) + bias1;
    return drop(dot(weight2, drop(activation === "gelu" ? gelu(inner) : relu(inner), dropout)) + bias2, dropout);
  };
  if (normFirst) {
    const norm1 = layerNorm(xs, norm);
    const self_attn = multiheadAttention(norm1, norm1, norm1, attention);
    const attended = xs + drop(self_attn.output, dropout);
    const norm2 = layerNorm(attended, norm);
    return attended + feed(norm2);
  }
  const self_attn = multiheadAttention(xs, xs, xs, attention);
  const norm1 = layerNorm(xs + drop(self_attn.output, dropout), norm);
  const fed = norm1 + feed(norm1);
  const norm2 = layerNorm(fed, norm);
  return norm2;
}

/** torch.nn.TransformerDecoderLayer: it asks itself, then `memory` (parameters multihead_attn...), then feeds forward. */
export function transformerDecoderLayer(xs: Tensor, memory: Tensor, { nhead, dModel, dimFeedforward = 2048, dropout = 0.1, activation = "relu", layerNormEps = 1e-5, normFirst = false, bias = true, causal = false }: LayerOptions) {
  expectWidth(xs, dModel);
  const norm = { eps: layerNormEps, bias };
  const attention = { numHeads: nhead, dropout, bias };
  const feed = (x: Tensor) => {
    const weight1 = param([dimFeedforward, size(xs)], { init: within(size(xs)), name: "linear1.weight" });
    const bias1 = bias ? param(dimFeedforward, { init: within(size(xs)), name: "linear1.bias" }) : 0;
    const weight2 = param([size(xs), dimFeedforward], { init: within(dimFeedforward), name: "linear2.weight" });
    const bias2 = bias ? param(size(xs), { init: within(dimFeedforward), name: "linear2.bias" }) : 0;
    const inner = dot(weight1, x) + bias1;
    return drop(dot(weight2, drop(activation === "gelu" ? gelu(inner) : relu(inner), dropout)) + bias2, dropout);
  };
  if (normFirst) {
    const norm1 = layerNorm(xs, norm);
    const self_attn = multiheadAttention(norm1, norm1, norm1, { ...attention, causal });
    const attended = xs + drop(self_attn.output, dropout);
    const norm2 = layerNorm(attended, norm);
    const multihead_attn = multiheadAttention(norm2, memory, memory, attention);
    const informed = attended + drop(multihead_attn.output, dropout);
    const norm3 = layerNorm(informed, norm);
    return informed + feed(norm3);
  }
  const self_attn = multiheadAttention(xs, xs, xs, { ...attention, causal });
  const norm1 = layerNorm(xs + drop(self_attn.output, dropout), norm);
  const multihead_attn = multiheadAttention(norm1, memory, memory, attention);
  const norm2 = layerNorm(norm1 + drop(multihead_attn.output, dropout), norm);
  const fed = norm2 + feed(norm2);
  const norm3 = layerNorm(fed, norm);
  return norm3;
}

/** torch.nn.TransformerEncoder: parameters layers.0.self_attn.in_proj_weight, ..., and norm.weight where it ends in a norm. */
export function transformerEncoder(xs: Tensor, { numLayers, finalNorm = false, ...layer }: LayerOptions & { numLayers: number; finalNorm?: boolean | undefined }) {
  let layers = xs;
  for (let i = 0; i < numLayers; i++) layers = transformerEncoderLayer(layers, layer);
  if (!finalNorm) return layers;
  const norm = layerNorm(layers, { eps: layer.layerNormEps, bias: layer.bias });
  return norm;
}

/** torch.nn.TransformerDecoder. */
export function transformerDecoder(xs: Tensor, memory: Tensor, { numLayers, finalNorm = false, ...layer }: LayerOptions & { numLayers: number; finalNorm?: boolean | undefined }) {
  let layers = xs;
  for (let i = 0; i < numLayers; i++) layers = transformerDecoderLayer(layers, memory, layer);
  if (!finalNorm) return layers;
  const norm = layerNorm(layers, { eps: layer.layerNormEps, bias: layer.bias });
  return norm;
}

function expectWidth(xs: Tensor, dModel: number | undefined) {
  if (dModel !== undefined && size(xs) !== dModel) throw new Error(`The input has ${size(xs)} components, dModel says ${dModel}.`);
}

/** What PyTorch's linear maps begin with. */
function within(inputs: number) {
  return uniform(-1 / inputs ** 0.5, 1 / inputs ** 0.5);
}
