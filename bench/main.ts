/**
 * `npm run bench`: Gatefold against its peers, on the same nets, numbers and threads.
 *
 *   npm run bench                     everything; more than half an hour
 *   npm run bench -- --quick          a first look, in under five minutes
 *   npm run bench -- --check          exits with 1 where a bar is missed
 *   npm run bench -- --only lstm-128  cases by parts of their names; several with commas
 *   npm run bench -- --peers js,onnxruntime-web    nobody else
 *   npm run bench -- --processes 3    so many processes a case; where code comes to lie in memory is chance
 *   npm run bench -- --keep           keeps what the last run found of cases that this one leaves out, or that were disturbed less
 *   npm run bench -- --docs           writes the results into docs/benchmarks.md
 *   npm run bench -- --list           the names of all cases
 *
 * Results are written to bench/out: results.json, results.md, results.svg.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { judgeAll, type Verdict } from "./bars.js";
import { allCases, caseName, quickCases, select, type Case } from "./cases.js";
import { measureFreshStarts } from "./fresh-start.js";
import { buildMeasuring, installPeers, versions } from "./install.js";
import type { Limits } from "./limits/limit-types.js";
import { makeMaterial } from "./material.js";
import type { Settings } from "./measure/interleave.js";
import type { Measured } from "./measure/measured.js";
import { moduleSizes } from "./module-size.js";
import { markdownReport, withResults } from "./report/markdown.js";
import { caseResult, type CaseResult, type Results } from "./report/results.js";
import { svgChart } from "./report/svg.js";
import { plainTable } from "./report/table.js";
import { barTable, disturbances, faults, freshTable, limitsTable, sizeTable, speedTable } from "./report/tables.js";
import { targets } from "./targets.js";
import { scriptOptions } from "../scripts/options.js";

const folder = fileURLToPath(new URL(".", import.meta.url));
const run = promisify(execFile);

const options = scriptOptions(import.meta.url, {
    quick: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    docs: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    only: { type: "string" },
    peers: { type: "string" },
    processes: { type: "string" },
  });

const processes = options.processes === undefined ? (options.quick ? 1 : 2) : Number(options.processes);
const base: Settings = options.quick ? { rounds: 15, slice: 6, budget: 300, warm: 500, pause: 0, patience: 2000 } : { rounds: 21, slice: 8, budget: 600, warm: 800, pause: 0, patience: 15_000 };

/** Threads of a pool go on spinning after their work, in the time of whoever comes next. */
function settingsOf({ threads }: Case): Settings {
  return threads === "one" ? base : { ...base, pause: 20 };
}

async function child<T>(script: string, ...given: readonly string[]): Promise<T> {
  const { stdout } = await run(process.execPath, [path.join(folder, "build", script), ...given], { maxBuffer: 2 ** 28 });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as T;
}

async function measureCase(each: Case, work: string, { multiplyAdd }: Limits): Promise<CaseResult> {
  const place = await makeMaterial(each, work);
  const measured: Measured[] = [];
  for (let i = 0; i < processes; i++) measured.push(await child<Measured>("measure/main.js", place, JSON.stringify(settingsOf(each)), String(multiplyAdd), options.peers ?? ""));
  await rm(place, { recursive: true });
  return caseResult(each, targets, measured);
}

function machine(): string {
  const [processor] = os.cpus();
  return `${processor?.model ?? "unknown processor"}, ${os.cpus().length} cores, ${os.type()} ${os.arch()}`;
}

