// The hand-written versions against a naive float64 implementation.
//   node hand/check.js
import { create as lstm } from "./lstm.js";
import { create as gru } from "./gru.js";
import { clampedExp } from "./exp.js";

let seed = 1;
const random = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1;
const floats = (n, scale) => Float32Array.from({ length: n }, () => random() * scale);
const sigmoid = (x) => 1 / (1 + Math.exp(-x));

function gates(W, b, v, G, H) {
  return Array.from({ length: G * H }, (_, r) => v.reduce((s, x, k) => s + x * W[r * v.length + k], b[r]));
}

export function naive(kind, w, { input: I, hidden: H }, xs, T) {
  const G = kind === "lstm" ? 4 : 3, out = new Float64Array(T * H);
  let h = new Array(H).fill(0), c = new Array(H).fill(0);
  for (let t = 0; t < T; t++) {
    const a = gates(w.weight_ih, w.bias_ih, [...xs.subarray(t * I, t * I + I)], G, H);
    const u = gates(w.weight_hh, w.bias_hh, h, G, H);
    const next = [];
    for (let j = 0; j < H; j++) {
      const at = (g) => a[g * H + j] + u[g * H + j];
      if (kind === "lstm") {
        c[j] = sigmoid(at(1)) * c[j] + sigmoid(at(0)) * Math.tanh(at(2));
        next[j] = sigmoid(at(3)) * Math.tanh(c[j]);
      } else {
        const r = sigmoid(at(0)), z = sigmoid(at(1));
        const n = Math.tanh(a[2 * H + j] + r * u[2 * H + j]);
        next[j] = (1 - z) * n + z * h[j];
      }
    }
    h = next;
    out.set(h, t * H);
  }
  return out;
}

let failed = 0;
function report(name, error, limit) {
  const ok = error < limit;
  if (!ok) failed++;
  console.log(`${ok ? "ok  " : "FAIL"} ${name}: ${error.toExponential(1)}`);
}

let worst = 0;
for (let i = 0; i < 200000; i++) {
  const x = (i % 2 ? 20 : 699) * random(), want = Math.exp(x);
  worst = Math.max(worst, Math.abs(clampedExp(x) - want) / want);
}
report("exp, relative", worst, 1e-15);
report("exp of NaN and infinities", Number.isNaN(clampedExp(NaN)) && 1 / (1 + clampedExp(Infinity)) < 1e-300 && clampedExp(-Infinity) < 1e-300 ? 0 : 1, 1e-9);

for (const [kind, create, G] of [["lstm", lstm, 4], ["gru", gru, 3]]) {
  for (const [I, H, T, scale] of [[64, 32, 100, 0.5], [64, 128, 41, 0.3], [5, 7, 23, 1], [6, 4, 7, 4], [64, 256, 6, 0.2]]) {
    for (const Weights of [Float64Array, Float32Array]) {
      const dims = { input: I, hidden: H, Weights };
      const w = { weight_ih: floats(G * H * I, scale), weight_hh: floats(G * H * H, scale), bias_ih: floats(G * H, scale), bias_hh: floats(G * H, scale) };
      const xs = floats(T * I, 1), want = naive(kind, w, dims, xs, T), model = create(w, dims);
      const error = (got, at) => got.reduce((e, v, i) => Math.max(e, Number.isNaN(v) ? Infinity : Math.abs(v - want[at + i]) / Math.max(1, Math.abs(want[at + i]))), 0);
      report(`${kind} ${I}->${H} T=${T} ${Weights.name} run`, error(model.run(xs, T), 0), 1e-5);
      const state = model.state();
      let e = 0;
      for (let t = 0; t < T; t++) e = Math.max(e, error(model.step(xs.subarray(t * I, t * I + I), state), t * H));
      report(`${kind} ${I}->${H} T=${T} ${Weights.name} step`, e, 1e-5);
      report(`${kind} ${I}->${H} T=${T} ${Weights.name} run again`, error(model.run(xs, T), 0), 1e-5);
    }
  }
}
process.exitCode = failed ? 1 : 0;
