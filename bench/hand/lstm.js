// The best LSTM in plain JavaScript that we could write by hand: the bar for
// the generated code. ../KERNELS.md says why it is shaped like this.
import { clampedExp as exp } from "./exp.js";
import { lane } from "./lane.js";

// Inputs whose projection is computed at once.
const CHUNK = 20;

/**
 * @param {{weight_ih: Float32Array, weight_hh: Float32Array, bias_ih: Float32Array, bias_hh: Float32Array}} weights
 *   PyTorch's layout, gates in the order i, f, g, o.
 * @param {{input: number, hidden: number, Weights?: typeof Float32Array | typeof Float64Array}} dims
 */
export function create(weights, dims) {
  const I = dims.input, H = dims.hidden;
  const bias = new Float64Array(4 * H);
  for (let r = 0; r < 4 * H; r++) bias[r] = weights.bias_ih[r] + weights.bias_hh[r];
  const z0 = new Float64Array(4 * H); // pre-activations, one gate after another
  const zx = new Float64Array(CHUNK * 4 * H); // projected inputs of a chunk
  const small = H <= 64 && H % 2 === 0 && I % 2 === 0;
  const products = (small ? pairs : rows)(weights, dims, bias, z0, zx);
  const { setX, setH, setInputs } = products;

  function cell(t, h, c) {
    const z = z0;
    for (let j = 0; j < H; j++) {
      const i = 1 / (1 + exp(-z[j]));
      const f = 1 / (1 + exp(-z[j + H]));
      const g = 1 - 2 / (1 + exp(2 * z[j + 2 * H]));
      const o = 1 / (1 + exp(-z[j + 3 * H]));
      const next = f * c[j] + i * g;
      c[j] = next;
      h[j] = o * (1 - 2 / (1 + exp(2 * next)));
    }
  }

  // Called through lists: V8 would inline a call by name into the loop over
  // time, where a kernel runs up to 1.2 times slower than on its own.
  const stepPasses = [products.step, cell], runPasses = [products.hidden, cell];
  const inputPasses = [setInputs, products.inputs];

  return {
    state: () => ({ h: new Float32Array(H), c: new Float32Array(H) }),

    /** One step; the state is updated in place. */
    step(x, state) {
      const { h, c } = state;
      setX(x);
      setH(h);
      for (let p = 0; p < 2; p++) stepPasses[p](0, h, c);
      return h;
    },

    /** A sequence from a zero state. */
    run(xs, T) {
      const out = new Float32Array(T * H), h = new Float32Array(H), c = new Float32Array(H);
      for (let start = 0; start < T; start += CHUNK) {
        const n = Math.min(CHUNK, T - start);
        for (let t = 0; t < n; t += 2) {
          const a = (start + t) * I;
          for (let p = 0; p < 2; p++) inputPasses[p](t, xs, a, t + 1 < n ? a + I : a);
        }
        for (let t = 0; t < n; t++) {
          setH(h);
          for (let p = 0; p < 2; p++) runPasses[p](t, h, c);
          out.set(h, (start + t) * H);
        }
      }
      return out;
    },

    /** The recurrent products of one step alone, for the rate of the kernel. */
    products: () => products.hidden(0),
  };
}

// One array a gate, all of one length and read at one index, so that V8
// checks the bounds of the first and not of the other three. That one is read
// before the vector, and weights stand on the left of products: ../KERNELS.md
// says why. Row j holds the weights of x, then those of h.
function rows(weights, dims, bias0, z0, zx0) {
  const I = dims.input, H = dims.hidden, K = I + H;
  const [wi0, wf0, wg0, wo0] = [0, 1, 2, 3].map((g) => lane(weights, dims, g));
  const x0 = new Float64Array(I), y0 = new Float64Array(I), h0 = new Float64Array(H);

  return {
    setX(x) { for (let k = 0; k < I; k++) x0[k] = x[k]; },
    setH(h) { for (let k = 0; k < H; k++) h0[k] = h[k]; },
    setInputs(t, xs, a, b) {
      for (let k = 0; k < I; k++) {
        x0[k] = xs[a + k];
        y0[k] = xs[b + k];
      }
    },
    /** z = bias + W x + U h */
    step() {
      const wi = wi0, wf = wf0, wg = wg0, wo = wo0, xv = x0, hv = h0, z = z0, bias = bias0;
      for (let j = 0; j < H; j++) {
        const row = j * K, rowH = row + I;
        let i = bias[j], f = bias[j + H], g = bias[j + 2 * H], o = bias[j + 3 * H];
        for (let k = 0; k < I; k++) {
          const q = row + k, u = wi[q], x = xv[k];
          i += u * x;
          f += wf[q] * x;
          g += wg[q] * x;
          o += wo[q] * x;
        }
        for (let k = 0; k < H; k++) {
          const q = rowH + k, u = wi[q], x = hv[k];
          i += u * x;
          f += wf[q] * x;
          g += wg[q] * x;
          o += wo[q] * x;
        }
        z[j] = i;
        z[j + H] = f;
        z[j + 2 * H] = g;
        z[j + 3 * H] = o;
      }
    },
    /** z = zx[t] + U h */
    hidden(t) {
      const wi = wi0, wf = wf0, wg = wg0, wo = wo0, hv = h0, z = z0, zx = zx0;
      const at = t * 4 * H;
      for (let j = 0; j < H; j++) {
        const row = j * K + I;
        let i = zx[at + j], f = zx[at + j + H], g = zx[at + j + 2 * H], o = zx[at + j + 3 * H];
        for (let k = 0; k < H; k++) {
          const q = row + k, u = wi[q], x = hv[k];
          i += u * x;
          f += wf[q] * x;
          g += wg[q] * x;
          o += wo[q] * x;
        }
        z[j] = i;
        z[j + H] = f;
        z[j + 2 * H] = g;
        z[j + 3 * H] = o;
      }
    },
    /** zx[t] = bias + W x, zx[t + 1] = bias + W y: each weight is read once for both. */
    inputs(t) {
      const wi = wi0, wf = wf0, wg = wg0, wo = wo0, xv = x0, yv = y0, zx = zx0, bias = bias0;
      const at = t * 4 * H, bt = at + 4 * H;
      for (let j = 0; j < H; j++) {
        const row = j * K;
        let i = bias[j], f = bias[j + H], g = bias[j + 2 * H], o = bias[j + 3 * H];
        let i2 = i, f2 = f, g2 = g, o2 = o;
        for (let k = 0; k < I; k++) {
          const q = row + k;
          const ui = wi[q], uf = wf[q], ug = wg[q], uo = wo[q];
          const x = xv[k], y = yv[k];
          i += x * ui;
          f += x * uf;
          g += x * ug;
          o += x * uo;
          i2 += y * ui;
          f2 += y * uf;
          g2 += y * ug;
          o2 += y * uo;
        }
        zx[at + j] = i;
        zx[at + j + H] = f;
        zx[at + j + 2 * H] = g;
        zx[at + j + 3 * H] = o;
        zx[bt + j] = i2;
        zx[bt + j + H] = f2;
        zx[bt + j + 2 * H] = g2;
        zx[bt + j + 3 * H] = o2;
      }
    },
  };
}

