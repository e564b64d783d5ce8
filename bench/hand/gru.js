// The best GRU (reset after the product, as in PyTorch) in plain JavaScript
// that we could write by hand: the bar for the generated code. ../KERNELS.md
// says why it is shaped like this; lstm.js explains what the two share.
import { clampedExp as exp } from "./exp.js";
import { lane } from "./lane.js";

// Inputs whose projection is computed at once.
const CHUNK = 20;

/**
 * @param {{weight_ih: Float32Array, weight_hh: Float32Array, bias_ih: Float32Array, bias_hh: Float32Array}} weights
 *   PyTorch's layout, gates in the order r, z, n.
 * @param {{input: number, hidden: number, Weights?: typeof Float32Array | typeof Float64Array}} dims
 */
export function create(weights, dims) {
  const I = dims.input, H = dims.hidden;
  // The bias of n is split: reset gates the part that comes with U h.
  const bias = new Float64Array(4 * H);
  for (let r = 0; r < 2 * H; r++) bias[r] = weights.bias_ih[r] + weights.bias_hh[r];
  for (let j = 0; j < H; j++) {
    bias[2 * H + j] = weights.bias_ih[2 * H + j];
    bias[3 * H + j] = weights.bias_hh[2 * H + j];
  }
  const s0 = new Float64Array(4 * H); // sums: r, z, W x of n, U h of n
  const sx = new Float64Array(CHUNK * 3 * H); // projected inputs of a chunk
  const shape = H <= 128 ? units : rows;
  const products = shape(weights, dims, bias, s0, sx);
  const { setX, setH, setInputs } = products;

  function cell(t, h) {
    const s = s0;
    for (let j = 0; j < H; j++) {
      const r = 1 / (1 + exp(-s[j]));
      const z = 1 / (1 + exp(-s[j + H]));
      const n = 1 - 2 / (1 + exp(2 * (s[j + 2 * H] + r * s[j + 3 * H])));
      h[j] = n + z * (h[j] - n);
    }
  }

  const stepPasses = [products.step, cell], runPasses = [products.hidden, cell];
  const inputPasses = [setInputs, products.inputs];

  return {
    state: () => ({ h: new Float32Array(H) }),

    /** One step; the state is updated in place. */
    step(x, state) {
      const { h } = state;
      setX(x);
      setH(h);
      for (let p = 0; p < 2; p++) stepPasses[p](0, h);
      return h;
    },

    /** A sequence from a zero state. */
    run(xs, T) {
      const out = new Float32Array(T * H), h = new Float32Array(H);
      for (let start = 0; start < T; start += CHUNK) {
        const n = Math.min(CHUNK, T - start);
        for (let t = 0; t < n; t += 2) {
          const a = (start + t) * I;
          for (let p = 0; p < 2; p++) inputPasses[p](t, xs, a, t + 1 < n ? a + I : a);
        }
        for (let t = 0; t < n; t++) {
          setH(h);
          for (let p = 0; p < 2; p++) runPasses[p](t, h);
          out.set(h, (start + t) * H);
        }
      }
      return out;
    },

    /** The recurrent products of one step alone, for the rate of the kernel. */
    products: () => products.hidden(0),
  };
}

// One array a gate, all of one length and read at one index; the weights of h
// apart from those of x, or each row would begin with a jump.
function rows(weights, dims, bias0, s0, sx0) {
  const I = dims.input, H = dims.hidden;
  const [wr0, wz0, wn0] = [0, 1, 2].map((g) => lane(weights, dims, g, { part: "x" }));
  const [ur0, uz0, un0] = [0, 1, 2].map((g) => lane(weights, dims, g, { part: "h" }));
  const x0 = new Float64Array(I), y0 = new Float64Array(I), h0 = new Float64Array(H);

  function hidden(t) {
    const wr = ur0, wz = uz0, wn = un0, hv = h0, s = s0, sx = sx0, bias = bias0;
    const at = t * 3 * H;
    for (let j = 0; j < H; j++) {
      const row = j * H;
      let r = sx[at + j], z = sx[at + j + H], m = bias[j + 3 * H];
      for (let k = 0; k < H; k++) {
        const q = row + k, u = wr[q], x = hv[k];
        r += u * x;
        z += wz[q] * x;
        m += wn[q] * x;
      }
      s[j] = r;
      s[j + H] = z;
      s[j + 2 * H] = sx[at + j + 2 * H];
      s[j + 3 * H] = m;
    }
  }

  function inputs(t) {
    const wr = wr0, wz = wz0, wn = wn0, xv = x0, yv = y0, sx = sx0, bias = bias0;
    const at = t * 3 * H, bt = at + 3 * H;
    for (let j = 0; j < H; j++) {
      const row = j * I;
      let r = bias[j], z = bias[j + H], n = bias[j + 2 * H];
      let r2 = r, z2 = z, n2 = n;
      for (let k = 0; k < I; k++) {
        const q = row + k;
        const ur = wr[q], uz = wz[q], un = wn[q];
        const x = xv[k], y = yv[k];
        r += x * ur;
        z += x * uz;
        n += x * un;
        r2 += y * ur;
        z2 += y * uz;
        n2 += y * un;
      }
      sx[at + j] = r;
      sx[at + j + H] = z;
      sx[at + j + 2 * H] = n;
      sx[bt + j] = r2;
      sx[bt + j + H] = z2;
      sx[bt + j + 2 * H] = n2;
    }
  }

  function input() {
    const wr = wr0, wz = wz0, wn = wn0, xv = x0, sx = sx0, bias = bias0;
    for (let j = 0; j < H; j++) {
      const row = j * I;
      let r = 0, z = 0, n = 0;
      for (let k = 0; k < I; k++) {
        const q = row + k, u = wr[q], x = xv[k];
        r += u * x;
        z += wz[q] * x;
        n += wn[q] * x;
      }
      sx[j] = r + bias[j];
      sx[j + H] = z + bias[j + H];
      sx[j + 2 * H] = n + bias[j + 2 * H];
    }
  }

  return {
    setX(x) { for (let k = 0; k < I; k++) x0[k] = x[k]; },
    setH(h) { for (let k = 0; k < H; k++) h0[k] = h[k]; },
    setInputs(t, xs, a, b) {
      for (let k = 0; k < I; k++) {
        x0[k] = xs[a + k];
        y0[k] = xs[b + k];
      }
    },
    step() {
      input();
      hidden(0);
    },
    hidden,
    inputs,
  };
}

