// The best multiply-add rate that plain JavaScript reaches on this machine,
// and the rate of the products of the hand-written versions.
//   node hand/rate.js [hidden ...]
// Every figure comes from a process of its own: code that served another size
// or another instance runs up to three times slower in the same process.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { candidates, race } from "../kernel-shapes.js";

const self = fileURLToPath(import.meta.url);
const kinds = { 4: "lstm", 3: "gru" };
const child = (...args) => Number(execFileSync(process.execPath, [self, ...args.map(String)], { encoding: "utf8" }));

/** GFLOP/s of the fastest candidate for y = W h, W of [gates * hidden, hidden]; gates 1 is a linear layer. */
export const bestRate = (hidden, gates, weights = "f64") => child("--best", hidden, gates, weights);

/** GFLOP/s of the recurrent products of the hand-written LSTM (gates 4) or GRU (gates 3). */
export const productsRate = (hidden, gates, weights = "f64") => child("--products", hidden, gates, weights);

/** The fastest of alternating measurements (disturbance only slows): { best, products, share }. */
export function compareRates(hidden, gates, { weights = "f64", rounds = 3 } = {}) {
  const best = [], products = [];
  for (let r = 0; r < rounds; r++) {
    best.push(bestRate(hidden, gates, weights));
    products.push(productsRate(hidden, gates, weights));
  }
  const b = Math.max(...best), p = Math.max(...products);
  return { best: b, products: p, share: p / b };
}

function measureBest(hidden, gates, weights) {
  const shapes = candidates(hidden, hidden, gates).map((o) => ({ ...o, weights }));
  // Beyond the second-level cache the candidates would disturb each other.
  const bytes = gates * hidden * hidden * (weights === "f64" ? 8 : 4);
  const groups = bytes > 2 ** 20 ? shapes.map((o) => [o]) : [shapes];
  return Math.max(...groups.flatMap((g) => race(g, groups.length > 1 ? { slice: 8 } : {})).map((r) => r.gflops));
}

async function measureProducts(hidden, gates, weights) {
  const { create } = await import(`./${kinds[gates]}.js`);
  const input = 64, G = gates;
  const random = (n) => Float32Array.from({ length: n }, () => (Math.random() - 0.5) / Math.sqrt(hidden));
  const model = create({
    weight_ih: random(G * hidden * input), weight_hh: random(G * hidden * hidden),
    bias_ih: random(G * hidden), bias_hh: random(G * hidden),
  }, { input, hidden, Weights: weights === "f32" ? Float32Array : Float64Array });
  model.run(random(8 * input), 8);
  const run = model.products, times = [];
  const end = performance.now() + 200;
  while (performance.now() < end) run();
  const n = Math.max(1, Math.round(4e6 / (gates * hidden * hidden)));
  for (let r = 0; r < 25; r++) {
    const t = performance.now();
    for (let i = 0; i < n; i++) run();
    times.push((performance.now() - t) / n);
  }
  times.sort((a, b) => a - b);
  return 2 * gates * hidden * hidden / times[times.length >> 1] / 1e6;
}

if (process.argv[1] === self) {
  const [mode, ...rest] = process.argv.slice(2);
  if (mode === "--best") console.log(measureBest(Number(rest[0]), Number(rest[1]), rest[2]));
  else if (mode === "--products") console.log(await measureProducts(Number(rest[0]), Number(rest[1]), rest[2]));
  else {
    const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [32, 128, 256, 512];
    for (const gates of [4, 3]) {
      for (const H of sizes) {
        for (const weights of ["f64", "f32"]) {
          const r = compareRates(H, gates, { weights });
          console.log(`${kinds[gates]} H=${H} ${weights}: best ${r.best.toFixed(2)}, products ${r.products.toFixed(2)} GFLOP/s, ${(100 * r.share).toFixed(0)}%`);
        }
      }
    }
  }
}
