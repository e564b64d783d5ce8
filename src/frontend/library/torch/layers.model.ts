import { at, classes, concat, dim, dot, floor, length, map, mean, normal, param, pick, range, size as sizeOf, split, sqrt, sum, uniform, type Id, type Int, type Tensor } from "gatefold";

/** torch.nn.Linear: what it begins with is PyTorch's, uniform within one over the root of the inputs. */
export function linear(x: Tensor, { outFeatures, inFeatures, bias = true }: { outFeatures: number; inFeatures?: number | undefined; bias?: boolean | undefined }) {
  if (inFeatures !== undefined && sizeOf(x) !== inFeatures) throw new Error(`The input has ${sizeOf(x)} features, inFeatures says ${inFeatures}.`);
  const init = uniform(-1 / sizeOf(x) ** 0.5, 1 / sizeOf(x) ** 0.5);
  const weight = param([outFeatures, sizeOf(x)], { init });
  if (!bias) return dot(weight, x);
  const shift = param(outFeatures, { init, name: "bias" });
  return dot(weight, x) + shift;
}

/** torch.nn.Embedding. (A padding index acts on gradients alone: its row is a row like any other.) */
export function embedding(id: Id, { numEmbeddings, embeddingDim }: { numEmbeddings?: number | undefined; embeddingDim: number }) {
  const weight = param([numEmbeddings ?? classes(id), embeddingDim], { init: normal(1) });
  return pick(weight, id);
}

/** torch.nn.LayerNorm over the vector. */
export function layerNorm(x: Tensor, { eps = 1e-5, elementwiseAffine = true, bias = true }: { eps?: number | undefined; elementwiseAffine?: boolean | undefined; bias?: boolean | undefined } = {}) {
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
 * stands before and after can also be told apart, as padBefore and padAfter. Where the length changes, the result runs
 * along `along`.
 */
export function conv1d(xs: Tensor, { outChannels, kernelSize, inChannels, stride = 1, padding = 0, padBefore, padAfter, dilation = 1, groups = 1, bias = true, along }: {
  outChannels: number; kernelSize: number; inChannels?: number | undefined; stride?: number | undefined; padding?: number | "same" | "valid" | "causal" | undefined; padBefore?: number | undefined; padAfter?: number | undefined;
  dilation?: number | undefined; groups?: number | undefined; bias?: boolean | undefined; along?: string | undefined;
}) {
  const channels = sizeOf(xs);
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
    const window = map(range("tap", kernelSize), (tap) => at(xs, t * stride + tap * dilation - before));
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
