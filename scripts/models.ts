/**
 * Holds Gatefold against the world outside: compiles model files of ours for nets that others trained, loads their
 * published weights, and compares what comes out with what other programs say.
 *
 *     npm run models                                           all that is known
 *     npm run models -- --onnx-sweep DIR [--pytorch DIR]       only the cases of these folders
 *
 * Every number goes the whole way: model file, graph, kernels, program, generated module. It reads the published models
 * where they lie (see models/shared.ts); where one is absent it says so, and in continuous integration fails.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { charRnnJs } from "./models/char-rnn-js.js";
import type { Check } from "./models/check.js";
import { compileModel } from "./models/compiled.js";
import { runSuite, type Counts, type Suite } from "./models/conformance.js";
import { ml5Charrnn } from "./models/ml5-charrnn.js";
import { onnxSweep } from "./models/onnx-sweep.js";
import { pytorch } from "./models/pytorch.js";
import { sharedRoot } from "./models/shared.js";
import { sileroVad } from "./models/silero-vad.js";
import { formatTable, measured, passes, type Row } from "./models/table.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const shared = sharedRoot(root);
const suites: readonly Suite[] = [onnxSweep, pytorch];
const chosen = chosenSuites(process.argv.slice(2));
const checks: readonly Check[] = chosen === undefined ? [ml5Charrnn, charRnnJs, sileroVad] : [];

const rows: Row[] = [];
const faults: string[] = [];
const absent: string[] = [];
const work = mkdtempSync(path.join(tmpdir(), "gatefold-models-"));
try {
  for (const check of checks) {
    const folder = path.join(shared, "models", check.name);
    if (!existsSync(folder)) {
      absent.push(`${check.name}: there is no ${folder} (set GATEFOLD_SHARED to where the published models are)`);
      continue;
    }
    try {
      const comparisons = await check.compare({ folder, shared, compile: (file, model, options) => compileModel(path.join(root, "scripts/models", file), model, work, options) });
      rows.push(...comparisons.map((comparison) => measured(check.name, comparison)));
    } catch (thrown) {
      // One net that fails must not hide what the others do.
      faults.push(`${check.name}: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`);
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

const conformance: Counts[] = [];
for (const { suite, folder } of chosen ?? suites.map((suite) => ({ suite, folder: path.join(shared, suite.folder) }))) {
  if (chosen !== undefined || existsSync(folder)) conformance.push(await runSuite(suite, folder));
  else absent.push(`${suite.option}: there is no ${folder}`);
}

if (rows.length > 0) console.log(`${formatTable(rows)}\n\nA difference is the largest |a - b| / max(1, |b|).\n`);
for (const { model, what, result } of rows) if ("fault" in result) console.error(`failed: ${model}: ${what}: ${result.fault}`);
for (const fault of faults) console.error(`failed: ${fault}\n`);
for (const reason of absent) console.error(`skipped: ${reason}`);

const inContinuousIntegration = process.env["CI"] === "true";
const inSuites = (key: keyof Counts) => conformance.reduce((sum, counts) => sum + counts[key], 0);
const passed = rows.filter(passes).length + inSuites("passed");
const failed = rows.filter((row) => !passes(row)).length + faults.length + inSuites("failed") + (inContinuousIntegration ? absent.length : 0);
const skipped = inSuites("skipped") + (inContinuousIntegration ? 0 : absent.length);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed > 0 ? 1 : 0;

/** The folders that the command line names; undefined where it names none. */
function chosenSuites(words: readonly string[]): readonly { suite: Suite; folder: string }[] | undefined {
  if (words.length === 0) return undefined;
  return words.flatMap((word, i) => {
    if (i % 2 === 1) return [];
    const suite = suites.find(({ option }) => option === word);
    const folder = words[i + 1];
    if (suite !== undefined && folder !== undefined && existsSync(folder)) return [{ suite, folder }];
    console.error(suite === undefined ? `there is no option ${word}; there are ${suites.map(({ option }) => `${option} DIR`).join(", ")}` : `${word} wants a folder of cases, this is ${folder ?? "nothing"}`);
    process.exit(2);
  });
}
