/**
 * Some of the weights of one gate, [x, h] of one unit after another: every
 * `rowStep`-th unit from `row` (short of units, the last is repeated) and
 * every `step`-th element from `first`. The arrays of several lanes begin at
 * different offsets in their pages, or they would compete for the same sets
 * of the caches.
 */
export function lane(weights, dims, gate, { first = 0, step = 1, row = 0, rowStep = 1 } = {}) {
  const { input: I, hidden: H } = dims, Weights = dims.Weights ?? Float64Array;
  const blocks = Math.ceil(H / rowStep), size = blocks * (I + H) / step;
  const skew = ((gate * step + first) * rowStep + row) * 128;
  const w = new Weights(new ArrayBuffer(skew + size * Weights.BYTES_PER_ELEMENT), skew, size);
  let at = 0;
  for (let b = 0; b < blocks; b++) {
    const r = gate * H + Math.min(b * rowStep + row, H - 1);
    for (let k = first; k < I; k += step) w[at++] = weights.weight_ih[r * I + k];
    for (let k = first; k < H; k += step) w[at++] = weights.weight_hh[r * H + k];
  }
  return w;
}