// Up to a middling size: two units at a time, even and odd ones in arrays of
// their own, all six read at one index. Six arrays beyond 128 KB each would
// need more registers than there are.
function units(weights, dims, bias0, s0, sx0) {
  const I = dims.input, H = dims.hidden, blocks = Math.ceil(H / 2);
  const even = { row: 0, rowStep: 2, part: "x" }, odd = { row: 1, rowStep: 2, part: "x" };
  const [wr0, wz0, wn0] = [0, 1, 2].map((g) => lane(weights, dims, g, even));
  const [vr0, vz0, vn0] = [0, 1, 2].map((g) => lane(weights, dims, g, odd));
  const [ar0, az0, an0] = [0, 1, 2].map((g) => lane(weights, dims, g, { ...even, part: "h" }));
  const [br0, bz0, bn0] = [0, 1, 2].map((g) => lane(weights, dims, g, { ...odd, part: "h" }));
  const x0 = new Float64Array(I), h0 = new Float64Array(H);

  function project(at) {
    const wr = wr0, wz = wz0, wn = wn0, vr = vr0, vz = vz0, vn = vn0, xv = x0, sx = sx0, bias = bias0;
    for (let b = 0; b < blocks; b++) {
      const row = b * I, j = 2 * b, i = 2 * b + 1 < H ? j + 1 : j;
      let r = bias[j], z = bias[j + H], n = bias[j + 2 * H];
      let r2 = bias[i], z2 = bias[i + H], n2 = bias[i + 2 * H];
      for (let k = 0; k < I; k++) {
        const q = row + k, u = wr[q], x = xv[k];
        r += u * x;
        z += wz[q] * x;
        n += wn[q] * x;
        r2 += vr[q] * x;
        z2 += vz[q] * x;
        n2 += vn[q] * x;
      }
      sx[at + j] = r;
      sx[at + j + H] = z;
      sx[at + j + 2 * H] = n;
      sx[at + i] = r2;
      sx[at + i + H] = z2;
      sx[at + i + 2 * H] = n2;
    }
  }

  function hidden(t) {
    const wr = ar0, wz = az0, wn = an0, vr = br0, vz = bz0, vn = bn0, hv = h0, s = s0, sx = sx0, bias = bias0;
    const at = t * 3 * H;
    for (let b = 0; b < blocks; b++) {
      const row = b * H, j = 2 * b, i = 2 * b + 1 < H ? j + 1 : j;
      let r = sx[at + j], z = sx[at + j + H], m = bias[j + 3 * H];
      let r2 = sx[at + i], z2 = sx[at + i + H], m2 = bias[i + 3 * H];
      for (let k = 0; k < H; k++) {
        const q = row + k, u = wr[q], x = hv[k];
        r += u * x;
        z += wz[q] * x;
        m += wn[q] * x;
        r2 += vr[q] * x;
        z2 += vz[q] * x;
        m2 += vn[q] * x;
      }
      s[j] = r;
      s[j + H] = z;
      s[j + 2 * H] = sx[at + j + 2 * H];
      s[j + 3 * H] = m;
      s[i] = r2;
      s[i + H] = z2;
      s[i + 2 * H] = sx[at + i + 2 * H];
      s[i + 3 * H] = m2;
    }
  }

  return {
    setX(x) { for (let k = 0; k < I; k++) x0[k] = x[k]; },
    setH(h) { for (let k = 0; k < H; k++) h0[k] = h[k]; },
    setInputs() {},
    step() {
      project(0);
      hidden(0);
    },
    hidden,
    inputs(t, xs, first, second) {
      const xv = x0;
      for (let u = 0; u < 2; u++) {
        const from = u === 0 ? first : second;
        for (let k = 0; k < I; k++) xv[k] = xs[from + k];
        project((t + u) * 3 * H);
      }
    },
  };
}
