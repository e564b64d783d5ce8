/**
 * One case, in a process of its own: node build/measure/main.js FOLDER SETTINGS RATE. Everyone's numbers are compared with the
 * graph interpreter's before anyone's time is taken; whoever is wrong is out. Prints one line of JSON.
 */
import { enterFloor } from "../limits/floor.js";
import { enterGatefold } from "../peers/gatefold.js";
import { peers } from "../peers/index.js";
import { isAbsent, peerNames, type Absent, type Contender } from "../peers/peer.js";
import { readCase } from "./data.js";
import { interleave, type Settings } from "./interleave.js";
import type { Measured } from "./measured.js";
import { watchCore } from "./neighbours.js";
import { toleranceOf } from "../tolerances.js";

async function measure(folder: string, settings: Settings, rate: number, wanted: readonly string[]): Promise<Measured> {
  const data = readCase(folder);
  const contenders = new Map<string, Contender>();
  const errors: Record<string, number> = {};
  const absent: Record<string, string> = {};
  const enter = async (name: string, entering: () => Promise<Contender | Absent>): Promise<void> => {
    if (wanted.length > 0 && !wanted.includes(name)) return;
    try {
      const entered = await entering();
      if (isAbsent(entered)) {
        absent[name] = entered.absent;
        return;
      }
      const shown = await entered.outputs();
      const due = entered.showsLast === true ? data.expected.subarray(-shown.length) : data.expected;
      const error = difference(shown, due);
      errors[name] = error;
      if (error <= toleranceOf(name)) contenders.set(name, entered);
      else absent[name] = `is wrong by ${error.toExponential(1)}`;
    } catch (thrown) {
      absent[name] = `failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
    }
  };
  for (const [target, module] of Object.entries(data.modules)) await enter(target, () => enterGatefold(data, module));
  for (const name of peerNames) await enter(name, () => peers[name](data, folder));
  if (data.case.threads === "one") contenders.set("floor", await enterFloor(data.case));
  const interleaved = await interleave(contenders, settings, await watchCore(rate));
  for (const contender of contenders.values()) contender.close?.();
  return { ...interleaved, errors, absent };
}

function difference(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length === 0 || got.length !== expected.length) throw new Error(`it gave ${got.length} numbers, ${expected.length} are due`);
  let worst = 0;
  for (let i = 0; i < got.length; i++) {
    const want = expected[i] ?? Number.NaN;
    const error = Math.abs((got[i] ?? Number.NaN) - want) / Math.max(1, Math.abs(want));
    if (!(error <= worst)) worst = Number.isNaN(error) ? Infinity : error;
  }
  return worst;
}

const [folder = "", settings = "", rate = "0", wanted = ""] = process.argv.slice(2);
const measured = await measure(folder, JSON.parse(settings) as Settings, Number(rate), wanted === "" ? [] : wanted.split(","));
process.stdout.write(`${JSON.stringify(measured)}\n`, () => process.exit(0));
