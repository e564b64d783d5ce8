/**
 * The floor of a case: what it takes at least, in WebAssembly of 128 bits. Weights of products of one vector are read anew
 * each time, so they take their bytes at the rate of reading and multiply-adding a working set of that size; products of
 * many vectors at once, and those of a batch, take their operations at the rate of multiply-adding; activations take what
 * they cost. The floor takes part in a case like everyone: the machine's speed changes, so only what runs by turns compares.
 *
 * It leaves out what may be had for nothing: sums of a layer norm, reading inputs, writing results.
 */
import type { Case } from "../cases.js";
import { repeat, type Contender } from "../peers/peer.js";
import { floorOf } from "./floor-work.js";
import { makeProbes } from "./probes.js";

/** The largest piece that activations are computed in; it lies in the first-level cache. */
const piece = 1024;

export async function enterFloor(each: Case): Promise<Contender> {
  const { walks, bytes, operations, activations } = floorOf(each);
  const walked = 128 * Math.ceil(bytes / 128);
  const probes = await makeProbes(Math.max(walked, 8 * piece));
  const turnsOfWork = Math.round(operations / 96);
  const pieces = Math.floor(activations / piece);
  const rest = 16 * Math.round((activations % piece) / 16);
  const call = (): void => {
    for (let i = 0; i < walks; i++) probes.readMultiplyAdd(walked);
    if (turnsOfWork > 0) probes.multiplyAdd(turnsOfWork);
    for (let i = 0; i < pieces; i++) probes.activate(piece);
    if (rest > 0) probes.activate(rest);
  };
  return { outputs: async () => [], work: repeat(call) };
}
