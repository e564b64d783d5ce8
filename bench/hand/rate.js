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
const child = (...args) => JSON.parse(execFileSync(process.execPath, [self, ...args.map(String)], { encoding: "utf8" }));

/** GFLOP/s of the fastest candidate for y = W h, W of [gates * hidden, hidden]; gates 1 is a linear layer. */
export const bestRate = (hidden, gates, weights = "f64") => child("--best", hidden, gates, weights).best;

/** GFLOP/s of the recurrent products of the hand-written LSTM (gates 4) or GRU (gates 3). */
export const productsRate = (hidden, gates, weights = "f64") => child("--products", hidden, gates, weights).products;

/**
 * Both in one process and in the same rounds: { best, products, share }. The
 * share is the median of the rounds' ratios: on a shared machine two rates
 * taken one after the other may differ by 2 for no reason of theirs.
 */
export const compareRates = (hidden, gates, weights = "f64") => child("--both", hidden, gates, weights);

async function measure(mode, hidden, gates, weights) {
  const flops = 2 * gates * hidden * hidden;
  const rival = mode === "--best" ? undefined : { name: "hand", flops, run: await handProducts(hidden, gates, weights) };
  let shapes = candidates(hidden, hidden, gates).map((o) => ({ ...o, weights }));
  if (mode === "--products") shapes = shapes.slice(0, 1);
  // Beyond the second-level cache the candidates would disturb each other.
  const alone = flops / 2 * (weights === "f64" ? 8 : 4) > 2 ** 20;
  const results = (alone ? shapes.map((o) => [o]) : [shapes])
    .flatMap((group) => race(group, { rounds: 15, slice: alone ? 6 : 2, rival }));
  const hand = results.filter((r) => r.shape.rival), others = results.filter((r) => !r.shape.rival);
  const best = Math.max(...others.map((r) => r.gflops)), products = Math.max(...hand.map((r) => r.gflops));
  return { best, products, share: alone ? products / best : Math.min(...others.map((r) => r.share)) };
}

async function handProducts(hidden, gates, weights) {
  const { create } = await import(`./${kinds[gates]}.js`);
  const input = 64;
  const random = (n) => Float32Array.from({ length: n }, () => (Math.random() - 0.5) / Math.sqrt(hidden));
  const model = create({
    weight_ih: random(gates * hidden * input), weight_hh: random(gates * hidden * hidden),
    bias_ih: random(gates * hidden), bias_hh: random(gates * hidden),
  }, { input, hidden, Weights: weights === "f32" ? Float32Array : Float64Array });
  model.run(random(8 * input), 8);
  return model.products;
}

if (process.argv[1] === self) {
  const [mode, ...rest] = process.argv.slice(2);
  if (mode?.startsWith("--")) console.log(JSON.stringify(await measure(mode, Number(rest[0]), Number(rest[1]), rest[2])));
  else {
    const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [32, 128, 256, 512];
    for (const gates of [4, 3]) {
      for (const H of sizes) {
        for (const weights of ["f64", "f32"]) {
          const r = compareRates(H, gates, weights);
          console.log(`${kinds[gates]} H=${H} ${weights}: best ${r.best.toFixed(2)}, products ${r.products.toFixed(2)} GFLOP/s, ${(100 * r.share).toFixed(0)}%`);
        }
      }
    }
  }
}
