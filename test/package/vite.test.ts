/** A generated module built by Vite, which renames, moves and shrinks what it finds: into a library, and into pages. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { missing } from "../../scripts/machine/tools.js";
import { describeNeeding } from "../support/needs.js";
import { resultsOf, serve, type Server, startBrowser } from "./browser.js";
import { expectSame, nodeResult, type Result, run, sampleFolder } from "./sample.js";
import { viteBuild } from "./vite.js";

const folder = sampleFolder();
let expected: Result;
beforeAll(() => {
  expected = nodeResult(folder);
}, 60_000);

describe("as a library", () => {
  let said = "";
  beforeAll(() => {
    said = viteBuild(folder, "--mode", "library");
  }, 60_000);

  test("it builds without a warning, and smaller", () => {
    expect(said).toBe("");
    expect(readFileSync(path.join(folder, "built-library/main.js")).length).toBeLessThan(readFileSync(path.join(folder, "sample.js")).length);
  });
  test.each(["main.js", "main.cjs"])("%s gives what the module gives", (file) => expectSame(JSON.parse(run(folder, process.execPath, `built-library/${file}`)), expected));
});

describeNeeding("as pages", missing("chromium"), () => {
  let server: Server | undefined;
  let browser: Browser | undefined;
  let results: { readonly page: unknown; readonly worker: unknown; readonly evaluated: unknown };
  beforeAll(async () => {
    expect(viteBuild(folder)).toBe("");
    [server, browser] = await Promise.all([serve(path.join(folder, "built-pages")), startBrowser()]);
    results = (await resultsOf(browser, `${server.address}/page.html`)) as typeof results;
  }, 60_000);
  afterAll(async () => {
    await Promise.all([browser?.close(), server?.close()]);
  });

  test("nothing of the source is asked for", () => expect(readdirSync(path.join(folder, "built-pages")).sort()).toEqual(["assets", "page.html"]));
  test("the page gives what Node gives", () => expectSame(results.page, expected));
  test("so does its worker", () => expectSame(results.worker, expected));
});
