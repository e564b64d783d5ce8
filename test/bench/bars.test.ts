/** Bars can be met, missed, and not measured; and each comes out as what it is. */
import { expect, test } from "vitest";
import { bars, judgeAll, leftOut, type Judged } from "../../bench/bars.js";
import { taskTitles, tasks } from "../../bench/cases.js";
import { raisedFloor, raisedInt16, raisedOverPeers, type ByTask } from "../../bench/raised-bars.js";
import type { Results } from "../../bench/report/results.js";
import { result, results } from "./results.js";

function judged(title: string, of: Results): Judged {
  const found = judgeAll(of).find((bar) => bar.title === title);
  if (found === undefined) throw new Error(`no bar is called ${title}`);
  return found;
}

/** Was wanted 4 times as fast first, and raised when that was met. */
const stepOverWeb = "lstm H=128, one step: as onnxruntime-web";

test.each([
  [4.3, "met"],
  [4.5, "met"],
  [4.29, "missed"],
])("a peer's bar at %f is %s", (ratio, verdict) => {
  expect(judged(stepOverWeb, results([result({}, { "onnxruntime-web": ratio })])).verdict).toBe(verdict);
});

test("a GRU is held to a part of what an LSTM is", () => {
  const title = "gru H=128, batch 32, T=50: as onnxruntime-web";
  const of = (ratio: number): Results => results([result({ net: "gru", task: "batch" }, { "onnxruntime-web": ratio })]);
  expect(judged(title, of(1.24))).toMatchObject({ verdict: "met", wanted: "1.23x" });
  expect(judged(title, of(1.22)).verdict).toBe("missed");
});

test("a raised bar says what was wanted first, and none is below that", () => {
  expect(judged(stepOverWeb, results([])).wanted).toBe("4.30x (first 4.00x)");
  const all = judgeAll(results([]));
  const rise = (title: string): number => {
    const { wanted = "" } = all.find((bar) => bar.title === title) ?? {};
    const [now = NaN, first = NaN] = wanted.split("(first ").map((text) => parseFloat(text.replace("at most ", "")));
    return now / first;
  };
  const each = (byTask: ByTask, of: string): string[] => tasks.flatMap((task) => Object.keys(byTask[task]).map((hidden) => `${of.replace("#", hidden).replace("@", taskTitles[task])}`));
  const overPeers = Object.entries(raisedOverPeers).flatMap(([net, byPeer]) => Object.entries(byPeer).flatMap(([peer, byTask]) => each(byTask, `${net} H=#, @: as ${peer}`)));
  const raised = [...overPeers, ...each(raisedFloor, "lstm H=#, @: share of the floor"), ...each(raisedInt16, "lstm H=#, @: int16 over float32")];
  expect(raised.length).toBeGreaterThan(50);
  for (const title of raised) expect(rise(title), title).toBeGreaterThan(1);
  expect(rise("first result of a fresh process, over an empty script")).toBeLessThan(1);
});

test("a case that was left out, a peer that is not there and other threads are not measured", () => {
  expect(judged(stepOverWeb, results([]))).toMatchObject({ verdict: "not measured", got: leftOut });
  expect(judged(stepOverWeb, results([result({}, {}, { absent: { "onnxruntime-web": "is not installed" } })]))).toMatchObject({ verdict: "not measured", got: "is not installed" });
  expect(judged(stepOverWeb, results([result({ threads: "default" }, { "onnxruntime-web": 9 })])).verdict).toBe("not measured");
});

test("where none of our targets is right, bars are missed", () => {
  expect(judged(stepOverWeb, results([result({}, {}, { target: undefined })])).verdict).toBe("missed");
});

test("the share of the floor", () => {
  const title = "lstm H=256, one step: share of the floor";
  expect(judged(title, results([result({ hidden: 256 }, { floor: 0.95 })]))).toMatchObject({ verdict: "met", got: "95% (js)" });
  expect(judged(title, results([result({ hidden: 256 }, { floor: 0.94 })])).verdict).toBe("missed");
});

test("size and first result are at most something", () => {
  const size = "module of the LSTM without weights, gzip";
  const fresh = "first result of a fresh process, over an empty script";
  const of = (gzipBytes: number, ratio: number): Results => results([result({}, {})], { sizes: [{ options: "--target js", bytes: 9, gzipBytes }], fresh: [{ name: "js", milliseconds: 1, ratio }, { name: "tfjs-cpu", milliseconds: 1, ratio: 0.1 }] });
  expect([judged(size, of(8192, 1.3)).verdict, judged(fresh, of(8192, 1.3)).verdict]).toEqual(["met", "met"]);
  expect([judged(size, of(8193, 1.4)).verdict, judged(fresh, of(8193, 1.4)).verdict]).toEqual(["missed", "missed"]);
});

test("integers are held against our own float32", () => {
  const title = "lstm H=256, T=100: int16 over float32";
  const of = (int16: number): Results => results([result({ hidden: 256, task: "sequence" }, { int16 })]);
  expect(judged(title, of(1 / 1.81))).toMatchObject({ verdict: "met", wanted: "1.80x (first 1.50x)", got: "1.81x (js)" });
  expect(judged(title, of(1 / 1.79)).verdict).toBe("missed");
  expect(judged(title, results([])).verdict).toBe("not measured");
  expect(judged(title, results([result({ hidden: 256, task: "sequence" }, {}, { absent: { int16: "is wrong by 1.0e+0" } })]))).toMatchObject({ verdict: "not measured", got: "is wrong by 1.0e+0" });
});

test("no bar stands twice", () => {
  const titles = judgeAll(results([])).map(({ title }) => title);
  expect(new Set(titles).size).toBe(bars.length);
});
