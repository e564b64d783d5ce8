/** Made-up results, for what is done with them. */
import type { Case } from "../../bench/cases.js";
import type { CaseResult, Results } from "../../bench/report/results.js";

export function result(each: Partial<Case>, ratios: CaseResult["ratios"], more: Partial<CaseResult> = {}): CaseResult {
  const of: Case = { net: "lstm", hidden: 128, task: "step", threads: "one", ...each };
  return { case: of, times: { js: 40 }, target: "js", ratios, spread: {}, errors: {}, absent: {}, disturbed: 0, ...more };
}

export function results(cases: readonly CaseResult[], more: Partial<Results> = {}): Results {
  return { date: "2000-01-01", machine: "a machine", versions: { Node: "20" }, limits: undefined, cases, fresh: [], sizes: [], ...more };
}
