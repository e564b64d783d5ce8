/**
 * Whether the core is ours alone. Where another thread uses the same core, as on a rented machine it does for seconds and minutes,
 * multiply-adds in registers reach three quarters of what they reach alone, and loops that read memory half: libraries suffer
 * unlike each other, and ratios change by a tenth.
 */
import { makeProbes } from "../limits/probes.js";

/** Of what multiply-adds reach at best: below that somebody else is there. */
const alone = 0.93;

/** @param rate billions of operations a second that this machine has reached; a higher one is believed when it is seen */
export async function watchCore(rate: number): Promise<() => boolean> {
  const { multiplyAdd } = await makeProbes(64 * 1024);
  const turns = 20_000;
  let best = rate;
  const reach = (): number => {
    const begun = performance.now();
    multiplyAdd(turns);
    return (96e-6 * turns) / (performance.now() - begun);
  };
  return () => {
    // An interrupt is over when it is tried again.
    const reached = Math.max(reach(), reach(), reach());
    best = Math.max(best, reached);
    return reached >= alone * best;
  };
}
