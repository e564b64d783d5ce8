/**
 * `npx tsx scripts/wasm-exponentials.ts`: e^x, the sigmoid and tanh of WebAssembly modules at every float32 there is, in a
 * few minutes: the largest errors, and whether any number has a smaller result than the number below it.
 */
import { exponentialErrors, exponentialFunctions, type ExponentialFunction } from "../test/backends/wasm/exponentials.js";

const reference: { readonly [F in ExponentialFunction]: (x: number) => number } = { exp: Math.exp, tanh: Math.tanh, sigmoid: (x) => 1 / (1 + Math.exp(-x)) };
const functions = exponentialFunctions();
const bits = new Int32Array(65536);
let failed = false;
for (const name of Object.keys(reference) as ExponentialFunction[]) {
  let [worst, breaks] = [0, 0];
  for (const sign of [0, 1]) {
    // Each part begins with the last number of the one before.
    for (let first = 0; first < 0x7f800000; first += 65535) {
      const count = Math.min(65536, 0x7f800001 - first);
      for (let i = 0; i < count; i++) bits[i] = (sign << 31) | (first + i);
      const found = exponentialErrors(functions[name], reference[name], new Float32Array(bits.buffer, 0, count), { relative: name === "exp", falling: sign === 1 });
      worst = Math.max(worst, found.worst);
      breaks += found.breaks;
    }
  }
  failed ||= breaks > 0 || worst > 3e-7;
  console.log(`${name}: largest ${name === "exp" ? "relative" : "absolute"} error ${worst.toExponential(2)}, ${breaks} numbers out of order`);
}
if (failed) process.exitCode = 1;
