import { at, concat, dim, dot, dropout as drop, gelu, glorot, length, map, mean, normal, param, pick, position, range, relu, rename, size, slice, softmax, split, sqrt, sum, uniform, type Int, type Tensor } from "gatefold";
import { layerNorm } from "./layers.model.js";

/**
 * torch.nn.MultiheadAttention: each element of `query` asks those of `key`, and gets of `value`. If it is causal, it asks
 * those up to its own position. Where PyTorch masks the end of a padded sequence, give the sequence its own length.
 *
 * `attnMask` is added to the scores: -Infinity where PyTorch's mask is true. It runs along the dimensions of the query and
 * of the key, or along some of them, and along "head" if each head has its own. A sequence that asks itself is called "key"
 * as the one that is asked, also in `weights`: the mean of the heads' weights, or with averageAttnWeights: false each
 * head's own.
 */
export function multiheadAttention(query: Tensor, key: Tensor, value: Tensor, { numHeads, embedDim, kdim, vdim, bias = true, dropout = 0, addBiasKv = false, addZeroAttn = false, batchFirst, causal = false, attnMask, averageAttnWeights = true }: {
  numHeads: number; embedDim?: number | undefined; kdim?: number | undefined; vdim?: number | undefined; bias?: boolean | undefined; dropout?: number | undefined;
  addBiasKv?: boolean | undefined; addZeroAttn?: boolean | undefined; batchFirst?: boolean | undefined; causal?: boolean | undefined; attnMask?: Tensor | undefined; averageAttnWeights?: boolean | undefined;
}) {
  expectNoBatch(batchFirst);
  const width = size(query);
  if (embedDim !== undefined && embedDim !== width) throw new Error(`The query has ${width} components, embedDim says ${embedDim}.`);
  if (kdim !== undefined && kdim !== size(key)) throw new Error(`The key has ${size(key)} components, kdim says ${kdim}.`);
  if (vdim !== undefined && vdim !== size(value)) throw new Error(`The value has ${size(value)} components, vdim says ${vdim}.`);
  if (width % numHeads !== 0) throw new Error(`${width} components are not divided among ${numHeads} heads.`);
  const stacked = size(key) === width && size(value) === width;
  const [wq, wk, wv] = stacked
    ? split(param([3 * width, width], { init: glorot(), name: "in_proj_weight" }), 3)
    : [param([width, width], { init: glorot(), name: "q_proj_weight" }), param([width, size(key)], { init: glorot(), name: "k_proj_weight" }), param([width, size(value)], { init: glorot(), name: "v_proj_weight" })];
  const [bq, bk, bv] = bias ? split(param(3 * width, { init: 0, name: "in_proj_bias" }), 3) : [0, 0, 0];
  const [target, source] = [dim(query), dim(key)];
  if (dim(value) !== source) throw new Error(`The key runs along "${source}" and the value along "${dim(value)}": both are of the same elements.`);
  const q = split((dot(wq, query) + bq) / sqrt(width / numHeads), numHeads, "head");
  const [ownKeys, ownValues] = [dot(wk, key) + bk, dot(wv, value) + bv];

  // Those that are asked, under a name of their own.
  const added = (addBiasKv ? 1 : 0) + (addZeroAttn ? 1 : 0);
  const seen = added === 0 && source !== target ? source : source === "key" || target === "key" ? "asked" : "key";
  const lengthen = (xs: Tensor, more: Tensor) => {
    if (added === 0) return seen === source ? xs : rename(xs, seen, source);
    // Beyond its end a sequence is zero.
    return map(range(seen, length(xs, source) + added), (i) => at(xs, i, { over: source }) + (i === length(xs, source) ? more : 0));
  };
  const init = normal((1 / width) ** 0.5);
  const allKeys = split(lengthen(ownKeys, addBiasKv ? flat(param([1, 1, width], { init, name: "bias_k" })) : 0), numHeads, "head");
  const allValues = split(lengthen(ownValues, addBiasKv ? flat(param([1, 1, width], { init, name: "bias_v" })) : 0), numHeads, "head");
  const scores = dot(q, allKeys);
  const allowed = causal ? (position(allKeys, seen) <= position(query) || position(allKeys, seen) >= length(key) ? scores : -Infinity) : scores;
  const all = softmax(attnMask === undefined ? allowed : allowed + maskOf(attnMask, seen, source === target ? "key" : source, length(key), added), seen);

  // Without a mask, what is not to be seen is left out, so that a causal one needs no later element.
  const [k, v] = [split(ownKeys, numHeads, "head"), split(ownValues, numHeads, "head")];
  const context = attnMask !== undefined || added > 0 ? concat(sum(drop(all, dropout) * allValues, seen), "head") : map(q, (q, t) => {
    const [keys, values] = causal ? [slice(k, 0, t + 1, { over: source }), slice(v, 0, t + 1, { over: source })] : [k, v];
    const weights = drop(softmax(dot(q, keys), source), dropout);
    return concat(sum(weights * values, source), "head");
  }, { over: target });
  const outWeight = param([width, width], { init: uniform(-1 / width ** 0.5, 1 / width ** 0.5), name: "out_proj.weight" });
  const outBias = bias ? param(width, { init: 0, name: "out_proj.bias" }) : 0;
  return { output: dot(outWeight, context) + outBias, weights: averageAttnWeights ? mean(all, "head") : all };
}

