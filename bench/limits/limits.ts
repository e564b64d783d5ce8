/** The limits by themselves, for the head of a report: the best of several tries, since what is asked is what there is. */
import type { Limits } from "./limit-types.js";
import { makeProbes } from "./probes.js";

const kilobyte = 1024;
const workingSets = [16 * kilobyte, 512 * kilobyte, 1280 * kilobyte, 4608 * kilobyte, 64 * 1024 * kilobyte] as const;

/** Milliseconds over which tries are spread: what somebody else takes of the core, they take for seconds. */
const spread = 6000;

export async function measureLimits(): Promise<Limits> {
  const probes = await makeProbes(Math.max(...workingSets));
  const walks = workingSets.map((bytes) => {
    const times = Math.max(1, Math.round(2e7 / bytes));
    const walking = (walk: (bytes: number) => number) => new Tries(() => {
      for (let i = 0; i < times; i++) walk(bytes);
    });
    return { bytes, walked: times * bytes, read: walking(probes.read), readMultiplyAdd: walking(probes.readMultiplyAdd) };
  });
  const multiplyAdd = new Tries(() => probes.multiplyAdd(20000));
  const activation = new Tries(() => probes.activate(2048));
  const all = [multiplyAdd, activation, ...walks.flatMap(({ read, readMultiplyAdd }) => [read, readMultiplyAdd])];
  for (const end = performance.now() + spread; performance.now() < end; ) for (const each of all) each.tryFor(10);
  return {
    read: walks.map(({ bytes, walked, read, readMultiplyAdd }) => ({ bytes, read: walked / read.best, readMultiplyAdd: walked / readMultiplyAdd.best })),
    multiplyAdd: (96 * 20000) / multiplyAdd.best,
    activation: activation.best / 2048,
  };
}

class Tries {
  /** Nanoseconds of the fastest. */
  best = Infinity;

  constructor(readonly body: () => void) {}

  tryFor(milliseconds: number): void {
    for (const end = performance.now() + milliseconds; performance.now() < end; ) {
      const start = performance.now();
      this.body();
      this.best = Math.min(this.best, 1e6 * (performance.now() - start));
    }
  }
}
