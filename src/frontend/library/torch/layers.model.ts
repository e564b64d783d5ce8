import { abs, at, classes, concat, dim, dot, floor, length, map, max, mean, normal, param, pick, range, size as sizeOf, split, sqrt, sum, uniform, type Id, type Int, type Tensor } from "gatefold";

/** torch.nn.Linear: what it begins with is PyTorch's, uniform within one over the root of the inputs. */
export function linear(x: Tensor, { outFeatures, inFeatures, bias = true }: { outFeatures: number; inFeatures?: number | undefined; bias?: boolean | undefined }) {
  if (inFeatures !== undefined && sizeOf(x) !== inFeatures) throw new Error(`The input has ${sizeOf(x)} features, inFeatures says ${inFeatures}.`);
  const init = uniform(-1 / sizeOf(x) ** 0.5, 1 / sizeOf(x) ** 0.5);
  const weight = param([outFeatures, sizeOf(x)], { init });
  if (!bias) return dot(weight, x);
  const shift = param(outFeatures, { init, name: "bias" });
  return dot(weight, x) + shift;
}

/**
 * torch.nn.Embedding. A padding index acts on gradients alone: its row is a row like any other. With `maxNorm`, a row whose
 * norm is larger is scaled down to it when it is looked up.
 */
export function embedding(id: Id, { numEmbeddings, embeddingDim, paddingIdx, maxNorm, normType = 2 }: {
  numEmbeddings?: number | undefined; embeddingDim: number; paddingIdx?: number | undefined; maxNorm?: number | undefined; normType?: number | undefined;
}) {
  const rows = numEmbeddings ?? classes(id);
  if (rows < classes(id)) throw new Error(`The id has ${classes(id)} classes, numEmbeddings says ${rows}.`);
  if (paddingIdx !== undefined && (paddingIdx < -rows || paddingIdx >= rows)) throw new Error(`paddingIdx is a row from ${-rows} to ${rows - 1}, this is ${paddingIdx}.`);
  const weight = param([rows, embeddingDim], { init: normal(1) });
  const row = pick(weight, id);
  if (maxNorm === undefined) return row;
  const norm = sum(abs(row) ** normType) ** (1 / normType);
  return norm > maxNorm ? row * (maxNorm / (norm + 1e-7)) : row;
}

/** torch.nn.LayerNorm over the vector. */
export function layerNorm(x: Tensor, { normalizedShape, eps = 1e-5, elementwiseAffine = true, bias = true }: {
  normalizedShape?: number | undefined; eps?: number | undefined; elementwiseAffine?: boolean | undefined; bias?: boolean | undefined;
} = {}) {
  if (normalizedShape !== undefined && normalizedShape !== sizeOf(x)) throw new Error(`The input has ${sizeOf(x)} components, normalizedShape says ${normalizedShape}.`);
  const centred = x - mean(x);
  const normal = centred / sqrt(mean(centred ** 2) + eps);
  if (!elementwiseAffine) return normal;
  const weight = param(sizeOf(x), { init: 1 });
  if (!bias) return normal * weight;
  const shift = param(sizeOf(x), { init: 0, name: "bias" });
  return normal * weight + shift;
}

/**
 * torch.nn.Conv1d along the one dimension of `xs`, whose vectors are the channels. The weight is stored as PyTorch stores
 * it, [out, in / groups, tap]. Besides PyTorch's paddings there is "causal": all zeros stand before the first element. What
 * stands before and after can also be told apart, as padBefore and padAfter. What the padding is made of is `paddingMode`.
 * Where the length changes, the result runs along `along`.
 */
export function conv1d(xs: Tensor, { outChannels, kernelSize, inChannels, stride = 1, padding = 0, padBefore, padAfter, dilation = 1, groups = 1, bias = true, paddingMode = "zeros", along }: {
  outChannels: number; kernelSize: number; inChannels?: number | undefined; stride?: number | undefined; padding?: number | "same" | "valid" | "causal" | undefined; padBefore?: number | undefined; padAfter?: number | undefined;
  dilation?: number | undefined; groups?: number | undefined; bias?: boolean | undefined; paddingMode?: PaddingMode | undefined; along?: string | undefined;
}) {
  const channels = sizeOf(xs);
  for (const each of [kernelSize, stride, dilation, groups]) if (each < 1 || each % 1 !== 0) throw new Error(`kernelSize, stride, dilation and groups are whole numbers from 1 up, one of them is ${each}.`);
  if (padding !== "same" && padding !== "valid" && padding !== "causal") expectPadding(padding);
  if (inChannels !== undefined && channels !== inChannels) throw new Error(`The input has ${channels} channels, inChannels says ${inChannels}.`);
  if (channels % groups !== 0 || outChannels % groups !== 0) throw new Error(`${groups} groups do not divide both ${channels} channels in and ${outChannels} channels out.`);
  if (padding === "same" && stride !== 1) throw new Error(`padding "same" wants a stride of 1, this is ${stride}.`);
  const span = dilation * (kernelSize - 1);
  const before = padBefore ?? (padding === "same" ? floor(span / 2) : padding === "causal" ? span : padding === "valid" ? 0 : padding);
  const after = padAfter ?? (padding === "same" ? span - floor(span / 2) : padding === "causal" || padding === "valid" ? 0 : padding);

  const [groupIn, groupOut] = [channels / groups, outChannels / groups];
  const init = uniform(-1 / (groupIn * kernelSize) ** 0.5, 1 / (groupIn * kernelSize) ** 0.5);
  const weight = param(kernelSize, { init, name: "weight", per: { out: outChannels, channel: groupIn } });
  const shift = bias ? param(outChannels, { init, name: "bias" }) : 0;
  const step = (t: Int) => {
    const window = map(range("tap", kernelSize), (tap) => at(xs, padded(t * stride + tap * dilation - before, length(xs), paddingMode)));
    if (groups === 1) return concat(sum(dot(weight, concat(split(window, channels, "channel"), "tap")), "channel"), "out") + shift;
    const grouped = split(window, groups, "group");
    const ofGroup = map(range("group", groups), (group) => {
      const own = concat(split(at(grouped, group, { over: "group" }), groupIn, "channel"), "tap");
      const units = map(range("unit", groupOut), (unit) => sum(dot(at(weight, group * groupOut + unit, { over: "out" }), own), "channel"));
      return concat(units, "unit");
    });
    return concat(ofGroup, "group") + shift;
  };
  if (stride === 1 && before + after === span && along === undefined) return map(xs, (_, t) => step(t));
  if (along === undefined) throw new Error(`This convolution changes the length of "${dim(xs)}": name the dimension of what comes out, as in { along: "frame" }.`);
  return map(range(along, floor((length(xs) + before + after - span - 1) / stride) + 1), (t) => step(t));
}

function expectPadding(padding: number) {
  if (padding < 0 || padding % 1 !== 0) throw new Error(`padding is a whole number from 0 up, "same", "valid" or "causal", not ${padding}.`);
}

type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

/** Which element stands at a position before the first or after the last one. Where none does, the padding is zero. */
function padded(position: Int, n: Int, mode: PaddingMode): Int {
  if (mode === "replicate") return position < 0 ? 0 : position < n ? position : n - 1;
  if (mode === "circular") return position - n * floor(position / n);
  if (mode === "zeros") return position;
  const period = max(2 * n - 2, 1);
  const within = position - period * floor(position / period);
  return within < n ? within : period - within;
}