/** The mask along the dimension of those that are asked; what was added to these is not masked. One of another length masks nothing, it spoils. */
function maskOf(mask: Tensor, seen: string, over: string, asked: Int, added: number) {
  if (added === 0 && seen === over && over !== "key") return mask;
  const fits = length(mask, over) === asked ? 0 : NaN;
  return map(range(seen, asked + added), (i) => at(mask, i, { over }) + fits);
}

/** A vector that is stored as [1, 1, n]. */
function flat(stored: Tensor): Tensor {
  return pick(pick(stored, 0), 0);
}

type LayerOptions = {
  nhead: number; dModel?: number | undefined; dimFeedforward?: number | undefined; dropout?: number | undefined; activation?: "relu" | "gelu" | undefined;
  layerNormEps?: number | undefined; normFirst?: boolean | undefined; bias?: boolean | undefined; batchFirst?: boolean | undefined; causal?: boolean | undefined;
};
type EncoderOptions = LayerOptions & { srcMask?: Tensor | undefined };
type DecoderOptions = LayerOptions & { tgtMask?: Tensor | undefined; memoryMask?: Tensor | undefined };

/**
 * torch.nn.TransformerEncoderLayer. Parameters: self_attn.in_proj_weight, linear1.weight, norm1.weight, ... `srcMask` is
 * added to the scores, see multiheadAttention; the mask of a padded end is the length of the sequence.
 */
export function transformerEncoderLayer(xs: Tensor, { nhead, dModel, dimFeedforward = 2048, dropout = 0.1, activation = "relu", layerNormEps = 1e-5, normFirst = false, bias = true, batchFirst, causal = false, srcMask }: EncoderOptions) {
  expectNoBatch(batchFirst);
  expectWidth(xs, dModel);
  const norm = { eps: layerNormEps, bias };
  const attention = { numHeads: nhead, dropout, bias, causal, attnMask: srcMask };
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
export function transformerDecoderLayer(xs: Tensor, memory: Tensor, { nhead, dModel, dimFeedforward = 2048, dropout = 0.1, activation = "relu", layerNormEps = 1e-5, normFirst = false, bias = true, batchFirst, causal = false, tgtMask, memoryMask }: DecoderOptions) {
  expectNoBatch(batchFirst);
  expectWidth(xs, dModel);
  const norm = { eps: layerNormEps, bias };
  const attention = { numHeads: nhead, dropout, bias };
  const ownAttention = { ...attention, causal, attnMask: tgtMask };
  const memoryAttention = { ...attention, attnMask: memoryMask };
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
    const self_attn = multiheadAttention(norm1, norm1, norm1, ownAttention);
    const attended = xs + drop(self_attn.output, dropout);
    const norm2 = layerNorm(attended, norm);
    const multihead_attn = multiheadAttention(norm2, memory, memory, memoryAttention);
    const informed = attended + drop(multihead_attn.output, dropout);
    const norm3 = layerNorm(informed, norm);
    return informed + feed(norm3);
  }
  const self_attn = multiheadAttention(xs, xs, xs, ownAttention);
  const norm1 = layerNorm(xs + drop(self_attn.output, dropout), norm);
  const multihead_attn = multiheadAttention(norm1, memory, memory, memoryAttention);
  const norm2 = layerNorm(norm1 + drop(multihead_attn.output, dropout), norm);
  const fed = norm2 + feed(norm2);
  const norm3 = layerNorm(fed, norm);
  return norm3;
}

/** torch.nn.TransformerEncoder: parameters layers.0.self_attn.in_proj_weight, ..., and norm.weight where it ends in a norm. */
export function transformerEncoder(xs: Tensor, { numLayers, finalNorm = false, ...layer }: EncoderOptions & { numLayers: number; finalNorm?: boolean | undefined }) {
  let layers = xs;
  for (let i = 0; i < numLayers; i++) layers = transformerEncoderLayer(layers, layer);
  if (!finalNorm) return layers;
  const norm = layerNorm(layers, { eps: layer.layerNormEps, bias: layer.bias });
  return norm;
}

/** torch.nn.TransformerDecoder. */
export function transformerDecoder(xs: Tensor, memory: Tensor, { numLayers, finalNorm = false, ...layer }: DecoderOptions & { numLayers: number; finalNorm?: boolean | undefined }) {
  let layers = xs;
  for (let i = 0; i < numLayers; i++) layers = transformerDecoderLayer(layers, memory, layer);
  if (!finalNorm) return layers;
  const norm = layerNorm(layers, { eps: layer.layerNormEps, bias: layer.bias });
  return norm;
}

function expectWidth(xs: Tensor, dModel: number | undefined) {
  if (dModel !== undefined && size(xs) !== dModel) throw new Error(`The input has ${size(xs)} components, dModel says ${dModel}.`);
}

function expectNoBatch(batchFirst: boolean | undefined) {
  if (batchFirst !== undefined) throw new Error(`A model says what happens to one example, so batchFirst says nothing here: leave it out, and compile with --layout batch-first or --layout time-first.`);
}

/** What PyTorch's linear maps begin with. */
function within(inputs: number) {
  return uniform(-1 / inputs ** 0.5, 1 / inputs ** 0.5);
}