// For small states: two values of k an iteration, even and odd ones in arrays
// of their own, so that all eight are still read at one index.
function pairs(weights, dims, bias0, z0, zx0) {
  const I2 = dims.input / 2, H = dims.hidden, H2 = H / 2, K2 = I2 + H2;
  const [wi0, wf0, wg0, wo0] = [0, 1, 2, 3].map((g) => lane(weights, dims, g, { step: 2 }));
  const odd = { first: 1, step: 2 };
  const vi0 = lane(weights, dims, 0, odd), vf0 = lane(weights, dims, 1, odd);
  const vg0 = lane(weights, dims, 2, odd), vo0 = lane(weights, dims, 3, odd);
  const x0 = new Float64Array(K2), y0 = new Float64Array(K2); // even and odd elements of [x, h]
  const h0 = new Float64Array(H2), l0 = new Float64Array(H2); // of h

  return {
    setX(x) {
      for (let k = 0; k < I2; k++) {
        x0[k] = x[2 * k];
        y0[k] = x[2 * k + 1];
      }
    },
    setH(h) {
      for (let k = 0; k < H2; k++) {
        x0[I2 + k] = h0[k] = h[2 * k];
        y0[I2 + k] = l0[k] = h[2 * k + 1];
      }
    },
    setInputs() {},
    step() {
      const wi = wi0, wf = wf0, wg = wg0, wo = wo0, vi = vi0, vf = vf0, vg = vg0, vo = vo0;
      const xv = x0, yv = y0, z = z0, bias = bias0;
      for (let j = 0; j < H; j++) {
        const row = j * K2;
        let i = bias[j], f = bias[j + H], g = bias[j + 2 * H], o = bias[j + 3 * H];
        for (let k = 0; k < K2; k++) {
          const q = row + k, x = xv[k], y = yv[k];
          i += wi[q] * x + vi[q] * y;
          f += wf[q] * x + vf[q] * y;
          g += wg[q] * x + vg[q] * y;
          o += wo[q] * x + vo[q] * y;
        }
        z[j] = i;
        z[j + H] = f;
        z[j + 2 * H] = g;
        z[j + 3 * H] = o;
      }
    },
    hidden(t) {
      const wi = wi0, wf = wf0, wg = wg0, wo = wo0, vi = vi0, vf = vf0, vg = vg0, vo = vo0;
      const xv = h0, yv = l0, z = z0, zx = zx0;
      const at = t * 4 * H;
      for (let j = 0; j < H; j++) {
        const row = j * K2 + I2;
        let i = zx[at + j], f = zx[at + j + H], g = zx[at + j + 2 * H], o = zx[at + j + 3 * H];
        for (let k = 0; k < H2; k++) {
          const q = row + k, x = xv[k], y = yv[k];
          i += wi[q] * x + vi[q] * y;
          f += wf[q] * x + vf[q] * y;
          g += wg[q] * x + vg[q] * y;
          o += wo[q] * x + vo[q] * y;
        }
        z[j] = i;
        z[j + H] = f;
        z[j + 2 * H] = g;
        z[j + 3 * H] = o;
      }
    },
    inputs(t, xs, a, b) {
      const wi = wi0, wf = wf0, wg = wg0, wo = wo0, vi = vi0, vf = vf0, vg = vg0, vo = vo0;
      const zx = zx0, bias = bias0, xv = x0, yv = y0;
      for (let s = 0; s < 2; s++) {
        const at = (t + s) * 4 * H, from = s === 0 ? a : b;
        for (let k = 0; k < I2; k++) {
          xv[k] = xs[from + 2 * k];
          yv[k] = xs[from + 2 * k + 1];
        }
        for (let j = 0; j < H; j++) {
          const row = j * K2;
          let i = bias[j], f = bias[j + H], g = bias[j + 2 * H], o = bias[j + 3 * H];
          for (let k = 0; k < I2; k++) {
            const q = row + k, x = xv[k], y = yv[k];
            i += wi[q] * x + vi[q] * y;
            f += wf[q] * x + vf[q] * y;
            g += wg[q] * x + vg[q] * y;
            o += wo[q] * x + vo[q] * y;
          }
          zx[at + j] = i;
          zx[at + j + H] = f;
          zx[at + j + 2 * H] = g;
          zx[at + j + 3 * H] = o;
        }
      }
    },
  };
}
