/**
 * Searches for models that Gatefold gets wrong: random graphs and random recurrent cells, through the passes in random
 * order and number, the lowering and the backend for JavaScript or WebAssembly, against the interpreter.
 *
 *     npm run fuzz -- --runs 1000 --seed 7
 *     npm run fuzz -- --runs 1000 --target wasm     only modules of WebAssembly; without it some of each
 *
 * A case that fails is shrunk to a small one and printed, with what brings it back; then the search goes on from another
 * seed. The last line adds up: "N passed, N failed".
 */
import fc from "fast-check";
import { printGraph } from "../src/ir/graph/print.js";
import { arbitraryCell, arbitraryGraph } from "../test/random/graphs.js";
import { arbitraryRoute, followRoute, fuzzTargets, type Case, routeText } from "./fuzz/route.js";
import { scriptOptions } from "./options.js";

const values = scriptOptions(import.meta.url, { runs: { type: "string", default: "200" }, seed: { type: "string", default: "1" }, target: { type: "string" } });
const [runs, firstSeed] = [Number(values.runs), Number(values.seed)];
if (![runs, firstSeed].every((number) => Number.isSafeInteger(number) && number >= 0)) throw new Error("--runs and --seed take whole numbers");
const targets = fuzzTargets.filter((target) => values.target === undefined || values.target === target);
if (targets.length === 0) throw new Error(`--target takes ${fuzzTargets.join(" or ")}`);

/** More failures than this are hardly of different kinds. */
const mostFailures = 3;
/** So many cases are drawn from one seed: what is found is printed soon, and comes again soon. */
const casesOfSeed = 250;

const cases: fc.Arbitrary<Case> = fc.record({
  made: fc.oneof(arbitraryGraph(), arbitraryCell()),
  route: fc.oneof(...targets.map(arbitraryRoute)),
});

let [passed, failed] = [0, 0];
for (let seed = firstSeed; passed < runs && failed < mostFailures; seed++) {
  const report = await fc.check(fc.asyncProperty(cases, followRoute), { numRuns: Math.min(casesOfSeed, runs - passed), seed, timeout: 60_000 });
  // Of a search that failed, the last case is the one that did.
  passed += report.numRuns - (report.failed ? 1 : 0);
  if (!report.failed) continue;
  failed += 1;
  const [smallest] = report.counterexample ?? [];
  const said = report.errorInstance instanceof Error ? (report.errorInstance.stack ?? report.errorInstance.message) : String(report.errorInstance);
  // Modules are imported from their own text.
  console.error(`failed: ${said.replace(/data:text\/javascript;base64,[\w+/=]*/g, "module")}`);
  if (smallest !== undefined) console.error(`\n${routeText(smallest.route)}\n${printGraph(smallest.made.graph)}`);
  console.error(`again with: npm run fuzz -- --runs ${report.numRuns} --seed ${seed}${values.target === undefined ? "" : ` --target ${values.target}`}\n`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
