// What the activations cost: one LSTM cell (three sigmoids, two tanhs) a unit.
//   node activations.js
import { clampedExp } from "./hand/exp.js";

const H = 128;
const source = clampedExp.toString();
const variants = {
  "Math.exp and Math.tanh": ["", "Math.exp", (x) => `Math.tanh(${x})`],
  "Math.exp only": ["", "Math.exp", (x) => `(1 - 2 / (1 + Math.exp(2 * (${x}))))`],
  "table exp, guarded by a call": [source.replace("x = x > 700 ? 700 : x < -700 ? -700 : x;", "if (!(Math.abs(x) < 708)) return Math.exp(x);"), "clampedExp", (x) => `(1 - 2 / (1 + clampedExp(2 * (${x}))))`],
  "table exp, clamped": [source, "clampedExp", (x) => `(1 - 2 / (1 + clampedExp(2 * (${x}))))`],
};
const list = Object.entries(variants).map(([name, [prelude, exp, tanh]]) => {
  const { run } = new Function(`
const root = Float64Array.from({ length: 64 }, (_, i) => 2 ** (i / 64));
const power = Float64Array.from({ length: 2100 }, (_, i) => 2 ** (i - 1050));
${prelude}
const H = ${H}, z0 = Float64Array.from({ length: 4 * H }, (_, i) => (i * 7919 % 1000 / 1000 - 0.5) * 6), c0 = new Float32Array(H), h0 = new Float32Array(H);
function run() {
  const z = z0, c = c0, h = h0;
  for (let j = 0; j < H; j++) {
    const i = 1 / (1 + ${exp}(-z[j])), f = 1 / (1 + ${exp}(-z[j + H])), o = 1 / (1 + ${exp}(-z[j + 3 * H]));
    const next = f * c[j] + i * ${tanh("z[j + 2 * H]")};
    c[j] = next;
    h[j] = o * ${tanh("next")};
  }
}
return { run };`)();
  return { name, run, times: [] };
});
for (const { run } of list) for (let i = 0; i < 3000; i++) run();
for (let r = 0; r < 15; r++) {
  for (const v of list) {
    const t = performance.now();
    for (let i = 0; i < 500; i++) v.run();
    v.times.push((performance.now() - t) / 500 / H * 1e6);
  }
}
for (const { name, times } of list) console.log(`${times.sort((a, b) => a - b)[7].toFixed(1).padStart(6)} ns a unit  ${name}`);
