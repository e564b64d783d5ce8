/** The limits by themselves, for the head of a report: the best of several tries, since what is asked is what there is. */
import type { Limits } from "./limit-types.js";
import { makeProbes } from "./probes.js";

const kilobyte = 1024;
const workingSets = [16 * kilobyte, 512 * kilobyte, 1280 * kilobyte, 4608 * kilobyte, 64 * 1024 * kilobyte] as const;

export async function measureLimits(): Promise<Limits> {
  const probes = await makeProbes(Math.max(...workingSets));
  const multiplyAdd = (96 * 20000) / best(() => probes.multiplyAdd(20000));
  const activation = best(() => probes.activate(2048)) / 2048;
  const read = workingSets.map((bytes) => {
    const times = Math.max(1, Math.round(2e7 / bytes));
    const rate = (walk: (bytes: number) => number): number => (times * bytes) / best(() => repeat(times, () => walk(bytes)));
    return { bytes, read: rate(probes.read), readMultiplyAdd: rate(probes.readMultiplyAdd) };
  });
  return { read, multiplyAdd, activation };
}

function repeat(times: number, body: () => void): void {
  for (let i = 0; i < times; i++) body();
}

/** Nanoseconds of the fastest of many tries. */
function best(body: () => void): number {
  let least = Infinity;
  const end = performance.now() + 150;
  for (let i = 0; i < 12 || performance.now() < end; i++) {
    const start = performance.now();
    body();
    least = Math.min(least, performance.now() - start);
  }
  return 1e6 * least;
}
