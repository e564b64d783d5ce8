/** A generated module in a page of a site with a strict policy, and in a worker of that page. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { missing } from "../../scripts/machine/tools.js";
import { describeNeeding } from "../support/needs.js";
import { resultsOf, serve, type Server, startBrowser } from "./browser.js";
import { expectSame, nodeResult, type Result, sampleFolder } from "./sample.js";

describeNeeding("in a browser, where a policy forbids to run text", missing("chromium"), () => {
  const folder = sampleFolder();
  let expected: Result;
  let server: Server | undefined;
  let browser: Browser | undefined;
  let results: { readonly page: unknown; readonly worker: unknown; readonly evaluated: unknown };
  beforeAll(async () => {
    expected = nodeResult(folder);
    [server, browser] = await Promise.all([serve(folder), startBrowser()]);
    results = (await resultsOf(browser, `${server.address}/page.html`)) as typeof results;
  }, 60_000);
  afterAll(async () => {
    await Promise.all([browser?.close(), server?.close()]);
  });

  test("the policy is in force", () => expect(results.evaluated).toBe("EvalError"));
  test("a module of a page gives what Node gives", () => expectSame(results.page, expected));
  test("so does a worker of modules", () => expectSame(results.worker, expected));
});
