/**
 * A page built with a bundler, minified: a generated GPU module and gpu.js in one file, which Chromium loads, and which shows
 * the result. Kernels are strings, so nothing that the bundler does to names reaches them.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { chromium } from "playwright-core";
import { build } from "vite";
import { compile, initialWeights } from "../../src/compile.js";
import { fileHost } from "../../src/cli/files.js";
import { defined } from "../../src/support/invariant.js";
import { toolPath } from "../machine/tools.js";
import { difference } from "../models/table.js";
import { noise } from "./cases.js";
import { chromiumFlags, close, serve } from "./page.js";

const net = `import { type Seq, type Vec } from "gatefold";
import { lstm } from "gatefold/torch";
export function net(xs: Seq<"time", Vec<8>>) {
  return { output: lstm(xs, { hiddenSize: 16 }).output };
}
`;

const script = (weights: string, xs: string) => `
import { load } from "./net.js";
const show = (text) => { document.querySelector("#result").textContent = text; };
try {
  const weights = Object.fromEntries(Object.entries(${weights}).map(([name, data]) => [name, Float32Array.from(data)]));
  const model = await load(weights, { mode: "webgl2" });
  const { output } = await model.run({ xs: ${xs} });
  show(JSON.stringify({ output: Array.from(output), device: model.device }));
} catch (error) {
  show(JSON.stringify({ error: String(error) }));
}
`;

interface Shown {
  readonly output?: readonly number[];
  readonly device?: { readonly mode: string; readonly dispatches: number };
  readonly error?: string;
}

export async function minifiedPage(root: string): Promise<readonly { readonly where: string; readonly what: string; readonly found: string; readonly proof: string; readonly faults: readonly string[] }[]> {
  // Inside the project, so that the bundler finds gpu.js.
  mkdirSync(path.join(root, "out"), { recursive: true });
  const folder = mkdtempSync(path.join(root, "out/page-"));
  try {
    const source = { file: "net.model.ts", text: net, host: fileHost(root) };
    const gpu = compile(source, { target: "gpu", name: "net" });
    const js = compile(source, { name: "net" });
    const weights = initialWeights(defined(gpu.report.models[0], "the model"), 2);
    const xs = noise(80, 1);
    const text = JSON.stringify(Object.fromEntries(Object.entries(weights).map(([name, data]) => [name, Array.from(data)])));
    writeFileSync(path.join(folder, "net.js"), defined(gpu.files[0], "the module").text);
    writeFileSync(path.join(folder, "main.js"), script(text, JSON.stringify(xs)));
    writeFileSync(path.join(folder, "index.html"), `<!doctype html><meta charset="utf-8"><title>net</title><p id="result"></p><script type="module" src="/main.js"></script>`);
    await build({ root: folder, logLevel: "error", configFile: false, build: { outDir: "built", minify: true, target: "esnext" } });
    const assets = path.join(folder, "built/assets");
    const names = readdirSync(assets);
    const files = Object.fromEntries(names.map((name) => [`/assets/${name}`, readFileSync(path.join(assets, name), "utf8")]));
    const server = await serve({ "/": readFileSync(path.join(folder, "built/index.html"), "utf8"), ...files });
    const browser = await chromium.launch({ executablePath: toolPath("chromium"), args: chromiumFlags });
    try {
      const page = await browser.newPage();
      await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
      await page.waitForFunction(`document.querySelector("#result").textContent !== ""`, undefined, { timeout: 60_000 });
      const shown = JSON.parse((await page.textContent("#result")) ?? "{}") as Shown;
      const module = (await import(`data:text/javascript;base64,${Buffer.from(defined(js.files[0], "the module").text).toString("base64")}`)) as { load(weights: unknown): { run(inputs: unknown): { output: ArrayLike<number> } } };
      const wanted = module.load(weights).run({ xs }).output;
      const size = Object.values(files).reduce((sum, each) => sum + each.length, 0);
      const apart = shown.output === undefined ? NaN : difference(shown.output, wanted);
      const faults = apart <= 1e-4 && shown.device?.mode === "webgl2" ? [] : [shown.error ?? `differs by ${apart} in the mode ${shown.device?.mode ?? "none"}`];
      return [{ where: "Chromium page", what: "LSTM, bundled by Vite and minified", found: `${apart.toExponential(1)} of 1e-4`, proof: `${Math.round(size / 1024)} KB, ${shown.device?.dispatches ?? 0} dispatches`, faults }];
    } finally {
      await close(browser, server);
    }
  } catch (thrown) {
    return [{ where: "Chromium page", what: "LSTM, bundled by Vite and minified", found: "none", proof: "", faults: [thrown instanceof Error ? thrown.message : String(thrown)] }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
