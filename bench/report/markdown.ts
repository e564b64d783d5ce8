/** The results as a part of docs/benchmarks.md, which stands there between two marks. */
import { judgeAll } from "../bars.js";
import type { Results } from "./results.js";
import { markdownTable } from "./table.js";
import { barTable, disturbances, faults, freshTable, limitsTable, sizeTable, speedTable } from "./tables.js";

const [begin, end] = ["<!-- results: written by npm run bench -- --docs -->", "<!-- end of results -->"];

export function markdownReport(results: Results): string {
  const limits = limitsTable(results);
  const oneThread = results.cases.filter((each) => each.case.threads === "one");
  const threads = results.cases.filter((each) => each.case.threads === "default");
  const judged = judgeAll(results);
  const count = (verdict: string): number => judged.filter((each) => each.verdict === verdict).length;
  const parts = [
    `Measured on ${results.date}: ${results.machine}; ${Object.entries(results.versions).map(([name, version]) => `${name} ${version}`).join(", ")}.`,
    ...(limits === undefined ? [] : ["### What the machine can do", markdownTable(limits)]),
    "### One thread each",
    "The time is that of our fastest target; a peer's column says how many times as fast as the peer it is.",
    markdownTable(speedTable(oneThread)),
    ...(threads.length === 0 ? [] : ["### Peers with the threads that they take by themselves", "We take one.", markdownTable(speedTable(threads))]),
    ...(results.fresh.length === 0 ? [] : ["### The first result", markdownTable(freshTable(results))]),
    ...(results.sizes.length === 0 ? [] : ["### Size", markdownTable(sizeTable(results))]),
    "### Bars",
    `${count("met")} met, ${count("missed")} missed, ${count("not measured")} not measured.`,
    markdownTable(barTable(results, "tried")),
    ...[disturbances(results) ?? []].flat(),
    ...faults(results).map((fault) => `- ${fault}`),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** A page with its results replaced. */
export function withResults(page: string, report: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`the page has no "${begin}" with "${end}" after it`);
  return `${page.slice(0, from + begin.length)}\n\n${report}\n${page.slice(to)}`;
}
