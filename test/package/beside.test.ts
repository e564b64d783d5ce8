/** A module whose WebAssembly is a file beside it: in Node and other engines, in pages and their workers, and built by Vite. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { missing, toolPath } from "../../scripts/machine/tools.js";
import { describeNeeding } from "../support/needs.js";
import { resultsOf, serve, type Server, startBrowser, wasmPolicy } from "./browser.js";
import { expectSame, type Result, run, sampleFolder } from "./sample.js";
import { viteBuild } from "./vite.js";
import { minifying } from "../support/minifying.js";

const [folder, relaxed] = [sampleFolder("js", { target: "wasm", wasm: "beside", relaxedSimd: false, ...minifying(true) }), sampleFolder("js", { target: "wasm", wasm: "beside" })];
let expected: Result;
beforeAll(() => {
  expected = JSON.parse(run(sampleFolder("js", { target: "wasm", relaxedSimd: false }), process.execPath, "main.js")) as Result;
}, 60_000);

/** Where the code is read, `load` can wait for it; where it is fetched, it cannot. */
function expectBeside(actual: unknown, early: RegExp): void {
  const { early: said, late, ...result } = actual as Result;
  expect(said).toMatch(early);
  expect(late).toMatch(/^the weights do not fit:/);
  expectSame(result, expected);
}
const waits = /^the weights do not fit:/;
const cannotWait = /^the code of this module is a file that has to be fetched: await loadAsync\(weights\) instead of load\(weights\)$/;

describe("files", () => {
  const filesIn = (of: string): string[] => readdirSync(of).filter((file) => file.startsWith("sample.") && !file.includes(".model."));
  test("are the module, its types and its code", () => expect(filesIn(folder).sort()).toEqual(["sample.d.ts", "sample.js", "sample.wasm"]));
  test("are two of code where relaxed SIMD may be used", () => expect(filesIn(relaxed).sort()).toEqual(["sample.d.ts", "sample.js", "sample.relaxed.wasm", "sample.wasm"]));
  test("hold the code, and the module does not", () => {
    expect(readFileSync(path.join(folder, "sample.wasm")).subarray(0, 4).toString("latin1")).toBe("\0asm");
    expect(readFileSync(path.join(folder, "sample.js"), "utf8")).not.toMatch(/[0-9a-f]{200}/);
  });
});

describe("in Node", () => {
  test("both ways to load it read the file", () => expectBeside(JSON.parse(run(folder, process.execPath, "beside-main.js")), waits));
  test("a worker may be the first", () => expectSame(JSON.parse(run(folder, process.execPath, "node-worker.js")), expected));
  test("the engine's own choice of the code is as near", () => expect(JSON.parse(run(relaxed, process.execPath, "main.js"))).toMatchObject({ version: expected["version"] }));
  test("without the file it says which it is", () => {
    const alone = sampleFolder("js", { target: "wasm", wasm: "beside", relaxedSimd: false });
    rmSync(path.join(alone, "sample.wasm"));
    writeFileSync(path.join(alone, "alone.js"), 'import { loadAsync } from "./sample.js";\nloadAsync({}).catch(({ message }) => console.log(message));\n');
    expect(run(alone, process.execPath, "alone.js")).toMatch(/no such file.*sample\.wasm/);
  });
});

describeNeeding("in Bun", missing("bun"), () => {
  test("it is read", () => expectSame(JSON.parse(run(folder, toolPath("bun"), "main.js")), expected));
});

describeNeeding("in Deno", missing("deno"), () => {
  test("it is read where that is allowed", () => expectBeside(JSON.parse(run(folder, toolPath("deno"), "run", "--no-prompt", "--no-remote", "--allow-read=.", "beside-main.js")), /./));
});

describe("built by Vite as a library", () => {
  test("it is an address that holds the code, which is fetched", () => {
    expect(viteBuild(folder, "--mode", "beside-library")).toBe("");
    expectBeside(JSON.parse(run(folder, process.execPath, "built-beside-library/main.js")), cannotWait);
  }, 60_000);
});

describeNeeding("in a browser whose policy allows WebAssembly and no text", missing("chromium"), () => {
  let browser: Browser | undefined;
  const servers: Server[] = [];
  beforeAll(async () => {
    browser = await startBrowser();
  }, 60_000);
  afterAll(async () => {
    await Promise.all([browser?.close(), ...servers.map((server) => server.close())]);
  });
  async function expectPages(root: string, page: string): Promise<void> {
    const server = await serve(root, wasmPolicy);
    servers.push(server);
    if (browser === undefined) throw new Error("no browser");
    const results = (await resultsOf(browser, `${server.address}/${page}`)) as { readonly page: unknown; readonly worker: unknown };
    expectBeside(results.page, cannotWait);
    expectBeside(results.worker, cannotWait);
  }

  test("a page and its worker fetch it", () => expectPages(folder, "beside-page.html"), 60_000);
  test("so they do when Vite has built them", async () => {
    expect(viteBuild(folder, "--mode", "beside")).toBe("");
    expect(readdirSync(path.join(folder, "built-beside/assets")).filter((file) => file.endsWith(".wasm"))).toHaveLength(1);
    await expectPages(path.join(folder, "built-beside"), "beside-page.html");
  }, 60_000);
});
