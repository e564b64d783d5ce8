/**
 * Runs every case of a folder of conformance cases and prints a line for each. The cases are discovered, not listed: what
 * a case is, is derived from its own description, so that a folder with other cases of the same kinds runs as well.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { runTrial, type Trial } from "./trial.js";

export interface ConformanceCase {
  readonly name: string;
  /** What kind of case it is: cases of a kind are counted together. */
  readonly kind: string;
  /** A trial to run, or why there is none yet. */
  readonly make: () => Trial | { readonly notYet: string };
}

export interface Suite {
  /** The option of the command line that runs it alone. */
  readonly option: string;
  /** Where its cases lie under the shared material. */
  readonly folder: string;
  readonly discover: (folder: string) => readonly ConformanceCase[];
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Values agree if |a - b| / max(1, |b|) is at most this. */
const bound = 1e-5;

/** A folder that cannot be read is a case that fails. */
function discovered(discover: Suite["discover"], folder: string): readonly ConformanceCase[] {
  try {
    return discover(folder);
  } catch (thrown) {
    const fail = (): never => {
      throw thrown;
    };
    return [{ name: "the folder's cases", kind: "unreadable", make: fail }];
  }
}

export async function runSuite({ option, discover }: Suite, folder: string): Promise<Counts> {
  const work = mkdtempSync(path.join(tmpdir(), "gatefold-conformance-"));
  const byKind = new Map<string, { passed: number; failed: number; notYet: number }>();
  console.log(`${option} ${folder}`);
  try {
    for (const each of discovered(discover, folder)) {
      const counts = byKind.get(each.kind) ?? { passed: 0, failed: 0, notYet: 0 };
      byKind.set(each.kind, counts);
      const line = (verdict: string, rest: string) => console.log(`  ${verdict.padEnd(7)} ${each.name.padEnd(46)} ${each.kind.padEnd(28)} ${rest}`);
      try {
        const trial = each.make();
        if ("notYet" in trial) {
          counts.notYet += 1;
          line("not yet", trial.notYet);
          continue;
        }
        const difference = await runTrial(each.name, trial, work);
        const passed = difference <= bound;
        counts[passed ? "passed" : "failed"] += 1;
        line(passed ? "ok" : "FAILED", difference.toExponential(1));
      } catch (thrown) {
        counts.failed += 1;
        line("FAILED", thrown instanceof Error ? thrown.message : String(thrown));
      }
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  console.log("");
  for (const [kind, { passed, failed, notYet }] of byKind) console.log(`  ${kind.padEnd(28)} ${passed} passed, ${failed} failed${notYet > 0 ? `, ${notYet} not yet` : ""}`);
  console.log("");
  const total = (key: "passed" | "failed") => [...byKind.values()].reduce((sum, counts) => sum + counts[key], 0);
  // A folder without a case shows nothing: that is a mistake of the call.
  return byKind.size === 0 ? { passed: 0, failed: 1, skipped: 0 } : { passed: total("passed"), failed: total("failed"), skipped: 0 };
}