async function benchmark(work: string): Promise<Results> {
  const cases = options.only === undefined ? (options.quick ? quickCases : allCases) : select(allCases, options.only);
  if (cases.length === 0) throw new Error(`no case is called ${options.only ?? ""}; --list names all`);
  console.log(`${machine()}, load ${(os.loadavg()[0] ?? 0).toFixed(1)}; ${Object.entries(versions()).map(([name, version]) => `${name} ${version}`).join(", ")}\n`);
  const limits = await child<Limits>("limits/main.js");
  const head = { date: new Date().toISOString().slice(0, 10), machine: machine(), versions: versions(), limits };
  console.log(`${plainTable(limitsTable({ ...head, cases: [], fresh: [], sizes: [] }) ?? { head: [], rows: [] })}\n`);
  const done: CaseResult[] = [];
  for (const [i, each] of cases.entries()) {
    const begun = performance.now();
    const result = await measureCase(each, work, limits);
    done.push(result);
    const others = Object.entries(result.ratios).filter(([name]) => name !== result.target).map(([name, ratio]) => `${name} ${ratio.toFixed(2)}`);
    console.log(`${i + 1}/${cases.length} ${caseName(each)}: ${result.target ?? "WRONG"} ${(result.times[result.target ?? ""] ?? Number.NaN).toFixed(1)} us; ${others.join(", ")}${result.disturbed > 0 ? `; disturbed ${(100 * result.disturbed).toFixed(0)}%` : ""} (${((performance.now() - begun) / 1000).toFixed(0)} s)`);
  }
  const small: Case = { net: "lstm", hidden: 128, task: "step", threads: "one" };
  const sizes = await moduleSizes();
  const fresh = options.only === undefined ? measureFreshStarts(await makeMaterial(small, work), targets, options.quick ? 5 : 11) : [];
  return { ...head, cases: done, fresh, sizes };
}

/** What the last run found is put beside what this one did, in the order of all cases; of a case that both took, what was disturbed less. */
async function withLast(results: Results): Promise<Results> {
  const last = JSON.parse(await readFile(path.join(folder, "out", "results.json"), "utf8")) as Results;
  const find = ({ cases }: Results, name: string): CaseResult[] => cases.filter((result) => caseName(result.case) === name);
  const cases = allCases.map(caseName).flatMap((name) => [...find(results, name), ...find(last, name)].sort((a, b) => a.disturbed - b.disturbed).slice(0, 1));
  return { ...results, cases, fresh: results.fresh.length > 0 ? results.fresh : last.fresh };
}

async function write(results: Results): Promise<void> {
  const out = path.join(folder, "out");
  await mkdir(out, { recursive: true });
  const chart = svgChart(results.cases.filter((each) => each.case.threads === "one"));
  await writeFile(path.join(out, "results.json"), `${JSON.stringify(results, undefined, 1)}\n`);
  await writeFile(path.join(out, "results.md"), markdownReport(results));
  await writeFile(path.join(out, "results.svg"), chart);
  if (!options.docs) return;
  const page = path.join(folder, "..", "docs", "benchmarks.md");
  await writeFile(page, withResults(await readFile(page, "utf8"), markdownReport(results)));
  await writeFile(path.join(folder, "..", "docs", "benchmarks.svg"), chart);
}

function print(results: Results): void {
  for (const threads of ["one", "default"] as const) {
    const cases = results.cases.filter((each) => each.case.threads === threads);
    if (cases.length > 0) console.log(`\n${threads === "one" ? "One thread each" : "Peers with the threads that they take by themselves"}; x: how many times as fast as the peer\n${plainTable(speedTable(cases))}`);
  }
  for (const table of [freshTable(results), sizeTable(results), barTable(results, "tried")]) if (table.rows.length > 0) console.log(`\n${plainTable(table)}`);
  for (const fault of [disturbances(results) ?? [], faults(results)].flat()) console.log(fault);
}

if (options.list) {
  for (const each of allCases) console.log(caseName(each));
} else {
  installPeers();
  buildMeasuring();
  const work = await mkdtemp(path.join(os.tmpdir(), "gatefold-bench-"));
  try {
    const measured = await benchmark(work);
    const results = options.keep ? await withLast(measured) : measured;
    await write(results);
    print(results);
    const count = (wanted: Verdict): number => judgeAll(results).filter(({ verdict }) => verdict === wanted).length;
    const missed = count("missed");
    console.log(`\n${count("met")} bars met, ${missed} missed, ${count("not measured")} not measured`);
    if (options.check && missed > 0) process.exitCode = 1;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
