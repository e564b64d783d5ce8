/** How long a process takes from its start to the first result: ours, the peers', and a script that does nothing. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { PeerName } from "./peers/peer.js";
import { median } from "./report/numbers.js";
import type { FreshStart } from "./report/results.js";

const script = (name: string): string => fileURLToPath(new URL(`build/fresh/${name}.js`, import.meta.url));

/** Those whose whole start is within this process; Python's would be another matter. */
const peers: readonly PeerName[] = ["onnxruntime-node", "onnxruntime-web", "tfjs-wasm", "tfjs-cpu"];

/** By turns, as everywhere. `folder` holds the material of a case. */
export function measureFreshStarts(folder: string, targets: readonly string[], rounds: number): FreshStart[] {
  const starts: readonly { readonly name: string; readonly arguments: readonly string[] }[] = [
    { name: "empty script", arguments: [script("empty")] },
    ...targets.map((name) => ({ name, arguments: [script("gatefold"), folder, name] })),
    ...peers.map((name) => ({ name, arguments: [script("peer"), folder, name] })),
  ];
  const taken = starts.map((): number[] => []);
  const failed = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    starts.forEach(({ name, arguments: given }, i) => {
      const begun = performance.now();
      if (spawnSync(process.execPath, given, { stdio: "ignore" }).status !== 0) failed.add(name);
      taken[i]?.push(performance.now() - begun);
    });
  }
  const [empty = []] = taken;
  return starts.flatMap(({ name }, i) => {
    const times = taken[i] ?? [];
    return failed.has(name) ? [] : [{ name, milliseconds: median(times), ratio: median(times.map((each, round) => each / (empty[round] ?? Number.NaN))) }];
  });
}
