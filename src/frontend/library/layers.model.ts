import { classes, dot, indices, mean, param, pick, real, size as sizeOf, sqrt, type Id, type Init, type Tensor } from "gatefold";

/** `weight x + bias`: the weight is [size, size of x]. A number as `bias` is what the bias begins with. */
export function linear(x: Tensor, size: number, { bias: withBias = true, init, per }: { bias?: boolean | number | undefined; init?: number | Init | undefined; per?: Record<string, number> | undefined } = {}) {
  const weight = param([size, sizeOf(x)], { init, per });
  if (withBias === false) return dot(weight, x);
  const bias = param(size, { init: withBias === true ? 0 : withBias, per });
  return dot(weight, x) + bias;
}

/** The row of a table for each id. */
export function embedding(id: Id, size: number) {
  const weight = param([classes(id), size]);
  return pick(weight, id);
}

/** One at the component of the id, zero elsewhere. */
export function oneHot(id: Id) {
  return real(indices(classes(id)) === id ? 1 : 0);
}

/** Layer normalisation (Ba, Kiros & Hinton, 2016): mean 0 and variance 1 over the vector, then a scale and a shift of each component. */
export function layerNorm(x: Tensor) {
  const weight = param(sizeOf(x), { init: 1 });
  const bias = param(sizeOf(x), { init: 0 });
  const centred = x - mean(x);
  const variance = mean(centred ** 2);
  return centred / sqrt(variance + 1e-5) * weight + bias;
}

/** Dropout (Srivastava et al., 2014) acts in training alone; what is compiled for use passes its input on. */
export function dropout(x: Tensor, rate: number) {
  if (rate < 0 || rate >= 1) throw new Error(`The rate of dropout lies from 0 up to, not including, 1; this is ${rate}.`);
  return x;
}
