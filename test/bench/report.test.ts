/** What is written of results: numbers for people, tables, the page and the drawing. */
import { expect, test } from "vitest";
import { markdownReport, withResults } from "../../bench/report/markdown.js";
import { digits, duration, median, quantile, times } from "../../bench/report/numbers.js";
import { caseResult } from "../../bench/report/results.js";
import { svgChart } from "../../bench/report/svg.js";
import { markdownTable, plainTable } from "../../bench/report/table.js";
import { result, results } from "./results.js";

test("numbers", () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
  expect([quantile([1, 2, 3, 4, 5], 0.25), quantile([7], 0.75)]).toEqual([2, 7]);
  expect([digits(1234.5, 3), digits(0.01234, 2), digits(9.96, 3), digits(0)]).toEqual(["1235", "0.012", "9.96", "0"]);
  expect([duration(12.34), duration(4321), times(0.056), times(33.3), times(undefined)]).toEqual(["12.3 µs", "4.32 ms", "0.06x", "33x", ""]);
});

test("what processes measured is joined: medians, and ratios of the same round to our fastest target", () => {
  const rounds = [{ js: 10, wasm: 5, peer: 20 }, { js: 12, wasm: 10, peer: 30 }, { js: 11, wasm: 6 }];
  const joined = caseResult({ net: "lstm", hidden: 8, task: "step", threads: "one" }, ["js", "wasm"], [{ rounds, errors: { js: 1e-7 }, absent: {}, disturbed: 0 }, { rounds: [{ js: 11, wasm: 6, peer: 24 }], errors: { js: 2e-7 }, absent: { other: "is not installed" }, disturbed: 1 }]);
  expect(joined).toMatchObject({ target: "wasm", times: { wasm: 6, peer: 24 }, errors: { js: 2e-7 }, absent: { other: "is not installed" } });
  // 20 / 5, 30 / 10, 24 / 6; in one round the peer sat out.
  expect(joined.ratios["peer"]).toBe(4);
  expect(joined.spread["peer"]).toEqual([3.5, 4]);
});

test("a case in which none of ours is right has no target", () => {
  expect(caseResult({ net: "lstm", hidden: 8, task: "step", threads: "one" }, ["js"], [{ rounds: [{ peer: 1 }], errors: {}, absent: { js: "is wrong by 1" }, disturbed: 0 }])).toMatchObject({ target: undefined, ratios: {} });
});

const table = { head: ["a", "bc"], rows: [["1", "2"], ["345", ""]] };

test("tables", () => {
  expect(markdownTable(table)).toBe("| a | bc |\n| --- | --- |\n| 1 | 2 |\n| 345 |  |");
  expect(plainTable(table)).toBe("a    bc\n1    2\n345");
});

const some = results([
  result({}, { "onnxruntime-web": 4.4, floor: 0.8 }, { times: { js: 40, "onnxruntime-web": 176 } }),
  result({ threads: "default" }, { torch: 0.5 }, { absent: { "tfjs-cpu": "is wrong by 1.0" } }),
]);

test("the report names every case, its figures, and who was wrong", () => {
  const report = markdownReport(some);
  expect(report).toContain("| lstm | 128 | one step | js | 40.0 µs | 80% | 4.40x |");
  expect(report).toContain("| lstm | 128 | one step | js | 40.0 µs |  | 0.50x |");
  expect(report).toContain("- lstm-128-step-threads: tfjs-cpu is wrong by 1.0");
  expect(report).toMatch(/\| lstm H=128, one step: as onnxruntime-web \| 4\.30x \(first 4\.00x\) \| 4\.40x \(js\) \| met \|/);
});

test("results replace those that stand in a page, and nothing else", () => {
  const page = "# Title\n\n<!-- results: written by npm run bench -- --docs -->\nold\n<!-- end of results -->\n\nend\n";
  const once = withResults(page, "new\n");
  expect(once).toBe("# Title\n\n<!-- results: written by npm run bench -- --docs -->\n\nnew\n\n<!-- end of results -->\n\nend\n");
  expect(withResults(once, "new\n")).toBe(once);
  expect(() => withResults("# Title\n", "new")).toThrow("the page has no");
});

test("the drawing has a dot for each peer of each case, further right the faster we are", () => {
  const svg = svgChart([result({}, { "onnxruntime-web": 0.5, "tfjs-cpu": 20, floor: 1 }), result({ net: "gru" }, { "onnxruntime-web": 9999 })]);
  const dots = [...svg.matchAll(/<circle cx="([\d.]+)" cy="\d+" r="5" fill="(#\w+)" fill-opacity/g)].map(([, x]) => Number(x));
  expect(dots).toHaveLength(3);
  expect(dots[0]).toBeLessThan(dots[1] ?? 0);
  // What lies beyond the scale is drawn at its end.
  expect(dots[2]).toBe(770);
  expect(svg).toMatch(/^<svg [^>]*xmlns[^]*<\/svg>\n$/);
});
