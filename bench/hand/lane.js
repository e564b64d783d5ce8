/**
 * Some of the weights of one gate, one unit after another: those of x, of h
 * or of both (`part`), of every `rowStep`-th unit from `row` (short of units,
 * the last is repeated), every `step`-th element from `first`. The arrays of
 * several lanes begin at different offsets in their pages, or they would
 * compete for the same sets of the caches.
 */
export function lane(weights, dims, gate, { first = 0, step = 1, row = 0, rowStep = 1, part = "xh" } = {}) {
  const { input: I, hidden: H } = dims, Weights = dims.Weights ?? Float64Array;
  const useX = part !== "h", useH = part !== "x", width = (useX ? I : 0) + (useH ? H : 0);
  const blocks = Math.ceil(H / rowStep), size = blocks * width / step;
  const skew = ((gate * step + first) * rowStep + row) * 128;
  const w = new Weights(new ArrayBuffer(skew + size * Weights.BYTES_PER_ELEMENT), skew, size);
  let at = 0;
  for (let b = 0; b < blocks; b++) {
    const r = gate * H + Math.min(b * rowStep + row, H - 1);
    if (useX) for (let k = first; k < I; k += step) w[at++] = weights.weight_ih[r * I + k];
    if (useH) for (let k = first; k < H; k += step) w[at++] = weights.weight_hh[r * H + k];
  }
  return w;
}
