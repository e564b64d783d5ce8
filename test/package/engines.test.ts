/** A generated module in engines other than Node's. */
import { beforeAll, expect, test } from "vitest";
import { missing, toolPath } from "../../scripts/machine/tools.js";
import { version } from "../../src/support/version.js";
import { describeNeeding } from "../support/needs.js";
import { expectSame, nodeResult, type Result, run, sampleFolder } from "./sample.js";

const folder = sampleFolder();
/** What typed.ts prints. */
const typed = `3 2 6 7 1 ${version}\n`;
let expected: Result;
beforeAll(() => {
  expected = nodeResult(folder);
}, 60_000);

describeNeeding("Bun", missing("bun"), () => {
  const bun = toolPath("bun");
  test("imports it", () => expectSame(JSON.parse(run(folder, bun, "main.js")), expected));
  test("requires it", () => expectSame(JSON.parse(run(folder, bun, "required.cjs")), expected));
  test("runs it in a worker", () => expectSame(JSON.parse(run(folder, bun, "node-worker.js")), expected));
  test("runs a program in TypeScript", () => expect(run(folder, bun, "typed.ts")).toBe(typed));
});

describeNeeding("Deno", missing("deno"), () => {
  const deno = toolPath("deno");
  test("imports it, and it asks for no permission", () => expectSame(JSON.parse(run(folder, deno, "run", "--no-prompt", "--no-remote", "main.js")), expected));
  test("runs it in a worker", () => expectSame(JSON.parse(run(folder, deno, "run", "--no-prompt", "--no-remote", "--allow-read=.", "node-worker.js")), expected));
  test("finds its types", () => {
    expect(run(folder, deno, "run", "--check", "--no-prompt", "--no-remote", "typed.ts")).toBe(typed);
    expect(() => run(folder, deno, "check", "--no-remote", "mistyped.ts")).toThrow(/'speaker' does not exist[^]*'words' does not exist[^]*not assignable to type 'string'/);
  });
});
